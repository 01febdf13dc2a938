"""Stands between behave's calls and the formatters: a formatter that fails ends no run, and calls can be held back."""

from __future__ import annotations

import base64
import os
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any

from behave.formatter._registry import select_formatter_class
from behave.formatter.base import StreamOpener
from behave.formatter.json import JSONFormatter

from maidenhair.engine.capture.outcomes import filter_element
from maidenhair.engine.capture.text_filters import TextFilters
from maidenhair.engine.capture.tracebacks import unlink_engine, without_engine
from maidenhair.engine.execution.context import embed
from maidenhair.engine.execution.step_events import StepEvents
from maidenhair.engine.model import Config, Formatter, Output, Step
from maidenhair.engine.output.pretty import make_steady

PROTOCOL = (
    "uri",
    "feature",
    "rule",
    "rule_finished",
    "background",
    "scenario",
    "step",
    "match",
    "result",
    "eof",
    "close",
)
"""The methods that behave calls."""


class FormatterGate:
    """Takes the calls of formatters.

    Args:
        on_error: called with a formatter and its error.
        filters: filters the texts of steps.
    """

    def __init__(self, on_error: Callable[[object, Exception], None], filters: TextFilters) -> None:
        self._on_error = on_error
        self._filters = filters
        self._filtered: Step | None = None
        self._held: list[Callable[[], object]] | None = None

    def guard(self, formatter: Formatter) -> None:
        """Have the calls of a formatter go through the gate. It stays the same object."""
        for name in PROTOCOL:
            method = getattr(formatter, name, None)
            if method is not None:
                setattr(formatter, name, self._guarded(formatter, method, name == "result"))

    def hold(self) -> None:
        """Hold back all calls from now on, and forget those that were held back."""
        self._held = []

    def release(self) -> None:
        """Make the calls that were held back."""
        held, self._held = self._held or [], None
        for call in held:
            call()

    def filter(self, step: Step) -> None:
        """Filter a step that ended, once for all formatters."""
        if step is not self._filtered:
            self._filtered = step
            filter_element(step, self._filters)

    def attach(self, formatters: Sequence[Formatter], mime_type: str, data: bytes) -> None:
        """Pass an attachment to formatters.

        Raises:
            TypeError: a formatter cannot take the data.
        """
        if self._held is None:
            for formatter in formatters:
                embed(formatter, mime_type, data)
            return
        if any(isinstance(each, JSONFormatter) for each in formatters):
            # It would raise this error later, where the step cannot take it.
            base64.b64encode(data)
        for formatter in formatters:
            if isinstance(formatter, StepEvents):
                # Run events have every attempt.
                formatter.embedding(mime_type, data)
            else:
                self._held.append(self._embedding(formatter, mime_type, data))

    def _embedding(self, formatter: Formatter, mime_type: str, data: bytes) -> Callable[[], None]:
        def call() -> None:
            try:
                embed(formatter, mime_type, data)
            except Exception as error:  # the formatters are not ours
                self._on_error(formatter, error)

        return call

    def _guarded(
        self, formatter: Formatter, method: Callable[..., Any], is_result: bool
    ) -> Callable[..., None]:
        @wraps(method)
        def guarded(*arguments: Any) -> None:
            if self._held is not None:
                self._held.append(lambda: guarded(*arguments))
                return
            if is_result:
                tidy(arguments[0])
                self.filter(arguments[0])
            else:
                # The same step can run again.
                self._filtered = None
            try:
                method(*arguments)
            except BrokenPipeError:
                # Nobody reads the output any more.
                raise
            except Exception as error:  # the formatters are not ours
                self._on_error(formatter, error)

        return guarded


def make_formatter(
    name: str, path: str | None, outputs: Sequence[Output], config: Config
) -> Formatter:
    """Make a formatter.

    Args:
        name: its name in behave's configuration.
        path: the file or folder that it writes; None for standard output.
        outputs: the opener of that, or nothing for standard output.
        config: behave's configuration.

    Raises:
        OSError: the output cannot be written.
    """
    if path:
        check_writable(Path(path))
    opener = outputs[0] if outputs else StreamOpener(stream=sys.stdout)
    formatter: Formatter = select_formatter_class(name)(opener, config)
    make_steady(formatter)
    return formatter


def check_writable(path: Path) -> None:
    """Check whether a file or folder can be written. Folders that are missing are made later.

    Raises:
        OSError: it cannot.
    """
    place = path.absolute()
    while not place.exists() and place != place.parent:
        place = place.parent
    if place != path.absolute() and not place.is_dir():
        raise NotADirectoryError(f"{place} is no folder")
    if not os.access(place, os.W_OK):
        raise PermissionError(f"{place} is not writable")


def tidy_captured(step: Step) -> None:
    """Leave the engine out of the traceback and the captured output of a step that ended."""
    if step.exception is not None:
        step.exc_traceback = unlink_engine(step.exc_traceback)
        for captured in step.captured.captures:
            captured.stderr = without_engine(captured.stderr)


def tidy(step: Step) -> None:
    """Leave the engine out of the error of a step that ended."""
    if step.error_message:
        step.error_message = without_engine(step.error_message)
        step.exc_traceback = unlink_engine(step.exc_traceback)
