"""The settings of commands on a cluster, as flags."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from typing import Any

import click

from maidenhair.config.cluster import FRAMEWORK, ClusterSettings
from maidenhair.config.declaration import Section, Setting
from maidenhair.config.layers import read_value
from maidenhair.config.loading import active_systems, load_settings, sections
from maidenhair.config.systems import SystemSettings
from maidenhair.errors import ConfigurationError
from maidenhair.systems.registry import load_systems, settings_of

SHORT = {"cluster_name": "--name"}
"""Shorter flags of commands on a cluster. `maidenhair run` lacks them, because behave has flags named so."""
TAKES_SETTINGS = "takes_settings"
Command = Callable[..., Any]


def active_kinds() -> Mapping[str, type[SystemSettings]]:
    """Return the settings that the active systems declare, by system."""
    return settings_of(load_systems(active_systems()))


def cluster_options(command: Command) -> Command:
    """Give a command the settings of the cluster and of the active systems, as one argument `settings`."""

    @wraps(command)
    def with_settings(*args: Any, **options: Any) -> Any:
        kinds = active_kinds()
        names = [each.name for _, each in _flags_of(kinds)]
        explicit = {name: options.pop(name) for name in names}
        return command(*args, settings=load_settings(explicit, systems=kinds), **options)

    setattr(with_settings, TAKES_SETTINGS, True)
    return with_settings


class SettingsCommand(click.Command):
    """A command whose flags are made when it is called, because the active systems have flags too."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the command's own parameters, and the settings if it takes them."""
        params = super().get_params(ctx)
        if not getattr(self.callback, TAKES_SETTINGS, False):
            return params
        options = [_option(section, each) for section, each in _flags_of(active_kinds())]
        # The help flag stays last.
        return [*params[:-1], *options, params[-1]]


class SettingsGroup(click.Group):
    """A group of such commands."""

    command_class = SettingsCommand
    group_class = type


class _Value(click.ParamType[Any]):
    """The value of a setting, read as everywhere else."""

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
