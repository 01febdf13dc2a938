"""Steps about Computes that are asked to be like a table says.

The words are those of maidenhair.systems.skytorch.api.settings_table.
"""

from __future__ import annotations

from typing import Any

from behave import given

from maidenhair.systems.skytorch.api.settings_table import spec_of


@given('a Compute object named "{name}" that names no image')
def submit_object_without_image_name(context: Any, name: str) -> None:
    context.skytorch.as_object(name).submit(None, suspend=True)


@given('a Compute object named "{name}" with')
def submit_object_with(context: Any, name: str) -> None:
    compute = context.skytorch.as_object(name)
    compute.submit(**{"image": context.skytorch.server_image, **spec_of(context.table)})
