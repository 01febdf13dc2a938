"""Steps about a Compute: its creation, changes and deletion, and the objects that the operator creates for it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from behave import given, step, then, when
from hamcrest import assert_that, has_entries
from kubernetes.client import ApiException

from maidenhair.kube.matchers import has_jmespath, matches_tree
from maidenhair.steps.names import named
from maidenhair.steps.refusals import attempt_to_create
from maidenhair.systems.skytorch.api.compute import KIND
from maidenhair.systems.skytorch.api.facts_table import has_facts
from maidenhair.systems.skytorch.api.owned_objects import BREAKING_CHANGES
from maidenhair.systems.skytorch.api.settings_table import creation_of, options_of, spec_of
from maidenhair.systems.skytorch.sdk.run_program import DEFAULT_IMAGE
from maidenhair.systems.skytorch.stack.endpoint import gateway_addresses
from maidenhair.systems.skytorch.stack.readiness import serving
from maidenhair.systems.skytorch.stack.route_faults import break_route
from maidenhair.systems.skytorch.workloads.commands import printed_facts

ADDRESS = re.compile(r"address(?: of type (?P<type>\w+))? in the status")


@given('a Compute "{name:Name}"')
def create(context: Any, name: str) -> None:
    context.skytorch.create(name, context.table or ())


@given('a suspended Compute "{name:Name}"')
def create_suspended(context: Any, name: str) -> None:
    context.skytorch.create(name, [("suspended", "yes"), *(context.table or ())])


@given('a ready Compute "{name:Name}"')
def create_ready(context: Any, name: str) -> None:
    compute = context.skytorch.create(name, context.table or ())
    # The SDK opens its stream only once, when the Compute is Ready. The Gateway must route to the server by then.
    with serving(compute.view):
        compute.become_ready()


@given('a Compute "{name:Name}" without a server')
def create_without_server(context: Any, name: str) -> None:
    context.skytorch.create(name, [("container", "does nothing"), *(context.table or ())])


@given('a Compute "{name:Name}" that only answers health checks')
def create_healthy(context: Any, name: str) -> None:
    settings = [("container", "answers health checks only"), *(context.table or ())]
    context.skytorch.create(name, settings)


@when('Compute "{name:Name}" is created')
def try_to_create(context: Any, name: str) -> None:
    if context.skytorch.in_program:
        try_to_create_in_program(context, name)
        return
    view = context.skytorch.as_object(name).view
    image = context.skytorch.server_image
    plain = [("image", image)] if image else []
    request = creation_of(plain if context.table is None else context.table)
    warnings: list[str] = []
    context.warnings = warnings

    def create() -> None:
        context.created = view.create(
            request.spec, request.metadata, request.validation, warnings.append, request.status
        )

    attempt_to_create(context, KIND, name, create)


def try_to_create_in_program(context: Any, name: str) -> None:
    options = options_of(context.table or ())
    if not context.skytorch.sdk.takes(*options):
        context.scenario.skip(
            f"Compute of this SDK lacks one of the arguments {', '.join(options)}"
        )
        return
    settings = context.table or ()
    attempt_to_create(
        context, KIND, name, lambda: context.skytorch.create(name, settings), ApiException
    )


@when('Compute "{name:Name}" is changed')
def change(context: Any, name: str) -> None:
    """Change settings, or the addresses in the status; the API may refuse an address."""
    view, addresses = context.skytorch.view(name), addresses_of(context.table)
    if addresses:
        attempt_to_create(context, KIND, name, lambda: view.patch_status(addresses=addresses))
        return
    rows = [(each, context.skytorch.images.get(value, value)) for each, value in context.table]
    view.patch(**spec_of(rows))


@step('Compute "{name:Name}" is suspended')
def suspend(context: Any, name: str) -> None:
    context.skytorch.computes[name].suspend()


@when('Compute "{name:Name}" is resumed')
def resume(context: Any, name: str) -> None:
    """Resume the Compute. A Python program also waits until it is ready, because the SDK's call does."""
    if context.skytorch.in_program:
        context.skytorch.computes[name].resume()
    else:
        context.skytorch.view(name).patch(suspend=False)


@when('somebody changes the {kind:Kind} of Compute "{name:Name}"')
def change_child(context: Any, kind: str, name: str) -> None:
    child = context.skytorch.view(name).child(kind)
    context.spec_before = {"spec": child.change(BREAKING_CHANGES[kind])["spec"]}


@when('the GRPCRoute of Compute "{name:Name}" {fault}, and nobody can mend it')
def break_route_of(context: Any, name: str, fault: str) -> None:
    spec = context.spec
    break_route(spec.kube, spec.inventory, spec.namespace, name, fault)


@then('the {kind:Kind} of Compute "{name:Name}" is as before')
def child_is_as_before(context: Any, kind: str, name: str) -> None:
    before = matches_tree(context.spec_before)
    context.skytorch.view(name).child(kind).wait_until(before, "to be as before")


@then('Compute "{name:Name}" and all its objects are gone')
def is_gone(context: Any, name: str) -> None:
    context.skytorch.view(name).wait_until_gone()


@then('{kind:Kind} "{name:Name}" has')
def has(context: Any, kind: str, name: str) -> None:
    """Check facts of an object. Each row of the table has the name of a fact of `facts_table`, and its value."""
    image = context.skytorch.server_image or DEFAULT_IMAGE
    facts = {fact: image if value == "of this run" else value for fact, value in context.table}
    named(context, kind, name).wait_until(has_facts(facts), "to have the facts of the table")


@step('the container of Compute "{name:Name}" prints')
def container_prints(context: Any, name: str) -> None:
    printed = printed_facts(context.skytorch.view(name).pods.printed())
    assert_that(printed, has_entries(dict(context.table)), f"the output of Compute {name}")


@step('Compute "{name:Name}" has the addresses of the Gateway')
def has_addresses(context: Any, name: str) -> None:
    addresses = gateway_addresses(context.spec.kube)
    wanted = has_jmespath("status.addresses[].value", addresses or None)
    context.skytorch.view(name).wait_until(wanted, "to have the addresses of the Gateway")


def addresses_of(settings: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """Return the addresses that rows such as "address of type Hostname in the status" describe."""
    found = [(ADDRESS.fullmatch(setting), value) for setting, value in settings]
    return [
        {"value": value} if match["type"] is None else {"type": match["type"], "value": value}
        for match, value in found
        if match
    ]
