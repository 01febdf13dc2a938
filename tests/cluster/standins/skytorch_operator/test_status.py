"""The status of a Compute as its pod, its route and the Gateway change."""

from __future__ import annotations

from typing import Any

import pytest
from hamcrest import has_key

from maidenhair.waiting import eventually

SECONDS = 90.0

pytestmark = pytest.mark.usefixtures("operator")


def wait_for_address(computes: Any, address: str, name: str = "demo") -> None:
    def addresses() -> Any:
        return computes.get(name=name).get("status", {}).get("addresses")

    eventually(addresses, [{"type": "IPAddress", "value": address}], within=SECONDS)


def become_ready(computes: Any, name: str = "demo") -> None:
    computes.apply(name)
    computes.report_pod(name=name)
    computes.report_route(name=name)
    computes.wait_until("Ready", "True", "AllComponentsReady", name)


def test_a_compute_becomes_ready_step_by_step(computes: Any, gateway: Any) -> None:
    computes.apply()
    waiting = computes.wait_until("Ready", "False", "StatefulSetNotReady")
    assert waiting["message"] == "StatefulSet has 0/1 ready replicas"
    computes.report_pod()
    computes.wait_until("Ready", "False", "GatewayNotAvailable")
    gateway(programmed=False)
    computes.wait_until("Ready", "False", "GatewayNotProgrammed")
    gateway(programmed=True)
    missing = computes.wait_until("Ready", "False", "GRPCRouteNotAccepted")
    assert missing["lastTransitionTime"] == waiting["lastTransitionTime"]
    assert "addresses" not in computes.get()["status"]
    computes.report_route()
    computes.wait_until("Ready", "True", "AllComponentsReady")
    wait_for_address(computes, "10.1.2.3")


def test_a_pod_that_fails_makes_the_compute_unready_and_keeps_its_address(
    computes: Any, gateway: Any
) -> None:
    gateway()
    become_ready(computes)
    computes.report_pod(ready=False)
    computes.wait_until("Ready", "False", "StatefulSetNotReady")
    wait_for_address(computes, "10.1.2.3")


def test_a_change_of_the_gateway_reaches_every_compute(computes: Any, gateway: Any) -> None:
    gateway()
    for name in ("one", "two"):
        become_ready(computes, name)
    gateway(programmed=False)
    for name in ("one", "two"):
        computes.wait_until("Ready", "False", "GatewayNotProgrammed", name)
    gateway(address="10.9.9.9")
    for name in ("one", "two"):
        computes.wait_until("Ready", "True", "AllComponentsReady", name)
        wait_for_address(computes, "10.9.9.9", name)


def test_a_route_that_is_not_accepted_any_more_makes_the_compute_unready(
    computes: Any, gateway: Any
) -> None:
    gateway()
    become_ready(computes)
    computes.report_route(accepted=False)
    computes.wait_until("Ready", "False", "GRPCRouteNotAccepted")


def test_a_compute_is_suspended_and_resumed(computes: Any, gateway: Any) -> None:
    gateway()
    become_ready(computes)
    computes.apply(image="server:1", suspend=True)
    assert computes.wait_until("Suspended", "True", "Suspended")["message"] == (
        "Compute is suspended"
    )
    computes.wait_until_gone(("v1", "Pod"), "demo-0")

    def message() -> Any:
        (ready,) = [
            each for each in computes.get()["status"]["conditions"] if each["type"] == "Ready"
        ]
        return ready["message"]

    eventually(message, "StatefulSet has 0/0 ready replicas", within=SECONDS)
    computes.apply(image="server:1", suspend=False)
    assert computes.wait_until("Suspended", "False", "Resumed")["message"] == "Compute is resumed"
    computes.report_pod()
    computes.wait_until("Ready", "True", "AllComponentsReady")


def test_a_stateful_set_that_is_refused_is_not_available(computes: Any) -> None:
    computes.kube.apply(
        {
            "apiVersion": "v1",
            "kind": "ResourceQuota",
            "metadata": {"name": "none", "namespace": computes.namespace},
            "spec": {"hard": {"count/statefulsets.apps": "0"}},
        }
    )
    # Admission lets everything pass until the quota has a status.
    quota = ("v1", "ResourceQuota", "none", computes.namespace)
    eventually(lambda: (computes.kube.get(*quota) or {}).get("status"), has_key("hard"), within=60)
    computes.apply()
    computes.wait_until("Ready", "False", "StatefulSetNotAvailable")
