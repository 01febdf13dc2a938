"""A component that is installed on the machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from maidenhair.clusters.toolchain.cache import Cache, Entry
from maidenhair.clusters.toolchain.model import Component, Maker, Recognition, Tool
from maidenhair.config.cluster import TOOL_PREFIX
from maidenhair.errors import ConfigurationError, ToolchainError


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


@dataclass(frozen=True)
class Cached:
    """The cache's entry, if there is one that was made from the same inputs."""

    component: Component
    maker: Maker
    cache: Cache

    @property
    def label(self) -> str:
        """Return the place, in words."""
        return "cache"

    def provide(self) -> Tool:
        """Return the component of the entry that is there.

        Raises:
            ToolchainError: there is no such entry.
        """
        name = self.maker.entry()
        entry = self.cache.find(name, self.maker.locate(self.component.name))
        if entry is None:
            raise ToolchainError(f"no {name} in {self.cache.folder}")
        return _tool(self.component, self.maker, entry)


@dataclass(frozen=True)
class Made:
    """The cache's entry, made now by a maker and checked before others see it."""

    component: Component
    maker: Maker
    cache: Cache

    @property
    def label(self) -> str:
        """Return the place, in words."""
        return self.maker.label

    def provide(self) -> Tool:
        """Make the entry, unless another thread or process just did, and return its component.

        Raises:
            ToolchainError: it could not be made, or what was made does not work or does not fit.
        """
        obstacle = self.maker.obstacle()
        if obstacle is not None:
            raise ToolchainError(str(obstacle))
        needed = self.maker.locate(self.component.name)
        entry = self.cache.make(self.maker.entry(), needed, self.maker.action, self._fill)
        return _tool(self.component, self.maker, entry)

    def _fill(self, folder: Path) -> Mapping[str, str]:
        versions = self.maker.make(folder)
        recognition = self.component.recognition
        if recognition is not None:
            path = folder / self.maker.locate(self.component.name)
            executable = path / recognition.executable if self.component.is_folder else path
            recognition.check(executable, self.maker.environment(folder))
        return versions


def _tool(component: Component, maker: Maker, entry: Entry) -> Tool:
    return Tool(
        component.name,
        entry.folder / maker.locate(component.name),
        entry.versions[component.name],
        f"{maker.label}, cached",
        maker.environment(entry.folder),
    )
