"""Steps about the claims that Computes name."""

from __future__ import annotations

from typing import Any

from behave import then
from hamcrest import all_of, none

from maidenhair.kube.matchers import has_jmespath, has_labels, is_present
from maidenhair.systems.skytorch.api.claims import wait_for_claim
from maidenhair.systems.skytorch.api.facts_table import has_facts


@then('the claim "{name}" has')
def claim_has(context: Any, name: str) -> None:
    wait_for(context, name, has_facts(dict(context.table)), "to be as the table says")


@then('the claim "{name}" has the labels')
def claim_has_labels(context: Any, name: str) -> None:
    wait_for(context, name, has_labels(dict(context.table)), "to have the labels")


@then('the claim "{name}" has no label "{label}"')
def claim_has_no_label(context: Any, name: str, label: str) -> None:
    wait_for(context, name, has_labels({label: None}), f"to have no label {label}")


@then('the claim "{name}" is still there')
def claim_is_there(context: Any, name: str) -> None:
    kept = all_of(is_present(), has_jmespath("metadata.deletionTimestamp", none()))
    wait_for(context, name, kept, "to be there, and not to be deleted")


def wait_for(context: Any, name: str, matcher: Any, wanted: str) -> None:
    wait_for_claim(context.spec.kube, context.spec.namespace, name, matcher, wanted)
