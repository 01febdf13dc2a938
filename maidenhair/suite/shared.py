"""The cluster and the run that the processes of a run share: opened in one, attached to in the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from maidenhair._util.progress import Progress
from maidenhair.clusters.provider import Cluster
from maidenhair.clusters.registry import provider_for
from maidenhair.config import Settings
from maidenhair.kube.objects import display_name
from maidenhair.kube.run.labels import run_id_of
from maidenhair.kube.run.leftovers import find_leftovers
from maidenhair.kube.run.removal import Times
from maidenhair.kube.run.run import Run
from maidenhair.kube.run.run_in_namespace import RunInNamespace
from maidenhair.kube.run.sweep import remove_leftovers
from maidenhair.suite.session import Session, run_in
from maidenhair.systems.deployment import Systems


@dataclass(frozen=True)
class Shared:
    """The cluster and the run, as workers receive them from the main process.

    Attributes:
        settings: the settings of the run.
        cluster: the cluster.
        run_id: the name of the run.
        lacking: the capabilities that the cluster lacks, with reasons.
        states: the state of each system's deployment, by the system's name.
        needs_binding: see `Session`.
        flaws: the known flaws that the cluster has, by their tags, with meanings and versions.
    """

    settings: Settings
    cluster: Cluster
    run_id: str
    lacking: Mapping[str, str]
    states: Mapping[str, Any] = field(default_factory=dict)
    needs_binding: bool | None = None
    flaws: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, session: Session, run: Run) -> Shared:
        """Return what workers need of a session and a run."""
        return cls(
            session.settings,
            session.cluster,
            run.id,
            dict(session.lacking),
            dict(session.states),
            session.needs_binding,
            dict(session.flaws),
        )


@contextmanager
def attach(shared: Shared) -> Iterator[tuple[Session, Run]]:
    """Attach to the session and the run that another process opened."""
    settings = shared.settings
    systems = Systems.of(settings)
    kube = systems.kube(shared.cluster)
    try:
        session = Session(
            settings,
            shared.cluster,
            kube,
            provider_for(settings, Progress(), systems.extensions),
            systems,
            shared.states,
            shared.lacking,
            shared.needs_binding,
            shared.flaws,
        )
        # The process that opened the run renews its Lease.
        run = run_in(session, shared.run_id)
        try:
            yield session, run
        finally:
            run.close_watches()
    finally:
        kube.close()


@contextmanager
def open_run(session: Session, progress: Progress) -> Iterator[Run]:
    """Remove leftovers of earlier runs, and open a run. A leftover that cannot be removed does not stop the run."""
    kube = session.kube
    run = run_in(session)
    if isinstance(run, RunInNamespace):
        for each in run.objects_of_others():
            progress.say(
                f"{display_name(each)} belongs to run {run_id_of(each)}; delete it if that run has ended"
            )
    else:
        swept = remove_leftovers(kube, find_leftovers(kube), Times.of(session.settings))
        for leftover in swept.removed:
            progress.say(f"Removed a leftover of an earlier run: {leftover}")
        for error in swept.errors:
            progress.say(f"Could not remove a leftover of an earlier run: {error}")
    with run:
        yield run
