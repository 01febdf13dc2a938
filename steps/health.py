"""Steps about what a server says of its health."""

from __future__ import annotations

from typing import Any

from behave import then
from hamcrest import assert_that, equal_to

SERVICES = {"the whole server": "", "the tensor service": "skytorch.torch.Service"}


@then("{part} is said to serve")
def serves(context: Any, part: str) -> None:
    assert_that(context.client.health(SERVICES[part]), equal_to("SERVING"), part)
