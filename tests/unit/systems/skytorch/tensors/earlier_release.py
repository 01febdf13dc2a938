"""The .proto files of an earlier release of SkyTorch, with other numbers for the same fields."""

from __future__ import annotations

import importlib.util
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path

from maidenhair._util import paths
from maidenhair._util.progress import Progress
from maidenhair.clusters.toolchain.cache import Cache
from maidenhair.clusters.toolchain.model import digest
from maidenhair.clusters.toolchain.process import run
from maidenhair.clusters.toolchain.python_packages import pinned
from maidenhair.errors import ToolchainError
from maidenhair.systems.skytorch.tensors import Protocol
from maidenhair.systems.skytorch.tensors.rpc.protocol import FILES
from tests.conftest import unavailable
from tests.project import ROOT

REQUIREMENTS = ROOT / "toolchain/python/requirements-skytorch-before.txt"
FETCH_SECONDS = 300.0
FOLDER = "skytorch"


def protocol() -> Protocol:
    """Return the protocol of that release. On Python 3.11 it is installed; otherwise it is downloaded once."""
    if sys.version_info < (3, 12):
        return Protocol.installed()
    cache = Cache(paths.cache_dir() / "tools", Progress())
    name = f"skytorch-protocol-{pinned(REQUIREMENTS, 'skytorch')}-{digest([REQUIREMENTS, *FILES])}"
    try:
        entry = cache.make(name, Path(FOLDER), "Fetching an earlier release of SkyTorch", _fetch)
    except ToolchainError as error:
        unavailable(str(error))
    return Protocol(entry.folder / FOLDER)


def _fetch(folder: Path) -> Mapping[str, str]:
    """Extract the files from the source distribution, whose hash pip checks.

    pip reads the distribution's metadata, which needs the installed torch, and builds nothing.
    """
    if importlib.util.find_spec("torch") is None:
        raise ToolchainError("torch is not installed for this Python; `make setup` installs it")
    with tempfile.TemporaryDirectory() as fetched:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--no-deps"]
        source = ["--no-binary=:all:", "--no-build-isolation", "--require-hashes"]
        run([*command, *source, "-r", REQUIREMENTS, "-d", fetched], seconds=FETCH_SECONDS)
        (archive,) = Path(fetched).glob("*.tar.gz")
        with tarfile.open(archive) as files:
            (top,) = {member.name.split("/")[0] for member in files}
            for file in FILES:
                target = folder / FOLDER / file
                target.parent.mkdir(parents=True, exist_ok=True)
                content = files.extractfile(f"{top}/{FOLDER}/{file}")
                if content is None:
                    raise ToolchainError(f"{archive.name} has no {file}")
                target.write_bytes(content.read())
    return {FOLDER: pinned(REQUIREMENTS, "skytorch")}
