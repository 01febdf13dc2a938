"""Deferred cleanups."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from maidenhair.engine.execution.cleanups import Cleanups
from maidenhair.errors import CleanupFailed


def failing(error: BaseException) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


def test_the_last_added_runs_first_and_each_once() -> None:
    done: list[str] = []
    cleanups = Cleanups()
    cleanups.add("do a", lambda: done.append("a"))
    cleanups.add("do b", lambda: done.append("b"))

    cleanups.run()
    cleanups.run()

    assert done == ["b", "a"]


def test_a_context_manager_is_left_later() -> None:
    done: list[str] = []

    @contextmanager
    def manager() -> Iterator[str]:
        yield "value"
        done.append("left")

    cleanups = Cleanups()

    assert cleanups.enter("leave it", manager()) == "value"
    assert done == []
    cleanups.run()
    assert done == ["left"]


def test_all_failures_are_reported_together_and_none_keeps_the_others() -> None:
    done: list[str] = []
    cleanups = Cleanups()
    cleanups.add("do a", failing(ValueError("first")))
    cleanups.add("do b", lambda: done.append("b"))
    cleanups.add("do c", failing(OSError("last")))

    with pytest.raises(CleanupFailed) as caught:
        cleanups.run()

    assert done == ["b"]
    assert str(caught.value) == "could not do c: OSError: last; could not do a: ValueError: first"
    assert [type(error) for error in caught.value.exceptions] == [OSError, ValueError]


def test_an_interrupt_is_passed_on_after_the_others() -> None:
    done: list[str] = []
    cleanups = Cleanups()
    cleanups.add("do a", lambda: done.append("a"))
    cleanups.add("do b", failing(OSError("first")))
    cleanups.add("do c", failing(KeyboardInterrupt()))

    with pytest.raises(KeyboardInterrupt) as caught:
        cleanups.run()

    assert done == ["a"]
    assert (
        str(caught.value.__cause__)
        == "could not do c: KeyboardInterrupt: ; could not do b: OSError: first"
    )


def test_what_a_cleanup_adds_runs_too() -> None:
    done: list[str] = []
    cleanups = Cleanups()
    cleanups.add("do a", lambda: cleanups.add("do b", lambda: done.append("b")))

    cleanups.run()

    assert done == ["b"]


def test_what_is_suspended_never_runs() -> None:
    done: list[str] = []

    @contextmanager
    def manager() -> Iterator[None]:
        yield
        done.append("left")

    cleanups = Cleanups()
    cleanups.enter("leave it", manager())
    cleanups.suspend()
    cleanups.add("do a", lambda: done.append("a"))
    gc.collect()

    cleanups.run()

    assert done == ["a"]


def test_each_cleanup_is_called_as_the_owner_wants() -> None:
    done: list[str] = []

    def call(undo: Callable[[], object]) -> None:
        done.append("before")
        undo()

    cleanups = Cleanups(call)
    cleanups.add("do a", lambda: done.append("a"))
    cleanups.add("do b", lambda: done.append("b"))

    cleanups.run()

    assert done == ["before", "b", "before", "a"]
