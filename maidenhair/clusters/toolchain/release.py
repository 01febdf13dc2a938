"""Components from the files that a project releases."""

from __future__ import annotations

import platform
import shutil
import tarfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from maidenhair.clusters.toolchain.download import Downloader
from maidenhair.clusters.toolchain.model import Obstacle, digest
from maidenhair.errors import ToolchainError

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
"""What releases call a machine, by the kernel's name of it."""


@dataclass(frozen=True)
class Release:
    """A file of a project's release: an executable, or an archive with some.

    Attributes:
        component: the component's name.
        version: the release's version, without a leading "v".
        url: the file's URL, with {version}, {component} and {arch} to fill in.
        checksums: the URL of its SHA-256, with {url} to fill in too.
        downloader: what fetches it.
        files: the executables to take out of the archive; none where the file is the executable.
        is_folder: whether the component is the folder of the executables rather than the first of them.
        seconds: how long it takes about.
    """

    component: str
    version: str
    url: str
    checksums: str
    downloader: Downloader
    files: tuple[str, ...] = ()
    is_folder: bool = False
    seconds: float = 20.0
    lane: str = "release"

    @property
    def label(self) -> str:
        """Return what it is made from."""
        return f"release of {urlsplit(self.url).netloc}"

    @property
    def action(self) -> str:
        """Return what is done, for the progress."""
        return f"Downloading {self.component} {self.version}"

    def entry(self) -> str:
        """Return the entry's name, with a digest of all inputs."""
        inputs = digest([self.url, self.version, platform.machine(), *self.files])
        return f"{self.component}-{self.version}-release-{inputs}"

    def obstacle(self) -> Obstacle | None:
        """Return that the host cannot be reached or has nothing for this machine; else None."""
        if platform.machine() not in ARCHITECTURES:
            known = ", ".join(ARCHITECTURES)
            reason = f"there is no release for {platform.machine()}, only for {known}"
            return Obstacle(reason, "build it, or set its path (MAIDENHAIR_TOOL_…)")
        return self.downloader.obstacle(self._filled(self.url))

    def make(self, folder: Path) -> Mapping[str, str]:
        """Download the file, verify it, and put the executables into `folder`/bin.

        Raises:
            ToolchainError: the file could not be had, or lacks one of the executables.
        """
        target = folder / "bin"
        target.mkdir()
        url = self._filled(self.url)
        checksums = self._filled(self.checksums).replace("{url}", url)
        with self.downloader.fetched(url, checksums) as file:
            if self.files:
                self._unpack(file, target)
            else:
                shutil.move(file, target / self.component)
        for executable in target.iterdir():
            executable.chmod(0o755)
        return {self.component: self.version}

    def locate(self, component: str) -> Path:
        """Return the component's path in the entry."""
        if self.is_folder:
            return Path("bin")
        return Path("bin", self.files[0] if self.files else component)

    def environment(self, folder: Path) -> Mapping[str, str]:
        """Return nothing: it needs no variables."""
        return {}

    def _unpack(self, archive: Path, target: Path) -> None:
        try:
            with tarfile.open(archive) as content:
                for member in content:
                    name = Path(member.name).name
                    wanted = member.isfile() and name in self.files
                    source = content.extractfile(member) if wanted else None
                    if source is not None:
                        with source, (target / name).open("wb") as file:
                            shutil.copyfileobj(source, file)
        except tarfile.TarError as error:
            raise ToolchainError(f"{self.url} is no archive that can be read: {error}") from error
        missing = [name for name in self.files if not (target / name).exists()]
        if missing:
            raise ToolchainError(f"{self._filled(self.url)} has no {', '.join(missing)}")

    def _filled(self, url: str) -> str:
        values = {
            "{version}": self.version,
            "{component}": self.component,
            "{arch}": ARCHITECTURES[platform.machine()],
        }
        for name, value in values.items():
            url = url.replace(name, value)
        return url


@dataclass(frozen=True)
class Releases:
    """The releases that a file names.

    Attributes:
        table: what the file says of each: url, checksums, and where they apply version and files.
        file: the file.
        downloader: what fetches them.
    """

    table: Mapping[str, Mapping[str, Any]]
    file: Path
    downloader: Downloader

    def release(self, name: str, version: str = "", component: str = "", **more: Any) -> Release:
        """Return the release of an entry of the file.

        Args:
            name: the entry's name.
            version: the version, where the file says none.
            component: the component's name, where it is not the entry's.
            more: further attributes of the release.

        Raises:
            ToolchainError: the file has no such entry, or one without what is needed.
        """
        try:
            entry = self.table[name]
            return Release(
                component or name,
                version or entry["version"],
                entry["url"],
                entry["checksums"],
                self.downloader,
                tuple(entry.get("files", ())),
                **more,
            )
        except KeyError as error:
            raise ToolchainError(f"{self.file}: [{name}] lacks {error}") from error


def read_releases(file: Path, downloader: Downloader) -> Releases:
    """Return the releases that a TOML file names.

    Raises:
        ToolchainError: the file cannot be read.
    """
    try:
        return Releases(tomllib.loads(file.read_text()), file, downloader)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ToolchainError(f"{file} could not be read: {error}") from error
