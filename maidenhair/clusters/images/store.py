"""The cache of layers and images: each is built once per digest of its inputs."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from filelock import FileLock

from maidenhair.clusters.images.archive import ImageConfig, archive_digest, write_archive
from maidenhair.clusters.images.layers import Entry, Layer, write_layer

KEY_LENGTH = 16
UNUSED_SECONDS = 7 * 24 * 3600


@dataclass(frozen=True)
class Image:
    """An image that can be loaded into nodes.

    Attributes:
        name: the image's name in pods.
        archive: the OCI archive.
        digest: the digest of the image's manifest, "sha256:…". It identifies the content.

    Example:
        >>> Image("maidenhair.dev/widgets:1", folder / "widgets.tar", "sha256:0f3a").name
        'maidenhair.dev/widgets:1'
    """

    name: str
    archive: Path
    digest: str


class ImageStore:
    """Build layers and images, or find those that were built before. Discard those that nobody used for a week.

    Args:
        folder: the folder of the cache, created if needed. Processes may share it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def programs(self) -> Path:
        """The folder of programs that are built from sources, created if needed."""
        return self._subfolder("programs")

    def layer(self, inputs: Mapping[str, Any], make: Callable[[Path], Iterable[Entry]]) -> Layer:
        """Return the layer of these inputs, and build it first if the cache lacks it.

        Args:
            inputs: JSON values that determine the layer's content.
            make: returns the layer's entries; its argument is an empty folder for generated files.

        Raises:
            ImageError: an entry's content could not be read.
        """
        key = _key(inputs)
        layers = self._subfolder("layers")
        with self._lock(key):
            for path in layers.glob(f"{key}-*.tar"):
                path.touch()
                digest = path.stem.partition("-")[2]
                return Layer(path, f"sha256:{digest}", path.stat().st_size)
            with tempfile.TemporaryDirectory(dir=layers, prefix=f".{key}-") as staging:
                content = Path(staging, "content")
                content.mkdir()
                made = write_layer(make(content), Path(staging, "layer.tar"))
                path = layers / f"{key}-{made.digest.partition(':')[2]}.tar"
                made.path.rename(path)
            _discard_unused(layers)
        return Layer(path, made.digest, made.size)

    def image(self, name: str, layers: Sequence[Layer], config: ImageConfig) -> Image:
        """Return an image, and build it first if the cache lacks it.

        Args:
            name: the image's name.
            layers: the layers, lowest first.
            config: the configuration of its containers.
        """
        inputs = {"name": name, "layers": [layer.digest for layer in layers]}
        key = _key(inputs | {"config": asdict(config)})
        short_name = re.sub(r"[^a-z0-9.]+", "-", name.rpartition("/")[2])
        archive = self._subfolder("archives") / f"{short_name}-{key}.tar"
        with self._lock(key):
            if archive.is_file():
                archive.touch()
                return Image(name, archive, archive_digest(archive))
            partial = archive.with_suffix(".partial")
            digest = write_archive(partial, name, layers, config)
            partial.rename(archive)
            _discard_unused(archive.parent)
        return Image(name, archive, digest)

    def _subfolder(self, name: str) -> Path:
        folder = self._folder / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _lock(self, key: str) -> FileLock:
        return FileLock(self._subfolder("locks") / f"{key}.lock")


def file_identity(path: Path) -> list[Any]:
    """Return the path, size and modification time of a file, which identify its version without reading it."""
    status = path.stat()
    return [str(path.resolve()), status.st_size, status.st_mtime_ns]


def _discard_unused(folder: Path) -> None:
    """Remove files that nobody used for a week, because images have hundreds of MB."""
    for path in folder.glob("*.tar"):
        with suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > UNUSED_SECONDS:
                path.unlink()


def _key(inputs: Mapping[str, Any]) -> str:
    text = json.dumps({"made by": _own_digest(), **inputs}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:KEY_LENGTH]


@cache
def _own_digest() -> str:
    """Return a digest of this package's code, because it determines the layers as the inputs do."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
