"""Pages of documentation that are generated from code and features. Nothing imports this room."""
