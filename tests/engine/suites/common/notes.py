"""The file into which a suite logs what it did."""

import os
from pathlib import Path


def log(line):
    with Path(os.environ["SUITE_LOG"]).open("a") as file:
        file.write(f"{line}\n")


def count(name):
    """Return how often this was called with a name, in whichever process."""
    path = Path(f"count-{name}")
    with path.open("a") as file:
        file.write(".")
    return len(path.read_text())
