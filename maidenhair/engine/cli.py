"""behave's command with settings as flags: what `maidenhair run` is."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from behave import configuration
from behave.__main__ import run_behave
from behave.configuration import Configuration
from behave.exception import ConfigError, TagExpressionError

from maidenhair.config.declaration import Section, Setting
from maidenhair.config.engine import DESTINATION, ENGINE
from maidenhair.config.layers import read_value
from maidenhair.engine.runner import WRONG_USE, Runner
from maidenhair.errors import ConfigurationError

DEFINES = "userdata_defines"
"""Where behave's parser puts what `-D` gives."""
DESCRIPTION = """Run specs, with all options of behave.

examples:
  maidenhair run features/
  maidenhair run -j auto --tags=@smoke features/one.feature
  maidenhair run features/one.feature:10
  maidenhair run --rerun-failed"""
Entry = tuple[tuple[str, ...], dict[str, Any]]
"""An entry of behave's table of options: flags, and keywords of argparse's `add_argument`."""


def run(arguments: Sequence[str], of_suite: Sequence[Section] = ()) -> int:
    """Run behave with the engine, and return the exit code; some codes end the process by SystemExit.

    Args:
        arguments: behave's own, those of the engine, and those of the suite.
        of_suite: settings that the suite reads itself, from behave's userdata.
    """
    _extend_behave(of_suite)
    try:
        return int(run_behave(Configuration(list(arguments)), runner_class=Runner))
    except (ConfigError, TagExpressionError) as error:
        print(f"{type(error).__name__}: {error}")
        return WRONG_USE


def _extend_behave(of_suite: Sequence[Section]) -> None:
    """Put the engine's and the suite's settings into the table and the function from which behave makes its parser."""
    of_runs = [_entry(setting) for setting in ENGINE.settings.values()]
    of_suites = [
        _define(section, setting) for section in of_suite for setting in section.settings.values()
    ]
    ours = {flag for flags, _ in (*of_runs, *of_suites) for flag in flags}
    of_behave = [entry for entry in configuration.OPTIONS if not ours & set(entry[0])]
    configuration.OPTIONS[:] = [*of_behave, *of_runs, *of_suites]
    groups = {
        "options of runs": of_runs,
        "options of the suite": of_suites,
        "options of behave": of_behave,
    }
    configuration.setup_parser = partial(_make_parser, groups)


def _make_parser(groups: Mapping[str, Sequence[Entry]]) -> argparse.ArgumentParser:
    """Return the parser of the command line, with its options in groups."""
    parser = argparse.ArgumentParser(
        "maidenhair run",
        usage="%(prog)s [options] [DIRECTORY|FILE|FILE:LINE|AT_FILE]*",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=False,
    )
    parser.add_argument("paths", nargs="*", help="A folder, a file, or FILE:LINE of a scenario.")
    for title, entries in groups.items():
        group = parser.add_argument_group(title)
        for flags, keywords in entries:
            # An entry without flags is for configuration files alone.
            if flags:
                known = {name: value for name, value in keywords.items() if name != "config_help"}
                group.add_argument(*flags, **known)
    group.add_argument("-h", "--help", action="help", help="Show this text.")
    return parser


def _entry(setting: Setting) -> Entry:
    """Return a setting of the engine's as an entry of behave's table."""
    keywords: dict[str, Any] = {
        "dest": DESTINATION + setting.field,
        "default": None,
        "help": _help(setting),
    }
    if setting.is_flag:
        return (*setting.flags, setting.negative_flag), {**keywords, "action": _StoreYesOrNo}
    keywords |= {"metavar": setting.metavar, "type": _reader(ENGINE, setting)}
    return setting.flags, keywords


def _define(section: Section, setting: Setting) -> Entry:
    """Return a setting of the suite's as another way to write behave's `-D NAME=VALUE`."""
    keywords: dict[str, Any] = {"dest": DEFINES, "default": None, "help": _help(setting)}
    if setting.is_flag:
        keywords |= {"action": _DefineYesOrNo, "metavar": setting.define}
        return (*setting.flags, setting.negative_flag), keywords
    read = _reader(section, setting)

    def define(text: str) -> tuple[str, str]:
        read(text)
        return setting.define, text

    keywords |= {"action": "append", "type": define, "metavar": setting.metavar}
    return setting.flags, keywords


class _StoreYesOrNo(argparse.Action):
    """Store whether the flag says yes; `--no-…` says no."""

    def __init__(self, option_strings: Sequence[str], dest: str, **keywords: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, **keywords)

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        """Store it."""
        setattr(namespace, self.dest, self.says_yes(option_string))

    def says_yes(self, option_string: str | None) -> bool:
        """Return whether the flag is another than the last, which says no."""
        return option_string != self.option_strings[-1]


class _DefineYesOrNo(_StoreYesOrNo):
    """Define the name that is the metavar as yes or no."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        """Add it to what is defined."""
        value = "yes" if self.says_yes(option_string) else "no"
        defines = getattr(namespace, self.dest, None) or []
        setattr(namespace, self.dest, [*defines, (str(self.metavar), value)])


def _help(setting: Setting) -> str:
    return setting.summary.replace("%", "%%")


def _reader(section: Section, setting: Setting) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        try:
            return read_value(section, setting, text, setting.flag)
        except ConfigurationError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return read
