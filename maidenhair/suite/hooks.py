"""behave's hooks: they open the cluster and the run, set up specs, run cleanups, and collect diagnostics.

An `environment.py` defines them with `install_hooks`.

With the engine's runner, `before_run` opens the cluster and the run once, and every worker attaches to them. With
behave's own runner, `before_all` opens them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from maidenhair._util.progress import Progress
from maidenhair.config import Settings, active_systems, load_settings, userdata_settings
from maidenhair.engine import add_text_filter
from maidenhair.engine.execution.cleanups import Cleanups
from maidenhair.engine.execution.context import EngineContext
from maidenhair.engine.limits.signals import Interrupts
from maidenhair.engine.output.summary_reporter import ClosingLine
from maidenhair.kube.run.run import Run
from maidenhair.suite.artifacts import Artifacts
from maidenhair.suite.known_flaws import KnownFlaws
from maidenhair.suite.redaction import Redaction
from maidenhair.suite.retained_namespace import instructions
from maidenhair.suite.session import Session, open_session
from maidenhair.suite.shared import Shared, attach, open_run
from maidenhair.suite.spec import Spec
from maidenhair.suite.trials import Trials
from maidenhair.systems.registry import load_systems, settings_of
from maidenhair.waiting.journal import Journal, recorded_in

ARTIFACTS = Path("artifacts")
OpenSession = Callable[[Settings, Progress], AbstractContextManager[Session]]
OpenRun = Callable[[Session, Progress], AbstractContextManager[Run]]
Attach = Callable[["Shared"], AbstractContextManager[tuple[Session, Run]]]
Hook = Callable[..., Any]


def uncaptured(hook: Hook) -> Hook:
    """Mark a hook so that behave prints its output at once, instead of only after a failure."""
    vars(hook)["capture"] = False
    return hook


class Hooks:
    """The hooks of one run.

    Args:
        open_session: opens the session: the cluster with the systems deployed.
        open_run: opens the run, which owns the objects of specs.
        attach: attaches to both in a worker.
        artifacts: with behave's own runner, the folder in which each run has a folder for its artifacts. With the
            engine, the setting `artifacts` names it.

    Example:
        >>> hooks = install_hooks({}, Hooks(artifacts=folder / "artifacts"))
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
        self._folder = artifacts
        self._interrupts = Interrupts()
        self._closing: ClosingLine | None = None
        self._failed = False
        self._redaction: Redaction | None = None
        self._shared_cleanups = Cleanups()
        self._run_cleanups = Cleanups()
        self._spec_cleanups = Cleanups()
        self._pending_before = 0

    def before_run(self, context: Any) -> Shared:
        """Open the cluster and the run for all workers. An error fails every spec."""
        settings = _settings(context.config.userdata)
        session, run = self._open(context, settings, self._shared_cleanups)
        self._redact(context, Redaction(session.kube, lambda: run.namespaces()))
        return Shared.of(session, run)

    @uncaptured
    def after_run(self, context: Any) -> None:
        """Close the run, and remove the cluster if this run started it."""
        self._begin_end(context)
        self._shared_cleanups.run()

    def before_all(self, context: Any) -> None:
        """Attach to the run, or open it if behave's own runner is used. An error fails every spec."""
        if not isinstance(context, EngineContext):
            # The engine does this itself.
            self._closing = ClosingLine(context.config)
            context.config.reporters.append(self._closing)
            # behave would print them after the closing line.
            context.config.show_snippets = False
            self._interrupts.install()
        with self._errors_reported():
            cleanups = self._run_cleanups
            shared = getattr(context, "run_value", None)
            if isinstance(shared, Shared):
                self._settings = shared.settings
                self._session, self._run = cleanups.enter(
                    "detach from the cluster", self._attach(shared)
                )
                self._artifacts = self._artifacts_of(context, self._run)
            else:
                self._settings = _settings(context.config.userdata)
                self._session, self._run = self._open(context, self._settings, cleanups)
            self._trials = Trials(self._session)
            self._flaws = KnownFlaws(self._session)
            self._redact(context, Redaction(self._session.kube))
            # behave does not call after_scenario if it is interrupted between two hooks.
            cleanups.add("clean up after the last spec", lambda: self._spec_cleanups.run())

    def before_scenario(self, context: Any, scenario: Any) -> None:
        """Skip a spec that needs a missing capability. Otherwise set `context.spec` and one attribute per system.

        With the engine, a spec whose tags name a known flaw of the cluster is expected to fail.
        """
        tags = scenario.effective_tags
        if reason := self._trials.reason_to_skip(tags):
            scenario.skip(reason)
            return
        flaw = self._flaws.reason_to_fail(tags)
        if flaw is not None and isinstance(context, EngineContext):
            context.expect_failure(flaw, self._settings.strict_flaws)
        self._spec_cleanups = Cleanups()
        finish = partial(self._finish_removal, context)
        open_namespace = partial(self._run.namespace, scenario.name, finish=finish)
        journal = Journal()
        self._spec_cleanups.enter("close the spec's journal", recorded_in(journal))
        spec = Spec(self._session, open_namespace, self._spec_cleanups, self._run, journal)
        states = self._session.states
        opened = {
            each.name: each.open(spec, states.get(each.name))
            for each in self._session.systems.active
        }
        if reason := self._trials.reason_after(tags, opened):
            self._spec_cleanups.run()
            scenario.skip(reason)
            return
        if self._redaction is not None:
            self._redaction.begin(spec)
        self._pending_before = self._spec_cleanups.pending
        context.spec = spec
        for name, value in opened.items():
            setattr(context, name, value)

    def after_scenario(self, context: Any, scenario: Any) -> None:
        """Collect diagnostics of a failed spec, and run its cleanups unless it is retained. An error fails the spec."""
        with self._interrupts.held():
            try:
                if "spec" in context and self._redaction is not None:
                    self._redaction.end(context, scenario)
                if scenario.status.has_failed() and "spec" in context:
                    self._artifacts.save_diagnostics(context, scenario)
                    if self._settings.keep_on_failure and context.spec.has_namespace:
                        self._retain(context)
            finally:
                self._spec_cleanups.run()

    @uncaptured
    def after_all(self, context: Any) -> None:
        """Close the run, and remove the cluster if this run started it."""
        self._begin_end(context)
        with self._errors_reported(), self._interrupts.held():
            self._run_cleanups.run()
        self._interrupts.restore()

    def _open(self, context: Any, settings: Settings, cleanups: Cleanups) -> tuple[Session, Run]:
        progress = Progress()
        session = cleanups.enter("close the cluster", self._open_session(settings, progress))
        run = cleanups.enter("end the run", self._open_run(session, progress))
        self._artifacts = self._artifacts_of(context, run)
        cleanups.add("export the logs of the nodes", lambda: self._export_logs(session))
        return session, run

    def _redact(self, context: Any, redaction: Redaction) -> None:
        """Redact what specs say from now on. behave's own runner has no seam for that."""
        self._redaction = redaction
        if isinstance(context, EngineContext):
            add_text_filter(context, self._redacted)

    def _redacted(self, text: str) -> str:
        return self._redaction(text) if self._redaction is not None else text

    def _begin_end(self, context: Any) -> None:
        self._failed = context.failed
        if self._redaction is not None:
            self._redaction.stop()

    def _artifacts_of(self, context: Any, run: Run) -> Artifacts:
        return Artifacts(getattr(context, "run_folder", None) or self._folder / run.id)

    def _export_logs(self, session: Session) -> None:
        if self._failed:
            self._artifacts.export_logs(session.provider)

    def _finish_removal(self, context: Any, wait: Callable[[], None]) -> None:
        """Wait until the spec's namespace is gone: in the background, unless cleanups follow that expect it."""
        is_last = self._spec_cleanups.pending <= self._pending_before
        if is_last and isinstance(context, EngineContext) and not context.has_cleanups:
            context.hold_result("remove the spec's namespace", wait)
        else:
            wait()

    def _retain(self, context: Any) -> None:
        """Retain the namespace of a failed spec, and do not run its cleanups."""
        spec: Spec = context.spec
        # Marked first, because objects without the mark are still removed.
        self._run.retain(spec.namespace)
        self._spec_cleanups.suspend()
        if isinstance(context, EngineContext):
            context.suspend_cleanups()
        text = instructions(self._settings, spec.session.cluster, spec.namespace)
        print(text)
        context.attach("text/plain", text.encode())

    @contextmanager
    def _errors_reported(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            if self._closing is not None:
                self._closing.trouble(f"{type(error).__name__}: {error}")
            raise


def _settings(userdata: Mapping[str, str]) -> Settings:
    """Load the settings. Options `-D name=value` of behave override all other places."""
    kinds = settings_of(load_systems(active_systems(userdata)))
    return load_settings(userdata_settings(userdata, kinds), systems=kinds)
