"""Steps about the objects that serve a Compute: its Service, its GRPCRoute and its StatefulSet."""

from __future__ import annotations

from typing import Any

from behave import then, when

from maidenhair.kube.matchers import has_annotations, has_labels, matches_tree
from maidenhair.systems.skytorch.api.facts_table import has_facts
from maidenhair.systems.skytorch.api.owned_objects import CHILDREN, SPOILT


@then('"{name}" owns a Service, a GRPCRoute and a StatefulSet of its name')
def owns_what_serves_it(context: Any, name: str) -> None:
    context.skytorch.view(name).wait_for_children()


@when('somebody deletes the {kind:w} of "{name}"')
def delete_child(context: Any, kind: str, name: str) -> None:
    context.child = context.skytorch.view(name).child(kind).delete()


@when('somebody changes the {kind:w} of "{name}"')
def change_child(context: Any, kind: str, name: str) -> None:
    context.child = context.skytorch.view(name).child(kind).change(SPOILT[kind])


@then('"{name}" owns another {kind:w} of its name')
def owns_another_child(context: Any, name: str, kind: str) -> None:
    child = context.skytorch.view(name).child(kind)
    child.wait_for_another(context.child)


@then('the {kind:w} of "{name}" is as it was before')
def child_is_as_before(context: Any, kind: str, name: str) -> None:
    spec = {"spec": context.child["spec"]}
    context.skytorch.view(name).child(kind).wait_until(matches_tree(spec), "to be as before")


@when('"{name}" is given the label "{label}" with the value "{value}"')
def give_label(context: Any, name: str, label: str, value: str) -> None:
    context.skytorch.view(name).patch(labels={label: value})


@when('the label "{label}" is taken from "{name}"')
def take_label(context: Any, label: str, name: str) -> None:
    context.skytorch.view(name).patch(labels={label: None})


@then('what serves "{name}" has the label "{label}" with the value "{value}"')
def children_have_label(context: Any, name: str, label: str, value: str) -> None:
    labelled = matches_tree({"metadata": {"labels": {label: value}}})
    for kind in CHILDREN:
        child = context.skytorch.view(name).child(kind)
        child.wait_until(labelled, f"to have the label {label}={value}")


@then('what serves "{name}" has no label "{label}"')
def children_lack_label(context: Any, name: str, label: str) -> None:
    unlabelled = matches_tree({"metadata": {"labels": {label: None}}})
    for kind in CHILDREN:
        child = context.skytorch.view(name).child(kind)
        child.wait_until(unlabelled, f"to have no label {label}")


@then('the {kind:w} of "{name}" has')
def child_has(context: Any, kind: str, name: str) -> None:
    wanted = "to be as the table says"
    context.skytorch.view(name).child(kind).wait_until(has_facts(dict(context.table)), wanted)


@then('what serves "{name}" and its pod have the labels')
def all_have_labels(context: Any, name: str) -> None:
    context.skytorch.view(name).wait_until_all(
        has_labels(dict(context.table)), "to have the labels"
    )


@then('what serves "{name}" and its pod have the annotations')
def all_have_annotations(context: Any, name: str) -> None:
    annotated = has_annotations(dict(context.table))
    context.skytorch.view(name).wait_until_all(annotated, "to have the annotations")
