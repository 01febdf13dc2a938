"""The output of a run besides formatters: the display on a terminal, the closing lines, and JUnit reports."""
