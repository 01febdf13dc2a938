"""A copy of the checkout for one combination of versions, because each has an environment of its own."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.project import ROOT


def copy_checkout(target: Path) -> None:
    """Copy the checkout, with changes that are not committed, but without files that git ignores."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        source = ROOT / name
        if source.is_symlink() or source.is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name, follow_symlinks=False)
