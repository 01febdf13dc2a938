"""Run specs of this repository again and again in one process, on one cluster."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, redirect_stdout
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from behave.configuration import Configuration
from behave.runner import Runner

from maidenhair import install_hooks
from maidenhair._util.progress import Progress
from maidenhair.config import Settings
from maidenhair.kube import Kube
from maidenhair.kube.run.run import Run
from maidenhair.suite.hooks import Hooks, open_run
from maidenhair.suite.session import Session, open_session
from maidenhair.waiting import aio, sync, wait

Results = list[dict[str, Any]]


class Specs:
    """The specs of this repository, on a cluster with the stand-ins.

    Attributes:
        kube: the client of the cluster's API.
    """

    def __init__(self, session: Session, run: Run, folder: Path) -> None:
        """Use an open session and an open run.

        Args:
            session: the cluster with the systems deployed.
            run: owns the objects of all specs.
            folder: an empty folder for reports.
        """
        self.kube: Kube = session.kube
        self._folder = folder
        self._hooks: dict[str, Any] = {}
        self._has_steps = False
        hooks = _QuietHooks(
            open_session=lambda *_: nullcontext(session),
            open_run=lambda *_: nullcontext(run),
            artifacts=folder,
        )
        install_hooks(self._hooks, hooks)

    @classmethod
    @contextmanager
    def on(cls, settings: Settings) -> Iterator[Specs]:
        """Start or find the cluster of the settings, and deploy the systems. A cluster that was started is removed."""
        with (
            tempfile.TemporaryDirectory(prefix="maidenhair-mutants-") as folder,
            open_session(settings, Progress()) as session,
            open_run(session, Progress()) as run,
        ):
            yield cls(session, run, Path(folder))

    def run(self, locations: Sequence[str], within: float) -> Results | None:
        """Run specs until one fails, and return the report of behave's JSON formatter; None if there is none.

        Args:
            locations: paths of features, perhaps with a line.
            within: the longest time in seconds that a step waits, because a fault may make it wait in vain.
        """
        report = self._folder / "report.json"
        report.unlink(missing_ok=True)
        arguments = ["--stop", "--no-summary", "-f", "json", "-o", str(report), *locations]
        runner = _Runner(Configuration(arguments), self._hooks, self._has_steps)
        with impatient(within), redirect_stdout(io.StringIO()):
            runner.run()
        self._has_steps = True
        try:
            loaded: Results = json.loads(report.read_text())
        except (OSError, ValueError):
            return None
        return loaded


@contextmanager
def impatient(seconds: float) -> Iterator[None]:
    """Let no wait in the block take longer than this."""

    def shortened(
        decide: Callable[..., Any], each: Any, within: float, *others: Any, **named: Any
    ) -> Any:
        return decide(each, min(within, seconds), *others, **named)

    short = partial(shortened, wait.until_it_held)
    with patch.object(sync, "until_it_held", short), patch.object(aio, "until_it_held", short):
        yield


class _QuietHooks(Hooks):
    """Hooks that keep no diagnostics of failures, because most failures are wanted."""

    def after_scenario(self, context: Any, scenario: Any) -> None:
        self._spec_cleanups.run()


class _Runner(Runner):  # type: ignore[misc]
    """behave's runner, with hooks that are the same in each run."""

    def __init__(self, config: Configuration, hooks: dict[str, Any], has_steps: bool) -> None:
        super().__init__(config)
        self._own_hooks = hooks
        self._has_steps = has_steps

    def load_step_definitions(self, extra_step_paths: Sequence[str] | None = None) -> None:
        # Once in a process, because behave takes the steps of a file that was changed meanwhile for others.
        if not self._has_steps:
            super().load_step_definitions(extra_step_paths)

    def load_hooks(self, filename: str | None = None) -> None:
        self.hooks.update(self._own_hooks)
