"""The options of a run: the table of the engine, apart from it, so that others know its names without importing it."""

from __future__ import annotations

import math
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from maidenhair.config.options import DURATIONS, Option, flag, limit, seconds

AUTO = "auto"
AUTO_JOBS = 0
"""As the number of workers: as many as suit the machine and the specs."""
SPECS_PER_WORKER = 3
_BUDGET = re.compile(r"(?P<name>[\w-]+)=(?P<number>\d+(\.\d+)?)")


@dataclass(frozen=True)
class Shard:
    """One of several parts of a run, counted from 1."""

    index: int
    count: int


def read_jobs(text: str) -> int:
    """Read a number of workers, or "auto" (0 means that too, as in `behave -j 0`)."""
    return AUTO_JOBS if text in (AUTO, "0") else positive(text)


def auto_jobs(specs: int) -> int:
    """Return how many workers suit this machine and a number of specs.

    Specs mostly wait, so there may be three times as many as it has cores; but each takes seconds of computing to
    start, which few specs are not worth.
    """
    return min(16, 3 * cores(), max(cores(), math.ceil(specs / SPECS_PER_WORKER)))


def positive(text: str) -> int:
    """Read a whole number from 1 on."""
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def read_shard(text: str) -> Shard:
    """Read a part of a run, such as "2/3"."""
    index, count = (int(part) for part in text.split("/"))
    if not 1 <= index <= count:
        raise ValueError(text)
    return Shard(index, count)


def read_budget(text: str) -> dict[str, float]:
    """Read what there is for specs to share, such as "cpu=4,memory=8"."""
    budget = {}
    for part in text.split(","):
        found = _BUDGET.fullmatch(part.strip())
        if found is None:
            raise ValueError(text)
        budget[found["name"]] = float(found["number"])
    return budget


def default_budget() -> dict[str, float]:
    """Return this machine's cores."""
    return {"cpu": float(cores())}


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _option(
    name: str, default: Any, help: str, *, short: str = "", also: tuple[str, ...] = (), **more: Any
) -> Option:
    flags = tuple(filter(None, (short, f"--{name.replace('_', '-')}", *also)))
    return Option(name, f"MAIDENHAIR_{name.upper()}", default, help, flags=flags, **more)


_WHOLE = "a whole number from 1 on"
_LIMIT = f"{DURATIONS}, or none"
OPTIONS = (
    _option(
        "jobs",
        1,
        "How many worker processes run specs; auto: up to three times the cores, fewer for a few specs. "
        "1 runs them in the process itself.",
        short="-j",
        also=("--parallel",),
        convert=read_jobs,
        allowed=f"{_WHOLE}, or auto",
    ),
    _option(
        "order",
        "defined",
        "The order of specs: as defined, shuffled, or with the features shuffled.",
        choices=("defined", "random", "random-features"),
    ),
    _option(
        "seed",
        None,
        "What a random order is made from; the same seed gives the same order.",
        convert=int,
        allowed="a whole number",
        shown="a new one for each run",
    ),
    _option(
        "shard",
        None,
        "Run one part of several, balanced by known durations, such as 2/3.",
        convert=read_shard,
        allowed="i/n with 1 <= i <= n",
        shown="everything",
    ),
    _option(
        "flake_attempts",
        1,
        "How often a spec that fails is tried; one that passes then is flaky.",
        convert=positive,
        allowed=_WHOLE,
    ),
    _option(
        "repeat",
        1,
        "How often every spec has to pass.",
        convert=positive,
        allowed=_WHOLE,
    ),
    _option(
        "until_it_fails", False, "Run everything again and again until a spec fails.", convert=flag
    ),
    _option("rerun_failed", False, "Run only what failed in the last run.", convert=flag),
    _option(
        "timeout",
        3600.0,
        "How long a spec may take, cleanups not counted.",
        convert=limit,
        allowed=_LIMIT,
        shown="1h",
    ),
    _option(
        "run_timeout",
        None,
        "How long the run may take; then it ends as if interrupted.",
        convert=limit,
        allowed=_LIMIT,
        shown="none",
    ),
    _option(
        "cleanup_timeout",
        300.0,
        "How long the cleanups of a spec may take.",
        convert=limit,
        allowed=_LIMIT,
        shown="5m",
    ),
    _option(
        "grace_period",
        30.0,
        "How long after a limit a spec is killed that does not end.",
        convert=seconds,
        allowed=DURATIONS,
        shown="30s",
    ),
    _option(
        "poll_progress_after",
        None,
        "Tell where a spec is that has run for so long, and again after as long.",
        convert=limit,
        allowed=_LIMIT,
        shown="none",
    ),
    _option(
        "display",
        "auto",
        "How progress is shown with several workers: live on a terminal, lines elsewhere.",
        choices=("auto", "live", "lines", "off"),
    ),
    _option("fail_on_empty", False, "Fail a run in which no spec ran.", convert=flag),
    _option("fail_on_pending", False, "Fail a run that has specs with @pending.", convert=flag),
    _option(
        "budget",
        None,
        "What specs with @needs.NAME.N share, such as cpu=4,memory=8.",
        convert=read_budget,
        allowed="NAME=N, several with commas",
        shown="cpu=the cores",
    ),
    _option(
        "worker_specs",
        None,
        "Renew a worker that ran so many specs.",
        convert=positive,
        allowed=_WHOLE,
        shown="never",
    ),
    _option(
        "history",
        None,
        "The file with durations and results of earlier runs.",
        convert=Path,
        allowed="a path",
        shown="one in the cache",
    ),
)


@dataclass(frozen=True)
class EngineSettings:
    """The settings of the engine; `OPTIONS` says what each means. Durations are in seconds."""

    jobs: int = 1
    order: str = "defined"
    seed: int | None = None
    shard: Shard | None = None
    flake_attempts: int = 1
    repeat: int = 1
    until_it_fails: bool = False
    rerun_failed: bool = False
    timeout: float | None = 3600.0
    run_timeout: float | None = None
    cleanup_timeout: float | None = 300.0
    grace_period: float = 30.0
    poll_progress_after: float | None = None
    display: str = "auto"
    fail_on_empty: bool = False
    fail_on_pending: bool = False
    budget: dict[str, float] | None = field(default=None)
    worker_specs: int | None = None
    history: Path | None = None
