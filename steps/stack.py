"""Steps about what all Computes of a cluster share: the operator and the Gateway."""

from __future__ import annotations

import re
from contextlib import ExitStack, suppress
from typing import Any

from behave import given, then, when
from hamcrest import (
    assert_that,
    has_properties,
)

from maidenhair.errors import WaitTimedOut
from maidenhair.kube.matchers import has_condition
from maidenhair.systems.skytorch.stack.endpoint import gateway_endpoint
from maidenhair.systems.skytorch.stack.gateway_outage import unprogram_until
from maidenhair.systems.skytorch.stack.installation import find_gateway_class
from maidenhair.systems.skytorch.stack.operator_outage import operator_away
from maidenhair.systems.skytorch.stack.readiness import wait_until_refused
from maidenhair.waiting import eventually
from maidenhair.waiting.matchers import has_in_order

WITHIN_SECONDS = 30.0
OF_COMPUTE = re.compile('that of Compute "(.+)"')


@given("the operator is stopped")
def stop_operator(context: Any) -> None:
    context.away = context.spec.cleanups.enter("start the operator", ExitStack())
    context.away.enter_context(operator_away(context.spec.kube))


@when("the operator is started")
def start_operator(context: Any) -> None:
    context.away.close()


@when(
    'the Gateway has the condition "Programmed" False {times:d} times, each until the Compute reports it'
)
def unprogram_gateway(context: Any, times: int) -> None:
    """Change the Gateway's status several times. A later step shows what the Compute reported."""
    ready = has_properties(status="True")
    unready = has_properties(status="False", reason="GatewayNotProgrammed")
    states = [ready]

    def reported(within: float) -> None:
        eventually(context.recorded_condition, has_in_order(*states), within=within)

    # An operator that does not watch the Gateway may look at it by chance, but hardly each time.
    with suppress(WaitTimedOut):
        for _ in range(times):
            states.append(unready)
            # No longer than it takes: others see the Gateway, too.
            unprogram_until(context.spec.kube, reported, WITHIN_SECONDS)
            states.append(ready)
            reported(WITHIN_SECONDS)


@then("the class of the Gateway is accepted")
def class_is_accepted(context: Any) -> None:
    assert_that(find_gateway_class(context.spec.kube), has_condition("Accepted"))


@then("a call to the Gateway fails with {status:w}")
def call_fails(context: Any, status: str) -> None:
    """Each row has a compute-id, and perhaps a part of the error's details; an empty cell means no compute-id."""
    for row in context.table:
        compute_id = compute_id_of(context, row["compute-id"])
        details = row.get("details") or ""
        wait_until_refused(gateway_endpoint(context.spec.kube, compute_id), status, details)


def compute_id_of(context: Any, text: str) -> str | None:
    """Return the compute-id that a cell describes, for example 'that of Compute "trainer"'; None for an empty cell."""
    compute = OF_COMPUTE.fullmatch(text)
    return f"{context.spec.namespace}/{compute[1]}" if compute else text or None
