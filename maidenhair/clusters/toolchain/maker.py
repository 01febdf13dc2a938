"""The seam between the cache and what downloads or builds a component."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from maidenhair.clusters.toolchain.obstacle import Obstacle


class Maker(Protocol):
    """Makes a cache entry, which holds one or more components."""

    @property
    def label(self) -> str:
        """What it makes from, in words, such as "Go module toolchain/kubernetes"."""

    @property
    def action(self) -> str:
        """What it does, in words, such as "Building Kubernetes 1.34.4"."""

    @property
    def lane(self) -> str:
        """Makers of one lane run one after another, those of different lanes side by side."""

    @property
    def seconds(self) -> float:
        """How long it takes about, on two cores; the longest begin first."""

    def entry(self) -> str:
        """Return the entry's name: what is in it, and a digest of all that goes into it.

        Raises:
            ToolchainError: an input could not be read.
        """

    def obstacle(self) -> Obstacle | None:
        """Return what it lacks on this machine, seen without making anything; None if nothing is known."""

    def make(self, folder: Path) -> Mapping[str, str]:
        """Fill the empty folder `folder` and return the version of each component in it.

        Raises:
            ToolchainError: it could not; what was tried and what was seen.
        """

    def locate(self, component: str) -> Path:
        """Return the path of a component, relative to the entry."""

    def environment(self, folder: Path) -> Mapping[str, str]:
        """Return the variables that the processes of the entry `folder` need."""
