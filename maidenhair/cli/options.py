"""Flags for the settings of commands that work on a cluster."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial, wraps
from typing import Any

import click

from maidenhair.config.cluster import FRAMEWORK, ClusterSettings
from maidenhair.config.declaration import Section, Setting
from maidenhair.config.layers import read_value
from maidenhair.config.loading import active_systems, load_settings, sections
from maidenhair.config.systems import SystemSettings
from maidenhair.errors import ConfigurationError

SHORT = {"cluster_name": "--name"}
"""Short flags, by setting. `maidenhair run` does not have them, because behave has flags of the same names."""
TAKES_SETTINGS = "takes_settings"
"""The attribute that marks a command's function as one that takes settings."""
KINDS = f"{__name__}.kinds"
"""The key in click's context of the settings that the active systems declare."""
Command = Callable[..., Any]


def active_kinds(arguments: Sequence[str] = ()) -> Mapping[str, type[SystemSettings]]:
    """Return the settings that the active systems declare, by system.

    Args:
        arguments: a command line, which may name the systems.
    """
    names = active_systems(named_systems(arguments))
    if not names:
        return {}
    # Imported here, because commands of projects without systems must start fast.
    from maidenhair.systems.registry import load_systems, settings_of

    return settings_of(load_systems(names))


def named_systems(arguments: Sequence[str]) -> dict[str, str]:
    """Return the setting `systems` of a command line, if it is set. The flags of the command depend on it."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    add = partial(parser.add_argument, action="append", nargs="?", dest="defines", default=[])
    add("--systems", type=lambda text: ("systems", text))
    add("-D", "--define", type=lambda text: tuple(text.split("=", 1)))
    found, _ = parser.parse_known_args(list(arguments))
    pairs = [each for each in found.defines if each and len(each) == 2]
    return {name: value for name, value in pairs if name == "systems"}


def cluster_options(command: Command) -> Command:
    """Pass the settings of the cluster and of the active systems to a command, as the argument `settings`."""

    @wraps(command)
    def with_settings(*args: Any, **options: Any) -> Any:
        kinds = click.get_current_context().meta[KINDS]
        names = [each.name for _, each in _flags_of(kinds)]
        explicit = {name: options.pop(name) for name in names}
        return command(*args, settings=load_settings(explicit, systems=kinds), **options)

    setattr(with_settings, TAKES_SETTINGS, True)
    return with_settings


class SettingsCommand(click.Command):
    """A command with flags that are created when it is called, because active systems add flags."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments with the flags of the active systems, which the arguments may change."""
        if self._takes_settings:
            ctx.meta[KINDS] = active_kinds(args)
        return super().parse_args(ctx, args)

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the command's own parameters, and flags for the settings if it takes them."""
        params = super().get_params(ctx)
        if not self._takes_settings:
            return params
        kinds = ctx.meta[KINDS] if KINDS in ctx.meta else active_kinds()
        options = [_option(section, each) for section, each in _flags_of(kinds)]
        # The help flag stays last.
        return [*params[:-1], *options, params[-1]]

    @property
    def _takes_settings(self) -> bool:
        return getattr(self.callback, TAKES_SETTINGS, False)


class SettingsGroup(click.Group):
    """A group of commands that may take settings."""

    command_class = SettingsCommand
    group_class = type


class _Value(click.ParamType[Any]):
    """A click type that reads the value of a setting as files and variables are read."""

    def __init__(self, section: Section, setting: Setting) -> None:
        self.name = setting.field
        self._section, self._setting = section, setting

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return read_value(self._section, self._setting, value, self._setting.flag)
        except ConfigurationError as error:
            raise click.UsageError(str(error), ctx) from error


def _option(section: Section, setting: Setting) -> click.Option:
    names = [*filter(None, [SHORT.get(setting.name)]), *setting.flags]
    if setting.is_flag:
        names[-1] = f"{setting.flag}/{setting.negative_flag}"
        return click.Option([*names, setting.name], default=None, help=setting.summary)
    return click.Option(
        [*names, setting.name],
        type=_Value(section, setting),
        metavar=setting.metavar,
        help=setting.summary,
    )


def _flags_of(systems: Mapping[str, type[SystemSettings]]) -> Iterator[tuple[Section, Setting]]:
    for section in sections(systems):
        for field, each in section.settings.items():
            if section is not FRAMEWORK or field in ClusterSettings.model_fields:
                yield section, each
