"""The settings of the engine, and reading them from behave's command line."""

from __future__ import annotations

import argparse
import math
import os
import re
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Protocol

from pydantic import BeforeValidator

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
    Size,
    Whole,
    read_positive,
)
from maidenhair.errors import ConfigurationError

DEFINE_PREFIX = "maidenhair."
"""The prefix of settings in `behave -D maidenhair.NAME=VALUE`, because suites may use NAME themselves."""
DESTINATION = "maidenhair_"
"""The prefix of settings in the attributes of behave's configuration, which `maidenhair run` sets."""

AUTO = "auto"
AUTO_JOBS = 0
"""The number of workers that means: depending on the machine and the specs."""
SPECS_PER_WORKER = 3
WORKERS_PER_CORE = 4
WORKER_BYTES = 450 << 20
"""The memory that a worker of a suite with torch takes."""
_BUDGET = re.compile(r"(?P<name>[\w-]+)=(?P<number>\d+(\.\d+)?)")


@dataclass(frozen=True)
class Shard:
    """A part of a run: number `index`, from 1, of `count` parts."""

    index: int
    count: int


def auto_jobs(specs: int) -> int:
    """Return the number of workers for `jobs=auto`.

    Specs mostly wait, so four workers per core are useful, as long as half of the free memory is enough for them. A
    worker takes seconds of computing time to start, so there are fewer for a few specs.

    Args:
        specs: the number of specs of the run.
    """
    # Imported here, because workers do not need it.
    import psutil

    fitting = psutil.virtual_memory().available // (2 * WORKER_BYTES)
    useful = max(cores(), math.ceil(specs / SPECS_PER_WORKER))
    return max(1, min(WORKERS_PER_CORE * cores(), useful, fitting))


def default_budget() -> dict[str, float]:
    """Return the budget of this machine: its cores."""
    return {"cpu": float(cores())}


def cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _read_jobs(value: Any) -> int:
    """Read a number of workers, or "auto". 0 also means auto, as in `behave -j 0`."""
    return AUTO_JOBS if str(value) in (AUTO, "0") else read_positive(value)


def _read_shard(value: Any) -> Shard:
    """Read a shard such as "2/3"."""
    if isinstance(value, Shard):
        return value
    index, count = (int(part) for part in str(value).split("/"))
    if not 1 <= index <= count:
        raise ValueError(value)
    return Shard(index, count)


def _read_budget(value: Any) -> dict[str, float]:
    """Read a budget such as "cpu=4,memory=8"."""
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
    dict[str, float] | None, BeforeValidator(_read_budget), Allowed("NAME=N, separated by commas")
]


class EngineSettings(SettingsModel):
    """The settings of the engine. Durations are in seconds."""

    jobs: Jobs = setting(
        1,
        "The number of worker processes. auto: up to four per core, fewer for a few specs or with little memory. "
        "1: specs run in the main process.",
        flags=("-j", "--parallel"),
    )
    order: str = setting(
        "defined",
        "The order of specs: as defined, random, or with the features in random order.",
        choices=("defined", "random", "random-features"),
    )
    seed: Whole | None = setting(
        None,
        "The seed of a random order. The same seed gives the same order.",
        shown="a new one for each run",
    )
    shard: ShardOrNone = setting(
        None,
        "Run one of several parts of the plan, for example 2/3.",
        shown="all specs",
    )
    durations: File | None = setting(
        None,
        "The file with durations that balance shards, and by which long specs start first where the history has none. "
        "`maidenhair merge --durations-out` writes it.",
        shown="each spec counts the same",
    )
    flake_attempts: Positive = setting(
        1,
        "The number of attempts of a spec that fails. A spec that passes in a later one is flaky.",
    )
    repeat: Positive = setting(1, "The number of times that each spec must pass.")
    until_it_fails: Flag = setting(False, "Repeat all specs until one fails.")
    isolate: Flag = setting(
        False,
        "Run each attempt of a spec in a new worker process. Repeated attempts share nothing in memory.",
    )
    rerun_failed: Flag = setting(False, "Run only the specs that failed when they last ran.")
    max_failures: Positive | None = setting(
        None, "Start no more specs after this many failed.", shown="no limit"
    )
    timeout: Limit = setting(3600.0, "The time limit of a spec, without its cleanups.", shown="1h")
    run_timeout: Limit = setting(
        None, "The time limit of the run. At the limit it ends like an interrupted run."
    )
    hook_timeout: Limit = setting(
        3600.0,
        "The time limit of each hook outside a spec, with its fixtures: before_run, before_all, before_feature, "
        "before_rule and before_tag.",
        shown="1h",
    )
    cleanup_timeout: Limit = setting(
        300.0, "The time limit for the cleanups of a spec.", shown="5m"
    )
    grace_period: Duration = setting(
        30.0, "The time after which a spec that ignores its limit is killed.", shown="30s"
    )
    poll_progress_after: Limit = setting(
        None,
        "Report the current step of a spec that has run for this long, and again after each such time.",
    )
    display: str = setting(
        "auto",
        "The display of progress with several workers. auto: live on a terminal, otherwise lines.",
        choices=("auto", "live", "lines", "off"),
    )
    strict: Flag = setting(
        False,
        "Do not run if a scenario has no steps, a keyword is misspelt, or two scenarios of a file have the same name.",
    )
    strict_tags: Flag = setting(
        False,
        "Do not run if a tag resembles a tag of the engine, for example @timeout without a value.",
    )
    fail_on_empty: Flag = setting(False, "Fail if no spec ran.")
    fail_on_flaky: Flag = setting(False, "Fail if a spec passed after a failed attempt.")
    fail_fast_parse: Flag = setting(
        False,
        "End the run at a feature file that cannot be parsed. Otherwise that file fails and the others run.",
    )
    fail_on_pending: Flag = setting(False, "Fail if there are specs with the tag @pending.")
    output_limit: Size = setting(
        65536,
        "The size of the beginning and of the end of a spec's output that reports show. Longer output is written to a "
        "file among the artifacts.",
        shown="64KiB",
    )
    budget: Budget = setting(
        None,
        "The amounts that specs with tags @needs.NAME.N share, for example cpu=4,memory=8.",
        shown="cpu=the number of cores",
    )
    worker_specs: Positive | None = setting(
        None, "Replace a worker process after this many specs.", shown="never"
    )
    artifacts: File = setting(
        Path("artifacts"),
        "The folder for events and diagnostics. Each run has a folder of its own in it.",
    )
    history: File | None = setting(
        None, "The file with durations and results of earlier runs.", shown="a file in the cache"
    )


ENGINE = Section(EngineSettings, define_prefix=DEFINE_PREFIX)


class BehaveConfiguration(Protocol):
    """The part of behave's configuration that the engine reads."""

    @property
    def jobs(self) -> int:
        """The value of `-j`."""

    @property
    def userdata(self) -> Mapping[str, Any]:
        """The values of `-D`."""


def engine_settings(
    config: BehaveConfiguration, environment: Mapping[str, str] | None = None
) -> EngineSettings:
    """Load the settings of the engine.

    Later places override earlier ones: pyproject.toml, the environment, `-D maidenhair.NAME=VALUE`, flags of
    `maidenhair run`.

    Args:
        config: behave's configuration. Its `-j` sets `jobs`.
        environment: the environment. Default: that of this process.

    Raises:
        ConfigurationError: a setting is unknown or its value is not allowed. The message names the place.
    """
    # Imported here, because workers receive the engine's settings and do not need those of the framework.
    from maidenhair.config.cluster import FRAMEWORK

    check_names([ENGINE, FRAMEWORK], {}, environment)
    defined = _defined(config.userdata)
    flags = {name: getattr(config, DESTINATION + name, None) for name in ENGINE.settings}
    explicit = defined | {name: value for name, value in flags.items() if value is not None}
    if "jobs" not in explicit and (config.jobs != 1 or _has_one_job_flag()):
        explicit["jobs"] = config.jobs
    layers = [Layer(explicit, lambda each: each.flag), *layers_of(ENGINE, {}, environment)]
    settings = load_section(ENGINE, EngineSettings, layers)
    return settings.model_copy(
        update={
            "seed": secrets.randbelow(2**31) if settings.seed is None else settings.seed,
            "budget": default_budget() | (settings.budget or {}),
        }
    )


def _has_one_job_flag() -> bool:
    """Return whether the command line contains `-j 1`, which behave's configuration does not show: 1 is its default."""
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
