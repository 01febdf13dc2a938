"""The values of a source, in their order."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from maidenhair.errors import ApiUnreachable
from maidenhair.waiting import eventually
from maidenhair.waiting.matchers import has_in_order
from maidenhair.waiting.recorder import Recorded
from maidenhair.waiting.sources import Listeners
from tests.unit.matching import description_of, mismatch_of


class Text:
    """A source of a text that tests set."""

    def __init__(self) -> None:
        self._value: str | None = "first"
        self._listeners = Listeners()

    def set(self, value: str | None) -> None:
        self._value = value
        self._listeners.notify()

    def read(self) -> str:
        if self._value is None:
            raise ApiUnreachable("nothing answers")
        return self._value

    def on_change(self, wake: Callable[[], None]) -> AbstractContextManager[None]:
        return self._listeners.on_change(wake)


def test_every_value_is_recorded_while_it_is_entered() -> None:
    text = Text()
    with Recorded(text, len) as lengths:
        for value in ("1", "", "12", "21", "1"):
            text.set(value)
    text.set("too late")

    assert lengths.read() == [5, 1, 0, 2, 1]


def test_a_source_that_is_away_is_passed_over() -> None:
    text = Text()
    with Recorded(text, str) as values:
        text.set(None)
        text.set("second")

    assert values.read() == ["first", "second"]


def test_a_recorder_wakes_its_waits() -> None:
    text = Text()
    with Recorded(text, str) as values, values.on_change(lambda: woken.append(1)):
        woken: list[int] = []
        text.set("first")
        assert woken == []
        text.set("second")
        assert woken == [1]
        assert eventually(values, ["first", "second"], within=60) == ["first", "second"]


@pytest.mark.parametrize("seen", [[1, 2], [0, 1, 1, 2, 3]])
def test_an_order_holds_whatever_else_comes(seen: list[int]) -> None:
    assert has_in_order(1, 2).matches(seen)


@pytest.mark.parametrize(("seen", "missing"), [([2, 1], 2), ([], 1), ([1], 2), ([3, 2], 1)])
def test_the_first_that_is_out_of_order_is_named(seen: list[int], missing: int) -> None:
    assert mismatch_of(has_in_order(1, 2), seen).startswith(f"<{missing}> did not come in ")
    assert description_of(has_in_order(1, 2)) == "in this order: [<1>, <2>]"


def test_a_value_that_is_expected_twice_must_come_twice() -> None:
    assert not has_in_order(1, 1).matches([1])
    assert has_in_order(1, 1).matches([1, 2, 1])
