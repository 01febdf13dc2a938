"""Tracebacks: copies that travel between processes, and the engine's frames that users do not see."""

from __future__ import annotations

import pickle
import traceback
from collections.abc import Callable
from types import TracebackType

import pytest

from maidenhair.engine.capture.tracebacks import (
    frames_of,
    linked,
    unlink_engine,
    without_engine,
)
from maidenhair.engine.limits import time_limits


def traceback_of(function: Callable[[], object]) -> TracebackType:
    with pytest.raises(Exception) as caught:
        function()
    return caught.tb


def divide(number: int) -> float:
    return number + 1 / number


def recurse(depth: int) -> float:
    return recurse(depth - 1) if depth else divide(0)


def through_engine(depth: int) -> float:
    return call_by_engine(lambda: through_engine(depth - 1)) if depth else divide(0)


def call_by_engine(function: Callable[[], float]) -> float:
    guard = time_limits.Guard(on_overdue=print, grace=1.0)
    found: float = guard.call("body", lambda: (None, "a test"), function)
    return found


@pytest.mark.parametrize("depth", [0, 300])
def test_a_copy_is_formatted_like_the_original_wherever_it_goes(depth: int) -> None:
    original = traceback_of(lambda: recurse(depth))
    copy = linked(pickle.loads(pickle.dumps(frames_of(original))))
    again = linked(frames_of(copy))

    text = traceback.format_tb(original)
    assert "return number + 1 / number" in text[-1]
    assert traceback.format_tb(copy) == text
    assert traceback.format_tb(again) == text


def test_nothing_is_the_copy_of_nothing() -> None:
    assert linked(frames_of(None)) is None
    assert unlink_engine(None) is None


def test_the_engine_is_left_out_of_tracebacks_and_of_their_texts() -> None:
    original = traceback_of(lambda: through_engine(2))
    text = "".join(traceback.format_tb(original))
    assert "time_limits.py" in text

    unlinked = "".join(traceback.format_tb(unlink_engine(original)))
    assert unlinked == without_engine(text)
    assert "time_limits.py" not in unlinked
    assert unlinked.count("in through_engine") == 3


def test_the_engine_is_left_out_of_the_text_of_an_exception_group() -> None:
    def fail() -> None:
        raise ExceptionGroup("two", [caught(lambda: through_engine(1)), ValueError("plain")])

    text = "".join(traceback.format_exception(caught(lambda: call_by_engine(fail))))
    assert text.count("time_limits.py") > 1

    tidy = without_engine(text)
    assert "time_limits.py" not in tidy
    assert "    | ZeroDivisionError: division by zero" in tidy
    assert tidy.count("in through_engine") == text.count("in through_engine")


def caught(function: Callable[[], object]) -> Exception:
    with pytest.raises(Exception) as info:
        function()
    return info.value
