"""The page of settings: docs/reference/options.md, generated from their declarations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from maidenhair.config.cluster import ClusterSettings
from maidenhair.config.declaration import Setting
from maidenhair.config.engine import ENGINE
from maidenhair.config.loading import active_systems, sections
from maidenhair.config.systems import SystemSettings
from maidenhair.systems.registry import load_systems, settings_of


def options_page(systems: Mapping[str, type[SystemSettings]]) -> str:
    """Return the content of docs/reference/options.md.

    Args:
        systems: the settings that systems declare, by system.
    """
    framework, *of_systems = sections(systems)
    of_cluster = [each for each in framework.settings.values() if _is_of_cluster(each)]
    of_run = [each for each in framework.settings.values() if not _is_of_cluster(each)]
    lines = [
        "# Settings",
        "",
        "All [settings](../glossary.md#setting), generated from the code by `make docs`. The command line overrides",
        "the environment variable, and the variable overrides `pyproject.toml`.",
        "",
        "- `maidenhair run` has all settings as flags. The commands that work on a cluster have those of the cluster",
        "  and of the [systems](../glossary.md#system).",
        "- `behave` takes each setting as `-D NAME=VALUE`.",
        "- `MAIDENHAIR_TOOL_<NAME>` names the executable of a component, for example `MAIDENHAIR_TOOL_KUBECTL`.",
        "",
        "## The engine",
        "",
        *_settings(ENGINE.settings.values()),
        "## The cluster",
        "",
        *_settings(of_cluster),
        "## The run",
        "",
        *_settings(of_run),
    ]
    for section in of_systems:
        lines += [f"## System {section.system}", "", *_settings(section.settings.values())]
    return "\n".join(lines)


def _is_of_cluster(setting: Setting) -> bool:
    return setting.field in ClusterSettings.model_fields


def _settings(settings: Iterable[Setting]) -> Iterator[str]:
    """Yield the lines about each setting: a heading, its help, its values and its names."""
    for each in settings:
        yield f"### {each.name}"
        yield ""
        yield each.help
        yield ""
        yield f"- values: {each.values}; default: {each.shown}"
        yield f"- pyproject: `{each.key}`"
        yield f"- environment: `{each.variable}`"
        flags = [*each.flags, *([each.negative_flag] if each.is_flag else [])]
        yield f"- command line: {', '.join(f'`{flag}`' for flag in flags)}; `-D {each.define}=…`"
        yield ""


if __name__ == "__main__":
    print(options_page(settings_of(load_systems(active_systems()))), end="")
