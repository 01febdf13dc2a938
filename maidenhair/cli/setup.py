"""`maidenhair setup`: provide everything that a run needs on this machine."""

from __future__ import annotations

import click

from maidenhair._util.progress import Progress
from maidenhair.cli.options import SettingsCommand, cluster_options
from maidenhair.clusters.registry import choose_provider
from maidenhair.config import Settings
from maidenhair.systems.deployment import Preparation, Systems


@click.command("setup", cls=SettingsCommand)
@cluster_options
def setup_command(settings: Settings) -> None:
    """Find, download or build every component. The results stay in the cache."""
    progress = Progress()
    settings = choose_provider(settings, progress)
    preparation = Preparation(settings, Systems.of(settings), progress)
    tools = preparation.provide_components()
    if preparation.target.has_nodes:
        with progress.step("Building the container images"):
            preparation.prepare()
    width = max(map(len, tools), default=0)
    for tool in tools.values():
        click.echo(f"{tool.name:{width}}  {tool.version:10}  {tool.source}")
