"""Rules that derive the likely cause of a failure. Each module holds the rules for one kind of problem."""
