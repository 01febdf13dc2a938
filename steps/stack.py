"""Steps about what all Computes of a cluster share: the operator, and the Gateway's state."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from behave import given, when
from hamcrest import has_item, has_properties

from maidenhair.systems.skytorch.stack.gateway_outage import gateway_unprogrammed
from maidenhair.systems.skytorch.stack.operator_outage import operator_away
from maidenhair.waiting import eventually

WITHIN_SECONDS = 30.0


@given("the operator is away")
def operator_goes(context: Any) -> None:
    context.away = context.spec.cleanups.enter("start the operator", ExitStack())
    context.away.enter_context(operator_away(context.spec.kube))


@when("the operator is back")
def operator_comes(context: Any) -> None:
    context.away.close()


@when("the Gateway says for a moment that it is not programmed")
def gateway_denies(context: Any) -> None:
    unready = has_properties(status="False", reason="GatewayNotProgrammed")
    # In one step, and no longer than it takes: others who look at the Gateway see it, too.
    with gateway_unprogrammed(context.spec.kube):
        eventually(context.readiness, has_item(unready), within=WITHIN_SECONDS)
