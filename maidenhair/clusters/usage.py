"""The processes that use a cluster, which is removed with its last user: one file per process.

A killed process leaves its file, so the file holds the process's identity.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from maidenhair._util.process_identity import ProcessIdentity


class Users:
    """The processes that use a cluster. Call the methods under the cluster's lock.

    Args:
        folder: the folder of the registrations.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def enter(self) -> Path:
        """Register this process. Return the registration, to be handed to `leave`."""
        self._folder.mkdir(exist_ok=True)
        file = self._folder / secrets.token_hex(8)
        file.write_text(str(ProcessIdentity.current()))
        return file

    def leave(self, file: Path) -> bool:
        """Remove a registration. Return whether no running process has one left."""
        file.unlink(missing_ok=True)
        return not self.any()

    def any(self) -> bool:
        """Return whether a running process has a registration."""
        return any(_is_alive(other) for other in self._folder.glob("*"))


def _is_alive(file: Path) -> bool:
    process = ProcessIdentity.parse(file.read_text())
    return process is not None and process.may_be_alive()
