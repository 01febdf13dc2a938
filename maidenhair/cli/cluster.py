"""`maidenhair cluster`: start, inspect and remove a cluster, and deploy the active systems on it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click

from maidenhair._util.progress import Progress
from maidenhair.cli.nodes import COMMANDS as NODE_COMMANDS
from maidenhair.cli.options import SettingsGroup, cluster_options
from maidenhair.clusters.provider import Cluster, Provider
from maidenhair.clusters.registry import choose_provider, provider_for
from maidenhair.config import Settings
from maidenhair.errors import ConfigurationError
from maidenhair.kube import Kube
from maidenhair.suite.session import find_helm, report_on
from maidenhair.systems.deployment import (
    Preparation,
    Systems,
    archives_of,
    deploy,
    remove,
)


@click.group(cls=SettingsGroup)
def cluster() -> None:
    """Start, inspect and remove a cluster."""


@cluster.command()
@click.option("--deploy", "deploys", is_flag=True, help="Also deploy the active systems.")
@click.option("--stack", "old_name", is_flag=True, hidden=True)
@cluster_options
def up(settings: Settings, deploys: bool, old_name: bool) -> None:
    """Start the cluster, unless it is running. It runs until `down`."""
    if old_name:
        raise ConfigurationError(
            "--stack was renamed: use --deploy, which deploys all active systems"
        )
    if deploys:
        running = _deploy(settings)
    else:
        progress = Progress()
        running = _provider(choose_provider(settings, progress), progress).up()
    click.echo(
        f"Cluster {running.name!r} is running. To use it:\n  export KUBECONFIG={running.kubeconfig}"
    )


@cluster.command("deploy")
@cluster_options
def deploy_command(settings: Settings) -> None:
    """Deploy or upgrade the active systems. Start the cluster first, unless it is running."""
    _deploy(settings)


@cluster.command()
@cluster_options
def undeploy(settings: Settings) -> None:
    """Remove the active systems from the running cluster."""
    progress = Progress()
    preparation = _preparation(settings, progress)
    running = _running(settings, preparation.provider)
    preparation.provide_components()
    with _api(preparation.systems, running) as kube:
        remove(kube, running, preparation.prepare(), progress)


@cluster.command()
@cluster_options
def down(settings: Settings) -> None:
    """Remove the cluster and everything that belongs to it, even if `up` was interrupted."""
    _provider(settings).down()


@cluster.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@cluster_options
def status(settings: Settings, as_json: bool) -> None:
    """Show the state of nodes and components. Exit with 1 if one has ended, or if there is no cluster."""
    seen = _provider(settings).status()
    if as_json:
        click.echo(json.dumps(asdict(seen), indent=2))
    elif not seen.exists:
        click.echo(
            f"There is no cluster {settings.cluster_name!r}; `maidenhair cluster up` starts one."
        )
    else:
        for node in seen.nodes:
            click.echo(f"{'node':14}  {node.name:24}  {node.state}  {node.reason}".rstrip())
        for state in seen.components:
            click.echo(f"{state.machine:14}  {state.name:24}  {state.state}")
            if state.last_lines:
                click.echo(click.style(state.last_lines, dim=True))
    if not seen.healthy:
        sys.exit(1)


@cluster.command()
@cluster_options
def kubeconfig(settings: Settings) -> None:
    """Print the path of the cluster's kubeconfig."""
    click.echo(_running(settings, _provider(settings)).kubeconfig)


@cluster.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@cluster_options
def discover(settings: Settings, as_json: bool) -> None:
    """Show the version, nodes, capabilities and missing permissions of the running cluster."""
    systems, provider = Systems.of(settings), _provider(settings)
    running = _running(settings, provider)
    with _api(systems, running) as kube:
        report = report_on(systems, provider, kube, find_helm(settings))
    if as_json:
        click.echo(json.dumps(report.as_json(), indent=2))
    else:
        click.echo(report.text(running.name))


@cluster.command("load-image")
@click.argument("archives", nargs=-1, required=True, type=click.Path(path_type=Path))
@cluster_options
def load_image(settings: Settings, archives: tuple[Path, ...]) -> None:
    """Load the images of ARCHIVES (OCI or docker) on every node."""
    progress = Progress()
    with progress.step(f"Loading {', '.join(archive.name for archive in archives)}"):
        _provider(settings, progress).load_images(archives)


for command in NODE_COMMANDS:
    cluster.add_command(command)


def _provider(settings: Settings, progress: Progress | None = None) -> Provider:
    return provider_for(settings, progress or Progress(), Systems.of(settings).extensions)


def _preparation(settings: Settings, progress: Progress) -> Preparation:
    settings = choose_provider(settings, progress)
    preparation = Preparation(settings, Systems.of(settings), progress)
    if not preparation.provider.makes_clusters:
        raise ConfigurationError(
            f"no system can be deployed on or removed from a cluster of the provider {preparation.provider.name!r}, "
            "because maidenhair did not create it; use the provider embedded or kind"
        )
    return preparation


def _deploy(settings: Settings) -> Cluster:
    progress = Progress()
    preparation = _preparation(settings, progress)
    preparation.provide_components()
    deployments = preparation.prepare()
    running = preparation.provider.up(archives_of(deployments))
    with _api(preparation.systems, running) as kube:
        deploy(kube, running, preparation.provider, deployments, progress)
    return running


@contextmanager
def _api(systems: Systems, running: Cluster) -> Iterator[Kube]:
    kube = systems.kube(running)
    try:
        yield kube
    finally:
        kube.close()


def _running(settings: Settings, provider: Provider) -> Cluster:
    running = provider.find()
    if running is None:
        raise click.ClickException(
            f"there is no cluster {settings.cluster_name!r}; `maidenhair cluster up` starts one"
        )
    return running
