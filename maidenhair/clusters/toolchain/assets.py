"""A component in the folder that KUBEBUILDER_ASSETS names."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from maidenhair.clusters.toolchain.model import Component
from maidenhair.clusters.toolchain.sources import first_fitting
from maidenhair.clusters.toolchain.tool import Tool
from maidenhair.errors import ToolchainError

ASSETS = "KUBEBUILDER_ASSETS"
"""Names the folder of etcd, kube-apiserver and kubectl that envtest made customary."""


@dataclass(frozen=True)
class Assets:
    """The folder of KUBEBUILDER_ASSETS. It goes before PATH: it was set for tests, PATH for everything."""

    component: Component

    @property
    def label(self) -> str:
        """Return the place, in words."""
        return ASSETS

    def provide(self) -> Tool:
        """Return the copy in the folder, if its version fits.

        Raises:
            ToolchainError: the variable is not set, names no folder, or what is there does not fit.
        """
        folder = os.environ.get(ASSETS, "")
        if not folder:
            raise ToolchainError("not set")
        if not Path(folder).is_dir():
            raise ToolchainError(f"{folder} is no folder")
        return first_fitting(self.component, [str(Path(folder).absolute())], self.label)
