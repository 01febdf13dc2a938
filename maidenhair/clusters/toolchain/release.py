"""Components from the release files of their projects."""

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
"""The architecture in a release's file name, by the kernel's machine name."""


@dataclass(frozen=True)
class Release:
    """A file of a project's release: an executable, or an archive of executables.

    Attributes:
        component: the component's name.
        version: the release's version, without a leading "v".
        url: the file's URL, with the placeholders {version}, {component} and {arch}.
        checksums: the URL of the file's SHA-256, with the same placeholders and {url}.
        downloader: the downloader.
        files: the executables to extract from the archive; empty if the file is the executable.
        is_folder: whether the component is the folder of the executables rather than the first of them.
        seconds: the approximate duration in seconds.
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
        """The host of the release."""
        return f"release of {urlsplit(self.url).netloc}"

    @property
    def action(self) -> str:
        """The action for the progress line."""
        return f"Downloading {self.component} {self.version}"

    def entry(self) -> str:
        """Return the entry's name, with a digest of all inputs."""
        inputs = digest([self.url, self.version, platform.machine(), *self.files])
        return f"{self.component}-{self.version}-release-{inputs}"

    def obstacle(self) -> Obstacle | None:
        """Return why the release cannot be downloaded: no file for this machine, or no connection. Otherwise None."""
        if platform.machine() not in ARCHITECTURES:
            known = ", ".join(ARCHITECTURES)
            reason = f"there is no release for {platform.machine()}, only for {known}"
            return Obstacle(
                reason, "build the component, and set its path with MAIDENHAIR_TOOL_<COMPONENT>"
            )
        return self.downloader.obstacle(self._filled(self.url))

    def make(self, folder: Path) -> Mapping[str, str]:
        """Download the file, verify it, and put the executables into `folder`/bin.

        Raises:
            ToolchainError: the file could not be downloaded, or lacks an executable.
        """
        target = folder / "bin"
        target.mkdir()
        url = self._filled(self.url)
        checksums = self._filled(self.checksums).replace("{url}", url)
        with self.downloader.download(url, checksums) as file:
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
        """Return no variables: the executables need none."""
        return {}

    def _unpack(self, archive: Path, target: Path) -> None:
        try:
            with tarfile.open(archive) as content:
                for member in content:
                    name = Path(member.name).name
                    is_needed = member.isfile() and name in self.files
                    source = content.extractfile(member) if is_needed else None
                    if source is not None:
                        with source, (target / name).open("wb") as file:
                            shutil.copyfileobj(source, file)
        except tarfile.TarError as error:
            raise ToolchainError(f"cannot read the archive {self.url}: {error}") from error
        missing = [name for name in self.files if not (target / name).exists()]
        if missing:
            raise ToolchainError(
                f"the archive {self._filled(self.url)} does not contain {', '.join(missing)}"
            )

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
    """The releases that a TOML file declares.

    Attributes:
        table: the file's table of each release: url, checksums and, optionally, version and files.
        file: the file.
        downloader: the downloader.
    """

    table: Mapping[str, Mapping[str, Any]]
    file: Path
    downloader: Downloader

    def release(self, name: str, version: str = "", component: str = "", **more: Any) -> Release:
        """Return a release of the file.

        Args:
            name: the name of the release's table.
            version: the version; default: the table's.
            component: the component's name; default: `name`.
            more: further attributes of the `Release`.

        Raises:
            ToolchainError: the file has no such table, or the table lacks a key.
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
    """Return the releases that a TOML file declares.

    Raises:
        ToolchainError: the file cannot be read.
    """
    try:
        return Releases(tomllib.loads(file.read_text()), file, downloader)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ToolchainError(f"cannot read {file}: {error}") from error
