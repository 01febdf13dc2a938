"""Steps about volumes of Computes, seen from inside by a program that counts in a folder how often it was started."""

from __future__ import annotations

from typing import Any

from behave import given, then
from hamcrest import assert_that, equal_to, has_entries

from maidenhair.systems.skytorch.api.settings_table import spec_of
from maidenhair.systems.skytorch.workloads.commands import COUNT


@given('a Compute object named "{name}" that counts its starts in the folder {folder}')
def submit_counter(context: Any, name: str, folder: str) -> None:
    asked = {"image": context.skytorch.server_image, **spec_of(context.table)}
    context.skytorch.as_program(name).submit(command=list(COUNT), args=[folder], **asked)


@then('"{name}" counts start number {number:d}')
def counts_start(context: Any, name: str, number: int) -> None:
    assert_that(context.skytorch.view(name).pods.told(), equal_to({"starts": number}))


@then('"{name}" cannot count: "{why}"')
def cannot_count(context: Any, name: str, why: str) -> None:
    assert_that(context.skytorch.view(name).pods.told(), has_entries(error=why))
