"""The HAMi stand-in as a web server, what it follows, and how it answers plugins."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from hami_scheduler.allocations import Ledger
from hami_scheduler.api import ApiError
from hami_scheduler.application import Application
from hami_scheduler.configuration import parse
from hami_scheduler.device_fit import Question, fit
from hami_scheduler.handshakes import answers, traces
from hami_scheduler.http_api import server_of_the_cluster
from hami_scheduler.node_selection import Choice, Policies, choose
from hami_scheduler.quotas import Quotas
from hami_scheduler.uninstall import clean
from hami_scheduler.watch import Follower

from .hami_cluster import Cluster, container, device, node, pod

NOON = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)
FILES = ["--cert_file=c", "--key_file=k"]
REPORTED = {"hami.io/node-handshake": "Reported_2026-05-04 11:59:59"}


class Watched(Cluster):
    """A cluster that can be followed; `news` has what its watches tell."""

    def __init__(self, *objects: dict[str, Any]) -> None:
        super().__init__(*objects)
        self.news: dict[str, asyncio.Queue[tuple[str, dict[str, Any]]]] = {}
        self.lists = asyncio.Event()
        self.removed: list[str] = []
        self.others: list[dict[str, Any]] = []

    async def close(self) -> None:
        pass

    async def list(self, path: str) -> tuple[list[dict[str, Any]], str]:
        await self.lists.wait()
        kinds = {"nodes": self.nodes.values(), "pods": self.pods.values()}
        if path.startswith("/apis/apps/v1/deployments"):
            return self.others, "100"
        return list(kinds.get(path.rpartition("/")[2], [])), "100"

    async def watch(self, path: str, version: str) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        queue = self.news.setdefault(path.rpartition("/")[2], asyncio.Queue())
        while True:
            yield await queue.get()

    async def remove_deployment(self, namespace: str, name: str) -> None:
        self.removed.append(f"{namespace}/{name}")

    async def deployment(self, namespace: str, name: str) -> dict[str, Any] | None:
        return None


def talk(cluster: Watched, conversation: Any, is_listed: bool = True) -> None:
    async def both() -> None:
        if is_listed:
            cluster.lists.set()
        application = Application(parse(FILES), cluster)  # type: ignore[arg-type]
        async with TestClient(TestServer(application.site())) as client:
            await conversation(client)

    asyncio.run(both())


def test_kube_scheduler_and_the_api_server_are_answered() -> None:
    cluster = Watched(node("n", device("a")), pod("p", container(gpu=1)))

    async def conversation(client: Any) -> None:
        asking = cluster.pods["lab", "p"]
        answer = await client.post("/filter", json={"Pod": asking, "NodeNames": ["n"]})
        assert await answer.json() == {"NodeNames": ["n"]}
        names = {"PodName": "p", "PodNamespace": "lab", "PodUID": "uid-p", "Node": "n"}
        assert await (await client.post("/bind", json=names)).json() == {"Error": ""}
        for path in ("/webhook", "/webhook/mutating"):
            answer = await client.post(path, json={"request": {"uid": "u", "object": asking}})
            assert (await answer.json())["response"]["allowed"]
        for path in ("/healthz", "/readyz"):
            assert (await client.get(path)).status == 200

    talk(cluster, conversation)
    assert cluster.bound == {"p": "n"}


def test_it_is_not_ready_before_it_knows_what_there_is() -> None:
    async def conversation(client: Any) -> None:
        assert (await client.get("/healthz")).status == 200
        answer = await client.get("/readyz")
        assert answer.status == 503
        assert "/api/v1/pods" in await answer.text()

    talk(Watched(), conversation, is_listed=False)


def test_a_filter_without_names_of_nodes_is_told_what_to_configure() -> None:
    async def conversation(client: Any) -> None:
        answer = await client.post("/filter", json={"Pod": pod("p"), "Nodes": {"items": []}})
        assert "nodeCacheCapable" in (await answer.json())["Error"]

    talk(Watched(), conversation)


def test_plugins_are_answered_as_soon_as_they_report() -> None:
    cluster = Watched(node("n", device("a"), **REPORTED), node("m", device("b"), **REPORTED))

    async def conversation(client: Any) -> None:
        async with asyncio.timeout(10):
            while not all(
                "Requesting" in cluster.annotations(name)["hami.io/node-handshake"] for name in "mn"
            ):
                await asyncio.sleep(0.005)

    talk(cluster, conversation)
    assert cluster.annotations("n")["hami.io/node-handshake"].startswith("Requesting_2")


def test_only_who_reports_devices_is_answered() -> None:
    reported = {"hami.io/node-handshake-dcu": "Reported_x", "hami.io/node-dcu-register": "d"}
    assert answers(reported, NOON) == {
        "hami.io/node-handshake-dcu": "Requesting_2026-05-04 12:00:00"
    }
    for silent in (
        REPORTED,
        {"hami.io/node-nvidia-register": "[]"},
        {"hami.io/node-nvidia-register": "[]", "hami.io/node-handshake": "Requesting_x"},
        {"hami.io/node-nvidia-register": "[]", "hami.io/node-handshake": "Deleted_x"},
    ):
        assert answers(silent, NOON) == {}


def cleaned(cluster: Watched) -> None:
    cluster.lists.set()
    asyncio.run(clean(cluster, "lab", "hami", "mine"))  # type: ignore[arg-type]
    assert cluster.removed == ["lab/hami"]


def test_what_a_scheduler_leaves_on_nodes_is_removed_and_nothing_else() -> None:
    left = {"hami.io/node-handshake": "Requesting_x", "hami.io/mutex.lock": "y", "other": "z"}
    cluster = Watched(node("n", **left), node("m", device("a"), **REPORTED))
    cleaned(cluster)
    assert cluster.annotations("n") == {"other": "z"}
    assert cluster.annotations("m")["hami.io/node-handshake"] == REPORTED["hami.io/node-handshake"]
    assert traces(cluster.annotations("m")) == {}


def test_what_another_scheduler_may_have_written_is_left() -> None:
    locks = {name: {"hami.io/mutex.lock": f"2026-05-04T12:00:00Z,lab,{name}"} for name in "pq"}
    pods = [pod(name, container(gpu=1)) for name in "pq"]
    for each, scheduler in zip(pods, ("mine", "another"), strict=True):
        each["spec"]["schedulerName"] = scheduler
    answered = {"hami.io/node-handshake": "Requesting_x"}
    cluster = Watched(node("n", **locks["p"], **answered), node("m", **locks["q"]), *pods)
    cluster.others = [{"metadata": {"name": "another"}}]
    cleaned(cluster)
    assert cluster.annotations("n") == answered
    assert cluster.annotations("m") == locks["q"]


class Breaking:
    """A source whose first watch ends by itself, and whose second is told that it is too late."""

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


def test_following_goes_on_where_a_watch_ended_and_lists_anew_when_it_is_too_late() -> None:
    source, told = Breaking(), []

    async def act() -> None:
        done = asyncio.Event()

        def remove(item: dict[str, Any]) -> None:
            told.append(f"-{item['metadata']['name']}")
            done.set()

        follower = Follower(
            "/nodes",
            lambda items: told.extend(item["metadata"]["name"] for item in items),
            lambda item: told.append(f"+{item['metadata']['name']}"),
            remove,
            asyncio.Event(),
        )
        task = asyncio.create_task(follower.run(source))
        await asyncio.wait_for(done.wait(), 10)
        task.cancel()

    asyncio.run(act())
    assert told == ["listed-1", "+a", "listed-2", "-a"]
    assert source.watched == ["1", "9", "1"]


def test_options_are_named_as_hamis() -> None:
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
    ("option", "said"),
    [
        ("--node-scheduler-policy=random", "binpack"),
        ("--node-lock-expire=soon", "5m"),
        ("--http_bind=here", "HOST:PORT"),
    ],
)
def test_wrong_options_are_said(option: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse([*FILES, option])
    assert said in capsys.readouterr().err


def test_the_api_server_is_found_by_address() -> None:
    found = server_of_the_cluster(
        {"KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "6443"}
    )
    assert found == "https://[fd00::1]:6443"


def test_a_filter_looks_only_at_nodes_that_have_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    ledger, looked = Ledger(), []
    names = [f"n{index}" for index in range(50)]
    ledger.replace_nodes(node(name, device(name)) for name in names)

    def counted(question: Question, cards: Any) -> Any:
        looked.append(cards)
        return fit(question, cards)

    monkeypatch.setattr("hami_scheduler.nodes.fit", counted)
    for name, times in (("p", 50), ("q", 51), ("r", 52)):
        asking = pod(name, container(gpu=1, gpumem=10))
        found = choose(asking, names, ledger, Quotas(), Policies(), NOON)
        assert isinstance(found, Choice)
        ledger.assign(asking, found.node, found.fit)
        assert len(looked) == times
