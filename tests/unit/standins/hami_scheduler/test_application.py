"""The web server of the HAMi stand-in, its watches, and its answers to plugins."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from hami_scheduler.allocations import Ledger
from hami_scheduler.api import ApiError
from hami_scheduler.application import Application
from hami_scheduler.configuration import parse
from hami_scheduler.device_fit import Demand, fit
from hami_scheduler.http_api import server_of_the_cluster
from hami_scheduler.node_selection import Choice, Policies, choose
from hami_scheduler.quotas import Quotas
from hami_scheduler.watch import Follower

from .hami_cluster import Cluster, container, device, node, pod

FILES = ["--cert_file=c", "--key_file=k"]
REPORTED = {"hami.io/node-handshake": "Reported_2026-05-04 11:59:59"}


class Watched(Cluster):
    """A cluster that can be watched; `changes` has the events of each watch."""

    def __init__(self, *objects: dict[str, Any]) -> None:
        super().__init__(*objects)
        self.changes: dict[str, asyncio.Queue[tuple[str, dict[str, Any]]]] = {}
        self.lists = asyncio.Event()

    async def close(self) -> None:
        pass

    async def list(self, path: str) -> tuple[list[dict[str, Any]], str]:
        await self.lists.wait()
        kinds = {"nodes": self.nodes.values(), "pods": self.pods.values()}
        return list(kinds.get(path.rpartition("/")[2], [])), "100"

    async def watch(self, path: str, version: str) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        queue = self.changes.setdefault(path.rpartition("/")[2], asyncio.Queue())
        while True:
            yield await queue.get()


def talk(cluster: Watched, conversation: Any, is_listed: bool = True) -> None:
    async def both() -> None:
        if is_listed:
            cluster.lists.set()
        application = Application(parse(FILES), cluster)  # type: ignore[arg-type]
        async with TestClient(TestServer(application.site())) as client:
            await conversation(client)

    asyncio.run(both())


def test_kube_scheduler_and_the_api_server_get_answers() -> None:
    cluster = Watched(node("n", device("a")), pod("p", container(gpu=1)))

    async def conversation(client: Any) -> None:
        requester = cluster.pods["lab", "p"]
        answer = await client.post("/filter", json={"Pod": requester, "NodeNames": ["n"]})
        assert await answer.json() == {"NodeNames": ["n"]}
        names = {"PodName": "p", "PodNamespace": "lab", "PodUID": "uid-p", "Node": "n"}
        assert await (await client.post("/bind", json=names)).json() == {"Error": ""}
        for path in ("/webhook", "/webhook/mutating"):
            answer = await client.post(path, json={"request": {"uid": "u", "object": requester}})
            assert (await answer.json())["response"]["allowed"]
        for path in ("/healthz", "/readyz"):
            assert (await client.get(path)).status == 200

    talk(cluster, conversation)
    assert cluster.bound == {"p": "n"}


def test_it_is_not_ready_before_the_first_lists() -> None:
    async def conversation(client: Any) -> None:
        assert (await client.get("/healthz")).status == 200
        answer = await client.get("/readyz")
        assert answer.status == 503
        assert "/api/v1/pods" in await answer.text()

    talk(Watched(), conversation, is_listed=False)


def test_a_filter_without_names_of_nodes_gets_the_option_to_set() -> None:
    async def conversation(client: Any) -> None:
        answer = await client.post("/filter", json={"Pod": pod("p"), "Nodes": {"items": []}})
        assert "nodeCacheCapable" in (await answer.json())["Error"]

    talk(Watched(), conversation)


def test_reports_of_plugins_are_answered_without_delay() -> None:
    cluster = Watched(node("n", device("a"), **REPORTED), node("m", device("b"), **REPORTED))

    async def conversation(client: Any) -> None:
        async with asyncio.timeout(10):
            while not all(
                "Requesting" in cluster.annotations(name)["hami.io/node-handshake"] for name in "mn"
            ):
                await asyncio.sleep(0.005)

    talk(cluster, conversation)
    assert cluster.annotations("n")["hami.io/node-handshake"].startswith("Requesting_2")


class Breaking:
    """A source whose first watch ends by itself, and whose second has a version that is too old."""

    def __init__(self) -> None:
        self.watched: list[str] = []
        self.listed = 0

    async def list(self, path: str) -> tuple[list[dict[str, Any]], str]:
        self.listed += 1
        return [{"metadata": {"name": f"listed-{self.listed}"}}], "1"

    async def watch(self, path: str, version: str) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        self.watched.append(version)
        if len(self.watched) == 1:
            yield "ADDED", {"metadata": {"name": "a", "resourceVersion": "5"}}
            yield "BOOKMARK", {"metadata": {"resourceVersion": "9"}}
        elif len(self.watched) == 2:
            raise ApiError("watch", 410, "too old")
        else:
            yield "DELETED", {"metadata": {"name": "a", "resourceVersion": "7"}}
            await asyncio.Event().wait()


def test_a_follower_continues_a_watch_and_lists_again_if_its_version_is_too_old() -> None:
    source, seen = Breaking(), []

    async def act() -> None:
        done = asyncio.Event()

        def remove(item: dict[str, Any]) -> None:
            seen.append(f"-{item['metadata']['name']}")
            done.set()

        follower = Follower(
            "/nodes",
            lambda items: seen.extend(item["metadata"]["name"] for item in items),
            lambda item: seen.append(f"+{item['metadata']['name']}"),
            remove,
            asyncio.Event(),
        )
        task = asyncio.create_task(follower.run(source))
        await asyncio.wait_for(done.wait(), 10)
        task.cancel()

    asyncio.run(act())
    assert seen == ["listed-1", "+a", "listed-2", "-a"]
    assert source.watched == ["1", "9", "1"]


def test_options_have_the_names_of_hamis_options() -> None:
    own = ["--http_bind=1.2.3.4:99", "--scheduler-name=mine", "--node-scheduler-policy=spread"]
    made = parse(
        [*FILES, *own, "--node-lock-expire=1m", "--force-overwrite-default-scheduler=false"]
    )
    assert (made.host, made.port, made.scheduler) == ("1.2.3.4", 99, "mine")
    assert made.policies == Policies(node="spread", device="spread")
    assert made.lock_expiry.total_seconds() == 60
    assert not made.overwrites_default
    assert made.certificate == Path("c")


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("--node-scheduler-policy=random", "binpack"),
        ("--node-lock-expire=soon", "5m"),
        ("--http_bind=here", "HOST:PORT"),
    ],
)
def test_a_wrong_option_is_refused_with_the_allowed_values(
    option: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parse([*FILES, option])
    assert message in capsys.readouterr().err


def test_the_url_of_the_api_server_contains_its_address() -> None:
    found = server_of_the_cluster(
        {"KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "6443"}
    )
    assert found == "https://[fd00::1]:6443"


def test_a_filter_evaluates_only_nodes_that_have_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    ledger, looked = Ledger(), []
    names = [f"n{index}" for index in range(50)]
    ledger.replace_nodes(node(name, device(name)) for name in names)

    def counted(demand: Demand, cards: Any, traits: Any) -> Any:
        looked.append(cards)
        return fit(demand, cards, traits)

    monkeypatch.setattr("hami_scheduler.nodes.fit", counted)
    for name, times in (("p", 50), ("q", 51), ("r", 52)):
        requester = pod(name, container(gpu=1, gpumem=10))
        found = choose(requester, names, ledger, Quotas(), Policies())
        assert isinstance(found, Choice)
        ledger.assign(requester, found.node, found.fit)
        assert len(looked) == times
