"""The commands of `maidenhair cluster` about machines: logs of components, and faults of nodes."""

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
@click.option("--follow", is_flag=True, help="Continue with new lines.")
@click.option(
    "--tail",
    type=click.IntRange(min=0),
    metavar="N",
    help="Show only the last N lines of each component.",
)
@cluster_options
def logs(
    settings: Settings, machine: str | None, component: str | None, follow: bool, tail: int | None
) -> None:
    """Show the output of all components, of those of MACHINE, or of COMPONENT on MACHINE."""
    provider = _logs_of(settings)
    for line in provider.logs(machine, component, tail, follow):
        prefix = "" if component else f"{line.machine}/{line.component}: "
        click.echo(prefix + line.text)


@click.command(cls=SettingsCommand)
@click.argument("target")
@cluster_options
def restart(settings: Settings, target: str) -> None:
    """Kill TARGET (a node, a component, or MACHINE/COMPONENT), start it, and wait until it works."""
    provider = _faults_of(settings)
    status = provider_for(settings, Progress()).status()
    machine, component = parse_target(target, status)
    provider.restart(machine, component)


@click.command(cls=SettingsCommand)
@click.argument("node")
@cluster_options
def stop(settings: Settings, node: str) -> None:
    """Stop NODE at once, like a power cut. Its data stays."""
    _faults_of(settings).stop_node(node)


@click.command(cls=SettingsCommand)
@click.argument("node")
@cluster_options
def start(settings: Settings, node: str) -> None:
    """Start the stopped NODE, and wait until it is Ready."""
    _faults_of(settings).start_node(node)


@click.command(cls=SettingsCommand)
@click.argument("node")
@cluster_options
def pause(settings: Settings, node: str) -> None:
    """Freeze every process of NODE."""
    _faults_of(settings).pause_node(node)


@click.command(cls=SettingsCommand)
@click.argument("node")
@cluster_options
def resume(settings: Settings, node: str) -> None:
    """Resume the paused NODE, and wait until it is Ready."""
    _faults_of(settings).resume_node(node)


COMMANDS = (logs, restart, stop, start, pause, resume)


def parse_target(target: str, status: ClusterStatus) -> tuple[str, str | None]:
    """Return the machine and the component of a target. The component is None for the whole machine.

    Args:
        target: a node, a component, or "machine/component".
        status: the status of the cluster.

    Raises:
        ClusterError: there is no node or component of that name, or several machines run the component.
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
        raise ClusterError(f"{target} runs on several machines; name one of them: {which}")
    names = [node.name for node in status.nodes]
    names += dict.fromkeys(each.name for each in status.components)
    raise ClusterError(
        f"there is no node or component {target!r}; this cluster has: {', '.join(names) or 'none'}"
    )


def _logs_of(settings: Settings) -> ComponentLogs:
    provider = provider_for(settings, Progress())
    if not isinstance(provider, ComponentLogs):
        raise ClusterError(
            f"the provider {provider.name!r} has no logs of components; use the provider embedded or kind"
        )
    return provider


def _faults_of(settings: Settings) -> NodeFaults:
    provider = provider_for(settings, Progress())
    if not isinstance(provider, NodeFaults):
        raise ClusterError(
            f"the provider {provider.name!r} cannot stop, pause or restart nodes; use embedded or kind"
        )
    return provider
