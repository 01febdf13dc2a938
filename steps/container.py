"""Steps about what the container of a Compute is given, seen from inside by a program in place of the server."""

from __future__ import annotations

from typing import Any

from behave import given, then
from hamcrest import assert_that, has_entries

from maidenhair.systems.skytorch.api.facts_table import has_facts
from maidenhair.systems.skytorch.api.settings_table import spec_of
from maidenhair.systems.skytorch.workloads.commands import TELL

DEFAULT_IMAGE = "skytorch-server:latest"


@given('a Compute object named "{name}" that tells what its container sees')
def submit_teller(context: Any, name: str) -> None:
    asked = {"image": context.skytorch.server_image, **spec_of(context.table or ())}
    context.skytorch.as_program(name).submit(command=list(TELL), **asked)


@then('the container of "{name}" sees')
def container_sees(context: Any, name: str) -> None:
    told = context.skytorch.view(name).pods.told()
    seen = {f"variable {variable}": value for variable, value in told["variables"].items()}
    seen["arguments"] = " ".join(told["arguments"])
    assert_that(seen, has_entries(dict(context.table)))


@then('the container of "{name}" gets the image that this run is for')
def gets_image_of_run(context: Any, name: str) -> None:
    image = context.skytorch.server_image or DEFAULT_IMAGE
    wanted = f"to have the image {image}"
    context.skytorch.view(name).child("StatefulSet").wait_until(has_facts({"image": image}), wanted)
