"""The commands of `maidenhair cluster` on a cluster's machines: their logs, and faults of nodes."""

from __future__ import annotations

import click

from maidenhair._util.progress import Progress
from maidenhair.cli.options import SettingsCommand, cluster_options
from maidenhair.clusters.provider import ClusterStatus, ComponentLogs, NodeFaults
from maidenhair.clusters.registry import provider_for
from maidenhair.config.cluster import Settings
from maidenhair.errors import ClusterError


@click.command(cls=SettingsCommand)
@click.argument("machine", required=False)
@click.argument("component", required=False)
@click.option("--follow", is_flag=True, help="Go on with what is printed from now on.")
@click.option("--tail", type=click.IntRange(min=0), help="So many last lines of each component.")
@cluster_options
def logs(
    settings: Settings, machine: str | None, component: str | None, follow: bool, tail: int | None
) -> None:
    """Show what components print: those of all machines, of MACHINE, or COMPONENT of MACHINE."""
    provider = _logs_of(settings)
    for line in provider.logs(machine, component, tail, follow):
        prefix = "" if component else f"{line.machine}/{line.component}: "
        click.echo(prefix + line.text)


@click.command(cls=SettingsCommand)
@click.argument("target")
@cluster_options
def restart(settings: Settings, target: str) -> None:
    """Kill TARGET and start it again: a node, a component, or MACHINE/COMPONENT; wait until it works."""
    provider = _faults_of(settings)
    status = provider_for(settings, Progress()).status()
    machine, component = place_of(target, status)
    provider.restart(machine, component)


@click.command(cls=SettingsCommand)
@click.argument("node")
@cluster_options
def stop(settings: Settings, node: str) -> None:
    """Stop NODE at once, as a power cut does; its data stays."""
    _faults_of(settings).stop_node(node)


@click.command(cls=SettingsCommand)
@click.argument("node")
@cluster_options
def start(settings: Settings, node: str) -> None:
    """Start NODE, which was stopped, and wait until it is Ready."""
    _faults_of(settings).start_node(node)


@click.command(cls=SettingsCommand)
@click.argument("node")
@cluster_options
def pause(settings: Settings, node: str) -> None:
    """Freeze every process of NODE, as when a machine hangs."""
    _faults_of(settings).pause_node(node)


@click.command(cls=SettingsCommand)
@click.argument("node")
@cluster_options
def resume(settings: Settings, node: str) -> None:
    """Let NODE go on, which was paused, and wait until it is Ready."""
    _faults_of(settings).resume_node(node)


COMMANDS = (logs, restart, stop, start, pause, resume)


def place_of(target: str, status: ClusterStatus) -> tuple[str, str | None]:
    """Return the machine and the component, or None for the whole machine, that a target means.

    Raises:
        ClusterError: nothing is called so, or several components are.
    """
    machine, slash, component = target.partition("/")
    if slash:
        return machine, component
    if target in {node.name for node in status.nodes}:
        return target, None
    places = [each.machine for each in status.components if each.name == target]
    if len(places) == 1:
        return places[0], target
    if places:
        which = ", ".join(f"{place}/{target}" for place in places)
        raise ClusterError(f"{target} runs on several machines; say which: {which}")
    there = [node.name for node in status.nodes]
    there += dict.fromkeys(each.name for each in status.components)
    raise ClusterError(
        f"there is no node or component {target!r}; there are: {', '.join(there) or 'none'}"
    )


def _logs_of(settings: Settings) -> ComponentLogs:
    provider = provider_for(settings, Progress())
    if not isinstance(provider, ComponentLogs):
        raise ClusterError(f"the provider {provider.name!r} shows no logs of components")
    return provider


def _faults_of(settings: Settings) -> NodeFaults:
    provider = provider_for(settings, Progress())
    if not isinstance(provider, NodeFaults):
        raise ClusterError(f"the provider {provider.name!r} cannot stop, pause or restart nodes")
    return provider
