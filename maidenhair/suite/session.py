"""The session of a run: its cluster, running or started for the run, with the systems deployed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from maidenhair._util.data import data_folder
from maidenhair._util.progress import Progress
from maidenhair.clusters.provider import Cluster, Provider
from maidenhair.clusters.registry import choose_provider
from maidenhair.clusters.toolchain import Tool
from maidenhair.config import Settings
from maidenhair.discovery import Report, discover
from maidenhair.errors import ClusterError, ConfigurationError
from maidenhair.kube import Kube
from maidenhair.kube.run.removal import Times
from maidenhair.kube.run.run import Run
from maidenhair.kube.run.run_in_namespace import RunInNamespace
from maidenhair.systems.deployment import (
    Preparation,
    Systems,
    archives_of,
    deploy,
    observe,
    states_of,
    with_keep_cluster,
)


@dataclass(frozen=True)
class Session:
    """A cluster that is ready for specs.

    Attributes:
        settings: the settings of the run.
        cluster: the cluster, with its discovered capabilities.
        kube: the client of its API.
        provider: the provider that started or found the cluster.
        systems: the active systems.
        states: the state of each system's deployment, by the system's name.
        lacking: the capabilities that the cluster lacks, with reasons.
        needs_binding: whether specs need a RoleBinding in their namespaces, see `Access`; None if it is not known.
        flaws: the known flaws that the cluster has, by their tags, with meanings and versions.
    """

    settings: Settings
    cluster: Cluster
    kube: Kube
    provider: Provider
    systems: Systems = field(default_factory=Systems)
    states: Mapping[str, Any] = field(default_factory=dict)
    lacking: Mapping[str, str] = field(default_factory=dict)
    needs_binding: bool | None = None
    flaws: Mapping[str, str] = field(default_factory=dict)


@contextmanager
def open_session(settings: Settings, progress: Progress) -> Iterator[Session]:
    """Open a session: start or find the cluster, deploy the systems, and print the report on the cluster.

    A cluster that is started here is removed at the end.

    Raises:
        MaidenhairError: a component, the cluster or a system could not be provided, or the account lacks permissions.
    """
    settings = with_keep_cluster(choose_provider(settings, progress))
    systems = Systems.of(settings)
    preparation = Preparation(settings, systems, progress)
    provider = preparation.provider
    if provider.makes_clusters:
        preparation.provide_components()
    deployments = preparation.prepare()
    with provider.use(archives_of(deployments)) as cluster:
        kube = systems.kube(cluster)
        try:
            deploy(kube, cluster, provider, deployments, progress)
            helm = find_helm(settings, preparation.tools)
            report = report_on(systems, provider, kube, helm)
            progress.say(report.text(cluster.name))
            _check_permissions(settings, cluster, report)
            preparation.provide_for_specs(report.capabilities)
            with observe(systems, kube, cluster, deployments, progress):
                yield Session(
                    settings,
                    replace(
                        cluster,
                        capabilities=report.capabilities,
                        helm=helm,
                        shared_namespace=report.access.shared_namespace,
                        version=report.findings.version,
                    ),
                    kube,
                    provider,
                    systems,
                    states_of(deployments),
                    report.lacking,
                    report.access.needs_binding,
                    report.flaws,
                )
        finally:
            kube.close()


def report_on(systems: Systems, provider: Provider, kube: Kube, helm: Path | None) -> Report:
    """Discover what a cluster can do.

    Args:
        systems: the active systems.
        provider: the provider of the cluster.
        kube: the client of its API.
        helm: the path of helm on this machine, or None.

    Raises:
        KubernetesError: the API did not respond.
    """
    return discover(
        kube,
        systems.active,
        provider.capabilities,
        provider.makes_clusters,
        str(helm) if helm else None,
    )


def find_helm(settings: Settings, tools: Mapping[str, Tool] | None = None) -> Path | None:
    """Return the path of helm: the component, otherwise that of MAIDENHAIR_TOOL_HELM or on PATH, or None."""
    if tools and "helm" in tools:
        return tools["helm"].path
    found = settings.tools.get("helm") or shutil.which("helm")
    return Path(found) if found else None


def run_in(session: Session, run_id: str | None = None) -> Run:
    """Return a run on the session's cluster.

    Args:
        session: the session.
        run_id: the id of the run; default: a random id.
    """
    kube, namespace = session.kube, session.cluster.shared_namespace
    times = Times.of(session.settings)
    if namespace is None:
        return Run(
            kube,
            run_id,
            permissions=session.systems.permissions,
            times=times,
            needs_binding=session.needs_binding,
        )
    return RunInNamespace(kube, namespace, run_id, times=times)


def _check_permissions(settings: Settings, cluster: Cluster, report: Report) -> None:
    if settings.keep_on_failure and report.access.shared_namespace is not None:
        raise ConfigurationError(
            "MAIDENHAIR_KEEP_ON_FAILURE=yes retains namespaces of specs, but the account may not create namespaces; "
            "unset it, or use an account that may"
        )
    missing = report.access.required
    if missing:
        lines = "".join(f"\n  {right}, to {right.purpose}" for right in missing)
        raise ClusterError(
            f"{report.access.user or 'the account'} of context {cluster.context!r} at {report.findings.server} may "
            f"not do what specs need:{lines}\nAsk an administrator to apply manifests/rbac "
            f"(`kubectl apply -k {data_folder('manifests/rbac')}`), and use its account; see docs/existing-cluster.md"
        )
