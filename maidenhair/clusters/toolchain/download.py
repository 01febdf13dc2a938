"""Download files over HTTP and verify them. An interrupted download is resumed by the next attempt."""

from __future__ import annotations

import errno
import hashlib
import re
import shutil
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import requests
import urllib3
from filelock import FileLock

from maidenhair.clusters.toolchain.hosts import CONNECT_SECONDS, Hosts, host_of
from maidenhair.clusters.toolchain.model import Obstacle
from maidenhair.errors import ToolchainError

STALL_SECONDS = 30.0
ATTEMPTS = 5
CHUNK = 1 << 16
"""The number of bytes read at once, and the most that a failed transfer loses."""
CHECKSUMS_LIMIT = 1 << 20
MEGABYTE = 1e6
NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
OK, PARTIAL, BEYOND_END = (
    HTTPStatus.OK,
    HTTPStatus.PARTIAL_CONTENT,
    HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
)
CHECKSUM = re.compile(r"([0-9a-fA-F]{64})(?:\s+[ *]?(\S+))?\s*")
VALIDATOR = ".validator"


class _TransferFailed(Exception):
    """A transfer ended before the end of the file."""


class Downloader:
    """Download files, and verify each with a published SHA-256.

    If a transfer fails, the part that arrived stays in a file that is named by the expected checksum. The next attempt,
    in this process or another, requests the rest. Proxies are those of the environment.

    Args:
        folder: the folder for files during a download. Processes may share it.
        mirrors: the URL prefix of each mirror, by the official URL prefix that it replaces.
        allowed: whether downloads are allowed.
        hosts: the hosts that were contacted before; default: none.
        stopped: an event that stops all transfers when it is set; default: none.
        stall_seconds: the number of seconds without data after which a transfer fails.
    """

    def __init__(
        self,
        folder: Path,
        mirrors: Mapping[str, str],
        allowed: bool = True,
        hosts: Hosts | None = None,
        stopped: threading.Event | None = None,
        stall_seconds: float = STALL_SECONDS,
    ) -> None:
        self._folder = folder
        self._mirrors = mirrors
        self._allowed = allowed
        self._stall_seconds = stall_seconds
        self._hosts = hosts or Hosts()
        self._stopped = stopped or threading.Event()

    def obstacle(self, url: str) -> Obstacle | None:
        """Return why a URL cannot be downloaded; None if its host can be reached."""
        if not self._allowed:
            return Obstacle("downloads are off", "unset MAIDENHAIR_DOWNLOADS")
        problem = self._hosts.problem(self._mirrored(url))
        remedy = "check the network, set HTTPS_PROXY, or set a mirror with MAIDENHAIR_MIRRORS"
        return Obstacle(problem, remedy) if problem else None

    @contextmanager
    def download(self, url: str, checksums: str) -> Iterator[Path]:
        """Download a file, verify it, and yield it to a `with` block that moves or reads it.

        Args:
            url: the file's official URL; a mirror may replace it.
            checksums: the official URL of a text with the file's SHA-256: a checksum alone, or lines of checksums and
                file names.

        Raises:
            ToolchainError: the file could not be downloaded or verified; the message has the URL.
        """
        obstacle = self.obstacle(url)
        if obstacle is not None:
            raise ToolchainError(str(obstacle))
        url, checksums = self._mirrored(url), self._mirrored(checksums)
        expected = self._published(checksums, Path(urlsplit(url).path).name)
        partial = self._folder / f"{expected}.partial"
        with ExitStack() as stack:
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                stack.enter_context(FileLock(partial.with_suffix(".lock")))
                self._complete(url, partial, expected)
            except OSError as error:
                raise ToolchainError(
                    f"{error.filename or self._folder}: {error.strerror}"
                ) from error
            yield partial
            _remove(partial)

    def _complete(self, url: str, partial: Path, expected: str) -> None:
        """Complete the file `partial`: resume the transfer, and repeat it if it fails after some progress."""
        for _ in range(ATTEMPTS):
            begin = _size(partial)
            if _sha256(partial) == expected:
                return
            try:
                resumed = self._transfer(url, partial)
            except _TransferFailed as error:
                if _size(partial) <= begin:
                    self._hosts.give_up(url, _no_longer_used(url, str(error)))
                    raise ToolchainError(
                        f"{_without_credentials(url)}: {error}; {_saved_part(partial)}"
                    ) from error
                continue
            found = _sha256(partial)
            if found == expected:
                return
            # A resumed file may mix two versions: the server may have sent the rest of another one.
            _remove(partial)
            if not resumed:
                raise ToolchainError(
                    f"{_without_credentials(url)}: the file's SHA-256 is {found}, but {expected} is published"
                )
        raise ToolchainError(
            f"{_without_credentials(url)}: the transfer failed {ATTEMPTS} times; {_saved_part(partial)}"
        )

    def _transfer(self, url: str, partial: Path) -> bool:
        """Download the missing rest of a file. Return whether the server resumed instead of sending the whole file."""
        begin, validator = _size(partial), partial.with_suffix(VALIDATOR)
        headers = {}
        if begin and validator.is_file():
            headers = {"Range": f"bytes={begin}-", "If-Range": validator.read_text()}
        with self._get(url, headers, (OK, PARTIAL, BEYOND_END)) as response:
            if response.status_code == BEYOND_END:
                return True
            if response.status_code == OK:
                _remove(partial)
                _save_validator(response.headers, validator)
            self._append(response, partial)
            return response.status_code == PARTIAL

    def _append(self, response: requests.Response, partial: Path) -> None:
        try:
            with partial.open("ab") as file:
                # Not decoded: a server may report a .tar.gz as gzip-encoded content.
                for chunk in response.raw.stream(CHUNK, decode_content=False):
                    file.write(chunk)
                    if self._stopped.is_set():
                        break
        except urllib3.exceptions.ReadTimeoutError as error:
            raise _TransferFailed(f"no data arrived for {self._stall_seconds:g} s") from error
        except urllib3.exceptions.HTTPError as error:
            raise _TransferFailed(f"the transfer failed: {error}") from error
        except OSError as error:
            raise ToolchainError(_disk_problem(error, response, partial)) from error
        if self._stopped.is_set():
            raise ToolchainError(
                f"{_without_credentials(response.url)}: interrupted; {_saved_part(partial)}"
            )

    def _published(self, checksums: str, name: str) -> str:
        """Return the SHA-256 of the file `name` from the text at the URL `checksums`."""
        with self._get(checksums, {}, (OK,)) as response:
            try:
                text = response.raw.read(CHECKSUMS_LIMIT, decode_content=True).decode(
                    errors="replace"
                )
            except urllib3.exceptions.HTTPError as error:
                raise ToolchainError(
                    f"{_without_credentials(checksums)}: the transfer failed: {error}"
                ) from error
        for line in text.splitlines():
            found = CHECKSUM.fullmatch(line)
            if found and Path(found.group(2) or name).name == name:
                return found.group(1).lower()
        raise ToolchainError(
            f"{_without_credentials(checksums)} has no SHA-256 of {name}, but {text.strip()[:200]!r}"
        )

    @contextmanager
    def _get(
        self, url: str, headers: Mapping[str, str], accepted: Collection[int]
    ) -> Iterator[requests.Response]:
        all_headers = {"Accept-Encoding": "identity", **headers}
        timeouts = (CONNECT_SECONDS, self._stall_seconds)
        try:
            response = requests.get(url, headers=all_headers, timeout=timeouts, stream=True)
        except requests.RequestException as error:
            stalled = isinstance(error, requests.ReadTimeout)
            problem = f"no answer within {self._stall_seconds:g} s" if stalled else str(error)
            self._hosts.give_up(url, _no_longer_used(url, problem))
            raise ToolchainError(f"{_without_credentials(url)}: {problem}") from error
        with response:
            if response.status_code not in accepted:
                status = f"{response.status_code} {response.reason}"
                raise ToolchainError(f"{_without_credentials(url)}: the server answered {status}")
            yield response

    def _mirrored(self, url: str) -> str:
        for official, mirror in self._mirrors.items():
            if url.startswith(official):
                return mirror + url.removeprefix(official)
        return url


def _save_validator(headers: Mapping[str, str], file: Path) -> None:
    """Save the version of the file on the server, so that a resumed transfer does not mix two versions."""
    tag = headers.get("ETag", "")
    # Two versions with different bytes may have the same weak tag.
    validator = tag if tag.startswith('"') else headers.get("Last-Modified", "")
    if validator:
        file.write_text(validator)


def _disk_problem(error: OSError, response: requests.Response, partial: Path) -> str:
    if error.errno not in NO_SPACE:
        return f"{partial}: {error.strerror}"
    free = shutil.disk_usage(partial.parent).free / MEGABYTE
    needed = int(response.headers.get("Content-Length", "0")) / MEGABYTE
    return (
        f"the disk of {partial.parent} is full: {_without_credentials(response.url)} needed {needed:.1f} MB more "
        f"and {free:.1f} MB are free now; {_saved_part(partial)}; make room, or set MAIDENHAIR_CACHE_DIR to a "
        "folder on another disk"
    )


def _without_credentials(url: str) -> str:
    """Return a URL without the user and password in it."""
    return urlsplit(url)._replace(netloc=host_of(url)).geturl()


def _no_longer_used(url: str, problem: str) -> str:
    return f"{host_of(url)} is no longer used: {problem}"


def _saved_part(partial: Path) -> str:
    size = _size(partial)
    return f"the next attempt resumes after {size} bytes" if size else "nothing of it was saved"


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _sha256(file: Path) -> str:
    if not file.exists():
        return "that of no file"
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _remove(partial: Path) -> None:
    partial.unlink(missing_ok=True)
    partial.with_suffix(VALIDATOR).unlink(missing_ok=True)
