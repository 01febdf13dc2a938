"""A component of the cache, or one that is made into it now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from maidenhair.clusters.toolchain.cache import Cache, Entry
from maidenhair.clusters.toolchain.maker import Maker
from maidenhair.clusters.toolchain.model import Component
from maidenhair.clusters.toolchain.tool import Tool
from maidenhair.errors import ToolchainError


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
