"""Steps about what all Computes of a cluster share: the operator, and the Gateway's state."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from behave import given, when

from maidenhair.skytorch.gateway_state import gateway_unprogrammed
from maidenhair.skytorch.operator import operator_away


@given("the operator is away")
def operator_goes(context: Any) -> None:
    context.away = context.spec.cleanups.enter("start the operator", ExitStack())
    context.away.enter_context(operator_away(context.spec.kube))


@when("the operator is back")
def operator_comes(context: Any) -> None:
    context.away.close()


@when("the Gateway says that it is not programmed")
def gateway_denies(context: Any) -> None:
    context.denial = context.spec.cleanups.enter("restore the Gateway's status", ExitStack())
    context.denial.enter_context(gateway_unprogrammed(context.spec.kube))


@when("the Gateway says again that it is programmed")
def gateway_affirms(context: Any) -> None:
    context.denial.close()
