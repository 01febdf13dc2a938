"""`maidenhair sweep`: remove leftovers and retained namespaces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import click

from maidenhair._util.progress import Progress
from maidenhair.cli.options import SettingsCommand, cluster_options
from maidenhair.clusters.provider import Cluster
from maidenhair.clusters.registry import provider_for
from maidenhair.config.cluster import Settings
from maidenhair.errors import ClusterError, ConfigurationError
from maidenhair.kube import Kube
from maidenhair.kube.objects import Object, display_name
from maidenhair.kube.run.labels import RUN_LABEL, SPEC_LABEL
from maidenhair.kube.run.leftovers import Leftovers, find_leftovers, spec_namespace
from maidenhair.kube.run.removal import Times
from maidenhair.kube.run.sweep import Swept, remove_leftovers, remove_objects
from maidenhair.suite.retained_namespace import sweep_command_of


@click.command("sweep", cls=SettingsCommand)
@click.argument("namespaces", nargs=-1)
@click.option("--dry-run", is_flag=True, help="Only list leftovers and retained namespaces.")
@click.option("--retained", is_flag=True, help="Also remove all retained namespaces.")
# The old name, which gets an answer that names the new one.
@click.option("--kept", "old_name", is_flag=True, hidden=True)
@click.option(
    "--remove-finalizers",
    is_flag=True,
    help="Remove finalizers that block the removal of a run's own objects.",
)
@cluster_options
def sweep_command(
    settings: Settings,
    namespaces: tuple[str, ...],
    dry_run: bool,
    retained: bool,
    old_name: bool,
    remove_finalizers: bool,
) -> None:
    """Remove the leftovers of runs that have ended. With NAMESPACES, remove only these retained namespaces."""
    if old_name:
        raise ConfigurationError(
            "--kept was renamed: use --retained, which also removes all retained namespaces"
        )
    provider = provider_for(settings, Progress())
    cluster = provider.find()
    if cluster is None:
        raise ClusterError(
            f"there is no cluster {settings.cluster_name!r}, so there is nothing to remove; choose another with --name"
        )
    kube = Kube.from_kubeconfig(cluster.kubeconfig, cluster.context, cluster.kubectl)
    try:
        leftovers = find_leftovers(kube)
        chosen = _chosen(leftovers, namespaces, retained)
        if dry_run:
            _list(settings, cluster, leftovers, () if namespaces else leftovers.removable, chosen)
            return
        times = Times.of(settings)
        if remove_finalizers:
            times = replace(times, remove_finalizers=True)
        swept = remove_objects(kube, chosen, times)
        if not namespaces:
            swept += remove_leftovers(kube, leftovers, times)
    finally:
        kube.close()
    _report(swept)
    _list_retained(settings, cluster, leftovers, chosen)
    if swept.errors:
        raise ClusterError(f"{len(swept.errors)} objects could not be removed; see above")


def _report(swept: Swept) -> None:
    for each in swept.removed:
        click.echo(f"Removed {each}")
    for error in swept.errors:
        click.echo(f"Not removed: {error}")
    if not (swept.removed or swept.errors):
        click.echo("Nothing to remove.")


def _chosen(leftovers: Leftovers, namespaces: Sequence[str], retained: bool) -> Sequence[Object]:
    """Return the retained objects to remove."""
    unknown = sorted(set(namespaces) - set(leftovers.retained_namespaces))
    if unknown:
        names = ", ".join(leftovers.retained_namespaces) or "none"
        raise ConfigurationError(
            f"{', '.join(unknown)}: not a retained namespace, so it is not removed; retained namespaces: {names}"
        )
    return leftovers.retained if retained else leftovers.retained_in(namespaces)


def _list(
    settings: Settings,
    cluster: Cluster,
    leftovers: Leftovers,
    swept: Sequence[Object],
    chosen: Sequence[Object],
) -> None:
    for each in [*chosen, *swept]:
        labels = each["metadata"]["labels"]
        spec = f" (spec {labels[SPEC_LABEL]})" if SPEC_LABEL in labels else ""
        click.echo(f"would remove {display_name(each)} of run {labels[RUN_LABEL]}{spec}")
    _list_retained(settings, cluster, leftovers, chosen)
    if not (swept or leftovers.retained):
        click.echo("Nothing to remove.")


def _list_retained(
    settings: Settings, cluster: Cluster, leftovers: Leftovers, chosen: Sequence[Object]
) -> None:
    for namespace in sorted(set(leftovers.retained_namespaces) - set(map(spec_namespace, chosen))):
        command = sweep_command_of(settings, cluster, namespace)
        click.echo(f"retained: Namespace {namespace}; `{command}` removes it")
