"""Steps about the labels, the annotations and other fields of objects."""

from __future__ import annotations

from typing import Any

from behave import step, then
from hamcrest import all_of

from maidenhair.kube.matchers import has_annotations, has_jmespath, has_labels
from maidenhair.steps.names import all_named, named


@step("the labels of {objects:Objects} include")
def labels_include(context: Any, objects: list[tuple[str, str]]) -> None:
    """Wait until each object has these labels. An empty cell expects that there is no such label."""
    for each in all_named(context, objects):
        each.wait_until(has_labels(pairs(context)), "to have the labels")


@then("the annotations of {objects:Objects} include")
def annotations_include(context: Any, objects: list[tuple[str, str]]) -> None:
    """Wait until each object has these annotations."""
    for each in all_named(context, objects):
        each.wait_until(has_annotations(pairs(context)), "to have the annotations")


@then('the fields of {kind:Kind} "{name:Name}" include')
def fields_include(context: Any, kind: str, name: str) -> None:
    """Wait until the fields at these JMESPaths have these values. An empty cell expects that there is no such field."""
    wanted = [has_jmespath(path, value) for path, value in pairs(context).items()]
    named(context, kind, name).wait_until(all_of(*wanted), "to have the fields")


def pairs(context: Any) -> dict[str, str | None]:
    """Read a table of keys and values; an empty cell expects that there is no such key."""
    return {key: value or None for key, value in context.table}
