"""A component that is installed on the machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from maidenhair.clusters.toolchain.model import Component, Recognition
from maidenhair.clusters.toolchain.tool import Tool
from maidenhair.errors import ToolchainError


@dataclass(frozen=True)
class OnPath:
    """PATH, then the folders where distributions put a component."""

    component: Component

    @property
    def label(self) -> str:
        """Return the place, in words."""
        return "PATH"

    def provide(self) -> Tool:
        """Return the first copy whose version fits.

        Raises:
            ToolchainError: there is none, or none of them fits; the text says why for each.
        """
        folders = os.environ.get("PATH", "").split(os.pathsep)
        if self.component.recognition is not None:
            folders += map(str, self.component.recognition.folders)
        return first_fitting(self.component, folders, self.label)


def first_fitting(component: Component, folders: Sequence[str], place: str) -> Tool:
    """Return the first copy of a component in `folders` whose version fits.

    Args:
        component: the component.
        folders: where to look, in this order.
        place: what the folders are, in words.

    Raises:
        ToolchainError: there is none, or none of them fits; the text says why for each.
    """
    recognition = component.recognition
    if recognition is None:
        raise ToolchainError("only maidenhair's own build serves")
    refused = []
    for executable in _copies(recognition, folders):
        try:
            version = recognition.check(executable)
        except ToolchainError as error:
            refused.append(str(error))
            continue
        path = executable.parent if component.is_folder else executable
        shown = ".".join(str(number) for number in version)
        return Tool(component.name, path, shown, f"{place} ({executable.parent})")
    raise ToolchainError("; ".join(refused) or f"no {recognition.executable} there")


def _copies(recognition: Recognition, folders: Sequence[str]) -> list[Path]:
    found = (shutil.which(recognition.executable, path=folder) for folder in folders if folder)
    return list(dict.fromkeys(Path(path) for path in found if path))
