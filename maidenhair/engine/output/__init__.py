"""What a run shows besides formatters: the display on a terminal, the closing lines, and JUnit reports."""
