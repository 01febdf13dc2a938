"""behave's command with the engine's options as flags: what `maidenhair run` is."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from behave import configuration
from behave.__main__ import run_behave
from behave.configuration import Configuration
from behave.exception import ConfigError, TagExpressionError

from maidenhair.config.engine import OPTIONS
from maidenhair.config.options import Option
from maidenhair.engine.runner import WRONG_USE, Runner
from maidenhair.engine.settings import DESTINATION
from maidenhair.errors import ConfigurationError

DEFINES = "userdata_defines"
"""Where behave's parser puts what `-D` gives."""


def run(arguments: Sequence[str], of_suite: Sequence[Option] = ()) -> int:
    """Run behave with the engine, and return the exit code; some codes end the process by SystemExit.

    Args:
        arguments: behave's own, those of the engine, and those of the suite.
        of_suite: options that the suite reads itself, from behave's userdata: those with flags can be given so.
    """
    _extend_behave([each for each in of_suite if each.flags])
    try:
        return int(run_behave(Configuration(list(arguments)), runner_class=Runner))
    except (ConfigError, TagExpressionError) as error:
        print(f"{type(error).__name__}: {error}")
        return WRONG_USE


def _extend_behave(of_suite: Sequence[Option]) -> None:
    """Put the engine's and the suite's options into the table from which behave makes its parser."""
    ours = {flag for option in (*OPTIONS, *of_suite) for flag in option.flags}
    kept = [entry for entry in configuration.OPTIONS if not ours & set(entry[0])]
    kept += [_entry(option) for option in OPTIONS]
    configuration.OPTIONS[:] = kept + [_define(option) for option in of_suite]


def _define(option: Option) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Return an option of the suite's as another way to write behave's `-D NAME=VALUE`."""
    keywords: dict[str, Any] = {"dest": DEFINES, "default": None, "help": _told(option)}
    if option.is_flag:
        return option.flags, {**keywords, "action": "append_const", "const": (option.name, "yes")}
    read, metavar = _reader(option), "|".join(option.choices) or option.name.upper()

    def define(text: str) -> tuple[str, str]:
        read(text)
        return option.name, text

    return option.flags, {**keywords, "action": "append", "type": define, "metavar": metavar}


def _told(option: Option) -> str:
    default = option.shown or {False: "no", None: "none"}.get(option.default, option.default)
    return f"{option.help} (default: {default})".replace("%", "%%")


def _entry(option: Option) -> tuple[tuple[str, ...], dict[str, Any]]:
    told = _told(option)
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
