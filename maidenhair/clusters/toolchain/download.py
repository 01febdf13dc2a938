"""Fetches files over HTTP: whole and verified, or kept for the next attempt to go on with."""

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
"""How much of a file is lost, at most, of what arrived before a transfer broke off."""
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


class _BrokenOff(Exception):
    """A transfer that ended before the file did."""


class Downloader:
    """Fetches files, each verified by a SHA-256 that is published beside it.

    What was fetched of a file when a transfer breaks off is kept under the checksum that the file must have, and the
    next attempt, of this process or another, asks for the rest. Proxies are those of the environment.

    Args:
        folder: where files are while they are fetched; shared by processes.
        mirrors: what to ask instead: the beginning of a URL, and what stands in its place.
        allowed: whether anything may be fetched at all.
        hosts: the hosts that were asked already; none by default.
        stopped: set when nothing more is wanted; none by default.
        stall_seconds: how long nothing may arrive.
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
        """Return why nothing can be fetched from a URL's host; None if it can be reached."""
        if not self._allowed:
            return Obstacle("downloads are off", "unset MAIDENHAIR_DOWNLOADS")
        problem = self._hosts.problem(self._mirrored(url))
        remedy = "see to the network, set HTTPS_PROXY, or name a mirror (MAIDENHAIR_MIRRORS)"
        return Obstacle(problem, remedy) if problem else None

    @contextmanager
    def fetched(self, url: str, checksums: str) -> Iterator[Path]:
        """Give the file of a URL, whole and verified, to a body that takes it away.

        Args:
            url: the file's URL, before mirrors.
            checksums: the URL of a text with its SHA-256: alone, or in lines of checksums and names.

        Raises:
            ToolchainError: it could not be had; the text names the URL and what was seen.
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
        """Leave the whole file in `partial`, going on with what is there."""
        for _ in range(ATTEMPTS):
            begin = _size(partial)
            if _sha256(partial) == expected:
                return
            try:
                resumed = self._transfer(url, partial)
            except _BrokenOff as error:
                if _size(partial) <= begin:
                    self._hosts.give_up(url, f"{host_of(url)} was given up: {error}")
                    raise ToolchainError(f"{_shown(url)}: {error}; {_kept(partial)}") from error
                continue
            found = _sha256(partial)
            if found == expected:
                return
            # What the server said to be the rest of it need not have been.
            _remove(partial)
            if not resumed:
                raise ToolchainError(
                    f"{_shown(url)}: its SHA-256 is {found}, but {expected} is published"
                )
        raise ToolchainError(f"{_shown(url)}: broke off {ATTEMPTS} times; {_kept(partial)}")

    def _transfer(self, url: str, partial: Path) -> bool:
        """Fetch what is missing of a file; return whether the server went on with what was there."""
        begin, validator = _size(partial), partial.with_suffix(VALIDATOR)
        headers = {}
        if begin and validator.is_file():
            headers = {"Range": f"bytes={begin}-", "If-Range": validator.read_text()}
        with self._get(url, headers, (OK, PARTIAL, BEYOND_END)) as response:
            if response.status_code == BEYOND_END:
                return True
            if response.status_code == OK:
                _remove(partial)
                _note_validator(response.headers, validator)
            self._append(response, partial)
            return response.status_code == PARTIAL

    def _append(self, response: requests.Response, partial: Path) -> None:
        try:
            with partial.open("ab") as file:
                # As it is on the server: a .tar.gz is no encoding to undo.
                for chunk in response.raw.stream(CHUNK, decode_content=False):
                    file.write(chunk)
                    if self._stopped.is_set():
                        break
        except urllib3.exceptions.ReadTimeoutError as error:
            raise _BrokenOff(f"nothing arrived for {self._stall_seconds:g} s") from error
        except urllib3.exceptions.HTTPError as error:
            raise _BrokenOff(f"the transfer broke off: {error}") from error
        except OSError as error:
            raise ToolchainError(_disk_problem(error, response, partial)) from error
        if self._stopped.is_set():
            raise ToolchainError(f"{_shown(response.url)}: interrupted; {_kept(partial)}")

    def _published(self, checksums: str, name: str) -> str:
        """Return the SHA-256 of the file `name` that a text of checksums tells."""
        with self._get(checksums, {}, (OK,)) as response:
            try:
                text = response.raw.read(CHECKSUMS_LIMIT, decode_content=True).decode(
                    errors="replace"
                )
            except urllib3.exceptions.HTTPError as error:
                raise ToolchainError(f"{_shown(checksums)}: broke off: {error}") from error
        for line in text.splitlines():
            found = CHECKSUM.fullmatch(line)
            if found and Path(found.group(2) or name).name == name:
                return found.group(1).lower()
        raise ToolchainError(
            f"{_shown(checksums)} has no SHA-256 of {name}, but {text.strip()[:200]!r}"
        )

    @contextmanager
    def _get(
        self, url: str, headers: Mapping[str, str], accepted: Collection[int]
    ) -> Iterator[requests.Response]:
        wanted = {"Accept-Encoding": "identity", **headers}
        timeouts = (CONNECT_SECONDS, self._stall_seconds)
        try:
            response = requests.get(url, headers=wanted, timeout=timeouts, stream=True)
        except requests.RequestException as error:
            stalled = isinstance(error, requests.ReadTimeout)
            problem = f"no answer within {self._stall_seconds:g} s" if stalled else str(error)
            self._hosts.give_up(url, f"{host_of(url)} was given up: {problem}")
            raise ToolchainError(f"{_shown(url)}: {problem}") from error
        with response:
            if response.status_code not in accepted:
                status = f"{response.status_code} {response.reason}"
                raise ToolchainError(f"{_shown(url)}: the server answered {status}")
            yield response

    def _mirrored(self, url: str) -> str:
        for official, mirror in self._mirrors.items():
            if url.startswith(official):
                return mirror + url.removeprefix(official)
        return url


def _note_validator(headers: Mapping[str, str], file: Path) -> None:
    """Keep what tells this version of a file from others, so that only its own rest is appended."""
    tag = headers.get("ETag", "")
    # A weak tag may stay the same while bytes differ.
    validator = tag if tag.startswith('"') else headers.get("Last-Modified", "")
    if validator:
        file.write_text(validator)


def _disk_problem(error: OSError, response: requests.Response, partial: Path) -> str:
    if error.errno not in NO_SPACE:
        return f"{partial}: {error.strerror}"
    free = shutil.disk_usage(partial.parent).free / MEGABYTE
    needed = int(response.headers.get("Content-Length", "0")) / MEGABYTE
    return (
        f"the disk of {partial.parent} is full: {_shown(response.url)} needed {needed:.1f} MB more "
        f"and {free:.1f} MB are free now; {_kept(partial)}; make room, or choose another folder "
        "(MAIDENHAIR_CACHE_DIR)"
    )


def _shown(url: str) -> str:
    """Return a URL without the user and password in it."""
    return urlsplit(url)._replace(netloc=host_of(url)).geturl()


def _kept(partial: Path) -> str:
    size = _size(partial)
    return f"{size} bytes are kept, to go on with next time" if size else "nothing is kept of it"


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _sha256(file: Path) -> str:
    if not file.exists():
        return "that of nothing"
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _remove(partial: Path) -> None:
    partial.unlink(missing_ok=True)
    partial.with_suffix(VALIDATOR).unlink(missing_ok=True)
