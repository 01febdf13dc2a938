"""The status that the operator stand-in gives a Compute, against the SkyTorch contract."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from skytorch_operator.objects import Object, Reference
from skytorch_operator.status import (
    Observed,
    Verdict,
    differs,
    readiness,
    referenced_gateway,
    status,
)

GATEWAY = Reference("skytorch-system", "skytorch-gateway")
SYSTEM = GATEWAY.namespace
BEFORE = "2026-01-01T00:00:00Z"
NOW = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
STAMP = "2026-02-03T04:05:06Z"
ADDRESS = {"type": "IPAddress", "value": "10.1.2.3"}


def true(kind: str) -> Object:
    return {"type": kind, "status": "True"}


def stateful_set(ready: int | None, wanted: int) -> Object:
    counted = {} if ready is None else {"readyReplicas": ready}
    return {"spec": {"replicas": wanted}, "status": counted}


def parent(**fields: Any) -> Object:
    return {"namespace": GATEWAY.namespace, "name": GATEWAY.name, **fields}


def route(parents: list[Object], accepted: list[Object]) -> Object:
    return {
        "metadata": {"namespace": "lab", "name": "demo"},
        "spec": {"parentRefs": parents},
        "status": {
            "parents": [{"parentRef": each, "conditions": [true("Accepted")]} for each in accepted]
        },
    }


def gateway(*conditions: Object, addresses: Any = (ADDRESS,)) -> Object:
    return {"status": {"conditions": list(conditions), "addresses": list(addresses)}}


READY = Observed(
    stateful_set=stateful_set(1, 1),
    grpc_route=route([parent()], [parent()]),
    gateway=gateway(true("Accepted"), true("Programmed")),
)


def compute(*conditions: Object, suspend: bool = False, addresses: Any = ()) -> Object:
    found: Object = {"conditions": list(conditions)}
    if addresses:
        found["addresses"] = list(addresses)
    return {"metadata": {"generation": 7}, "spec": {"suspend": suspend}, "status": found}


def condition(kind: str, state: str, reason: str, message: str, stamp: str = BEFORE) -> Object:
    return {
        "type": kind,
        "status": state,
        "reason": reason,
        "message": message,
        "lastTransitionTime": stamp,
    }


def conditions_of(subject: Object, observed: Observed) -> dict[str, Object]:
    wanted = status(subject, observed, SYSTEM, NOW)
    return {each["type"]: each for each in wanted["conditions"]}


# Each line lacks what its reason says and everything that is looked at after it.
IN_ORDER = [
    (Observed(None, None, None), "StatefulSetNotAvailable"),
    (Observed(stateful_set(0, 1), None, None), "StatefulSetNotReady"),
    (Observed(stateful_set(1, 1), None, None), "GRPCRouteNotAvailable"),
    (Observed(stateful_set(1, 1), route([], []), None), "GatewayNotReferenced"),
    (Observed(stateful_set(1, 1), route([parent()], []), None), "GatewayNotAvailable"),
    (Observed(stateful_set(1, 1), route([parent()], []), gateway()), "GatewayNotProgrammed"),
    (
        Observed(stateful_set(1, 1), route([parent()], []), gateway(true("Programmed"))),
        "GRPCRouteNotAccepted",
    ),
]


@pytest.mark.parametrize(("observed", "reason"), IN_ORDER, ids=[each for _, each in IN_ORDER])
def test_the_first_reason_that_applies_is_reported(observed: Observed, reason: str) -> None:
    verdict = readiness(observed, SYSTEM)
    assert (verdict.holds, verdict.reason) == (False, reason)
    assert verdict.message


def test_a_compute_is_ready_when_nothing_is_missing() -> None:
    assert readiness(READY, SYSTEM) == Verdict(
        True, "AllComponentsReady", "All components are ready"
    )


@pytest.mark.parametrize(
    ("ready", "wanted", "message"),
    [
        (None, 1, "StatefulSet has 0/1 ready replicas"),
        (0, 1, "StatefulSet has 0/1 ready replicas"),
        (0, 0, "StatefulSet has 0/0 ready replicas"),
        (1, 0, "StatefulSet has 1/0 ready replicas"),
    ],
)
def test_the_ready_replicas_are_counted(ready: int | None, wanted: int, message: str) -> None:
    verdict = readiness(replace(READY, stateful_set=stateful_set(ready, wanted)), SYSTEM)
    assert verdict == Verdict(False, "StatefulSetNotReady", message)


@pytest.mark.parametrize(
    "other", [parent(namespace="another"), parent(kind="Service", group="")], ids=str
)
def test_only_a_gateway_of_the_operators_namespace_is_referenced(other: Object) -> None:
    verdict = readiness(replace(READY, grpc_route=route([other], [other])), SYSTEM)
    assert verdict.reason == "GatewayNotReferenced"


def test_the_first_gateway_of_the_operators_namespace_is_referenced() -> None:
    parents = [parent(namespace="another"), parent(name="first"), parent()]
    assert referenced_gateway(route(parents, []), SYSTEM) == Reference(SYSTEM, "first")
    assert referenced_gateway(None, SYSTEM) is None


def test_only_the_referenced_gateway_can_accept_the_route() -> None:
    accepted = replace(READY, grpc_route=route([parent()], [parent(name="another")]))
    assert readiness(accepted, SYSTEM).reason == "GRPCRouteNotAccepted"


def test_a_parent_without_a_namespace_is_in_the_namespace_of_the_route() -> None:
    near = route([{"name": GATEWAY.name}], [{"name": GATEWAY.name}])
    assert readiness(replace(READY, grpc_route=near), "lab").holds
    assert readiness(replace(READY, grpc_route=near), SYSTEM).reason == "GatewayNotReferenced"


@pytest.mark.parametrize("state", ["False", "Unknown"])
def test_only_a_true_condition_holds(state: str) -> None:
    doubtful = gateway({"type": "Programmed", "status": state})
    assert readiness(replace(READY, gateway=doubtful), SYSTEM).reason == "GatewayNotProgrammed"


def test_a_condition_is_stamped_when_its_status_changes() -> None:
    waiting = condition("Ready", "False", "StatefulSetNotReady", "…")
    ready = conditions_of(compute(waiting), READY)["Ready"]
    assert ready == condition(
        "Ready", "True", "AllComponentsReady", "All components are ready", STAMP
    )


def test_a_condition_keeps_its_stamp_when_only_its_reason_changes() -> None:
    waiting = condition("Ready", "False", "StatefulSetNotAvailable", "…")
    ready = conditions_of(compute(waiting), replace(READY, grpc_route=None))["Ready"]
    assert ready["reason"] == "GRPCRouteNotAvailable"
    assert ready["lastTransitionTime"] == BEFORE


def test_a_compute_that_never_was_suspended_has_no_such_condition() -> None:
    assert set(conditions_of(compute(), READY)) == {"Ready"}


def test_a_suspended_compute_has_the_condition_suspended() -> None:
    assert conditions_of(compute(suspend=True), READY)["Suspended"] == condition(
        "Suspended", "True", "Suspended", "Compute is suspended", STAMP
    )


def test_a_resumed_compute_has_the_condition_suspended_false() -> None:
    suspended = condition("Suspended", "True", "Suspended", "Compute is suspended")
    assert conditions_of(compute(suspended), READY)["Suspended"] == condition(
        "Suspended", "False", "Resumed", "Compute is resumed", STAMP
    )


def test_a_ready_compute_has_the_gateways_addresses() -> None:
    named = {"type": "Hostname", "value": "gate.example"}
    offered = [ADDRESS, {"value": "without.type"}, named]
    found = replace(READY, gateway=gateway(true("Programmed"), addresses=offered))
    wanted = status(compute(addresses=[ADDRESS]), found, SYSTEM, NOW)
    untyped = {"type": "Hostname", "value": "without.type"}
    assert wanted["addresses"] == [ADDRESS, untyped, named]


def test_a_compute_that_is_not_ready_has_no_addresses_at_first_and_keeps_them_later() -> None:
    unready = replace(READY, stateful_set=stateful_set(0, 1))
    assert "addresses" not in status(compute(), unready, SYSTEM, NOW)
    later = status(compute(addresses=[ADDRESS]), unready, SYSTEM, NOW)
    assert later["addresses"] == [ADDRESS]


def test_the_order_of_conditions_does_not_make_a_status_differ() -> None:
    first = compute(suspend=True)
    wanted = status(first, READY, SYSTEM, NOW)
    settled = {**first, "status": {**wanted, "conditions": wanted["conditions"][::-1]}}
    assert differs(first, wanted)
    assert not differs(settled, wanted)
    assert not differs(settled, status(settled, READY, SYSTEM, datetime.now(UTC)))


@pytest.mark.parametrize("change", ["condition", "addresses"])
def test_a_status_with_any_other_content_differs(change: str) -> None:
    first = compute()
    settled = {**first, "status": status(first, READY, SYSTEM, NOW)}
    other = READY
    if change == "condition":
        other = replace(READY, stateful_set=None)
    else:
        other = replace(READY, gateway=gateway(true("Programmed"), addresses=()))
    assert differs(settled, status(settled, other, SYSTEM, NOW))
