"""behave's command with the engine's options as flags: what `maidenhair run` is."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from behave import configuration
from behave.__main__ import run_behave
from behave.configuration import Configuration
from behave.exception import ConfigError, TagExpressionError

from maidenhair.engine.runner import WRONG_USE, Runner
from maidenhair.engine.settings import DESTINATION
from maidenhair.errors import ConfigurationError
from maidenhair.options import Option
from maidenhair.run_options import OPTIONS


def run(arguments: Sequence[str]) -> int:
    """Run behave with the engine, and return the exit code; some codes end the process by SystemExit.

    Args:
        arguments: behave's own, and those of the engine.
    """
    _extend_behave()
    try:
        return int(run_behave(Configuration(list(arguments)), runner_class=Runner))
    except (ConfigError, TagExpressionError) as error:
        print(f"{type(error).__name__}: {error}")
        return WRONG_USE


def _extend_behave() -> None:
    """Put the engine's options into the table from which behave makes its parser."""
    ours = {flag for option in OPTIONS for flag in option.flags}
    kept = [entry for entry in configuration.OPTIONS if not ours & set(entry[0])]
    configuration.OPTIONS[:] = kept + [_entry(option) for option in OPTIONS]


def _entry(option: Option) -> tuple[tuple[str, ...], dict[str, Any]]:
    default = option.shown or ("no" if option.default is False else option.default)
    told = f"{option.help} (default: {default})".replace("%", "%%")
    keywords: dict[str, Any] = {"dest": DESTINATION + option.name, "default": None, "help": told}
    if option.is_flag:
        return option.flags, {**keywords, "action": "store_true"}
    if option.choices:
        keywords["metavar"] = "|".join(option.choices)
    else:
        keywords["metavar"] = option.name.upper()
    return option.flags, {**keywords, "type": _reader(option)}


def _reader(option: Option) -> Any:
    def read(text: str) -> Any:
        try:
            return option.read(text, f"--{option.name.replace('_', '-')}")
        except ConfigurationError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return read
