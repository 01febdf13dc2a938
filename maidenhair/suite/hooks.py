"""behave's hooks of a run: the cluster, a namespace for specs that use one, cleanups, diagnostics, the closing line.

An `environment.py` has them by `install_hooks`, in one line.

With the engine's runner, the cluster and the run are opened once, in `before_run`, and every worker attaches to them;
with behave's own, `before_all` opens them.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from maidenhair._util.progress import Progress
from maidenhair.clusters.provider import Cluster, LogExport
from maidenhair.clusters.registry import provider_for
from maidenhair.config import Settings, active_systems, load_settings, userdata_settings
from maidenhair.engine.execution.cleanups import Cleanups
from maidenhair.engine.execution.context import EngineContext
from maidenhair.engine.execution.signals import Interrupts
from maidenhair.engine.summary_reporter import ClosingLine
from maidenhair.errors import MaidenhairError
from maidenhair.kube.diagnosis.dump import Diagnostics, collect
from maidenhair.kube.run.labels import namespace_name
from maidenhair.kube.run.run import Run, sweep
from maidenhair.suite import kept_namespace
from maidenhair.suite.capabilities import reason_to_skip
from maidenhair.suite.session import Session, open_session
from maidenhair.suite.spec import Spec
from maidenhair.systems.deployment import Systems
from maidenhair.systems.registry import load_systems, settings_of
from maidenhair.waiting.journal import Journal, recorded_in

ARTIFACTS = Path("artifacts")
ATTACHED_BYTES = 64 * 1024
OpenSession = Callable[[Settings, Progress], AbstractContextManager[Session]]
OpenRun = Callable[[Session, Progress], AbstractContextManager[Run]]
Attach = Callable[["Shared"], AbstractContextManager[tuple[Session, Run]]]
Hook = Callable[..., Any]


@dataclass(frozen=True)
class Shared:
    """What workers need to know of the cluster and the run that they work in.

    Attributes:
        settings: the settings of the run.
        cluster: the cluster.
        run_id: the run's name.
        lacking: the capabilities that the cluster lacks, and why.
        states: what each active system knows of its deployment, by the system's name.
    """

    settings: Settings
    cluster: Cluster
    run_id: str
    lacking: Mapping[str, str]
    states: Mapping[str, Any] = field(default_factory=dict)


def uncaptured(hook: Hook) -> Hook:
    """Have behave show what a hook writes as it is written, instead of keeping it for a failure."""
    vars(hook)["capture"] = False
    return hook


@contextmanager
def attach(shared: Shared) -> Iterator[tuple[Session, Run]]:
    """Give the session and the run that another process opened."""
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
        )
        # Whoever opened the run keeps its Lease.
        yield session, Run(kube, shared.run_id, permissions=systems.permissions)
    finally:
        kube.close()


@contextmanager
def open_run(session: Session, progress: Progress) -> Iterator[Run]:
    """Remove what dead runs left, and give a run of our own."""
    for leftover in sweep(session.kube):
        progress.say(f"Removed what an earlier run left: {leftover}")
    with Run(session.kube, permissions=session.systems.permissions) as run:
        yield run


class Hooks:
    """The hooks of one run.

    Args:
        open_session: gives the cluster with the systems deployed, and takes it away at the run's end.
        open_run: gives the run that owns what specs create.
        attach: gives both where another process opened them.
        artifacts: where the diagnostics of failed specs go, as `<run>/<namespace>/`.

    Example:
        >>> hooks = install_hooks({}, Hooks(artifacts=folder / "diagnostics"))
    """

    def __init__(
        self,
        open_session: OpenSession = open_session,
        open_run: OpenRun = open_run,
        attach: Attach = attach,
        artifacts: Path = ARTIFACTS,
    ) -> None:
        self._open_session = open_session
        self._open_run = open_run
        self._attach = attach
        self._artifacts = artifacts
        self._interrupts = Interrupts()
        self._closing: ClosingLine | None = None
        self._shared_cleanups = Cleanups()
        self._run_cleanups = Cleanups()
        self._spec_cleanups = Cleanups()

    def before_run(self, context: Any) -> Shared:
        """Get the cluster ready and begin the run, for all workers; an error fails every spec."""
        settings = _settings(context.config.userdata)
        session, run = self._open(settings, self._shared_cleanups)
        return Shared(
            session.settings, session.cluster, run.id, dict(session.lacking), dict(session.states)
        )

    @uncaptured
    def after_run(self, context: Any) -> None:
        """End the run, and remove the cluster if this run started it."""
        self._shared_cleanups.run()

    def before_all(self, context: Any) -> None:
        """Attach to the run; without the engine, begin it. An error fails every spec."""
        if not isinstance(context, EngineContext):
            # The engine has these of its own.
            self._closing = ClosingLine(context.config)
            context.config.reporters.append(self._closing)
            # behave prints these last, and the closing line has to be that.
            context.config.show_snippets = False
            self._interrupts.install()
        with self._told():
            cleanups = self._run_cleanups
            shared = getattr(context, "run_value", None)
            if isinstance(shared, Shared):
                self._settings = shared.settings
                self._session, self._run = cleanups.enter("leave the cluster", self._attach(shared))
            else:
                self._settings = _settings(context.config.userdata)
                self._session, self._run = self._open(self._settings, cleanups)
            # An interrupt between two hooks keeps behave from calling after_scenario.
            cleanups.add("clean up after the last spec", lambda: self._spec_cleanups.run())

    def before_scenario(self, context: Any, scenario: Any) -> None:
        """Skip a spec that needs what the cluster lacks; give every other what its steps work with."""
        can, lacking = self._session.cluster.capabilities, self._session.lacking
        reason = reason_to_skip(scenario.effective_tags, can, lacking)
        if reason:
            scenario.skip(reason)
            return
        self._spec_cleanups = Cleanups()
        forced = {"remove_finalizers": True} if self._settings.remove_finalizers else {}
        open_namespace = partial(self._run.namespace, scenario.name, **forced)
        journal = Journal()
        self._spec_cleanups.enter("close the spec's journal", recorded_in(journal))
        spec = Spec(self._session, open_namespace, self._spec_cleanups, self._run, journal)
        context.spec = spec
        for system in self._session.systems.active:
            setattr(context, system.name, system.open(spec, self._session.states.get(system.name)))

    def after_scenario(self, context: Any, scenario: Any) -> None:
        """Collect why a spec failed, then undo what it did, unless that is kept; what cannot be undone fails it."""
        with self._interrupts.held():
            try:
                if scenario.status.has_failed() and "spec" in context:
                    self._diagnose(context, scenario)
                    if self._settings.keep_on_failure and context.spec.has_namespace:
                        self._keep(context)
            finally:
                self._spec_cleanups.run()

    @uncaptured
    def after_all(self, context: Any) -> None:
        """End the run, and remove the cluster if this run started it."""
        with self._told(), self._interrupts.held():
            self._run_cleanups.run()
        self._interrupts.restore()

    def _open(self, settings: Settings, cleanups: Cleanups) -> tuple[Session, Run]:
        progress = Progress()
        session = cleanups.enter("close the cluster", self._open_session(settings, progress))
        run = cleanups.enter("end the run", self._open_run(session, progress))
        cleanups.add("keep the logs of the nodes", lambda: self._keep_logs(session, run))
        return session, run

    def _diagnose(self, context: Any, scenario: Any) -> None:
        spec: Spec = context.spec
        name = spec.namespace if spec.has_namespace else _folder_name(scenario)
        for namespace in spec.namespaces:
            found = self._collect(spec, namespace, self._artifacts / self._run.id / name)
            print(found.summary)
            context.attach("text/plain", found.summary.encode())
            for file in found.files:
                # The rest is named in the summary: reports are no place for everything.
                if file.stat().st_size <= ATTACHED_BYTES:
                    context.attach("text/plain", f"{file.name}:\n{file.read_text()}".encode())

    def _collect(self, spec: Spec, namespace: str, folder: Path) -> Diagnostics:
        first = namespace == spec.namespaces[0]
        try:
            return collect(
                spec.kube,
                namespace,
                folder / ("" if first else namespace),
                outside=spec.made_outside if first else (),
                notes=spec.notes if first else {},
                seconds=self._settings.diagnostics_time,
                size=self._settings.diagnostics_size,
            )
        except OSError as error:
            # The failure that they are for must be told, and the cleanup must go on.
            return Diagnostics(f"no diagnostics of the namespace {namespace}: {error}", ())

    def _keep(self, context: Any) -> None:
        """Keep what a failed spec has, for somebody to look at; what it deferred is not run."""
        spec: Spec = context.spec
        # Marked before anything is suspended: what is not marked is removed as ever.
        self._run.retain(spec.namespace)
        self._spec_cleanups.suspend()
        if isinstance(context, EngineContext):
            context.suspend_cleanups()
        told = kept_namespace.told(self._settings, spec.session.cluster, spec.namespace)
        print(told)
        context.attach("text/plain", told.encode())

    def _keep_logs(self, session: Session, run: Run) -> None:
        """Keep the logs of the cluster's nodes beside the diagnostics of failed specs, if there are any."""
        folder = self._artifacts / run.id
        provider = session.provider
        if not isinstance(provider, LogExport) or not folder.is_dir():
            return
        try:
            provider.export_logs(folder / "nodes")
            print(f"The logs of the cluster's nodes are in {folder / 'nodes'}.")
        except (MaidenhairError, OSError) as error:
            # The specs' failures are told; this must not hide them.
            print(f"Of the nodes' logs not all could be kept in {folder / 'nodes'}: {error}")

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            if self._closing is not None:
                self._closing.trouble(f"{type(error).__name__}: {error}")
            raise


def _folder_name(scenario: Any) -> str:
    """Return a name for the folder of a spec without a namespace, as a namespace would be named."""
    return namespace_name(scenario.name, secrets.token_hex(3))


def _settings(userdata: Mapping[str, str]) -> Settings:
    """Return the settings, those of behave's command line (`-D name=value`) before all others."""
    kinds = settings_of(load_systems(active_systems(userdata)))
    return load_settings(userdata_settings(userdata, kinds), systems=kinds)
