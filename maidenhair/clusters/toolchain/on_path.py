"""A component that is installed on the machine."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from maidenhair.clusters.toolchain.component import Component, Recognition
from maidenhair.clusters.toolchain.tool import Tool
from maidenhair.errors import ToolchainError

ASSETS = "KUBEBUILDER_ASSETS"
"""Names the folder of etcd, kube-apiserver and kubectl that envtest made customary."""


@dataclass(frozen=True)
class OnPath:
    """KUBEBUILDER_ASSETS, PATH and the folders where distributions put a component."""

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
        recognition = self.component.recognition
        if recognition is None:
            raise ToolchainError("only maidenhair's own build serves")
        refused = []
        for executable in _copies(recognition):
            try:
                version = recognition.check(executable)
            except ToolchainError as error:
                refused.append(str(error))
                continue
            path = executable.parent if self.component.is_folder else executable
            shown = ".".join(str(number) for number in version)
            return Tool(self.component.name, path, shown, f"PATH ({executable.parent})")
        raise ToolchainError("; ".join(refused) or f"no {recognition.executable} there")


def _copies(recognition: Recognition) -> list[Path]:
    folders = [os.environ.get(ASSETS, ""), *os.environ.get("PATH", "").split(os.pathsep)]
    folders += [str(folder) for folder in recognition.folders]
    found = (shutil.which(recognition.executable, path=folder) for folder in folders if folder)
    return list(dict.fromkeys(Path(path) for path in found if path))
