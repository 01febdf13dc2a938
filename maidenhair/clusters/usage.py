"""Who uses a cluster that goes with its last user: a file per process, which a killed process cannot take back."""

from __future__ import annotations

import secrets
from pathlib import Path

from maidenhair._util.process_identity import ProcessIdentity


class Users:
    """The processes that use a cluster; each method is to be called under the cluster's lock.

    Args:
        folder: the folder of their files.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def enter(self) -> Path:
        """Register this process once more; return what `leave` takes."""
        self._folder.mkdir(exist_ok=True)
        file = self._folder / secrets.token_hex(8)
        file.write_text(str(ProcessIdentity.current()))
        return file

    def leave(self, file: Path) -> bool:
        """Remove a registration; return whether no living process has one."""
        file.unlink(missing_ok=True)
        return not self.any()

    def any(self) -> bool:
        """Return whether a living process has a registration."""
        return any(_is_alive(other) for other in self._folder.glob("*"))


def _is_alive(file: Path) -> bool:
    process = ProcessIdentity.parse(file.read_text())
    return process is not None and process.may_be_alive()
