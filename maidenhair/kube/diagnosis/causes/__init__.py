"""Rules that name the likely cause of a failure, one module a kind of trouble."""
