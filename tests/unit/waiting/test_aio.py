"""`eventually` and `consistently` in asynchronous code."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest
from hamcrest import greater_than

from maidenhair.errors import ApiUnreachable, WaitBroken, WaitStopped, WaitTimedOut
from maidenhair.waiting.aio import consistently, eventually
from tests.unit.kube.watch.remembered import Remembered


def counting() -> Callable[[], int]:
    numbers = iter(range(1_000_000))
    return lambda: next(numbers)


def test_a_function_and_a_coroutine_are_polled_until_they_match() -> None:
    async def scenario() -> None:
        count = counting()

        async def read() -> int:
            return count()

        assert await eventually(read, 3, within=60, poll_every=0.001) == 3
        assert await eventually(count, greater_than(5), within=60, poll_every=0.001) == 6

    asyncio.run(scenario())


def test_a_change_in_another_thread_wakes_the_wait_and_other_tasks_go_on_meanwhile() -> None:
    async def scenario() -> None:
        source = Remembered(0)
        waiting = asyncio.create_task(eventually(source, 2, within=60))
        # Only where the wait lets others go on does this get to run.
        await source.has_listeners(1)
        for value in (1, 2):
            thread = threading.Thread(target=source.change, args=(value,))
            thread.start()
            thread.join()
        assert await waiting == 2
        assert source.listeners._wakes == []

    asyncio.run(scenario())


def test_many_wait_at_once() -> None:
    async def scenario() -> None:
        source = Remembered(0)
        waits = [asyncio.create_task(eventually(source, 1, within=60)) for _ in range(100)]
        await source.has_listeners(100)
        threading.Thread(target=source.change, args=(1,)).start()
        assert await asyncio.gather(*waits) == [1] * 100

    asyncio.run(scenario())


def test_the_text_of_a_time_out_has_the_last_value() -> None:
    async def unreachable() -> int:
        raise ApiUnreachable("nobody is there")

    async def scenario() -> None:
        with pytest.raises(WaitTimedOut, match="ApiUnreachable: nobody is there"):
            await eventually(unreachable, 1, within=0.01, described_as="the one")

    asyncio.run(scenario())


def test_a_stop_condition_and_a_broken_promise_end_it() -> None:
    async def scenario() -> None:
        with pytest.raises(WaitStopped, match="Reason: no hope"):
            await eventually(counting(), -1, within=60, stop_when=[lambda: "no hope"])
        with pytest.raises(WaitBroken, match="Did not hold"):
            await consistently(counting(), 0, during=60, poll_every=0.001)
        assert await consistently(lambda: 4, 4, during=0.01, poll_every=0.001) == 4

    asyncio.run(scenario())


def test_a_cancelled_wait_leaves_no_listener_behind() -> None:
    async def scenario() -> None:
        source = Remembered(0)
        waiting = asyncio.create_task(eventually(source, 1, within=60))
        await source.has_listeners(1)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert source.listeners._wakes == []

    asyncio.run(scenario())
