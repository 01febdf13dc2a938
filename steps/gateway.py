"""Steps about the Gateway by which Computes are reached."""

from __future__ import annotations

from typing import Any

from behave import then

from maidenhair.kube.matchers import has_jmespath
from maidenhair.skytorch.endpoint import gateway_addresses


@then('"{name}" tells the addresses of the Gateway')
def tells_addresses(context: Any, name: str) -> None:
    addresses = gateway_addresses(context.spec.kube)
    told = has_jmespath("status.addresses[].value", addresses or None)
    context.spec.view(name).wait_until(told, "to tell the addresses of the Gateway")
