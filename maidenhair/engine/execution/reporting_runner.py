"""behave's runner, with what a run reports: features to reporters, events, warnings, and errors of reports."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from behave.model_type import Status
from behave.runner_util import print_undefined_step_snippets

from maidenhair.config.engine import EngineSettings
from maidenhair.engine.broken_files import report_broken
from maidenhair.engine.capture.outcomes import filter_element
from maidenhair.engine.capture.plain_values import plain_text
from maidenhair.engine.capture.tracebacks import frames_of
from maidenhair.engine.execution.guarded_runner import GuardedRunner
from maidenhair.engine.limits.signals import to_stderr
from maidenhair.engine.limits.suite_limits import SuiteLimits
from maidenhair.engine.limits.time_limits import Guard
from maidenhair.engine.model import Config, Feature
from maidenhair.engine.output.details import Details
from maidenhair.engine.output.encoding import escape_unencodable
from maidenhair.engine.output.reporters import replace_reporters
from maidenhair.engine.output.summary_reporter import ClosingLine, explain_untested
from maidenhair.engine.planning.checks import Finding
from maidenhair.engine.planning.places import containers_of
from maidenhair.engine.publishing.event_publisher import EventPublisher, event_sink
from maidenhair.engine.run_state import RunState

STOP = "a spec failed before it, and --stop is set"


class ReportingRunner(GuardedRunner):
    """A runner that passes what happens to reporters and events, and fails the run if a report fails.

    Args:
        config: behave's configuration.
        settings: the engine's settings.
        guard: stands around the suite's code.
        folder: the run's folder. Default: a new one.

    Attributes:
        publisher: publishes run events.
        state: the state of the run.
        is_replaying: whether it shows what ran in workers.
    """

    def __init__(
        self, config: Config, settings: EngineSettings, guard: Guard, folder: Path | None = None
    ) -> None:
        folder = folder or settings.artifacts.absolute() / secrets.token_hex(4)
        super().__init__(config, SuiteLimits.of(settings), guard, folder, settings.fail_fast_parse)
        self.settings = settings
        self.publisher = EventPublisher(
            event_sink(folder, config.dry_run, self._events_lost), config, folder
        )
        details = Details() if config.summary else None
        closing = ClosingLine(config, details=details, on_trouble=self.publisher.problem)
        self.state = RunState(closing, folder, max_failures=settings.max_failures)
        escape_unencodable(config.outputs)
        replace_reporters(config)
        self.is_replaying = False
        self._failed_reports: set[int] = set()

    def report(self, feature: Feature) -> None:
        """Pass a feature that is over to the reporters."""
        reason = self.state.stop_reason or (STOP if self.config.stop else "")
        explain_untested(feature, self.config, reason)
        if self.filters and not self.is_replaying:
            # Workers have filtered theirs.
            for container in containers_of(feature):
                filter_element(container, self.filters)
        for container in containers_of(feature):
            if container._cached_status is Status.cleanup_error:
                place = f"{feature.filename}:{container.line}"
                self.state.fail(
                    f"a cleanup of the {container.type} {container.name} ({place}) failed"
                )
        self.publisher.end_feature(feature)
        for reporter in list(self.config.reporters):
            self._call_reporter(reporter, reporter.feature, feature)
        self.state.add_feature(feature, self.config)

    def close(self) -> None:
        """Announce the end of the run to formatters and reporters; the closing line is the last one."""
        for file in self.sources.broken:
            self.state.failed = True
            report_broken(self, file)
        for formatter in self.formatters:
            formatter.close()
        for reporter in list(self.config.reporters):
            self._call_reporter(reporter, reporter.end)
        if self.config.show_snippets and self.undefined_steps:
            colored = self.config.has_colored_mode()
            print_undefined_step_snippets(self.undefined_steps, colored=colored)
        # behave would print them after the closing line.
        self.config.show_snippets = False
        if self.settings.fail_on_flaky:
            self.state.fail_if_flaky()
        self.state.summary.end()

    def warn(self, findings: Iterable[Finding]) -> None:
        """Write warnings, and publish them."""
        for finding in findings:
            print(f"Warning: {finding}", file=sys.stderr, flush=True)
            self.publisher.warn(finding.text, finding.file, finding.line)

    def report_output_error(self, name: str, path: str | None, error: OSError) -> None:
        """Say that a report cannot be written, and fail the run when it ends."""
        text = f"the report {path} of the formatter {name} cannot be written: {error}"
        to_stderr(f"{text}. The run goes on without it.")
        self.state.fail(text)

    def report_formatter_error(self, formatter: object, error: Exception) -> None:
        """Fail the run for an error of a formatter; the other reports are written all the same."""
        self._report_error("formatter", formatter, error)

    def _call_reporter(
        self, reporter: object, method: Callable[..., object], *arguments: object
    ) -> None:
        try:
            method(*arguments)
        except BrokenPipeError:
            # Nobody reads the output any more.
            raise
        except Exception as error:  # the reporters are not ours
            self._report_error("reporter", reporter, error)

    def _report_error(self, what: str, failed: object, error: Exception) -> None:
        """Fail the run once for each formatter or reporter that fails."""
        if id(failed) not in self._failed_reports:
            self._failed_reports.add(id(failed))
            frames = frames_of(error.__traceback__)
            place = f" ({frames[-1].filename}:{frames[-1].line})" if frames else ""
            name = getattr(failed, "name", None) or type(failed).__name__
            text = self.filters.text(f"{type(error).__name__}: {plain_text(error)}")
            self.state.fail(
                f"the {what} {name} failed, and its report is not complete: {text}{place}"
            )

    def _events_lost(self, message: str) -> None:
        """Warn at once that events are not written, and fail the run at its end."""
        to_stderr(f"Warning: {message}")
        self.state.fail(message)
