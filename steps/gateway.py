"""Steps about the Gateway by which Computes are reached."""

from __future__ import annotations

from typing import Any

from behave import then

from maidenhair.kube.matchers import has_jmespath
from maidenhair.systems.skytorch.stack.endpoint import gateway_addresses, gateway_endpoint
from maidenhair.systems.skytorch.stack.readiness import wait_until_refused


@then('"{name}" tells the addresses of the Gateway')
def tells_addresses(context: Any, name: str) -> None:
    addresses = gateway_addresses(context.spec.kube)
    told = has_jmespath("status.addresses[].value", addresses or None)
    context.skytorch.view(name).wait_until(told, "to tell the addresses of the Gateway")


@then('a call for the Compute "{compute_id}" fails with {status:w}')
def call_fails(context: Any, compute_id: str | None, status: str) -> None:
    wait_until_refused(gateway_endpoint(context.spec.kube, compute_id), status)


@then("a call that names no Compute fails with {status:w}")
def nameless_call_fails(context: Any, status: str) -> None:
    call_fails(context, None, status)


@then('a call for "{name}" fails with {status:w}, which tells "{details}"')
def call_for_fails(context: Any, name: str, status: str, details: str) -> None:
    compute_id = f"{context.spec.namespace}/{name}"
    wait_until_refused(gateway_endpoint(context.spec.kube, compute_id), status, details)
