"""A folder with empty caches for measurements, of which nothing is left however they end.

Started as `python -m bench.empty_caches FOLDER`, it waits for the end of the measurement and removes everything.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from bench.component_times import Component, Sampler

ROOT = Path(__file__).resolve().parent.parent
MARK = "COLD_MEASUREMENT"
"""The variable by which the processes of a measurement are found. Its value is the folder."""
CACHES = {
    "MAIDENHAIR_CACHE_DIR": "cache",
    "MAIDENHAIR_STATE_DIR": "state",
    "GOCACHE": "go",
    "GOMODCACHE": "modules",
    "UV_CACHE_DIR": "uv",
    "PIP_CACHE_DIR": "pip",
    "XDG_CACHE_HOME": "other",
    "TMPDIR": "tmp",
}
"""The folders of caches, of the cluster's state and of temporary files, by variable."""
SETTINGS_OF_NETWORK = ("MAIDENHAIR_DOWNLOADS", "MAIDENHAIR_MIRRORS")
UNDO_SECONDS = 120


@dataclass(frozen=True)
class Measured:
    """The wall time and the processor time of a command and of each component that it made."""

    title: str
    wall: float
    cpu: float
    components: Mapping[str, Component] = field(default_factory=dict)


class Place:
    """A folder with empty caches.

    At the end of the `with` block, and when this process is killed, a second process ends all processes that were
    started in it, and removes it.

    Args:
        undo: the last command to run in it.
        parent: the folder for it; default: that for temporary files.

    Attributes:
        folder: the folder.
        environment: the environment of commands.
    """

    def __init__(self, undo: Sequence[str] = (), parent: Path | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="mh-cold-", dir=parent and parent.resolve()))
        self._keeper = subprocess.Popen(
            [sys.executable, "-m", "bench.empty_caches", str(self.folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            start_new_session=True,
            text=True,
        )
        self.environment = _environment(self.folder)
        for name in CACHES.values():
            (self.folder / name).mkdir()
        if self._keeper.stdin is None:
            raise RuntimeError("the second process has no standard input")
        self._pipe = self._keeper.stdin
        # The end of this process, however it comes, closes the pipe.
        self._pipe.write(json.dumps({"undo": list(undo), "environment": self.environment}) + "\n")
        self._pipe.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._pipe.close()
        self._keeper.wait()

    def run(self, title: str, command: Sequence[str], folder: Path) -> Measured:
        """Run a command and measure it.

        Args:
            title: the title for the table.
            command: the program and its arguments.
            folder: its working folder.

        Raises:
            SystemExit: it failed.
        """
        before, began = _processor_seconds(), time.monotonic()
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            start_new_session=True,
        )
        sampler = Sampler(process.pid, Path(self.environment["MAIDENHAIR_CACHE_DIR"]), began)
        with sampler:
            status = process.wait()
        if status:
            sys.exit(f"{' '.join(command)} ended with status {status}")
        wall, cpu = time.monotonic() - began, _processor_seconds() - before
        return Measured(title, wall, cpu, sampler.components)


def keep(folder: Path) -> int:
    """Wait until standard input ends, and leave nothing of a measurement. Return the exit status.

    Args:
        folder: the folder of the measurement.
    """
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    line = sys.stdin.readline()
    while sys.stdin.read(1):
        pass
    _kill_processes(folder)
    if line.endswith("\n"):
        task = json.loads(line)
        if task["undo"]:
            _undo(task["undo"], folder, task["environment"])
        _kill_processes(folder)
    mounts = Path("/proc/self/mounts").read_text().split()
    if any(mount.startswith(f"{folder}/") for mount in mounts):
        # Removing it could remove what is mounted there.
        print(f"{folder} stays, because something is mounted in it", file=sys.stderr)
        return 1
    shutil.rmtree(folder)
    return 0


def _undo(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
    try:
        subprocess.run(
            command,
            cwd=folder / "tmp",
            env=environment,
            stdout=sys.stderr,
            timeout=UNDO_SECONDS,
            check=True,
        )
    except subprocess.SubprocessError as error:
        print(error, file=sys.stderr)


def _kill_processes(folder: Path) -> None:
    while found := [each for each in psutil.process_iter() if _belongs_to(each, folder)]:
        for process in found:
            with suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(found, timeout=1)


def _belongs_to(process: psutil.Process, folder: Path) -> bool:
    with suppress(psutil.Error):
        is_dead = process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
        return not is_dead and process.environ().get(MARK) == str(folder)
    return False


def _environment(folder: Path) -> dict[str, str]:
    others = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("MAIDENHAIR_") or name in SETTINGS_OF_NETWORK
    }
    places = {variable: str(folder / name) for variable, name in CACHES.items()}
    # Without this, the folders of Go modules could not be removed by a user.
    flags = f"{os.environ.get('GOFLAGS', '')} -modcacherw".strip()
    return {**others, **places, "GOFLAGS": flags, MARK: str(folder)}


def _processor_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    sys.exit(keep(Path(sys.argv[1])))
