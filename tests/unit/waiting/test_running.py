"""The registry of running waits: which of them it describes, and which it does not see."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable

from hamcrest import none, not_none, starts_with

from maidenhair.waiting import aio, eventually
from maidenhair.waiting.running import RunningWaits
from tests.unit.kube.watch.remembered import Remembered


def in_thread(waits: RunningWaits, body: Callable[[], object]) -> threading.Thread:
    """Start a thread whose waits are watched."""

    def watched() -> None:
        with waits.watched():
            body()

    thread = threading.Thread(target=watched)
    thread.start()
    return thread


def test_a_wait_of_the_watched_thread_is_described_until_it_ends() -> None:
    waits, source = RunningWaits(), Remembered(0)
    thread = in_thread(waits, lambda: eventually(source, 1, within=60, described_as="the one"))

    message = eventually(waits.message, starts_with("the one, for "), within=60)
    assert message is not None
    assert message.endswith("; last seen: was <0>")
    source.change(1)
    thread.join(60)
    assert waits.message() is None


def test_of_nested_waits_the_innermost_is_described() -> None:
    waits, source = RunningWaits(), Remembered(0)
    seen: list[str | None] = []

    def read() -> int:
        eventually(source, 1, within=60, described_as="the inner one")
        seen.append(waits.message())
        return 1

    thread = in_thread(waits, lambda: eventually(read, 1, within=60, described_as="the outer one"))
    eventually(waits.message, starts_with("the inner one, for "), within=60)
    source.change(1)
    thread.join(60)

    assert [str(message).partition(",")[0] for message in seen] == ["the outer one"]


def test_a_wait_in_an_asynchronous_task_is_described() -> None:
    waits, source = RunningWaits(), Remembered(0)

    async def scenario() -> None:
        await asyncio.gather(aio.eventually(source, 1, within=60, described_as="the one"))

    thread = in_thread(waits, lambda: asyncio.run(scenario()))
    eventually(waits.message, starts_with("the one, for "), within=60)
    source.change(1)
    thread.join(60)
    assert waits.message() is None


def test_waits_of_other_threads_and_of_the_time_after_are_not_described() -> None:
    waits, source = RunningWaits(), Remembered(0)
    with waits.watched():
        thread = threading.Thread(target=lambda: eventually(source, 1, within=60))
        thread.start()
        source.was_read.wait(60)
        assert waits.message() is None
        eventually(waits.message, not_none(), within=60)
    eventually(waits.message, none(), within=60)
    source.change(1)
    thread.join(60)


def test_watching_waits_loads_no_third_party_package() -> None:
    check = "import sys; import maidenhair.waiting.running; assert 'hamcrest' not in sys.modules, 'slow'"
    subprocess.run([sys.executable, "-c", check], check=True)
