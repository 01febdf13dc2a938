"""The sources of components: the user's setting, KUBEBUILDER_ASSETS, PATH, the cache, and makers."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from maidenhair.clusters.toolchain.cache import Cache, Entry
from maidenhair.clusters.toolchain.making.forecast import Forecast, Measurable
from maidenhair.clusters.toolchain.model import Component, Maker, Recognition, Tool
from maidenhair.config.cluster import TOOL_PREFIX
from maidenhair.errors import ConfigurationError, ToolchainError


@dataclass(frozen=True)
class OnPath:
    """The folders of PATH, then those where distributions install the component."""

    component: Component

    @property
    def label(self) -> str:
        """The name of the place."""
        return "PATH"

    def provide(self) -> Tool:
        """Return the first installed copy whose version fits.

        Raises:
            ToolchainError: no copy fits; the message says why for each.
        """
        folders = os.environ.get("PATH", "").split(os.pathsep)
        if self.component.recognition is not None:
            folders += map(str, self.component.recognition.folders)
        return first_fitting(self.component, folders, self.label)


def first_fitting(component: Component, folders: Sequence[str], place: str) -> Tool:
    """Return the first copy of a component in `folders` whose version fits.

    Args:
        component: the component.
        folders: the folders to search, in this order.
        place: the name of the place that the folders belong to, such as "PATH".

    Raises:
        ToolchainError: no copy fits; the message says why for each.
    """
    recognition = component.recognition
    if recognition is None:
        raise ToolchainError("an installed copy cannot be used, because maidenhair builds its own")
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
    raise ToolchainError("; ".join(refused) or f"{recognition.executable} not found")


def _copies(recognition: Recognition, folders: Sequence[str]) -> list[Path]:
    found = (shutil.which(recognition.executable, path=folder) for folder in folders if folder)
    return list(dict.fromkeys(Path(path) for path in found if path))


@dataclass(frozen=True)
class Explicit:
    """The path that the user set for a component. It is used with any version."""

    component: Component
    settings: Mapping[str, Path]

    @property
    def label(self) -> str:
        """The name of the place."""
        return "explicit setting"

    def provide(self) -> Tool:
        """Return the component at the path that the user set.

        Raises:
            ToolchainError: no path is set.
            ConfigurationError: the path cannot be used. No other source is tried.
        """
        name = self.component.name
        variable = TOOL_PREFIX + name.upper().replace("-", "_")
        path = self.settings.get(name)
        if path is None:
            raise ToolchainError(f"{variable} is not set")
        path = path.expanduser().absolute()
        if self.component.is_folder and not path.is_dir():
            raise ConfigurationError(
                f"{variable}={path}: there is no such folder; set {variable} to a folder, or unset it"
            )
        if not self.component.is_folder and not (path.is_file() and os.access(path, os.X_OK)):
            raise ConfigurationError(
                f"{variable}={path}: there is no such executable; set {variable} to an executable, or unset it"
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
"""The variable that names a folder with etcd, kube-apiserver and kubectl, as in envtest."""


@dataclass(frozen=True)
class Assets:
    """The folder of KUBEBUILDER_ASSETS. It comes before PATH, because it was set for tests."""

    component: Component

    @property
    def label(self) -> str:
        """The name of the place."""
        return ASSETS

    def provide(self) -> Tool:
        """Return the copy in the folder.

        Raises:
            ToolchainError: the variable is not set or names no folder, or the copy there does not fit.
        """
        folder = os.environ.get(ASSETS, "")
        if not folder:
            raise ToolchainError("not set")
        if not Path(folder).is_dir():
            raise ToolchainError(f"{folder} is not a folder")
        return first_fitting(self.component, [str(Path(folder).absolute())], self.label)


@dataclass(frozen=True)
class Cached:
    """The cache entry that a maker made earlier from the same inputs."""

    component: Component
    maker: Maker
    cache: Cache

    @property
    def label(self) -> str:
        """The name of the place."""
        return "cache"

    def provide(self) -> Tool:
        """Return the component of the entry.

        Raises:
            ToolchainError: the entry does not exist.
        """
        name = self.maker.entry()
        entry = self.cache.find(name, self.maker.locate(self.component.name))
        if entry is None:
            raise ToolchainError(f"no {name} in {self.cache.folder}")
        return _tool(self.component, self.maker, entry)


@dataclass(frozen=True)
class Made:
    """The cache entry that a maker makes now. It is checked before other processes see it."""

    component: Component
    maker: Maker
    cache: Cache
    forecast: Forecast

    @property
    def label(self) -> str:
        """The name of the place."""
        return self.maker.label

    def provide(self) -> Tool:
        """Make the entry, unless another thread or process just did, and return its component.

        Raises:
            ToolchainError: the entry could not be made, or its component does not work or does not fit.
        """
        maker = self.maker
        name = maker.entry()
        self.forecast.begin(name)
        obstacle = maker.obstacle()
        if obstacle is not None:
            raise ToolchainError(str(obstacle))
        needed = maker.locate(self.component.name)
        entry = self.cache.make(name, needed, maker.action, self._fill, self._state)
        return _tool(self.component, maker, entry)

    def _state(self, folder: Path) -> str:
        reached = self.maker.reached(folder) if isinstance(self.maker, Measurable) else None
        return self.forecast.describe(self.maker, reached)

    def _fill(self, folder: Path) -> Mapping[str, str]:
        begin = time.monotonic()
        versions = self.maker.make(folder)
        self.forecast.end(self.maker, time.monotonic() - begin)
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
