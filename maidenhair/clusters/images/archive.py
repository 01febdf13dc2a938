"""OCI archives: written for images of our own, read for the names of images that users hand over.

The format is that of the OCI image layout specification 1.0, in an uncompressed tar; containerd
takes the image's name from the annotation `io.containerd.image.name`.
"""

from __future__ import annotations

import hashlib
import io
import json
import platform
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from maidenhair.clusters.images.layers import Layer
from maidenhair.errors import ImageError

NAME_ANNOTATION = "io.containerd.image.name"
REFERENCE_ANNOTATION = "org.opencontainers.image.ref.name"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True)
class ImageConfig:
    """How containers of an image start.

    Attributes:
        entrypoint: the command that arguments are added to.
        command: the default arguments, or the default command without an entrypoint.
        environment: the environment variables.
        user: user id, or "user:group"; root if empty.
        folder: the working directory.
    """

    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    user: str = ""
    folder: str = "/"


def write_archive(
    destination: Path, name: str, layers: Sequence[Layer], config: ImageConfig
) -> str:
    """Write the image `name` to the OCI archive `destination`; return its manifest's digest."""
    image = _json(_image(layers, config))
    manifest = _json(_manifest(layers, image))
    digest = _digest(manifest)
    with destination.open("wb") as file, tarfile.open(fileobj=file, mode="w") as tar:
        _add_bytes(tar, "oci-layout", _json({"imageLayoutVersion": "1.0.0"}))
        _add_bytes(tar, "index.json", _json(_index(name, manifest)))
        _add_bytes(tar, _blob(digest), manifest)
        _add_bytes(tar, _blob(_digest(image)), image)
        for layer in {layer.digest: layer for layer in layers}.values():
            info = tarfile.TarInfo(_blob(layer.digest))
            info.size = layer.size
            with layer.path.open("rb") as content:
                tar.addfile(info, content)
    return digest


def archive_names(archive: Path) -> tuple[str, ...]:
    """Return the names of the images in an OCI archive or in one of `docker save`.

    Raises:
        ImageError: the file is no such archive, or names no image.
    """
    names: list[str] = []
    try:
        with tarfile.open(archive) as tar:
            members = {member.name.removeprefix("./"): member for member in tar.getmembers()}
            if "manifest.json" in members:
                for image in _load(tar, members["manifest.json"]):
                    names += image.get("RepoTags") or []
            if "index.json" in members:
                for manifest in _load(tar, members["index.json"]).get("manifests", []):
                    names += _annotated_name(manifest)
    except (OSError, tarfile.TarError, ValueError) as error:
        raise ImageError(f"cannot read the image archive {archive}: {error}") from error
    if not names:
        raise ImageError(
            f"the archive {archive} names no image: neither manifest.json (RepoTags) nor "
            f"index.json ({NAME_ANNOTATION}) has a name; save the image by its name, not by its digest"
        )
    return tuple(dict.fromkeys(names))


def archive_digest(archive: Path) -> str:
    """Return the manifest's digest of an OCI archive that `write_archive` made.

    Raises:
        ImageError: the file is no such archive.
    """
    try:
        with tarfile.open(archive) as tar:
            while member := tar.next():
                if member.name == "index.json":
                    return str(_load(tar, member)["manifests"][0]["digest"])
    except (OSError, tarfile.TarError, ValueError, LookupError) as error:
        raise ImageError(f"cannot read the image archive {archive}: {error}") from error
    raise ImageError(
        f"{archive} is no OCI archive: it has no index.json; remove it to have it made again"
    )


def archive_content(archive: Path) -> str:
    """Return a digest that is the same for every OCI archive, or one of `docker save`, with the same images.

    It is that of the files which name the images and, by their digests, all that they are made of.

    Raises:
        ImageError: the file is no such archive.
    """
    digest = hashlib.sha256()
    found = False
    try:
        with tarfile.open(archive) as tar:
            members = {member.name.removeprefix("./"): member for member in tar.getmembers()}
            for name in ("index.json", "manifest.json"):
                if name in members:
                    digest.update(json.dumps(_load(tar, members[name]), sort_keys=True).encode())
                    found = True
    except (OSError, tarfile.TarError, ValueError) as error:
        raise ImageError(f"cannot read the image archive {archive}: {error}") from error
    if not found:
        raise ImageError(f"{archive} is no image archive: it has no index.json or manifest.json")
    return digest.hexdigest()


def _annotated_name(manifest: Mapping[str, Any]) -> list[str]:
    annotations = manifest.get("annotations") or {}
    # The reference annotation may hold a bare tag, which names no image.
    reference = annotations.get(REFERENCE_ANNOTATION, "")
    name = annotations.get(NAME_ANNOTATION) or (reference if ":" in reference else "")
    return [name] if name else []


def _image(layers: Sequence[Layer], config: ImageConfig) -> dict[str, Any]:
    started = {
        "Entrypoint": list(config.entrypoint),
        "Cmd": list(config.command),
        "Env": [f"{name}={value}" for name, value in sorted(config.environment.items())],
        "User": config.user,
        "WorkingDir": config.folder,
    }
    return {
        "architecture": ARCHITECTURES.get(platform.machine(), platform.machine()),
        "os": "linux",
        "config": {key: value for key, value in started.items() if value},
        "rootfs": {"type": "layers", "diff_ids": [layer.digest for layer in layers]},
    }


def _manifest(layers: Sequence[Layer], image: bytes) -> dict[str, Any]:
    return {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": {"mediaType": CONFIG_TYPE, "digest": _digest(image), "size": len(image)},
        "layers": [
            {"mediaType": LAYER_TYPE, "digest": layer.digest, "size": layer.size}
            for layer in layers
        ],
    }


def _index(name: str, manifest: bytes) -> dict[str, Any]:
    described = {
        "mediaType": MANIFEST_TYPE,
        "digest": _digest(manifest),
        "size": len(manifest),
        "annotations": {NAME_ANNOTATION: name, REFERENCE_ANNOTATION: name},
    }
    return {"schemaVersion": 2, "manifests": [described]}


def _add_bytes(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    tar.addfile(info, io.BytesIO(content))


def _load(tar: tarfile.TarFile, member: tarfile.TarInfo) -> Any:
    file = tar.extractfile(member)
    if file is None:
        raise ValueError(f"{member.name} is not a file")
    return json.load(file)


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _blob(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/')}"
