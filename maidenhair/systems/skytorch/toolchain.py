"""A folder with torch, SkyTorch and their dependencies, byte-compiled for the running version of Python."""

from __future__ import annotations

import importlib
import os
import platform
import shutil
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from maidenhair._util.files import write_atomically
from maidenhair.clusters.toolchain import debian_packages, python_packages
from maidenhair.clusters.toolchain.model import Obstacle, digest
from maidenhair.clusters.toolchain.process import program, run
from maidenhair.errors import ToolchainError

COMPILE_SECONDS = 3600.0
IMPORT_SECONDS = 300.0
BACKEND = "skytorch.torch.backend"
SITE_PACKAGES = "site-packages"
LINK = "maidenhair-skytorch.pth"
COMPILER_ADVICE = "install a C++ compiler (Debian and Ubuntu: `apt-get install g++`)"
OWN_COMPILER = "c++"


@dataclass(frozen=True)
class SkyTorchPython:
    """Creates a folder like site-packages with torch, and with SkyTorch built against that torch.

    Attributes:
        component: the component's name.
        requirements: the folder with requirements-skytorch-build.txt, -torch.txt and -skytorch.txt.
        seconds: the approximate build time in seconds, on two cores.
        lane: the name of the lane. Builds of one lane run one after another.
    """

    component: str
    requirements: Path
    seconds: float = 270.0
    lane: str = "skytorch"

    @property
    def label(self) -> str:
        """Return the description of the source."""
        return "Python packages torch and skytorch"

    @property
    def action(self) -> str:
        """Return the description of the work, for the progress output."""
        return "Installing torch and SkyTorch"

    def entry(self) -> str:
        """Return the name of the cache entry, with a digest of all inputs."""
        minor = _minor()
        return f"{self.component}-py{minor}-{digest([minor, platform.machine(), *self._files()])}"

    def obstacle(self) -> Obstacle | None:
        """Return the obstacle to a build: no installer of packages, or no compiler. None if there is no obstacle."""
        return python_packages.obstacle() or compiler_obstacle()

    def make(self, folder: Path) -> Mapping[str, str]:
        """Install torch, build SkyTorch against it, and byte-compile both.

        Returns:
            The installed version, by the component's name.

        Raises:
            ToolchainError: the compiler or Python's headers are missing and cannot be installed, an installation
                failed, or the built SkyTorch cannot be imported.
        """
        _provide_compiler()
        build, torch, skytorch = self._files()
        scratch, target = folder / "build", folder / SITE_PACKAGES
        tools = scratch / "tools"
        scratch.mkdir()
        environment = {
            **_headers(scratch),
            "PYTHONPATH": os.pathsep.join([str(tools), str(target)]),
            "PATH": os.pathsep.join([str(tools / "bin"), os.environ.get("PATH", "")]),
            "MAX_JOBS": "2",
            # Python's own flags ask for debug information, which takes almost a third of the compiler's time.
            **{name: f"{os.environ.get(name, '')} -g0".strip() for name in ("CFLAGS", "CXXFLAGS")},
        }
        python_packages.install(build, tools)
        python_packages.install(torch, target)
        options = ("--no-deps", "--no-build-isolation")
        python_packages.install(skytorch, target, options, environment)
        shutil.rmtree(scratch)
        _compile(target)
        return {self.component: _installed_version(target)}

    def locate(self, component: str) -> Path:
        """Return the component's path in the cache entry."""
        return Path(SITE_PACKAGES)

    def environment(self, folder: Path) -> Mapping[str, str]:
        """Return no variables, because the component needs none."""
        return {}

    def _files(self) -> tuple[Path, Path, Path]:
        return (
            self.requirements / "requirements-skytorch-build.txt",
            self.requirements / "requirements-torch.txt",
            self.requirements / "requirements-skytorch.txt",
        )


def link(site_packages: Path, folder: Path) -> None:
    """Make torch and SkyTorch in `folder` importable, in this process and for the Python that owns `site_packages`.

    A .pth file in `site_packages` names the folder. Packages in `site_packages` itself take precedence.
    """
    if str(folder) not in sys.path:
        # Python reads .pth files only at its start.
        sys.path.append(str(folder))
        importlib.invalidate_caches()
    text = f"{folder}\n"
    file = site_packages / LINK
    if file.is_file() and file.read_text() == text:
        return
    write_atomically(file, text)


def compiler_obstacle() -> Obstacle | None:
    """Return the obstacle that this machine has no C++ compiler and this user cannot install one; otherwise None."""
    compiler = compiler_name()
    if shutil.which(compiler) or (_installable(compiler) and os.geteuid() == 0):
        return None
    return Obstacle(f"the C++ compiler {compiler} is not on PATH", COMPILER_ADVICE)


def compiler_name() -> str:
    """Return the compiler that torch's extension builder uses: $CXX, otherwise c++."""
    return os.environ.get("CXX", OWN_COMPILER).split()[0]


def _provide_compiler() -> None:
    """Install a C++ compiler if the machine has none. Only root can; other users get an error with advice."""
    compiler = compiler_name()
    if compiler == OWN_COMPILER and shutil.which(compiler) is None:
        debian_packages.install("g++")
    program(compiler, COMPILER_ADVICE)


def _installable(compiler: str) -> bool:
    return compiler == OWN_COMPILER and debian_packages.obstacle("g++") is None


def _minor() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def _headers(scratch: Path) -> Mapping[str, str]:
    """Return the variable with the path of Python's headers, after unpacking them if the machine lacks them.

    Building an extension needs the headers. Linux distributions ship them in a package of their own.
    """
    header = Path(sysconfig.get_paths()["include"], "Python.h")
    if header.is_file():
        return {}
    package = f"libpython{_minor()}-dev"
    unpacked = scratch / "headers"
    unpacked.mkdir()
    try:
        debian_packages.unpack(package, unpacked)
    except ToolchainError as error:
        raise ToolchainError(
            f"cannot build SkyTorch: {header} is missing, and downloading {package} failed: {error}; "
            f"install the package {package}"
        ) from error
    include = unpacked / "usr" / "include"
    return {"CPATH": os.pathsep.join([str(include / f"python{_minor()}"), str(include)])}


def _compile(target: Path) -> None:
    """Byte-compile `target`, then check that SkyTorch can be imported from it."""
    # Status 1 means that some files did not compile. torch contains a few for newer versions of Python.
    compile_all = [sys.executable, "-m", "compileall", "-q", "-j", "2", str(target)]
    run(compile_all, seconds=COMPILE_SECONDS, accepted=(0, 1))
    environment = {"PYTHONPATH": str(target), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", f"import {BACKEND}"]
    run(command, environment=environment, seconds=IMPORT_SECONDS)


def _installed_version(target: Path) -> str:
    found = next(iter(target.glob("skytorch-*.dist-info")), None)
    if found is None:
        raise ToolchainError(
            f"installing SkyTorch into {target} left no package skytorch there; check the package in its source"
        )
    return found.name.removeprefix("skytorch-").removesuffix(".dist-info")
