"""Steps about Computes that the API may refuse, or take with a warning."""

from __future__ import annotations

from typing import Any

from behave import then, when
from hamcrest import assert_that, contains_string, equal_to, has_item, instance_of, is_in, none
from kubernetes.client import ApiException

from maidenhair.errors import ApiRefused
from maidenhair.kube.matchers import matches_tree
from maidenhair.suite.outcome import attempt, outcome_of
from maidenhair.systems.skytorch.api.settings_table import metadata_of, options_of, spec_of

STRICT, LENIENT = "Strict", "Warn"
# A field that there is not is told before anything is judged.
STATUSES = (400, 422)


@when('a Compute object named "{name}" is submitted with')
def submit_with(context: Any, name: str) -> None:
    create(context, name, spec_of(context.table), LENIENT)


@when('a Compute object named "{name}" is submitted for strict validation with')
def submit_strictly_with(context: Any, name: str) -> None:
    create(context, name, spec_of(context.table), STRICT)


@when('a Compute object named "{name}" is submitted with an empty spec')
def submit_with_empty_spec(context: Any, name: str) -> None:
    create(context, name, {}, LENIENT)


@when('a Compute object named "{name}" is submitted without a spec')
def submit_without_spec(context: Any, name: str) -> None:
    create(context, name, None, LENIENT)


@when('a Compute named "{name}" is submitted with')
def submit_through_sdk_with(context: Any, name: str) -> None:
    options = options_of(context.table)
    if not context.skytorch.sdk.takes(*options):
        context.scenario.skip(f"this SDK's Compute does not take all of {', '.join(options)}")
        return
    compute = context.skytorch.through_sdk(name)
    arguments = {"image": context.skytorch.server_image, **options}
    context.outcome = attempt(lambda: compute.submit(**arguments), ApiException)


@when('somebody writes into the status of "{name}" the address')
def write_address(context: Any, name: str) -> None:
    cells = {heading: context.table[0][heading] for heading in context.table.headings}
    write_addresses(context, name, [cells])


@when('somebody writes {count:d} addresses into the status of "{name}"')
def write_many_addresses(context: Any, count: int, name: str) -> None:
    write_addresses(context, name, [{"value": f"host-{number}"} for number in range(count)])


@then('the API refuses it with "{message}"')
def api_refuses(context: Any, message: str) -> None:
    refusal: Any = outcome_of(context).error
    assert_that(refusal, instance_of(Exception), "the API's refusal")
    assert_that(refusal.status, is_in(STATUSES), "the status of the refusal")
    assert_that(str(refusal), contains_string(message))


@then("the API takes it")
def api_takes(context: Any) -> None:
    assert_that(outcome_of(context).error, none(), "the API's refusal")


@then('the API warns of "{message}"')
def api_warns(context: Any, message: str) -> None:
    assert_that(context.warnings, has_item(message), "the API's warnings")


@then('"{name}" has no "{field}"')
def has_no_field(context: Any, name: str, field: str) -> None:
    compute = context.skytorch.view(name).wait_until_present()
    assert_that(compute, matches_tree({"spec": {field: None}}))


@then('the address is of type "{kind}"')
def address_is_of_type(context: Any, kind: str) -> None:
    written: Any = outcome_of(context).value
    [address] = written["status"]["addresses"]
    assert_that(address["type"], equal_to(kind))


def create(context: Any, name: str, spec: Any, validation: str) -> None:
    view = context.skytorch.as_object(name).view
    warnings: list[str] = []
    context.warnings = warnings
    metadata = metadata_of(context.table or ())
    context.outcome = attempt(
        lambda: view.create(spec, metadata, validation, warnings.append), ApiRefused
    )


def write_addresses(context: Any, name: str, addresses: list[dict[str, str]]) -> None:
    view = context.skytorch.view(name)
    context.outcome = attempt(lambda: view.patch_status(addresses=addresses), ApiRefused)
