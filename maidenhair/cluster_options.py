"""The options of commands that choose a cluster."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from maidenhair.config import load_settings

Command = Callable[..., Any]


def cluster_options(command: Command) -> Command:
    """Give a command the options that choose a cluster, as one argument `settings`."""

    @click.option("--name", help="The cluster's name.")
    @click.option(
        "--profile", help="'node': nodes with pods. 'api': the control plane alone; needs no root."
    )
    @click.option("--nodes", help="How many nodes it has.")
    @wraps(command)
    def with_settings(
        *args: Any, name: str | None, profile: str | None, nodes: str | None, **options: Any
    ) -> Any:
        given = {"cluster_name": name, "profile": profile, "nodes": nodes}
        return command(*args, settings=load_settings(given), **options)

    return with_settings
