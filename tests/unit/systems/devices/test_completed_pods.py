"""Completed pods on simulated nodes, with an API in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hamcrest import equal_to

from maidenhair.errors import ApiUnreachable
from maidenhair.systems.devices.simulated.completed_pods import CompletedPods
from maidenhair.waiting import eventually

from .followed import Followed

WITHIN = 30.0


class Api(Followed):
    """The phases of pods in memory, in place of a client and its informers."""

    def __init__(self, **phases: str) -> None:
        super().__init__()
        self.phases = phases
        self.uids = dict.fromkeys(phases, "1")
        self.refuses = 0

    def read(self) -> list[dict[str, Any]]:
        return [
            {
                "metadata": {"name": name, "namespace": "ns", "uid": name + self.uids[name]},
                "status": {"phase": phase},
            }
            for name, phase in self.phases.items()
        ]

    def patch_status(
        self, version: str, kind: str, name: str, status: Mapping[str, Any], namespace: str
    ) -> dict[str, Any]:
        if self.refuses:
            self.refuses -= 1
            raise ApiUnreachable(f"patch {name}: no answer")
        self.phases[name] = status["phase"]
        return {"metadata": {"name": name, "uid": name + self.uids[name]}}

    def start(self, name: str) -> None:
        self.phases[name] = "Running"
        self.changed()


def wait_for(api: Any, **phases: str) -> None:
    eventually(lambda: dict(api.phases), equal_to(phases), within=WITHIN)


def test_a_completed_pod_stays_completed() -> None:
    api: Any = Api(first="Running", second="Running")
    with CompletedPods(api, "ns") as completed:
        completed.add("first")
        wait_for(api, first="Succeeded", second="Running")
        for _ in range(3):
            api.start("first")
            wait_for(api, first="Succeeded", second="Running")


def test_a_later_pod_of_the_same_name_is_not_completed() -> None:
    api: Any = Api(first="Running", second="Running")
    with CompletedPods(api, "ns") as completed:
        completed.add("first")
        completed.add("second")
        api.uids["first"] = "2"
        api.start("first")
        # The pod that is completed again shows that the changes before it were seen.
        api.start("second")
        wait_for(api, first="Running", second="Succeeded")


def test_the_next_change_is_another_try() -> None:
    api: Any = Api(first="Running")
    with CompletedPods(api, "ns") as completed:
        completed.add("first")
        api.refuses = 1
        api.start("first")
        eventually(lambda: api.refuses, equal_to(0), within=WITHIN)
        api.changed()
        wait_for(api, first="Succeeded")


def test_a_spec_without_completed_pods_starts_no_thread_and_no_watch() -> None:
    with CompletedPods(Any, "ns") as completed:  # type: ignore[arg-type]
        assert not completed._thread.is_alive()
