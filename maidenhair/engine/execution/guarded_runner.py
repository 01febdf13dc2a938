"""behave's runner, with the suite's code guarded: what runs specs in a worker, or in the process itself."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from behave.exception import ConfigError
from behave.runner import Runner as BehaveRunner
from behave.runner import the_step_registry

from maidenhair.engine.capture.capped_capture import CappedController
from maidenhair.engine.capture.output_files import OutputFiles
from maidenhair.engine.capture.plain_values import plain_text
from maidenhair.engine.capture.text_filters import TextFilters
from maidenhair.engine.capture.tracebacks import frames_of, unlink_engine, without_engine
from maidenhair.engine.execution.context import EngineContext
from maidenhair.engine.execution.formatter_gate import FormatterGate, make_formatter, tidy_captured
from maidenhair.engine.limits.suite_limits import SuiteLimits
from maidenhair.engine.limits.time_limits import Guard, Kind
from maidenhair.engine.model import Config, Feature, Formatter, Step
from maidenhair.engine.planning.sources import Sources, read_features
from maidenhair.engine.step_functions import Match, StepRegistry
from maidenhair.errors import SpecBroken

CLEANING_HOOKS = ("after_scenario", "after_rule", "after_feature", "after_all", "after_run")


class GuardedRunner(BehaveRunner):  # type: ignore[misc]
    """A runner whose hooks, steps and cleanups can be asynchronous, are interrupted at limits, and all get to run.

    Args:
        config: behave's configuration.
        limits: the limits of hooks, cleanups and output.
        fail_fast_parse: whether a file that cannot be parsed ends the run.
        guard: stands around the suite's code.
        folder: the run's folder, for output that is too long for the reports.

    Attributes:
        has_begun: whether the hook before_all was called, or the suite has none.
    """

    config: Config
    context: EngineContext
    feature: Feature | None
    features: list[Feature]
    formatters: Sequence[Formatter]
    hook_failures: int
    hooks: dict[str, Callable[..., object]]
    step_registry: StepRegistry
    undefined_steps: list[Step]

    def __init__(
        self,
        config: Config,
        limits: SuiteLimits,
        guard: Guard,
        folder: Path,
        fail_fast_parse: bool = False,
    ) -> None:
        super().__init__(config)
        self.outputs = OutputFiles(folder / "output", lambda: guard.spec, limits.output_limit)
        self.capture_controller = CappedController(config)
        self._limits = limits
        self._fail_fast_parse = fail_fast_parse
        self.guard = guard
        self.sources = Sources()
        self.filters = TextFilters()
        self.gate = FormatterGate(self.report_formatter_error, self.filters)
        self._cleaning = False
        # A hook can run steps, which have hooks.
        self._in_hook = False
        self.has_begun = False

    def load(self) -> None:
        """Load environment.py and the steps."""
        self.context = EngineContext(self, self.guard)
        if self.guard.interrupted:
            # A signal came before there was a context that could note it.
            self.aborted = True
        try:
            self.load_hooks()
            self.load_step_definitions()
        except SystemExit as error:
            # Without hooks and steps nothing would run, and the exit code might be 0.
            raise ConfigError(
                f"the suite ended the process while it was loaded: SystemExit({error.code})"
                f"{_place_of(error)}"
            ) from error
        self.step_registry = _GuardedSteps(the_step_registry, self.guard)

    def parse(self) -> None:
        """Parse the features that the configuration names."""
        locations = [each for each in self.feature_locations() if not self.config.exclude(each)]
        self.sources = read_features(locations, self.config.lang, self._fail_fast_parse)
        self.features.extend(self.sources.features)

    def make_formatters(self) -> None:
        """Make the formatters that the configuration names, without those whose output cannot be written."""
        made = []
        for number, name in enumerate(self.config.format):
            outputs = self.config.outputs[number : number + 1]
            path = outputs[0].name if outputs else None
            try:
                formatter = make_formatter(name, path, outputs, self.config)
            except OSError as error:
                self.report_output_error(name, path, error)
            else:
                self.gate.guard(formatter)
                made.append(formatter)
        self.formatters = made

    def attach(self, mime_type: str, data: bytes) -> None:
        """Pass an attachment to the formatters."""
        # Suites also attach text, and what only resembles bytes.
        value: Any = data
        if self.filters and isinstance(value, bytearray | memoryview):
            value = bytes(value)
        self.gate.attach(self.formatters, mime_type, self.filters.value(value))

    def report_output_error(self, name: str, path: str | None, error: OSError) -> None:
        """Note a formatter whose output cannot be written; the runner of a whole run reports it."""

    def report_formatter_error(self, formatter: object, error: Exception) -> None:
        """Note an error of a formatter; the runner of a whole run reports it."""

    def load_hooks(self, filename: str | None = None) -> None:
        """Load environment.py; every hook is guarded from then on."""
        super().load_hooks(filename)
        self.has_begun = "before_all" not in self.hooks
        for name, hook in list(self.hooks.items()):
            if name.startswith(("before_", "after_")) and callable(hook):
                self.hooks[name] = self._guarded(name, hook)

    def begin_spec(self, where: str, timeout: float | None, spec_id: str = "") -> None:
        """Begin the limit of a spec, in seconds."""
        self._cleaning = False
        self.guard.spec, self.guard.spec_id = where, spec_id
        self.guard.spec_since = time.monotonic()
        self.guard.limit(timeout, "spec")

    def end_spec(self) -> None:
        """End all limits of a spec."""
        self._cleaning = False
        self.guard.spec = self.guard.spec_id = ""
        self.guard.limit(None, "")

    def cleaning(self) -> None:
        """Begin the limit of the cleanups, unless it has begun."""
        if not self._cleaning:
            self._cleaning = True
            self.guard.limit(self._limits.cleanup_timeout, "cleanup")

    def should_run_hook(self, hook_name: str) -> bool:
        """Return whether a hook is there and wanted."""
        return hook_name in self.hooks and not (self.config.dry_run or self.guard.skipping)

    def stop_run(self, reason: str) -> None:
        """Take note that the suite stops the run: by `context.abort`, or by a KeyboardInterrupt of its own."""

    def run_hook_with_capture(self, hook_name: str, *args: object, **options: object) -> bool:
        """Run a hook as behave does, and return whether it passed."""
        if not self.should_run_hook(hook_name):
            return True
        if hook_name in CLEANING_HOOKS:
            self.cleaning()
        return bool(super().run_hook_with_capture(hook_name, *args, **options))

    def run_hook(self, hook_name: str, *args: Any) -> bool:
        """Run a hook as behave does, and leave the engine out of the traceback of its failure."""
        if hook_name == "after_step":
            # Sub-steps pass no formatter, which would leave the engine out of their errors.
            tidy_captured(*args)
        if hook_name not in self.hooks:
            return True
        with self._limited(hook_name):
            passed = bool(super().run_hook(hook_name, *args))
        if not passed:
            scopes = (getattr(self.context, name, None) for name in ("scenario", "rule", "feature"))
            elements: tuple[Any, ...] = (*args, *scopes)
            for element in elements:
                if getattr(element, "exc_traceback", None) is not None:
                    element.exc_traceback = unlink_engine(element.exc_traceback)
        return passed

    def hold_result(self, what: str, check: Callable[[], object]) -> None:
        """Take a check on which the result of the running spec depends; `what` names it. Here it runs at once."""
        check()

    def interrupt(self) -> None:
        """Take the first signal: interrupt what may be interrupted, and begin nothing more."""
        self.guard.interrupted = True
        if self.context is not None:
            self.context._set_root_attribute("aborted", True)
        self.guard.interrupt()

    @contextmanager
    def _limited(self, hook_name: str) -> Iterator[None]:
        """Limit a hook outside a spec. The limits of specs and cleanups include their hooks."""
        inside = self.guard.spec or self._cleaning or self._in_hook
        if inside or not self.should_run_hook(hook_name):
            yield
            return
        if hook_name == "after_tag":
            self.cleaning()
            yield
            return
        self._in_hook = True
        self.guard.limit(self._limits.hook_timeout, f"hook {hook_name}")
        try:
            yield
        finally:
            self._in_hook = False
            self.guard.limit(None, "")

    def _guarded(self, name: str, hook: Callable[..., object]) -> Callable[..., object]:
        kind: Kind = "cleanup" if name.startswith("after_") and name != "after_step" else "body"

        def describe() -> tuple[None, str]:
            return None, f"the hook {name}"

        def call(*args: object) -> object:
            self.has_begun = True
            return hook(*args)

        @functools.wraps(hook)
        def guarded(*args: object) -> object:
            return self.guard.call(kind, describe, call if name == "before_all" else hook, *args)

        return guarded


class _GuardedSteps:
    """behave's step registry, whose matches run guarded."""

    def __init__(self, registry: StepRegistry, guard: Guard) -> None:
        self._registry = registry
        self._guard = guard

    def find_match(self, step: Step) -> Match | None:
        """Return the function of a step, guarded."""
        match = self._registry.find_match(step)
        if match is not None:
            match.run = functools.partial(self._run, step, match.run)
        return match

    def __getattr__(self, name: str) -> Any:
        return getattr(self._registry, name)

    def _run(self, step: Step, run: Callable[[Any], Any], context: Any) -> None:
        def describe() -> tuple[int | None, str]:
            scenario = getattr(context, "scenario", None)
            steps = scenario.all_steps if scenario is not None else ()
            number = next((index for index, each in enumerate(steps) if each is step), None)
            return number, f"the step `{step.keyword} {step.name}` ({step.location})"

        try:
            self._guard.call("body", describe, run, context)
        except Exception as error:
            _check_text(error, describe()[1])
            raise


def _check_text(error: Exception, what: str) -> None:
    """Raise another error for one whose text cannot be read, because behave reads it outside of any guard."""
    try:
        text = str(error)
        if error.args == (text,):
            # The error of a sub-step contains the traceback of that.
            error.args = (without_engine(text),)
    except Exception as second:  # anything that an object of the suite's raises
        reason = f"{type(second).__name__}: {plain_text(second)}"
        name = type(error).__name__
        raise SpecBroken(f"{what} raised {name}, whose text cannot be read: {reason}") from None


def _place_of(error: SystemExit) -> str:
    """Return the file and line of the suite that raised an error."""
    frames = frames_of(error.__traceback__)
    return f" at {frames[-1].filename}:{frames[-1].line}" if frames else ""
