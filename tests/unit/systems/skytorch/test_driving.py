"""Waiting with the SDK while the cluster is watched."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from maidenhair.errors import WaitStopped
from maidenhair.systems.skytorch.api.compute import ComputeView
from maidenhair.systems.skytorch.sdk.drivers import await_ready
from maidenhair.systems.skytorch.sdk.session import SdkSession
from maidenhair.waiting import StopCondition, eventually
from tests.conftest import imported

imported("skytorch.client")
KUBECONFIG = """
apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}]
contexts: [{name: c, context: {cluster: c, user: u}}]
users: [{name: u, user: {token: t}}]
current-context: c
"""


class FakeView:
    """A Compute that becomes ready, is hopeless (once the SDK waits), or neither."""

    def __init__(
        self, *, ready: bool = False, cause: str | None = None, after: threading.Event | None = None
    ) -> None:
        self._ready = ready
        self._cause = cause
        self._after = after

    def hopeless(self) -> StopCondition:
        return lambda: self._cause if self._after is None or self._after.is_set() else None

    def wait_until_ready(self, stop_when: Iterable[StopCondition]) -> None:
        eventually(lambda: self._ready, True, within=60, stop_when=[self.hopeless(), *stop_when])


@pytest.fixture
def sdk(tmp_path: Path) -> Iterator[SdkSession]:
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(KUBECONFIG)
    with SdkSession(kubeconfig, None, "mine") as session:
        yield session


def await_fakes(sdk: SdkSession, coroutine: Any, *views: FakeView) -> None:
    await_ready(sdk, "waiting", coroutine, cast("list[ComputeView]", list(views)))


class Endless:
    """A wait of the SDK that nothing ends, apart from a cancellation."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.cancelled = threading.Event()

    async def wait(self) -> None:
        self.begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise


def test_it_ends_when_the_sdk_and_the_cluster_agree(sdk: SdkSession) -> None:
    seen: list[str] = []

    async def ready() -> None:
        seen.append("ready")

    await_fakes(sdk, ready(), FakeView(ready=True), FakeView(ready=True))

    assert seen == ["ready"]


def test_a_hopeless_compute_ends_the_sdks_wait_with_the_cause(sdk: SdkSession) -> None:
    endless = Endless()

    hopeless = FakeView(cause="the image cannot be pulled", after=endless.begun)

    with pytest.raises(WaitStopped, match="cannot be pulled"):
        await_fakes(sdk, endless.wait(), hopeless)

    assert endless.cancelled.wait(10)


def test_one_hopeless_compute_of_several_is_enough(sdk: SdkSession) -> None:
    endless = Endless()

    hopeless = FakeView(cause="the image cannot be pulled", after=endless.begun)

    with pytest.raises(WaitStopped, match="cannot be pulled"):
        await_fakes(sdk, endless.wait(), FakeView(), hopeless)

    assert endless.cancelled.wait(10)


def test_an_error_of_the_sdk_is_passed_on_at_once(sdk: SdkSession) -> None:
    async def give_up() -> None:
        raise TimeoutError("did not become ready within 60 seconds")

    with pytest.raises(TimeoutError, match="did not become ready"):
        await_fakes(sdk, give_up(), FakeView())
