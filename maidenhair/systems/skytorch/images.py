"""The images of SkyTorch's stack: their recipes, and the server image for container engines."""

from __future__ import annotations

import hashlib
import importlib.metadata
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from maidenhair._util.data import data_folder
from maidenhair.clusters.images import App, Image, ImageMaker, Recipe
from maidenhair.clusters.images.archive import ImageConfig
from maidenhair.clusters.images.entries import NONROOT
from maidenhair.clusters.images.recipes import REPOSITORY
from maidenhair.errors import ImageError
from maidenhair.systems.skytorch.components import SDK

PYTHON_MOUNT = "/opt/maidenhair/python"
"""The folder with torch and SkyTorch in every container of an embedded cluster, read-only."""
SERVER = "skytorch-server"
SERVER_COMMAND = ("python", "-m", "skytorch.torch.server")
SERVER_ENVIRONMENT: Mapping[str, str] = MappingProxyType(
    {"SKYTORCH_PORT": "50051", "SKYTORCH_HOST": "[::]", "SKYTORCH_LOG_LEVEL": "INFO"}
)
"""The server's settings. Not every release of the operator sets them."""
OPERATOR_STANDIN = "skytorch-operator-standin"
SERVER_REQUIREMENTS = (
    "requirements-skytorch-build.txt",
    "requirements-torch.txt",
    "requirements-skytorch.txt",
)
"""The files that the Dockerfile copies from toolchain/python."""


def server_image() -> tuple[str, Path, Path]:
    """Return the server image for container engines: its name, its Dockerfile and its build folder.

    Containers of an engine have no folder `PYTHON_MOUNT`, so this image contains torch and SkyTorch. The tag of its
    name consists of its Python version and a digest of its inputs.
    """
    dockerfile = data_folder("images/server") / "Dockerfile"
    folder = data_folder("toolchain/python")
    digest = hashlib.sha256(dockerfile.read_bytes())
    for name in SERVER_REQUIREMENTS:
        digest.update((folder / name).read_bytes())
    name = f"{REPOSITORY}/{SERVER}:py{python_version()}-{digest.hexdigest()[:12]}"
    return name, dockerfile, folder


def python_version() -> str:
    """Return the minor version of the running Python, for example "3.13". Client and server must have the same one."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def _contour(maker: ImageMaker) -> Image:
    # The gateway provisioner starts it as `contour` and as `/bin/contour`.
    config = ImageConfig(command=("contour",), environment={"PATH": "/bin"}, user=NONROOT)
    return maker.program("contour", "/bin/contour", config)


def _envoy(maker: ImageMaker) -> Image:
    config = ImageConfig(command=("envoy",), environment={"PATH": "/bin"}, user=NONROOT)
    return maker.program("envoy", "/bin/envoy", config)


def _server(maker: ImageMaker) -> Image:
    packages = maker.tool(SDK).path
    tag = f"{_installed_version(packages, 'skytorch')}-py{python_version()}"
    mounts = {PYTHON_MOUNT: packages}
    return maker.python(
        SERVER, tag, SERVER_COMMAND, PYTHON_MOUNT, mounts=mounts, environment=SERVER_ENVIRONMENT
    )


def _operator_standin(maker: ImageMaker) -> Image:
    folder = data_folder("standins/skytorch_operator")
    return maker.app(OPERATOR_STANDIN, App(folder, folder / "requirements.txt"), folder.name)


RECIPES: Mapping[str, Recipe] = MappingProxyType(
    {
        "contour": _contour,
        "envoy": _envoy,
        SERVER: _server,
        OPERATOR_STANDIN: _operator_standin,
    }
)


def _installed_version(packages: Path, name: str) -> str:
    for found in importlib.metadata.distributions(name=name, path=[str(packages)]):
        return found.version
    raise ImageError(
        f"{packages} has no package {name}; delete that folder, then `maidenhair setup` creates it again"
    )
