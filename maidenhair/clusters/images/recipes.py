"""Build images of programs and of Python applications; the recipes of the images of an embedded cluster's own pods."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from maidenhair._util import paths
from maidenhair.clusters.images.archive import ImageConfig
from maidenhair.clusters.images.entries import (
    HOME,
    NONROOT,
    mount_entries,
    program_entries,
    python_entries,
)
from maidenhair.clusters.images.go_program import GoProgram, content_digest
from maidenhair.clusters.images.interpreter import (
    Interpreter,
    running_interpreter,
)
from maidenhair.clusters.images.layers import File, Layer
from maidenhair.clusters.images.packages import APP, PACKAGES, App, app_entries, package_entries
from maidenhair.clusters.images.store import Image, ImageStore, file_identity
from maidenhair.clusters.toolchain import Tool
from maidenhair.clusters.toolchain.model import digest
from maidenhair.errors import ConfigurationError, ImageError

REPOSITORY = "maidenhair.dev"
NOTHING: Mapping[str, Path] = MappingProxyType({})
NO_VARIABLES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class ImageMaker:
    """Build images for recipes. Layers and images that were built before are taken from the cache.

    Attributes:
        tools: the toolchain components that recipes may use, by name.
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
            ImageError: the component was not provided.
        """
        if name not in self.tools:
            raise ImageError(
                f"an image needs the component {name!r}, which was not provided; provided: "
                f"{', '.join(self.tools) or 'none'}"
            )
        return self.tools[name]

    def program(self, name: str, path: str, config: ImageConfig, tag: str = "") -> Image:
        """Build an image of one executable and the shared libraries that it loads.

        Args:
            name: the name of the executable's component, which is also the image's name.
            path: the path of the executable in the image.
            config: the configuration of its containers.
            tag: the image's tag; default: the component's version.

        Raises:
            ImageError: the component was not provided, or needs libraries that are missing on this machine.
        """
        tool = self.tool(name)
        inputs = {"program": path, "file": file_identity(tool.path)}
        layer = self.store.layer(inputs, lambda _: program_entries(tool.path, path))
        return self.store.image(_name(name, tag or tool.version), [layer], config)

    def go_program(
        self,
        name: str,
        program: GoProgram,
        path: str,
        config: ImageConfig,
        files: Mapping[str, Path] = NOTHING,
    ) -> Image:
        """Build a program from Go sources, and an image of it and the shared libraries that it loads.

        The image's tag is a digest of its content, so a change of the sources gives another image.

        Args:
            name: the image's name.
            program: the sources and how to build them.
            path: the path of the program in the image.
            config: the configuration of its containers.
            files: more files of the image: their paths in the image, and the files on this machine.

        Raises:
            ConfigurationError: the sources or a file do not exist.
            ToolchainError: Go or the C compiler is missing, or the sources do not compile.
            ImageError: the program needs libraries that are missing on this machine.
        """
        with program.build(self.store.programs) as binary:
            absent = [file for file in files.values() if not file.is_file()]
            if absent:
                raise ConfigurationError(
                    f"{program.setting}: the image needs {absent[0]}, which does not exist"
                )
            contents = {path: content_digest(binary)}
            contents |= {target: content_digest(file) for target, file in files.items()}
            layer = self.store.layer(
                {"files": contents},
                lambda _: [
                    *program_entries(binary, path),
                    *(
                        File(target, file, file.stat().st_mode & 0o777)
                        for target, file in files.items()
                    ),
                ],
            )
        return self.store.image(_name(name, digest(json.dumps(contents).split())), [layer], config)

    def python(
        self,
        name: str,
        tag: str,
        command: Sequence[str],
        search: str,
        *,
        layers: Sequence[Layer] = (),
        mounts: Mapping[str, Path] = NOTHING,
        environment: Mapping[str, str] = NO_VARIABLES,
    ) -> Image:
        """Build an image of this process's interpreter with its standard library.

        Args:
            name: the image's name.
            tag: the image's tag.
            command: the command of its containers.
            search: the value of PYTHONPATH in its containers.
            layers: additional layers.
            mounts: folders of Python packages that are mounted into the containers; maps the path in the container to
                the folder on this machine. The image contains the shared libraries that the packages load, but not
                the packages.
            environment: additional environment variables of its containers.

        Raises:
            ImageError: a library of the interpreter is missing on this machine.
        """
        interpreter = running_interpreter()
        inputs = {
            "interpreter": file_identity(interpreter.executable),
            "library": file_identity(interpreter.library),
            "version": sys.version,
        }
        first = self.store.layer(inputs, lambda staging: python_entries(interpreter, staging))
        libraries = [self._libraries(path, folder) for path, folder in mounts.items()]
        config = python_config(interpreter, search, command, environment)
        return self.store.image(_name(name, tag), [first, *libraries, *layers], config)

    def app(self, name: str, app: App, module: str) -> Image:
        """Build an image of a Python application and the packages that it requires.

        Args:
            name: the image's name.
            app: the application; `app.version()` is the image's tag.
            module: the module that its containers run.

        Raises:
            ImageError: the application's requirements file does not exist.
            ToolchainError: its packages could not be installed.
        """
        interpreter = running_interpreter()
        packages = self.store.layer(
            {"requirements": app.requirements_digest(), "at": PACKAGES},
            lambda staging: package_entries(app, interpreter, staging),
        )
        modules = self.store.layer(
            {"app": app.version(), "at": APP},
            lambda staging: app_entries(app, interpreter, staging),
        )
        command, search = ["python", "-m", module], f"{APP}:{PACKAGES}"
        return self.python(name, app.version(), command, search, layers=[packages, modules])

    def _libraries(self, path: str, folder: Path) -> Layer:
        """Return a layer of the mount point `path`, and of the shared libraries that the modules of `folder` load."""
        inputs = {"mount": path, "packages": file_identity(folder)}
        return self.store.layer(inputs, lambda _: mount_entries(path, folder))


Recipe = Callable[[ImageMaker], Image]
"""Build one image with a call of `ImageMaker.program`, `python` or `app`."""


def _pause(maker: ImageMaker) -> Image:
    config = ImageConfig(entrypoint=("/pause",), user="65535")
    return maker.program("pause", "/pause", config, tag="1")


def _coredns(maker: ImageMaker) -> Image:
    # Runs as root, because it listens on port 53.
    return maker.program("coredns", "/coredns", ImageConfig(entrypoint=("/coredns",)))


FRAMEWORK_RECIPES: Mapping[str, Recipe] = MappingProxyType({"pause": _pause, "coredns": _coredns})
"""The recipes of the images that every embedded cluster with nodes runs."""


def build_images(
    tools: Mapping[str, Tool],
    names: Iterable[str],
    recipes: Mapping[str, Recipe] = FRAMEWORK_RECIPES,
) -> dict[str, Image]:
    """Build images, or take them from the cache.

    Args:
        tools: the toolchain components that the recipes use, by name.
        names: the names of the images to build.
        recipes: the recipe of each image, by the image's name; default: the framework's.

    Returns:
        The images, by name.

    Raises:
        ImageError: an unknown name, a component that was not provided, or an unreadable file.
        ToolchainError: the packages of an application could not be installed.
    """
    maker = ImageMaker(tools, ImageStore(paths.cache_dir() / "images"))
    requested = tuple(names)
    unknown = sorted(set(requested) - set(recipes))
    if unknown:
        raise ImageError(
            f"there is no image {unknown[0]!r}; there are recipes of {', '.join(recipes)}"
        )
    return {name: recipes[name](maker) for name in requested}


def python_config(
    interpreter: Interpreter,
    search: str,
    command: Sequence[str],
    environment: Mapping[str, str] = NO_VARIABLES,
) -> ImageConfig:
    """Return the configuration of containers that run Python. Dockerfiles of the same images must match it.

    Args:
        interpreter: the image's interpreter.
        search: the value of PYTHONPATH.
        command: the command to run.
        environment: additional environment variables.
    """
    variables = {
        "HOME": HOME,
        "LANG": "C.UTF-8",
        "PATH": interpreter.search_path,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": search,
        "PYTHONUNBUFFERED": "1",
        **environment,
    }
    return ImageConfig(command=tuple(command), environment=variables, user=NONROOT)


def _name(name: str, tag: str) -> str:
    return f"{REPOSITORY}/{name}:{re.sub(r'[^A-Za-z0-9_.-]', '-', tag)}"
