"""The settings of the engine, and how behave's command line sets them."""

from __future__ import annotations

import argparse
import math
import os
import re
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from pydantic import BeforeValidator

from maidenhair.config.cluster import FRAMEWORK
from maidenhair.config.declaration import Section, SettingsModel, setting
from maidenhair.config.layers import Layer, layers_of, load_section, read_value
from maidenhair.config.unknown import check_names
from maidenhair.config.values import (
    WHOLE,
    Allowed,
    Duration,
    File,
    Flag,
    Limit,
    Positive,
    Whole,
    read_positive,
)
from maidenhair.errors import ConfigurationError

DEFINE_PREFIX = "maidenhair."
"""Before a setting's name in `behave -D maidenhair.NAME=VALUE`: a suite may have data of its own of that name."""
DESTINATION = "maidenhair_"
"""Before a setting's name among the attributes of behave's configuration, where `maidenhair run` puts its flags."""

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


def auto_jobs(specs: int) -> int:
    """Return how many workers suit this machine and a number of specs.

    Specs mostly wait, so there may be three times as many as it has cores; but each takes seconds of computing to
    start, which few specs are not worth.
    """
    return min(16, 3 * cores(), max(cores(), math.ceil(specs / SPECS_PER_WORKER)))


def default_budget() -> dict[str, float]:
    """Return this machine's cores."""
    return {"cpu": float(cores())}


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _read_jobs(value: Any) -> int:
    """Read a number of workers, or "auto" (0 means that too, as in `behave -j 0`)."""
    return AUTO_JOBS if str(value) in (AUTO, "0") else read_positive(value)


def _read_shard(value: Any) -> Shard:
    """Read a part of a run, such as "2/3"."""
    if isinstance(value, Shard):
        return value
    index, count = (int(part) for part in str(value).split("/"))
    if not 1 <= index <= count:
        raise ValueError(value)
    return Shard(index, count)


def _read_budget(value: Any) -> dict[str, float]:
    """Read what there is for specs to share, such as "cpu=4,memory=8"."""
    if isinstance(value, dict):
        return value
    budget = {}
    for part in str(value).split(","):
        found = _BUDGET.fullmatch(part.strip())
        if found is None:
            raise ValueError(value)
        budget[found["name"]] = float(found["number"])
    return budget


Jobs = Annotated[int, BeforeValidator(_read_jobs), Allowed(f"{WHOLE}, or auto")]
ShardOrNone = Annotated[Shard | None, BeforeValidator(_read_shard), Allowed("i/n with 1 <= i <= n")]
Budget = Annotated[
    dict[str, float] | None, BeforeValidator(_read_budget), Allowed("NAME=N, several with commas")
]


class EngineSettings(SettingsModel):
    """The settings of the engine. Durations are in seconds."""

    jobs: Jobs = setting(
        1,
        "The number of worker processes that run specs. auto: up to three times the cores, fewer for a few specs. "
        "1: specs run in the process itself.",
        flags=("-j", "--parallel"),
    )
    order: str = setting(
        "defined",
        "The order of specs: as defined, shuffled, or with the features shuffled.",
        choices=("defined", "random", "random-features"),
    )
    seed: Whole | None = setting(
        None,
        "The seed of a random order; the same seed gives the same order.",
        shown="a new one for each run",
    )
    shard: ShardOrNone = setting(
        None,
        "Run one part of several, balanced by known durations, such as 2/3.",
        shown="everything",
    )
    flake_attempts: Positive = setting(
        1, "How often a spec that fails is tried; one that passes then is flaky."
    )
    repeat: Positive = setting(1, "How often every spec has to pass.")
    until_it_fails: Flag = setting(False, "Run everything again and again until a spec fails.")
    rerun_failed: Flag = setting(False, "Run only what failed in the last run.")
    timeout: Limit = setting(
        3600.0, "How long a spec may take, its cleanups not counted.", shown="1h"
    )
    run_timeout: Limit = setting(
        None, "How long the run may take; then it ends as if it was interrupted."
    )
    cleanup_timeout: Limit = setting(300.0, "How long the cleanups of a spec may take.", shown="5m")
    grace_period: Duration = setting(
        30.0, "How long after its limit a spec that does not end is killed.", shown="30s"
    )
    poll_progress_after: Limit = setting(
        None, "Report where a spec is that has run for this long, and again after as long."
    )
    display: str = setting(
        "auto",
        "How progress is shown with several workers: live on a terminal, lines elsewhere.",
        choices=("auto", "live", "lines", "off"),
    )
    fail_on_empty: Flag = setting(False, "Fail a run in which no spec ran.")
    fail_on_pending: Flag = setting(False, "Fail a run that has specs with @pending.")
    budget: Budget = setting(
        None, "What specs with @needs.NAME.N share, such as cpu=4,memory=8.", shown="cpu=the cores"
    )
    worker_specs: Positive | None = setting(
        None, "Replace a worker process after this many specs.", shown="never"
    )
    history: File | None = setting(
        None, "The file with durations and results of earlier runs.", shown="one in the cache"
    )


ENGINE = Section(EngineSettings, define_prefix=DEFINE_PREFIX)


class BehaveConfiguration(Protocol):
    """What is read of behave's configuration."""

    @property
    def jobs(self) -> int:
        """What `-j` says."""

    @property
    def userdata(self) -> Mapping[str, Any]:
        """What `-D` says."""


def engine_settings(
    config: BehaveConfiguration, environment: Mapping[str, str] | None = None
) -> EngineSettings:
    """Return the settings: pyproject < the environment < `-D maidenhair.NAME=VALUE` < flags of `maidenhair run`.

    Args:
        config: behave's configuration, whose `-j` counts too.
        environment: the environment; the process's own by default.

    Raises:
        ConfigurationError: an unknown setting, or a value that is not allowed; the text names the place.
    """
    check_names([ENGINE, FRAMEWORK], {}, environment)
    defined = _defined(config.userdata)
    flags = {name: getattr(config, DESTINATION + name, None) for name in ENGINE.settings}
    explicit = defined | {name: value for name, value in flags.items() if value is not None}
    if "jobs" not in explicit and (config.jobs != 1 or _asks_for_one_job()):
        explicit["jobs"] = config.jobs
    layers = [Layer(explicit, lambda each: each.flag), *layers_of(ENGINE, {}, environment)]
    settings = load_section(ENGINE, EngineSettings, layers)
    return settings.model_copy(
        update={
            "seed": secrets.randbelow(2**31) if settings.seed is None else settings.seed,
            "budget": default_budget() | (settings.budget or {}),
        }
    )


def _asks_for_one_job() -> bool:
    """Return whether the command line says `-j 1`, which is also what behave's configuration has without it."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("-j", "--jobs", "--parallel", dest="jobs")
    arguments, _ = parser.parse_known_args(sys.argv[1:])
    return bool(arguments.jobs == "1")


def _defined(userdata: Mapping[str, Any]) -> dict[str, Any]:
    values = {}
    for define, text in userdata.items():
        if define.startswith(DEFINE_PREFIX):
            name = define.removeprefix(DEFINE_PREFIX).replace("-", "_")
            if name not in ENGINE.settings:
                raise ConfigurationError(
                    f"-D {define}: there is no such setting; allowed: {', '.join(ENGINE.settings)}"
                )
            values[name] = read_value(ENGINE, ENGINE.settings[name], text, f"-D {define}")
    return values
