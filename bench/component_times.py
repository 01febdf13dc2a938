"""The time that the components take which a process and its child processes make."""

from __future__ import annotations

import re
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from maidenhair.clusters.toolchain.cache import PARTIAL

SAMPLE_SECONDS = 0.5
ENTRY = re.compile(rf"/tools/([^/\s]+)-[0-9a-f]+\.[0-9a-f]+\{PARTIAL}")
"""The folder in which the cache has a component made, as command lines and variables contain it."""


@dataclass
class Component:
    """The time that one component took.

    Attributes:
        began: the seconds from the start of the command to its start.
        ended: the seconds from the start of the command to its end.
        seconds: the processor time of each process that made it, with its child processes.
    """

    began: float
    ended: float
    seconds: dict[tuple[int, float], float] = field(default_factory=dict)

    @property
    def cpu(self) -> float:
        """The processor time in seconds."""
        return sum(self.seconds.values())


class Sampler:
    """Watches which components a process and its child processes make, and the processor time of each.

    Args:
        process: the number of the process.
        cache: the folder of the cache.
        began: the time of the start, on the clock `time.monotonic`.
    """

    def __init__(self, process: int, cache: Path, began: float) -> None:
        self.components: dict[str, Component] = {}
        self._process = process
        self._tools = cache / "tools"
        self._began = began
        self._owners: dict[tuple[int, float], str] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(SAMPLE_SECONDS):
            now = time.monotonic() - self._began
            for folder in self._tools.glob(f"*{PARTIAL}"):
                found = ENTRY.search(str(folder))
                if found is not None:
                    self.components.setdefault(found[1], Component(now, now)).ended = now
            with suppress(psutil.NoSuchProcess):
                self._sample(psutil.Process(self._process), None)

    def _sample(self, process: psutil.Process, owner: str | None) -> float:
        """Return the processor time of a process with its child processes, and note it for the component it makes."""
        own = owner or self._owner(process)
        with suppress(psutil.Error):
            # Read before those of the child processes, so that one that ends meanwhile does not count twice.
            times = process.cpu_times()
            total = float(sum(times[:4]))
            for child in process.children():
                total += self._sample(child, own)
            if own is not None and owner is None and own in self.components:
                key = (process.pid, process.create_time())
                seconds = self.components[own].seconds
                seconds[key] = max(total, seconds.get(key, 0.0))
            return total
        return 0.0

    def _owner(self, process: psutil.Process) -> str | None:
        with suppress(psutil.Error):
            key = (process.pid, process.create_time())
            if key not in self._owners:
                variables = process.environ().values()
                found = ENTRY.search(" ".join([*process.cmdline(), process.cwd(), *variables]))
                if found is None:
                    return None
                self._owners[key] = found[1]
            return self._owners[key]
        return None
