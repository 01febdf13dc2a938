"""The operator stand-in's calls for keys: one at a time, repeated after failures."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from skytorch_operator import dispatcher
from skytorch_operator.dispatcher import Dispatcher

SOON = 5.0


class Work:
    """Records calls by key. Each waits until the gate is open, and the first `failures` calls fail."""

    def __init__(self, failures: int = 0) -> None:
        self.calls: list[str] = []
        self.running = 0
        self.most_running = 0
        self.failures = failures
        self.gate = asyncio.Event()
        self.gate.set()
        self.changed = asyncio.Condition()

    async def __call__(self, key: str) -> None:
        self.calls.append(key)
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            await self._notify()
            await self.gate.wait()
        finally:
            self.running -= 1
            await self._notify()
        if self.failures:
            self.failures -= 1
            raise RuntimeError("not now")

    async def until(self, holds: Callable[[], bool]) -> None:
        async with self.changed:
            await asyncio.wait_for(self.changed.wait_for(holds), SOON)

    async def _notify(self) -> None:
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
        await work.until(lambda: work.running == 1)
        for _ in range(5):
            hand_out.request("a")
        work.gate.set()
        await work.until(lambda: len(work.calls) == 2 and work.running == 0)
        hand_out.request("b")
        await work.until(lambda: "b" in work.calls)
        assert work.calls == ["a", "a", "b"]
        assert work.most_running == 1
        await hand_out.stop()

    run(scenario)


def test_calls_for_different_keys_run_at_the_same_time_up_to_a_limit() -> None:
    async def scenario() -> None:
        work = Work()
        work.gate.clear()
        hand_out = Dispatcher(work, concurrency=2)
        for key in "abc":
            hand_out.request(key)
        await work.until(lambda: work.running == 2)
        work.gate.set()
        await work.until(lambda: len(work.calls) == 3 and work.running == 0)
        assert work.most_running == 2
        await hand_out.stop()

    run(scenario)


def test_a_failure_is_repeated_until_it_succeeds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatcher, "FIRST_DELAY", 0.001)

    async def scenario() -> None:
        work = Work(failures=3)
        hand_out = Dispatcher(work)
        hand_out.request("a")
        await work.until(lambda: len(work.calls) == 4 and work.running == 0)
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
        await work.until(lambda: len(work.calls) == 1 and work.running == 0)
        hand_out.request("a")
        await work.until(lambda: len(work.calls) == 2)
        await hand_out.stop()

    run(scenario)


def test_stopping_cancels_running_calls_and_ignores_requests() -> None:
    async def scenario() -> None:
        work = Work()
        work.gate.clear()
        hand_out = Dispatcher(work)
        hand_out.request("a")
        await work.until(lambda: work.running == 1)
        await hand_out.stop()
        hand_out.request("b")
        await asyncio.sleep(0)
        assert work.running == 0
        assert work.calls == ["a"]
        assert not hand_out.running

    run(scenario)
