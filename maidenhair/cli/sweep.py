"""`maidenhair sweep`: removing what runs left, and what they kept."""

from __future__ import annotations

from collections.abc import Sequence

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
from maidenhair.kube.run.sweep import remove, remove_leftovers
from maidenhair.suite import kept_namespace


@click.command("sweep", cls=SettingsCommand)
@click.argument("namespaces", nargs=-1)
@click.option("--dry-run", is_flag=True, help="Only tell what there is.")
@click.option("--kept", is_flag=True, help="Remove what is kept too.")
@click.option(
    "--remove-finalizers",
    is_flag=True,
    help="Remove finalizers that keep a run's own objects from being removed.",
)
@cluster_options
def sweep_command(
    settings: Settings,
    namespaces: tuple[str, ...],
    dry_run: bool,
    kept: bool,
    remove_finalizers: bool,
) -> None:
    """Remove what dead runs left on the cluster; with NAMESPACES, those alone, which failed specs kept."""
    provider = provider_for(settings, Progress())
    cluster = provider.find()
    if cluster is None:
        raise ClusterError(
            f"there is no cluster {settings.cluster_name!r}, so nothing is left on it; --name names another"
        )
    kube = Kube.from_kubeconfig(cluster.kubeconfig, cluster.context, cluster.kubectl)
    try:
        leftovers = find_leftovers(kube)
        chosen = _chosen(leftovers, namespaces, kept)
        if dry_run:
            _tell(settings, cluster, leftovers, () if namespaces else leftovers.removable, chosen)
            return
        may_force = remove_finalizers or settings.remove_finalizers
        removed = remove(kube, chosen, remove_finalizers=may_force)
        if not namespaces:
            removed += remove_leftovers(kube, leftovers, remove_finalizers=may_force)
    finally:
        kube.close()
    for each in removed:
        click.echo(f"Removed {each}")
    if not removed:
        click.echo("Nothing was left to remove.")
    _tell_kept(settings, cluster, leftovers, chosen)


def _chosen(leftovers: Leftovers, namespaces: Sequence[str], kept: bool) -> Sequence[Object]:
    """Return what is kept and yet to be removed."""
    unknown = sorted(set(namespaces) - set(leftovers.retained_namespaces))
    if unknown:
        there = ", ".join(leftovers.retained_namespaces) or "none"
        raise ConfigurationError(
            f"no spec kept {', '.join(unknown)}, so it is not removed by name; kept: {there}"
        )
    return leftovers.retained if kept else leftovers.retained_in(namespaces)


def _tell(
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
    _tell_kept(settings, cluster, leftovers, chosen)
    if not (swept or leftovers.retained):
        click.echo("Nothing is left.")


def _tell_kept(
    settings: Settings, cluster: Cluster, leftovers: Leftovers, chosen: Sequence[Object]
) -> None:
    for namespace in sorted(set(leftovers.retained_namespaces) - set(map(spec_namespace, chosen))):
        command = kept_namespace.removal(settings, cluster, namespace)
        click.echo(f"kept: Namespace {namespace}; `{command}` removes it")
