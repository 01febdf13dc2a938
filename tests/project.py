"""The checkout that is tested, and the settings of runs in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from maidenhair.config import Settings
from maidenhair.systems.registry import load_run_settings

ROOT = Path(__file__).resolve().parent.parent


def run_settings(**explicit: Any) -> Settings:
    """Return the settings of a run of this repository's specs, its systems included, in an empty environment."""
    return load_run_settings(explicit, environment={}, pyproject=ROOT / "pyproject.toml")


def subcommands(group: click.Group) -> dict[str, click.Command]:
    """Import and return the subcommands of a group, by name."""
    context = click.Context(group)
    found = {name: group.get_command(context, name) for name in group.list_commands(context)}
    return {name: command for name, command in found.items() if command is not None}
