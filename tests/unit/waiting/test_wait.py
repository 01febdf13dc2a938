"""`eventually` and `consistently`: when they end, and what they say."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from hamcrest import equal_to, greater_than, not_none
from hamcrest.core.matcher import Matcher

from maidenhair.errors import ApiUnreachable, WaitBroken, WaitStopped, WaitTimedOut
from maidenhair.waiting import consistently, eventually
from maidenhair.waiting.looks import note_look
from maidenhair.waiting.sources import Listeners
from tests.unit.kube.watch.remembered import Remembered


class Signal:
    """A stop condition that wakes the wait."""

    def __init__(self) -> None:
        self.reason: str | None = None
        self.listening = threading.Event()
        self._listeners = Listeners()

    def __call__(self) -> str | None:
        return self.reason

    @contextmanager
    def on_change(self, wake: Callable[[], None]) -> Iterator[None]:
        with self._listeners.on_change(wake):
            self.listening.set()
            yield

    def give(self, reason: str) -> None:
        self.reason = reason
        self._listeners.notify()


def without_times(error: BaseException) -> str:
    """Return an error's text with T for times, which no test may depend on."""
    return re.sub(r" *\d+\.\d+ s", " T s", str(error))


def in_background(act: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    return thread


def test_a_value_that_matches_at_once_is_returned_after_one_read() -> None:
    source = Remembered("ready")
    assert eventually(source, "ready", within=60) == "ready"
    assert source.reads == 1


def test_a_plain_function_is_polled_until_it_matches() -> None:
    values = iter([1, 2, 3, 4])
    assert eventually(lambda: next(values), greater_than(2), within=60, poll_every=0.001) == 3


def test_a_source_wakes_the_wait_when_it_changes() -> None:
    source = Remembered("starting")

    def change() -> None:
        source.was_read.wait(30)
        source.change("ready")

    thread = in_background(change)
    # Were it polled, or left alone until the time is up, it would be read more often or never.
    assert eventually(source, "ready", within=3600) == "ready"
    assert source.reads == 2
    thread.join()


def test_a_change_during_a_look_is_not_lost() -> None:
    source = Remembered("starting")
    read = source.read

    def read_and_change_behind() -> object:
        value = read()
        if source.reads == 1:
            source.change("ready")
        return value

    source.read = read_and_change_behind  # type: ignore[method-assign]
    assert eventually(source, "ready", within=3600) == "ready"


def test_the_text_of_a_time_out() -> None:
    values = iter(["red", "red", "yellow"])
    with pytest.raises(WaitTimedOut) as caught:
        eventually(
            lambda: next(values, "yellow"),
            equal_to("green"),
            within=0.1,
            described_as="the light to be green",
            explain=lambda: "the lamp is broken",
            poll_every=0.001,
        )
    assert without_times(caught.value) == (
        "Timed out after T s waiting for the light to be green\n"
        "Expected: 'green'\n"
        "     but: was 'yellow'\n"
        "How it got there:\n"
        "  at T s: was 'red'\n"
        "  at T s: was 'yellow'\n"
        "Likely cause: the lamp is broken"
    )


def test_a_time_out_counts_as_a_failed_assertion() -> None:
    with pytest.raises(AssertionError):
        eventually(lambda: 1, 2, within=0.0)


def test_the_matcher_describes_a_wait_without_a_description() -> None:
    with pytest.raises(WaitTimedOut, match=r"waiting for not None\n +but: was"):
        eventually(lambda: None, not_none(), within=0.0)


class Lamp(Remembered):
    """A source with a name."""

    def describe(self) -> str:
        return "Lamp hall/left"


@pytest.mark.parametrize(
    ("described_as", "headline"),
    [
        ("", "Lamp hall/left\nExpected: 'on'\n"),
        ("Lamp hall/left to be on", "Lamp hall/left to be on\nExpected: 'on'\n"),
        ("the light to be on", "the light to be on (Lamp hall/left)\nExpected: 'on'\n"),
        ("Lamp hall/left to be 'on'", "Lamp hall/left to be 'on'\n     but:"),
    ],
)
def test_a_wait_names_its_source_and_says_its_expectation_once(
    described_as: str, headline: str
) -> None:
    with pytest.raises(WaitTimedOut) as caught:
        eventually(Lamp("off"), "on", within=0.0, described_as=described_as)
    assert str(caught.value).partition("waiting for ")[2].startswith(headline)


def test_a_wait_names_what_its_function_looks_at() -> None:
    looks = iter(["get Pod n/a", "get Pod n/a"])

    def look() -> None:
        note_look(next(looks))
        note_look(next(looks))
        note_look("list Pod n")

    def look_at_many() -> None:
        for each in looks:
            note_look(each)

    with pytest.raises(WaitTimedOut, match=r"waiting for not None \(get Pod n/a, list Pod n\)\n"):
        eventually(look, not_none(), within=0.0)
    looks = iter(f"get Pod n/{number}" for number in range(9))
    with pytest.raises(WaitTimedOut, match=r"for Pod n/3 \(get Pod n/0, .*1, .*2, and 5 more\)\n"):
        eventually(look_at_many, not_none(), within=0.0, described_as="Pod n/3")
    # Outside a wait nobody asks.
    note_look("get Pod n/b")


def test_the_error_says_how_long_a_value_matched_before_it_changed() -> None:
    values = iter(["up", "down"])
    with pytest.raises(WaitTimedOut) as caught:
        eventually(lambda: next(values, "down"), "up", within=0.1, lasting=60, poll_every=0.001)
    text = without_times(caught.value)
    assert "It did hold at T s for T s\n" in text
    assert "  at T s: was 'up' (it held)\n  at T s: was 'down'" in text


def test_lasting_needs_an_unbroken_time() -> None:
    values = iter(["up", "down"])
    with_break: list[str] = []

    def look() -> str:
        with_break.append(next(values, "up"))
        return with_break[-1]

    assert eventually(look, "up", within=60, lasting=0.02, poll_every=0.001) == "up"
    assert with_break[:3] == ["up", "down", "up"]
    assert len(with_break) > 3


def test_of_many_changes_the_earliest_and_the_latest_are_reported() -> None:
    values = iter(range(1, 1000))
    with pytest.raises(WaitTimedOut) as caught:
        eventually(lambda: min(next(values), 30), 0, within=0.5, poll_every=0.001)
    numbers = re.findall(r"was <(\d+)>", str(caught.value).partition("How it got there:")[2])
    assert numbers == [str(number) for number in [1, 2, 3, 4, *range(19, 31)]]
    assert "… 14 changes left out …" in str(caught.value)


def test_a_huge_value_is_shortened_and_the_text_says_by_how_much() -> None:
    with pytest.raises(WaitTimedOut) as caught:
        eventually(lambda: "x" * 100_000, "y", within=0.0)
    text = str(caught.value)
    assert len(text) < 3000
    last, history = text.partition("How it got there:")[::2]
    assert " … 98,006 characters left out … " in last
    assert " … 99,406 characters left out … " in history


def test_a_change_in_the_part_that_is_left_out_counts() -> None:
    values = iter(["a" * 1000 + "b" + "a" * 1000, "a" * 1000 + "c" + "a" * 1000])
    with pytest.raises(WaitTimedOut) as caught:
        eventually(lambda: next(values, "end"), "y", within=0.1, poll_every=0.001)
    assert len(re.findall(r"at +\d.*was", str(caught.value))) == 3


def test_errors_of_ours_mean_not_yet_and_are_reported() -> None:
    def away() -> str:
        raise ApiUnreachable("nothing answers")

    with pytest.raises(WaitTimedOut, match="but: ApiUnreachable: nothing answers"):
        eventually(away, "ready", within=0.0)


def test_other_errors_end_the_wait_as_they_are() -> None:
    def wrong() -> str:
        raise KeyError("no such field")

    with pytest.raises(KeyError, match="no such field"):
        eventually(wrong, "ready", within=3600)


def test_a_cause_that_cannot_be_had_does_not_hide_the_failure() -> None:
    def explain() -> str:
        raise ApiUnreachable("nothing answers")

    with pytest.raises(WaitTimedOut, match="cause could not be found out: nothing answers"):
        eventually(lambda: 1, 2, within=0.0, explain=explain)


def test_a_stop_condition_ends_the_wait_with_its_reason() -> None:
    source, signal = Remembered("starting"), Signal()

    def give_up() -> None:
        signal.listening.wait(30)
        source.was_read.wait(30)
        signal.give("the image does not exist")

    thread = in_background(give_up)
    with pytest.raises(WaitStopped) as caught:
        eventually(source, "ready", within=3600, stop_when=[signal], described_as="it to be ready")
    thread.join()
    assert without_times(caught.value) == (
        "Stopped after T s waiting for it to be ready\n"
        "Expected: 'ready'\n"
        "     but: was 'starting'\n"
        "How it got there:\n"
        "  at T s: was 'starting'\n"
        "Reason: the image does not exist"
    )


def test_a_value_that_matches_is_not_stopped() -> None:
    assert eventually(lambda: 1, 1, within=60, stop_when=[lambda: "hopeless"]) == 1


def test_a_stop_condition_that_does_not_apply_is_not_called() -> None:
    class Hopeless:
        def __call__(self) -> str:
            return "hopeless"

        def applies_to(self, matcher: Matcher[object]) -> bool:
            return "on" in str(matcher)

    with pytest.raises(WaitTimedOut):
        eventually(lambda: "off", "failed", within=0.0, stop_when=[Hopeless()])
    with pytest.raises(WaitStopped, match="Reason: hopeless"):
        eventually(lambda: "off", "on", within=0.0, stop_when=[Hopeless()])


def test_consistently_looks_until_its_time_is_over() -> None:
    looks: list[int] = []

    def look() -> int:
        looks.append(1)
        return 1

    assert consistently(look, 1, during=0.05, poll_every=0.001) == 1
    assert len(looks) > 2


def test_consistently_fails_at_the_first_look_that_does_not_match() -> None:
    source = Remembered("suspended")

    def change() -> None:
        source.was_read.wait(30)
        source.change("running")

    thread = in_background(change)
    with pytest.raises(WaitBroken) as caught:
        consistently(source, "suspended", during=3600, described_as="it to stay suspended")
    thread.join()
    assert without_times(caught.value) == (
        "Did not hold for T s, failed after T s: it to stay suspended\n"
        "Expected: 'suspended'\n"
        "     but: was 'running'\n"
        "It did hold at T s for T s\n"
        "How it got there:\n"
        "  at T s: was 'suspended' (it held)\n"
        "  at T s: was 'running'"
    )


def test_a_wait_leaves_no_listener_behind() -> None:
    source = Remembered(1)
    eventually(source, 1, within=60)
    assert source.listeners._wakes == []
