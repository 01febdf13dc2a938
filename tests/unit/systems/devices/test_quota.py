"""The wait until HAMi has read a quota, with an API in memory."""

from __future__ import annotations

from typing import Any

import pytest

from maidenhair.errors import ApiRefused
from maidenhair.systems.devices.hami import quota
from maidenhair.systems.devices.hami.quota import limit_shares
from maidenhair.systems.devices.pod_request import Placement

PLACEMENT = Placement("image")


class Api:
    """Answers requests to create a pod with these messages; "" accepts it. The last answer stays."""

    def __init__(self, *answers: str) -> None:
        self._answers = list(answers)
        self.pods: list[dict[str, Any]] = []

    def create(self, pod: dict[str, Any], dry_run: bool) -> dict[str, Any]:
        assert dry_run
        self.pods.append(pod)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if answer:
            raise ApiRefused("create Pod", 403, "Forbidden", answer)
        return pod


@pytest.fixture(autouse=True)
def accepted(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    made: list[Any] = []
    monkeypatch.setattr(quota, "limit", lambda kube, inventory, hard: made.append(hard))
    monkeypatch.setattr(quota, "READ_SECONDS", 5.0)
    return made


def limit(api: Any, **hard: str) -> None:
    limit_shares(api, api, "ns", {f"limits.{key}": value for key, value in hard.items()}, PLACEMENT)


def test_it_waits_until_a_pod_that_requests_more_is_refused(accepted: list[Any]) -> None:
    api = Api("", "another reason", "exceeding resource quota")
    limit(api, **{"nvidia.com/gpumem": "10000"})
    assert accepted == [{"limits.nvidia.com/gpumem": "10000"}]
    assert len(api.pods) == 3
    [container] = api.pods[0]["spec"]["containers"]
    assert container["resources"]["limits"] == {
        "nvidia.com/gpu": "1",
        "nvidia.com/gpumem": "10001",
    }


def test_it_waits_in_vain_if_no_pod_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quota, "READ_SECONDS", 0.1)
    limit(Api(""), **{"nvidia.com/gpumem": "10000"})


def test_quotas_without_memory_of_devices_are_not_waited_for() -> None:
    api = Api("")
    limit(api, **{"nvidia.com/gpucores": "10"})
    assert api.pods == []
