"""Filtering and binding by the HAMi stand-in, with a fake API server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hami_scheduler.allocations import Ledger
from hami_scheduler.api import ApiError
from hami_scheduler.broadcast import Changes
from hami_scheduler.events import Events
from hami_scheduler.locks import Locks
from hami_scheduler.node_selection import Policies
from hami_scheduler.protocol import LOCK, lock_text
from hami_scheduler.quotas import Quotas
from hami_scheduler.scheduler import Scheduler

from .hami_cluster import ALLOCATED, TO_ALLOCATE, Cluster, container, device, node, pod

NOON = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)
ONE = container(gpu=1, gpumem=100)
FORBIDDEN = ApiError("PATCH", 403, "not allowed")


class World:
    """A scheduler and its cluster."""

    def __init__(self, *objects: dict[str, Any], patience: float = 0) -> None:
        self.cluster = Cluster(*objects)
        self.ledger, self.changes = Ledger(), Changes()
        self.ledger.replace_nodes(self.cluster.nodes.values())
        self.ledger.replace_pods(self.cluster.pods.values())
        self.events = Events(self.cluster, "hami-scheduler")
        self.locks = Locks(self.cluster, self.changes, patience=patience, now=lambda: NOON)
        self.scheduler = Scheduler(
            self.cluster,
            self.ledger,
            Quotas(),
            self.locks,
            self.events,
            self.changes,
            Policies(),
            lambda: NOON,
        )

    async def filter(self, name: str) -> dict[str, Any]:
        requester = await self.cluster.pod("lab", name)
        assert requester is not None
        return await self.scheduler.filter(requester, sorted(self.cluster.nodes))

    async def bind(self, name: str, node: str = "n") -> str:
        answer = await self.scheduler.bind("lab", name, f"uid-{name}", node)
        error: str = answer["Error"]
        return error


def run(world: World, act: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async def both() -> None:
        writing = asyncio.create_task(world.events.run())
        await act()
        await world.events.drain()
        writing.cancel()

    asyncio.run(both())


def test_a_pod_gets_annotations_with_node_and_devices() -> None:
    world = World(node("n", device("a")), pod("p", ONE))

    async def act() -> None:
        assert await world.filter("p") == {"NodeNames": ["n"]}

    run(world, act)
    assert world.cluster.annotations("p") == {
        "hami.io/vgpu-node": "n",
        "hami.io/vgpu-time": str(int(NOON.timestamp())),
        TO_ALLOCATE: "a,NVIDIA,100,0:;",
        ALLOCATED: "a,NVIDIA,100,0:;",
    }
    [event] = world.cluster.events
    assert (event["reason"], event["type"]) == ("FilteringSucceed", "Normal")
    assert event["message"] == "find fit node(n), 0 nodes not fit, 1 nodes fit(n:0.00)"
    assert event["source"] == {"component": "hami-scheduler"}


def test_a_pod_without_devices_fits_on_all_nodes() -> None:
    world = World(node("n"), pod("p", container()))

    async def act() -> None:
        assert await world.filter("p") == {"NodeNames": ["n"]}

    run(world, act)
    assert world.cluster.recorded() == []


def test_a_pod_that_fits_on_no_node_gets_events_with_the_reasons() -> None:
    world = World(node("n", device("a")), node("m"), pod("p", container(gpu=1, gpumem=2000)))

    async def act() -> None:
        assert await world.filter("p") == {
            "FailedNodes": {"n": "1/1 CardInsufficientMemory", "m": "node unregistered"}
        }

    run(world, act)
    assert all("unregistered" not in message for _, message in world.cluster.recorded())
    assert ("FilteringFailed", "no available node, 2 nodes do not meet") in world.cluster.recorded()
    assert ("FilteringFailed", "1 nodes CardInsufficientMemory(n)") in world.cluster.recorded()
    assert {event["type"] for event in world.cluster.events} == {"Warning"}


def test_a_repeated_event_increases_the_count() -> None:
    world = World(node("n"), pod("p", ONE))

    async def act() -> None:
        await world.filter("p")
        await world.events.drain()
        await world.filter("p")

    run(world, act)
    last = [event for event in world.cluster.events if "do not meet" in event["message"]]
    assert [event["count"] for event in last] == [1, 2]
    assert len({event["metadata"]["name"] for event in last}) == 1


def test_only_one_of_two_racing_pods_gets_the_last_share() -> None:
    names = [f"p{index}" for index in range(20)]
    world = World(node("n", device("a", count=1)), *(pod(name, ONE) for name in names))
    answers: list[dict[str, Any]] = []

    async def act() -> None:
        answers.extend(await asyncio.gather(*(world.filter(name) for name in names)))

    run(world, act)
    assert [answer for answer in answers if "NodeNames" in answer] == [{"NodeNames": ["n"]}]
    noted = [name for name in names if ALLOCATED in world.cluster.annotations(name)]
    assert len(noted) == 1


def test_a_pod_that_is_filtered_again_is_counted_once() -> None:
    world = World(node("n", device("a", count=1)), pod("p", ONE))

    async def act() -> None:
        for _ in range(3):
            assert await world.filter("p") == {"NodeNames": ["n"]}

    run(world, act)
    assert world.ledger.nodes["n"].use["a"].shares == 1


def test_devices_of_an_earlier_attempt_are_free_if_the_pod_no_longer_fits() -> None:
    world = World(node("n", device("a")), pod("p", ONE))

    async def act() -> None:
        await world.filter("p")
        world.ledger.put_node(node("n", device("a", health=False)))
        assert "FailedNodes" in await world.filter("p")
        old = await world.cluster.pod("lab", "p")
        assert old is not None
        world.ledger.put_pod(old)

    run(world, act)
    assert ALLOCATED in world.cluster.annotations("p")
    assert world.ledger.nodes["n"].use["a"].shares == 0


def test_devices_that_cannot_be_written_to_the_pod_stay_free() -> None:
    world = World(node("n", device("a")), pod("p", ONE))
    world.cluster.broken["annotate_pod"] = FORBIDDEN

    async def act() -> None:
        assert await world.filter("p") == {"Error": "PATCH: not allowed"}

    run(world, act)
    assert world.ledger.nodes["n"].use["a"].shares == 0
    assert world.cluster.recorded() == [("FilteringFailed", "PATCH: not allowed")]


def test_a_filter_waits_shortly_for_a_change() -> None:
    world = World(node("n", device("a", count=1)), pod("p", ONE), pod("q", ONE))

    async def act() -> None:
        await world.filter("p")
        requester = asyncio.create_task(world.filter("q"))
        await asyncio.sleep(0)
        world.ledger.release("uid-p")
        world.changes.notify()
        assert await requester == {"NodeNames": ["n"]}

    run(world, act)


def test_a_restarted_scheduler_continues_from_the_annotations() -> None:
    world = World(node("n", device("a", count=1)), pod("p", ONE), pod("q", ONE))

    async def act() -> None:
        await world.filter("p")

    run(world, act)
    other = World(*world.cluster.nodes.values(), *world.cluster.pods.values())

    async def act_again() -> None:
        assert await other.filter("q") == {"FailedNodes": {"n": "1/1 CardTimeSlicingExhausted"}}

    run(other, act_again)


def test_a_binding_locks_the_node_and_sets_the_phase_allocating() -> None:
    world = World(node("n", device("a")), pod("p", ONE))

    async def act() -> None:
        await world.filter("p")
        assert await world.bind("p") == ""

    run(world, act)
    assert world.cluster.bound == {"p": "n"}
    assert world.cluster.annotations("n")[LOCK] == "2026-05-04T12:00:00Z,lab,p"
    noted = world.cluster.annotations("p")
    assert noted["hami.io/bind-phase"] == "allocating"
    assert noted["hami.io/bind-time"] == str(int(NOON.timestamp()))
    assert ("BindingSucceed", "Successfully binding node [n] to lab/p") in world.cluster.recorded()


def test_a_pod_without_devices_is_bound_without_a_lock() -> None:
    world = World(node("n"), pod("p", container()))

    async def act() -> None:
        assert await world.bind("p") == ""

    run(world, act)
    assert LOCK not in world.cluster.annotations("n")
    assert world.cluster.bound == {"p": "n"}


@pytest.mark.parametrize("step", ["bind", "annotate_pod"])
def test_a_failed_binding_leaves_no_lock(step: str) -> None:
    world = World(node("n", device("a")), pod("p", ONE))
    world.cluster.broken[step] = FORBIDDEN

    async def act() -> None:
        assert "not allowed" in await world.bind("p")

    run(world, act)
    assert LOCK not in world.cluster.annotations("n")
    assert ("BindingFailed", "PATCH: not allowed") in world.cluster.recorded()
    if step == "bind":
        assert world.cluster.annotations("p")["hami.io/bind-phase"] == "allocating"


@pytest.mark.parametrize(("pod_is", "node_is"), [("gone", "n"), ("p", "gone")])
def test_a_pod_or_node_that_is_gone_is_not_bound(pod_is: str, node_is: str) -> None:
    world = World(node("n", device("a")), pod("p", ONE))

    async def act() -> None:
        assert "gone" in await world.bind(pod_is, node_is) or node_is == "gone"
        assert world.cluster.bound == {}

    run(world, act)
    assert "BindingFailed" in {reason for reason, _ in world.cluster.recorded()}


def test_another_pod_of_the_same_name_is_not_bound() -> None:
    world = World(node("n", device("a")), pod("p", ONE))

    async def act() -> None:
        answer = await world.scheduler.bind("lab", "p", "another-uid", "n")
        assert "gone" in answer["Error"]

    run(world, act)
    assert world.cluster.bound == {}


def locked(by: str, minutes: float = 0) -> dict[str, str]:
    return {LOCK: lock_text(NOON - timedelta(minutes=minutes), "lab", by)}


def test_no_other_pod_is_bound_to_a_locked_node() -> None:
    world = World(node("n", device("a"), **locked("q")), pod("p", ONE), pod("q", ONE))

    async def act() -> None:
        assert await world.bind("p") == "node n has been locked within 5m0s"

    run(world, act)
    assert world.cluster.bound == {}
    assert world.cluster.annotations("n")[LOCK].endswith(",lab,q")
    assert ("BindingFailed", "node n has been locked within 5m0s") in world.cluster.recorded()


@pytest.mark.parametrize(
    "held",
    [
        locked("q", minutes=6),
        locked("gone"),
        locked("p"),
        {LOCK: "2026-05-04T11:00:00Z"},
        {LOCK: "?"},
    ],
    ids=["too old", "of a pod that is gone", "its own", "too old and of nobody", "unreadable"],
)
def test_an_unused_lock_is_taken_over(held: dict[str, str]) -> None:
    world = World(node("n", device("a"), **held), pod("p", ONE), pod("q", ONE))

    async def act() -> None:
        assert await world.bind("p") == ""

    run(world, act)
    assert world.cluster.annotations("n")[LOCK] == "2026-05-04T12:00:00Z,lab,p"


@pytest.mark.parametrize("is_member", [True, False], ids=["of a PodGroup", "alone"])
def test_only_members_of_a_pod_group_wait_for_a_lock(is_member: bool) -> None:
    waiting = pod("p", ONE)
    if is_member:
        waiting["metadata"]["labels"] = {"scheduling.x-k8s.io/pod-group": "team"}
    world = World(node("n", device("a"), **locked("q")), waiting, pod("q", ONE), patience=30)

    async def act() -> None:
        binding = asyncio.create_task(world.bind("p"))
        await asyncio.sleep(0)
        await world.locks.release("n", pod("q", ONE))
        world.changes.notify()
        assert (await binding == "") is is_member

    run(world, act)
    assert world.cluster.bound == ({"p": "n"} if is_member else {})


def test_a_vendor_with_a_lock_of_its_own_takes_that_lock() -> None:
    requester = pod("p", container(**{"cambricon.com/vmlu": 1}))
    world = World(node("n"), requester)

    async def act() -> None:
        assert await world.bind("p") == ""

    run(world, act)
    assert world.cluster.annotations("n") == {"cambricon.com/dsmlu.lock": "2026-05-04T12:00:00Z"}


def test_a_lock_of_another_pod_is_not_released() -> None:
    world = World(node("n", device("a"), **locked("q")))
    asyncio.run(world.locks.release("n", pod("p", ONE)))
    assert LOCK in world.cluster.annotations("n")
    asyncio.run(world.locks.release("n", pod("q", ONE)))
    assert LOCK not in world.cluster.annotations("n")


class Changing(Cluster):
    """A cluster whose nodes change after they were read, a number of times."""

    changes = 3

    async def node(self, name: str) -> dict[str, Any] | None:
        read = await super().node(name)
        if self.changes:
            self.changes -= 1
            self._annotate(self.nodes[name], {"somebody": str(self.changes)})
        return read


def test_a_node_that_changes_meanwhile_is_still_locked() -> None:
    cluster = Changing(node("n"))
    asyncio.run(Locks(cluster, Changes(), now=lambda: NOON).take("n", pod("p", ONE)))
    assert cluster.annotations("n")[LOCK].endswith(",lab,p")
    assert cluster.annotations("n")["somebody"] == "0"


def test_an_event_that_cannot_be_written_stops_no_filter() -> None:
    world = World(node("n", device("a")), pod("p", ONE))
    world.cluster.broken["create_event"] = FORBIDDEN

    async def act() -> None:
        assert await world.filter("p") == {"NodeNames": ["n"]}

    run(world, act)
    assert world.cluster.events == []
