"""The driver of SkyTorch's SDK, with the SDK's own `init` and Computes that are made up."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client as kubernetes
from kubernetes.config import ConfigException

from maidenhair.errors import WaitTimedOut
from maidenhair.systems.skytorch.sdk.session import SdkSession
from tests.conftest import imported

skytorch_client = imported("skytorch.client")

KUBECONFIG = """
apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}]
contexts: [{name: c, context: {cluster: c, user: u, namespace: other}}]
users: [{name: u, user: {token: t}}]
current-context: c
"""
IN_USE: contextvars.ContextVar[str] = contextvars.ContextVar("in_use")


class FakeCompute:
    """Keeps what is done to it, as the SDK's Compute keeps its resource until it is deleted."""

    made: list[FakeCompute]

    def __init__(self, name: str, **options: Any) -> None:
        self.name = name
        self.options = options
        self.loop = asyncio.get_running_loop()
        self.resource: object | None = object()
        self.fails = False
        FakeCompute.made.append(self)

    async def delete(self) -> None:
        if self.fails:
            raise RuntimeError(f"{self.name} stays")
        self.resource = None


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Path:
    path = tmp_path / "kubeconfig"
    path.write_text(KUBECONFIG)
    return path


@pytest.fixture
def session(kubeconfig: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SdkSession]:
    FakeCompute.made = []
    monkeypatch.setattr(skytorch_client, "Compute", FakeCompute)
    with SdkSession(kubeconfig, "c", "mine") as session:
        yield session


def test_the_sdk_uses_the_cluster_and_namespace_of_the_session(session: SdkSession) -> None:
    assert session.default_namespace == "mine"
    assert kubernetes.Configuration.get_default_copy().host == "https://127.0.0.1:1"


def test_a_second_initialisation_is_refused(session: SdkSession) -> None:
    with pytest.raises(RuntimeError, match="Kubernetes client is already initialized"):
        session.init()


def test_every_session_starts_afresh(kubeconfig: Path) -> None:
    for namespace in ("first", "second"):
        with SdkSession(kubeconfig, None, namespace) as session:
            assert session.default_namespace == namespace
        assert kubernetes.Configuration._default is None


def test_a_session_that_cannot_begin_leaves_no_thread(tmp_path: Path) -> None:
    before = threading.active_count()

    with pytest.raises(ConfigException):
        SdkSession(tmp_path / "no such kubeconfig", None, "mine").__enter__()

    assert threading.active_count() == before


def test_a_compute_is_made_on_the_loop_with_its_options(session: SdkSession) -> None:
    compute = session.compute("trainer", image="server:1")

    assert compute.options == {"image": "server:1"}
    assert compute.loop.is_running()


def test_all_coroutines_share_one_context(session: SdkSession) -> None:
    async def enter() -> contextvars.Token[str]:
        return IN_USE.set("trainer")

    async def leave(token: contextvars.Token[str]) -> str:
        seen = IN_USE.get()
        IN_USE.reset(token)
        return seen

    token = session.run("entering", enter())

    assert session.run("leaving", leave(token)) == "trainer"


def test_what_a_spec_left_is_deleted(kubeconfig: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    FakeCompute.made = []
    monkeypatch.setattr(skytorch_client, "Compute", FakeCompute)

    with SdkSession(kubeconfig, None, "mine") as session:
        session.compute("left")
        gone = session.compute("gone")
        session.run("deleting", gone.delete())
        gone.fails = True

    assert [compute.resource for compute in FakeCompute.made] == [None, None]


def test_a_compute_that_cannot_be_deleted_does_not_keep_the_others(
    kubeconfig: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    FakeCompute.made = []
    monkeypatch.setattr(skytorch_client, "Compute", FakeCompute)

    with (
        pytest.raises(RuntimeError, match="second stays"),
        SdkSession(kubeconfig, None, "mine") as session,
    ):
        first = session.compute("first")
        session.compute("second").fails = True

    assert first.resource is None
    assert kubernetes.Configuration._default is None


def test_a_coroutine_that_takes_too_long_is_cancelled(session: SdkSession) -> None:
    cancelled = threading.Event()

    async def forever() -> None:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    with pytest.raises(
        WaitTimedOut,
        match="waiting through the SkyTorch SDK in namespace mine did not end within",
    ):
        session.run("waiting", forever(), within=0.05)

    assert cancelled.wait(10)


def test_the_sdks_own_time_out_is_passed_on(session: SdkSession) -> None:
    async def give_up() -> None:
        raise TimeoutError("Compute here/trainer did not become ready within 60 seconds")

    with pytest.raises(TimeoutError, match="did not become ready"):
        session.run("waiting", give_up())


def test_work_in_a_thread_gives_its_result_or_its_error(session: SdkSession) -> None:
    assert session.work("counting", lambda: 6 * 7, within=10) == 42
    with pytest.raises(ZeroDivisionError):
        session.work("dividing", lambda: 1 // 0, within=10)


def test_work_beyond_its_time_limit_is_an_error(session: SdkSession) -> None:
    release = threading.Event()
    try:
        with pytest.raises(WaitTimedOut, match="hanging"):
            session.work("hanging", release.wait, within=0.05)
    finally:
        release.set()
