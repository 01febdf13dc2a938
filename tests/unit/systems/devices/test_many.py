"""Work on many objects at once."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest

from maidenhair.errors import ApiRefused, WaitTimedOut
from maidenhair.systems.devices.concurrent import AT_ONCE, do_each, wait_for_each
from maidenhair.systems.devices.pod_request import Container, Placement, PodRequest
from maidenhair.systems.devices.pods.many import copies_of, create_all, wait_until_all_run

from .followed import Followed

FLEET: Any = SimpleNamespace(
    placement=Placement("image"), name_of=lambda node: node.removesuffix("-1")
)


class Pods(Followed):
    """Pods in memory, in place of a client and its informers."""

    def __init__(self, **phases: str) -> None:
        super().__init__()
        self.objects = [pod(name, phase) for name, phase in phases.items()]
        self.refuses: set[str] = set()

    def create(self, manifest: dict[str, Any]) -> None:
        name = manifest["metadata"]["name"]
        if name in self.refuses:
            raise ApiRefused(f"create Pod {name}", 403, "Forbidden", "exceeded quota")
        self.objects.append(pod(name, "Running"))
        self.changed()

    def read(self) -> list[dict[str, Any]]:
        return list(self.objects)


def pod(name: str, phase: str) -> dict[str, Any]:
    return {
        "metadata": {"name": name},
        "spec": {"nodeName": f"node-of-{name}-1"},
        "status": {"phase": phase},
    }


def runs(each: dict[str, Any]) -> bool:
    return bool(each["status"]["phase"] == "Running")


def test_several_items_are_processed_at_a_time() -> None:
    met = threading.Barrier(AT_ONCE, timeout=300)
    done: list[int] = []

    def work(number: int) -> None:
        met.wait()
        done.append(number)

    do_each(work, range(2 * AT_ONCE))
    assert sorted(done) == list(range(2 * AT_ONCE))


def test_a_wait_for_each_names_the_unfinished_objects() -> None:
    pods = Pods(one="Running", two="Pending", other="Pending")
    with pytest.raises(WaitTimedOut) as raised:
        wait_for_each(pods, ["one", "two", "three"], runs, within=0.01, described_as="all to run")
    text = str(raised.value)
    assert "all to run" in text
    assert "'two'" in text and "'three'" in text
    assert "'one'" not in text and "'other'" not in text


def test_a_wait_for_each_ends_with_the_last_object() -> None:
    pods: Any = Pods(one="Running")
    waiting = threading.Thread(target=create_all, args=(pods, "ns", FLEET, {"two": PodRequest([])}))
    waiting.start()
    found = wait_until_all_run(pods, "ns", FLEET, ["one", "two"])
    waiting.join()
    assert found == {"one": "node-of-one", "two": "node-of-two"}


def test_a_stop_condition_ends_a_wait_for_each() -> None:
    with pytest.raises(Exception, match="it is over"):
        wait_for_each(
            Pods(),
            ["one"],
            runs,
            within=60,
            described_as="all to run",
            stop_when=[lambda: "it is over"],
        )


def test_the_refusal_of_one_of_many_pods_is_returned() -> None:
    pods: Any = Pods()
    pods.refuses = {"two"}
    requests = {name: PodRequest([Container({"cpu": "1"})]) for name in ("one", "two")}
    refusals = create_all(pods, "ns", FLEET, requests)
    assert set(refusals) == {"two"}
    assert "exceeded quota" in str(refusals["two"])


def test_copies_have_numbers_from_1_and_a_single_object_has_none() -> None:
    assert copies_of("user", "2") == ["user-1", "user-2"]
    assert copies_of("user", None) == ["user"]
