"""Write OCI archives, and read the names and digests of images from OCI and docker archives.

The format is an OCI image layout 1.0 in an uncompressed tar file. containerd takes the image's name from the
annotation `io.containerd.image.name`.
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
    """The configuration of an image's containers.

    Attributes:
        entrypoint: the command that arguments are appended to.
        command: the default arguments; without an entrypoint, the default command.
        environment: the environment variables.
        user: the user id, or "user:group"; root if empty.
        folder: the working directory.

    Example:
        >>> ImageConfig(entrypoint=("/manager",), user="65532").folder
        '/'
    """

    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    user: str = ""
    folder: str = "/"


def write_archive(
    destination: Path, name: str, layers: Sequence[Layer], config: ImageConfig
) -> str:
    """Write an image to an OCI archive.

    Args:
        destination: the archive to write.
        name: the image's name.
        layers: the layers, lowest first.
        config: the configuration of its containers.

    Returns:
        The digest of the image's manifest, "sha256:…".
    """
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
    """Return the names of the images in an OCI archive or a `docker save` archive.

    Raises:
        ImageError: the file is no such archive, or contains no image with a name.
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
            f"the image archive {archive} names no image: neither manifest.json (RepoTags) nor "
            f"index.json ({NAME_ANNOTATION}) has a name; save the image by its name, not by its digest"
        )
    return tuple(dict.fromkeys(names))


def archive_digest(archive: Path) -> str:
    """Return the manifest digest of an OCI archive that `write_archive` wrote.

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
        f"{archive} is not an OCI archive: it has no index.json; delete it, and it is built again"
    )


def archive_content(archive: Path) -> str:
    """Return a digest of the images in an OCI archive or a `docker save` archive.

    It covers index.json and manifest.json only, because they contain the digests of everything else.

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
        raise ImageError(
            f"{archive} is not an image archive: it has neither index.json nor manifest.json"
        )
    return digest.hexdigest()


def _annotated_name(manifest: Mapping[str, Any]) -> list[str]:
    annotations = manifest.get("annotations") or {}
    # The reference annotation may hold a tag alone, which is not a name.
    reference = annotations.get(REFERENCE_ANNOTATION, "")
    name = annotations.get(NAME_ANNOTATION) or (reference if ":" in reference else "")
    return [name] if name else []


def _image(layers: Sequence[Layer], config: ImageConfig) -> dict[str, Any]:
    settings = {
        "Entrypoint": list(config.entrypoint),
        "Cmd": list(config.command),
        "Env": [f"{name}={value}" for name, value in sorted(config.environment.items())],
        "User": config.user,
        "WorkingDir": config.folder,
    }
    return {
        "architecture": ARCHITECTURES.get(platform.machine(), platform.machine()),
        "os": "linux",
        "config": {key: value for key, value in settings.items() if value},
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
    descriptor = {
        "mediaType": MANIFEST_TYPE,
        "digest": _digest(manifest),
        "size": len(manifest),
        "annotations": {NAME_ANNOTATION: name, REFERENCE_ANNOTATION: name},
    }
    return {"schemaVersion": 2, "manifests": [descriptor]}


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
