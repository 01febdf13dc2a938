"""What goes into each image of a cluster and of the SkyTorch stack."""

from __future__ import annotations

import importlib.metadata
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from maidenhair._util import paths
from maidenhair._util.data import data_folder, package_folder
from maidenhair.clusters.images.archive import ImageConfig
from maidenhair.clusters.images.interpreter import (
    Interpreter,
    interpreter_entries,
    interpreter_libraries,
    running_interpreter,
)
from maidenhair.clusters.images.layers import Entry, File, Folder, Layer
from maidenhair.clusters.images.libraries import libraries_of, library_entries
from maidenhair.clusters.images.packages import APP, PACKAGES, App, app_entries, package_entries
from maidenhair.clusters.images.store import Image, ImageStore, file_identity
from maidenhair.clusters.provider import PYTHON_MOUNT
from maidenhair.clusters.toolchain import Tool
from maidenhair.errors import ImageError

REPOSITORY = "maidenhair.dev"
NONROOT = "65532"
HOME = "/home/nonroot"
DEVICE_PLUGIN_PARTS = (
    "__init__.py",
    "errors.py",
    "_util/__init__.py",
    "_util/data.py",
    "systems/__init__.py",
    "systems/devices/__init__.py",
    "systems/devices/vendor_profile.py",
    "systems/devices/hami/__init__.py",
    "systems/devices/hami/allocation.py",
    "systems/devices/hami/protocol.py",
    "systems/devices/real/__init__.py",
    "systems/devices/real/container_view.py",
    "systems/devices/real/plugin_state.py",
    "systems/devices/plugin/*.py",
    "systems/devices/vendors/*.toml",
)
"""What of maidenhair the simulated device plugin is made of; it imports nothing else."""
SERVER_COMMAND = ["python", "-m", "skytorch.torch.server"]


def build_images(tools: Mapping[str, Tool], names: Iterable[str] | None = None) -> dict[str, Image]:
    """Return images, made now unless the cache has them.

    Args:
        tools: the toolchain's components. pause, coredns, contour, envoy and kube-scheduler hold the one of
            that name; those with Python need `skytorch-python`, whose modules decide which of this
            machine's libraries they hold.
        names: which images; all of `image_names()` by default.

    Raises:
        ImageError: an unknown name, a component that was not provided, or an unreadable file.
        ToolchainError: the packages of a stand-in could not be installed.
    """
    maker = _ImageMaker(tools, ImageStore(paths.cache_dir() / "images"))
    wanted = image_names() if names is None else tuple(names)
    unknown = sorted(set(wanted) - set(RECIPES))
    if unknown:
        raise ImageError(f"there is no image {unknown[0]!r}; there are {', '.join(RECIPES)}")
    return {name: RECIPES[name](maker) for name in wanted}


def image_names() -> tuple[str, ...]:
    """Return the names of all images that there is a recipe for."""
    return tuple(RECIPES)


def python_config(interpreter: Interpreter, search: str, command: list[str]) -> ImageConfig:
    """Return how containers with Python start: what images/server/Dockerfile has to say too.

    Args:
        interpreter: the image's interpreter.
        search: where it imports from, besides its standard library.
        command: what it runs.
    """
    environment = {
        "HOME": HOME,
        "LANG": "C.UTF-8",
        "PATH": interpreter.search_path,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": search,
        "PYTHONUNBUFFERED": "1",
    }
    return ImageConfig(command=tuple(command), environment=environment, user=NONROOT)


@dataclass(frozen=True)
class _ImageMaker:
    tools: Mapping[str, Tool]
    store: ImageStore

    def tool(self, name: str) -> Tool:
        if name not in self.tools:
            raise ImageError(f"an image needs the component {name}, which was not provided")
        return self.tools[name]

    def program(self, name: str, path: str, config: ImageConfig, tag: str = "") -> Image:
        """Make an image of one executable, put at `path`, and the libraries that it loads."""
        tool = self.tool(name)
        inputs = {"program": path, "file": file_identity(tool.path)}
        layer = self.store.layer(inputs, lambda _: _program_entries(tool.path, path))
        return self.store.image(_name(name, tag or tool.version), [layer], config)

    def python(
        self, name: str, tag: str, layers: list[Layer], search: str, command: list[str]
    ) -> Image:
        """Make an image of the running interpreter and `layers`; it imports from `search`."""
        interpreter = running_interpreter()
        packages = self.tool("skytorch-python").path
        inputs = {
            "interpreter": file_identity(interpreter.executable),
            "library": file_identity(interpreter.library),
            "packages": file_identity(packages),
            "version": sys.version,
        }
        layer = self.store.layer(
            inputs, lambda staging: _interpreter_entries(interpreter, packages, staging)
        )
        config = python_config(interpreter, search, command)
        return self.store.image(_name(name, tag), [layer, *layers], config)

    def app(self, name: str, app: App, module: str) -> Image:
        """Make an image of an application and what it needs, which runs a module of it."""
        interpreter = running_interpreter()
        needs = self.store.layer(
            {"requirements": app.requirements_digest(), "at": PACKAGES},
            lambda staging: package_entries(app, interpreter, staging),
        )
        own = self.store.layer(
            {"app": app.version(), "at": APP},
            lambda staging: app_entries(app, interpreter, staging),
        )
        command, search = ["python", "-m", module], f"{APP}:{PACKAGES}"
        return self.python(name, app.version(), [needs, own], search, command)


def _pause(maker: _ImageMaker) -> Image:
    config = ImageConfig(entrypoint=("/pause",), user="65535")
    return maker.program("pause", "/pause", config, tag="1")


def _coredns(maker: _ImageMaker) -> Image:
    # Runs as root: it binds port 53.
    return maker.program("coredns", "/coredns", ImageConfig(entrypoint=("/coredns",)))


def _contour(maker: _ImageMaker) -> Image:
    # The gateway provisioner starts it as `contour` and as `/bin/contour`.
    config = ImageConfig(command=("contour",), environment={"PATH": "/bin"}, user=NONROOT)
    return maker.program("contour", "/bin/contour", config)


def _envoy(maker: _ImageMaker) -> Image:
    config = ImageConfig(command=("envoy",), environment={"PATH": "/bin"}, user=NONROOT)
    return maker.program("envoy", "/bin/envoy", config)


def _server(maker: _ImageMaker) -> Image:
    version = _installed_version(maker.tool("skytorch-python").path, "skytorch")
    tag = f"{version}-py{sys.version_info.major}.{sys.version_info.minor}"
    return maker.python("skytorch-server", tag, [], PYTHON_MOUNT, SERVER_COMMAND)


def _kube_scheduler(maker: _ImageMaker) -> Image:
    config = ImageConfig(command=("kube-scheduler",), environment={"PATH": "/bin"}, user=NONROOT)
    return maker.program("kube-scheduler", "/bin/kube-scheduler", config)


def _operator(maker: _ImageMaker) -> Image:
    return _standin(maker, "skytorch-operator-standin", "skytorch_operator")


def _hami_scheduler(maker: _ImageMaker) -> Image:
    return _standin(maker, "hami-scheduler-standin", "hami_scheduler")


def _standin(maker: _ImageMaker, name: str, module: str) -> Image:
    """Make an image of a Python application of standins/ and the packages that it needs."""
    folder = data_folder(f"standins/{module}")
    return maker.app(name, App(folder, folder / "requirements.txt"), module)


def _device_plugin(maker: _ImageMaker) -> Image:
    return maker.app("device-plugin", _device_plugin_app(), "maidenhair.systems.devices.plugin")


def _device_query(maker: _ImageMaker) -> Image:
    # It goes by the names of the vendors' tools as its first argument.
    config = ImageConfig(command=("device-query",), environment={"PATH": "/bin"}, user=NONROOT)
    return maker.program("device-query", "/bin/device-query", config)


RECIPES: Mapping[str, Callable[[_ImageMaker], Image]] = {
    "pause": _pause,
    "coredns": _coredns,
    "contour": _contour,
    "envoy": _envoy,
    "skytorch-server": _server,
    "skytorch-operator-standin": _operator,
    "kube-scheduler": _kube_scheduler,
    "hami-scheduler-standin": _hami_scheduler,
    "device-plugin": _device_plugin,
    "device-query": _device_query,
}


def _device_plugin_app() -> App:
    folder = package_folder("maidenhair")
    return App(
        folder, folder / "systems" / "devices" / "plugin" / "requirements.txt", DEVICE_PLUGIN_PARTS
    )


def _program_entries(program: Path, path: str) -> list[Entry]:
    needed = libraries_of([program])
    if needed.missing:
        missing = ", ".join(needed.missing)
        raise ImageError(f"{program} needs libraries that are not on this machine: {missing}")
    return [*_base_entries(), *library_entries(needed.found), File(path, program, 0o755)]


def _interpreter_entries(interpreter: Interpreter, packages: Path, staging: Path) -> list[Entry]:
    needed = interpreter_libraries(interpreter, packages)
    entries = [*_base_entries(), *library_entries(needed.found), Folder(PYTHON_MOUNT)]
    return entries + interpreter_entries(interpreter, staging)


def _base_entries() -> list[Entry]:
    """Return what programs expect everywhere: users, a home, a folder for temporary files."""
    users = (
        f"root:x:0:0:root:/:/bin/false\nnonroot:x:{NONROOT}:{NONROOT}:nonroot:{HOME}:/bin/false\n"
    )
    nobody = "nobody:x:65534:65534:nobody:/nonexistent:/bin/false\n"
    groups = f"root:x:0:\nnonroot:x:{NONROOT}:\nnogroup:x:65534:\n"
    return [
        File("/etc/passwd", (users + nobody).encode()),
        File("/etc/group", groups.encode()),
        File("/etc/nsswitch.conf", b"passwd: files\ngroup: files\nhosts: files dns\n"),
        Folder("/tmp", mode=0o1777),
        Folder(HOME, owner=int(NONROOT)),
    ]


def _installed_version(packages: Path, name: str) -> str:
    for found in importlib.metadata.distributions(name=name, path=[str(packages)]):
        return found.version
    raise ImageError(f"{packages} has no package {name}; remove that folder to have it made again")


def _name(name: str, tag: str) -> str:
    return f"{REPOSITORY}/{name}:{re.sub(r'[^A-Za-z0-9_.-]', '-', tag)}"
