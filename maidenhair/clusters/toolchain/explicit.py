"""A component that the user set."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from maidenhair.clusters.toolchain.model import Component
from maidenhair.clusters.toolchain.tool import Tool
from maidenhair.config.cluster import TOOL_PREFIX
from maidenhair.errors import ConfigurationError, ToolchainError


@dataclass(frozen=True)
class Explicit:
    """The path that the user set for a component; it is used whatever its version is."""

    component: Component
    settings: Mapping[str, Path]

    @property
    def label(self) -> str:
        """Return the place, in words."""
        return "explicit setting"

    def provide(self) -> Tool:
        """Return the component at the path that was set.

        Raises:
            ToolchainError: nothing is set.
            ConfigurationError: what is set cannot be used; other sources are not tried then.
        """
        name = self.component.name
        variable = TOOL_PREFIX + name.upper().replace("-", "_")
        path = self.settings.get(name)
        if path is None:
            raise ToolchainError(f"{variable} is not set")
        path = path.expanduser().absolute()
        if self.component.is_folder and not path.is_dir():
            raise ConfigurationError(
                f"{variable}={path}: there is no such folder; set it to one or unset it"
            )
        if not self.component.is_folder and not (path.is_file() and os.access(path, os.X_OK)):
            raise ConfigurationError(
                f"{variable}={path}: there is no such executable; set it to one or unset it"
            )
        return Tool(name, path, self._version(path), f"{variable}")

    def _version(self, path: Path) -> str:
        recognition = self.component.recognition
        if recognition is None:
            return "unknown"
        executable = path / recognition.executable if self.component.is_folder else path
        try:
            return ".".join(str(number) for number in recognition.probe.read(executable))
        except ToolchainError:
            return "unknown"
