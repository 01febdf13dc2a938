"""The options of commands that choose a cluster."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from maidenhair.config.cluster import load_settings

CHOOSING = {
    "name": "cluster_name",
    **{name: name for name in ("profile", "nodes", "provider", "context", "kubeconfig")},
}
"""The options, and the settings that they give."""
Command = Callable[..., Any]


def cluster_options(command: Command) -> Command:
    """Give a command the options that choose a cluster, as one argument `settings`."""

    @click.option("--name", help="The cluster's name.")
    @click.option(
        "--profile", help="'node': nodes with pods. 'api': the control plane alone; needs no root."
    )
    @click.option("--nodes", help="How many nodes it has.")
    @click.option("--provider", help="'embedded', 'kind', or 'existing': the cluster of a context.")
    @click.option("--context", help="Existing cluster: the context that names it.")
    @click.option("--kubeconfig", help="Existing cluster: the kubeconfig.")
    @wraps(command)
    def with_settings(*args: Any, **options: Any) -> Any:
        given = {setting: options.pop(option) for option, setting in CHOOSING.items()}
        return command(*args, settings=load_settings(given), **options)

    return with_settings
