"""Settings: each is declared once here, and read from pyproject, the environment and the command line."""
