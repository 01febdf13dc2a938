"""How the operator stand-in hands out its work."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from skytorch_operator import dispatcher
from skytorch_operator.dispatcher import Dispatcher

SOON = 5.0


class Work:
    """Counts calls by key; each waits for its gate, and fails as often as it is told."""

    def __init__(self, failures: int = 0) -> None:
        self.calls: list[str] = []
        self.under_way = 0
        self.most_under_way = 0
        self.failures = failures
        self.gate = asyncio.Event()
        self.gate.set()
        self.changed = asyncio.Condition()

    async def __call__(self, key: str) -> None:
        self.calls.append(key)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            await self._tell()
            await self.gate.wait()
        finally:
            self.under_way -= 1
            await self._tell()
        if self.failures:
            self.failures -= 1
            raise RuntimeError("not now")

    async def until(self, holds: Callable[[], bool]) -> None:
        async with self.changed:
            await asyncio.wait_for(self.changed.wait_for(holds), SOON)

    async def _tell(self) -> None:
        async with self.changed:
            self.changed.notify_all()


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        await asyncio.wait_for(scenario(), SOON)

    asyncio.run(bounded())


def test_requests_during_a_call_lead_to_one_more_call() -> None:
    async def scenario() -> None:
        work = Work()
        work.gate.clear()
        hand_out = Dispatcher(work)
        hand_out.request("a")
        await work.until(lambda: work.under_way == 1)
        for _ in range(5):
            hand_out.request("a")
        work.gate.set()
        await work.until(lambda: len(work.calls) == 2 and work.under_way == 0)
        hand_out.request("b")
        await work.until(lambda: "b" in work.calls)
        assert work.calls == ["a", "a", "b"]
        assert work.most_under_way == 1
        await hand_out.stop()

    run(scenario)


def test_different_keys_are_worked_on_side_by_side_up_to_a_limit() -> None:
    async def scenario() -> None:
        work = Work()
        work.gate.clear()
        hand_out = Dispatcher(work, at_once=2)
        for key in "abc":
            hand_out.request(key)
        await work.until(lambda: work.under_way == 2)
        work.gate.set()
        await work.until(lambda: len(work.calls) == 3 and work.under_way == 0)
        assert work.most_under_way == 2
        await hand_out.stop()

    run(scenario)


def test_a_failure_is_repeated_until_it_succeeds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatcher, "FIRST_DELAY", 0.001)

    async def scenario() -> None:
        work = Work(failures=3)
        hand_out = Dispatcher(work)
        hand_out.request("a")
        await work.until(lambda: len(work.calls) == 4 and work.under_way == 0)
        assert work.failures == 0
        assert hand_out.running
        await hand_out.stop()

    run(scenario)


def test_a_request_cuts_the_pause_after_a_failure_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatcher, "FIRST_DELAY", 10 * SOON)
    monkeypatch.setattr(dispatcher, "LONGEST_DELAY", 10 * SOON)

    async def scenario() -> None:
        work = Work(failures=1)
        hand_out = Dispatcher(work)
        hand_out.request("a")
        await work.until(lambda: len(work.calls) == 1 and work.under_way == 0)
        hand_out.request("a")
        await work.until(lambda: len(work.calls) == 2)
        await hand_out.stop()

    run(scenario)


def test_stopping_abandons_what_is_under_way_and_takes_nothing_more() -> None:
    async def scenario() -> None:
        work = Work()
        work.gate.clear()
        hand_out = Dispatcher(work)
        hand_out.request("a")
        await work.until(lambda: work.under_way == 1)
        await hand_out.stop()
        hand_out.request("b")
        await asyncio.sleep(0)
        assert work.under_way == 0
        assert work.calls == ["a"]
        assert not hand_out.running

    run(scenario)
