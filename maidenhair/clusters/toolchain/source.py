"""The seam of everything that a component can come from."""

from __future__ import annotations

from typing import Protocol

from maidenhair.clusters.toolchain.tool import Tool


class Source(Protocol):
    """A place that may have a component."""

    @property
    def label(self) -> str:
        """The place, in words."""

    def provide(self) -> Tool:
        """Return the component.

        Raises:
            ToolchainError: the place does not have it; the text says why.
        """
