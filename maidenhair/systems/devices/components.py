"""Toolchain components for simulated devices and simulated nodes."""

from __future__ import annotations

from pathlib import Path

from maidenhair.clusters.toolchain.components import Pins
from maidenhair.clusters.toolchain.go import GoBinary, pinned
from maidenhair.clusters.toolchain.model import Component


def components(pins: Pins) -> tuple[Component, ...]:
    """Return the components that devices add to the toolchain: device-query and KWOK.

    Args:
        pins: the folders that pin the versions of components.

    Raises:
        ToolchainError: a file that pins a version cannot be read.
    """
    return (_device_query(pins.toolchain / "device-query"), _kwok(pins.toolchain / "kwok"))


def _device_query(module: Path) -> Component:
    """Return the component that replaces the vendors' tools in containers."""
    name = "device-query"
    return Component(name, (GoBinary(f"{name} 1", module, ".", {name: "1"}, seconds=10),))


def _kwok(module: Path) -> Component:
    """Return the component that keeps simulated nodes Ready."""
    name, package = "kwok", "sigs.k8s.io/kwok"
    version = pinned(module / "go.mod", package)
    title = f"{name} {version}"
    binary = GoBinary(
        *(title, module, f"{package}/cmd/kwok", {name: version}), seconds=150, inlined=True
    )
    return Component(name, (binary,))
