"""Where the engine's settings come from under behave."""

from __future__ import annotations

import argparse
import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from maidenhair.config import cluster
from maidenhair.config.engine import OPTIONS, EngineSettings, default_budget
from maidenhair.config.options import read_options
from maidenhair.errors import ConfigurationError

PREFIX = "maidenhair."
"""Before an option's name in `behave -D maidenhair.NAME=VALUE`, for a suite may have data of its own of that name."""

DESTINATION = "maidenhair_"
"""Before an option's name among the attributes of behave's configuration, where `maidenhair run` puts its flags."""


def engine_settings(config: Any, environment: Mapping[str, str] | None = None) -> EngineSettings:
    """Return the settings: pyproject < the environment < `-D maidenhair.NAME=VALUE` < flags of `maidenhair run`.

    Args:
        config: behave's configuration, whose `-j` counts too.
        environment: the environment; the process's own by default.

    Raises:
        ConfigurationError: an unknown option, or a value that is not allowed; the text names the place.
    """
    explicit = _defined(config.userdata) | _flags(config)
    values = read_options(
        OPTIONS,
        {},
        os.environ if environment is None else environment,
        Path("pyproject.toml"),
        known={option.name for option in cluster.OPTIONS},
    )
    values |= explicit
    if "jobs" not in explicit and (config.jobs != 1 or _asks_for_one_job()):
        values["jobs"] = config.jobs
    settings = EngineSettings(**values)
    return replace(
        settings,
        seed=secrets.randbelow(2**31) if settings.seed is None else settings.seed,
        budget=default_budget() | (settings.budget or {}),
    )


def _asks_for_one_job() -> bool:
    """Return whether the command line says `-j 1`, which is also what behave's configuration has without it."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("-j", "--jobs", "--parallel", dest="jobs")
    given, _ = parser.parse_known_args(sys.argv[1:])
    return bool(given.jobs == "1")


def _defined(userdata: Mapping[str, Any]) -> dict[str, Any]:
    options = {option.name: option for option in OPTIONS}
    values = {}
    for place, text in userdata.items():
        if place.startswith(PREFIX):
            name = place.removeprefix(PREFIX).replace("-", "_")
            if name not in options:
                raise ConfigurationError(
                    f"-D {place}: there is no such option; allowed: {', '.join(options)}"
                )
            values[name] = options[name].read(text, f"-D {place}")
    return values


def _flags(config: Any) -> dict[str, Any]:
    given = {option.name: getattr(config, DESTINATION + option.name, None) for option in OPTIONS}
    return {name: value for name, value in given.items() if value is not None}
