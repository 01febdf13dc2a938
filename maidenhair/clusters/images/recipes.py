"""Makes images of programs, of the running Python and of Python applications; with the recipes of a cluster's own."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from maidenhair._util import paths
from maidenhair.clusters.images.archive import ImageConfig
from maidenhair.clusters.images.interpreter import (
    Interpreter,
    interpreter_entries,
    interpreter_libraries,
    modules_under,
    running_interpreter,
)
from maidenhair.clusters.images.layers import Entry, File, Folder, Layer
from maidenhair.clusters.images.libraries import libraries_of, library_entries
from maidenhair.clusters.images.packages import APP, PACKAGES, App, app_entries, package_entries
from maidenhair.clusters.images.store import Image, ImageStore, file_identity
from maidenhair.clusters.toolchain import Tool
from maidenhair.errors import ImageError

REPOSITORY = "maidenhair.dev"
NONROOT = "65532"
HOME = "/home/nonroot"
NOTHING: Mapping[str, Path] = MappingProxyType({})


@dataclass(frozen=True)
class ImageMaker:
    """Makes the images that recipes ask for, or finds those made before.

    Attributes:
        tools: the toolchain's components that recipes may use.
        store: the cache of layers and images.

    Example:
        >>> def widgets(maker: ImageMaker) -> Image:
        ...     version = maker.tool("widget-controller").version
        ...     return maker.python("widgets", version, ["python", "-m", "widgets"], search="/app")
        >>> class Widgets(System):
        ...     name = "widgets"
        ...
        ...     def recipes(self) -> dict[str, Recipe]:
        ...         return {"widgets": widgets}
        >>> list(Widgets().recipes())
        ['widgets']
    """

    tools: Mapping[str, Tool]
    store: ImageStore

    def tool(self, name: str) -> Tool:
        """Return a component.

        Raises:
            ImageError: it was not provided.
        """
        if name not in self.tools:
            raise ImageError(f"an image needs the component {name}, which was not provided")
        return self.tools[name]

    def program(self, name: str, path: str, config: ImageConfig, tag: str = "") -> Image:
        """Make an image of one executable and the shared libraries that it loads.

        Args:
            name: the image's name, and that of the component that is the executable.
            path: where the executable lies in the image.
            config: how containers start.
            tag: the image's tag; the component's version by default.

        Raises:
            ImageError: the component was not provided, or needs libraries that are not on this machine.
        """
        tool = self.tool(name)
        inputs = {"program": path, "file": file_identity(tool.path)}
        layer = self.store.layer(inputs, lambda _: _program_entries(tool.path, path))
        return self.store.image(_name(name, tag or tool.version), [layer], config)

    def python(
        self,
        name: str,
        tag: str,
        command: Sequence[str],
        search: str,
        *,
        layers: Sequence[Layer] = (),
        mounts: Mapping[str, Path] = NOTHING,
    ) -> Image:
        """Make an image of the interpreter that runs this process, with its standard library.

        Args:
            name: the image's name.
            tag: its tag.
            command: what containers run.
            search: where it imports from besides its standard library, as PYTHONPATH has it.
            layers: what the image holds in addition.
            mounts: folders of Python packages that containers see by a mount, by their path there. The image holds the
                shared libraries of this machine that their modules load, but not the folders.

        Raises:
            ImageError: a library of the interpreter's own is not on this machine.
        """
        interpreter = running_interpreter()
        inputs = {
            "interpreter": file_identity(interpreter.executable),
            "library": file_identity(interpreter.library),
            "version": sys.version,
        }
        first = self.store.layer(inputs, lambda staging: _interpreter_entries(interpreter, staging))
        needed = [self._libraries(path, folder) for path, folder in mounts.items()]
        config = python_config(interpreter, search, command)
        return self.store.image(_name(name, tag), [first, *needed, *layers], config)

    def app(self, name: str, app: App, module: str) -> Image:
        """Make an image of a Python application and the packages that it needs.

        Args:
            name: the image's name.
            app: the application; its digest is the tag.
            module: the module of it that containers run.

        Raises:
            ImageError: the application or its requirements are not there.
            ToolchainError: its packages could not be installed.
        """
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
        return self.python(name, app.version(), command, search, layers=[needs, own])

    def _libraries(self, path: str, folder: Path) -> Layer:
        """Return a layer of the libraries that the modules of a folder load, and of the place it is mounted at."""
        inputs = {"mount": path, "packages": file_identity(folder)}
        return self.store.layer(inputs, lambda _: _mount_entries(path, folder))


Recipe = Callable[[ImageMaker], Image]
"""Says what goes into one image, by a call of the maker's `program`, `python` or `app`."""


def _pause(maker: ImageMaker) -> Image:
    config = ImageConfig(entrypoint=("/pause",), user="65535")
    return maker.program("pause", "/pause", config, tag="1")


def _coredns(maker: ImageMaker) -> Image:
    # Runs as root: it binds port 53.
    return maker.program("coredns", "/coredns", ImageConfig(entrypoint=("/coredns",)))


FRAMEWORK_RECIPES: Mapping[str, Recipe] = MappingProxyType({"pause": _pause, "coredns": _coredns})
"""The images of the pods that every embedded cluster runs."""


def build_images(
    tools: Mapping[str, Tool],
    names: Iterable[str],
    recipes: Mapping[str, Recipe] = FRAMEWORK_RECIPES,
) -> dict[str, Image]:
    """Return images, made now unless the cache has them.

    Args:
        tools: the toolchain's components, those that the recipes use among them.
        names: which images.
        recipes: how images are made, by name; a system under test gives its own.

    Raises:
        ImageError: an unknown name, a component that was not provided, or an unreadable file.
        ToolchainError: the packages of an application could not be installed.
    """
    maker = ImageMaker(tools, ImageStore(paths.cache_dir() / "images"))
    wanted = tuple(names)
    unknown = sorted(set(wanted) - set(recipes))
    if unknown:
        raise ImageError(f"there is no image {unknown[0]!r}; there are {', '.join(recipes)}")
    return {name: recipes[name](maker) for name in wanted}


def python_config(interpreter: Interpreter, search: str, command: Sequence[str]) -> ImageConfig:
    """Return how containers with Python start. A Dockerfile of such an image has to say the same.

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


def _program_entries(program: Path, path: str) -> list[Entry]:
    needed = libraries_of([program])
    if needed.missing:
        missing = ", ".join(needed.missing)
        raise ImageError(f"{program} needs libraries that are not on this machine: {missing}")
    return [*_base_entries(), *library_entries(needed.found), File(path, program, 0o755)]


def _interpreter_entries(interpreter: Interpreter, staging: Path) -> list[Entry]:
    needed = library_entries(interpreter_libraries(interpreter).found)
    return [*_base_entries(), *needed, *interpreter_entries(interpreter, staging)]


def _mount_entries(path: str, folder: Path) -> list[Entry]:
    # What their modules miss, drivers of devices for instance, they do without; or their import tells.
    needed = libraries_of(modules_under(folder), [folder])
    return [Folder(path), *library_entries(needed.found)]


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


def _name(name: str, tag: str) -> str:
    return f"{REPOSITORY}/{name}:{re.sub(r'[^A-Za-z0-9_.-]', '-', tag)}"
