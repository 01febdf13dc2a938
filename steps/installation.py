"""Steps about what an installation of SkyTorch brings along."""

from __future__ import annotations

from typing import Any

from behave import then, when
from hamcrest import (
    assert_that,
    equal_to,
    has_entries,
    has_item,
    is_,
    matches_regexp,
    not_,
)
from hamcrest.core.matcher import Matcher

from maidenhair.kube.matchers import has_condition
from maidenhair.kube.objects import conditions
from maidenhair.suite.outcome import Outcome, outcome_of
from maidenhair.systems.skytorch.api.compute import API_GROUP
from maidenhair.systems.skytorch.stack.installation import (
    CLAIM,
    Operator,
    call_nobody,
    find_gateway,
    find_gateway_class,
    submit_with_claim,
)
from maidenhair.systems.skytorch.tensors.matchers import has_grpc_status


@when("kubectl lists the kinds of the API of Computes")
def list_kinds(context: Any) -> None:
    context.rows = context.spec.kubectl.table("api-resources", f"--api-group={API_GROUP}")


@then('"{plural}" of version "{version}" are listed, as objects in namespaces')
def kind_is_listed(context: Any, plural: str, version: str) -> None:
    version = f"{API_GROUP}/{version}"
    row: Matcher[Any] = has_entries(NAME=plural, APIVERSION=version, NAMESPACED="true")
    assert_that(context.rows, has_item(row), "the kinds")


@when('a Compute object named "{name}" that claims to be ready is submitted')
def claim_to_be_ready(context: Any, name: str) -> None:
    spec = context.spec
    context.kept = submit_with_claim(spec.kube, spec.namespace, name)


@then("the API keeps nothing of its status")
def status_is_not_kept(context: Any) -> None:
    reasons = [each["reason"] for each in conditions(context.kept)]
    assert_that(CLAIM["reason"] in reasons, is_(False), f"{CLAIM['reason']} among {reasons}")


@when("kubectl lists the Computes of this scenario")
def list_computes(context: Any) -> None:
    for compute in context.skytorch.computes.values():
        compute.view.wait_for_condition("Suspended", "True", "Suspended")
    context.rows = context.spec.kubectl.table("get", "computes")


@then('"{name}" is listed with the state "{state}" and an age')
def compute_is_listed(context: Any, name: str, state: str) -> None:
    row: Matcher[Any] = has_entries(NAME=name, STATE=state, AGE=matches_regexp(r"\d+[smh]"))
    assert_that(context.rows, has_item(row), "the Computes")


@then("the operator is available")
def operator_is_available(context: Any) -> None:
    assert_that(Operator.find(context.spec.kube).deployment, has_condition("Available"))


@then("none of the operator's containers may run as root")
def operator_is_not_root(context: Any) -> None:
    assert_that(Operator.find(context.spec.kube).may_run_as_root, equal_to([]))


@then('the operator takes "{variable}" from the namespace of its pod')
def operator_knows_namespace(context: Any, variable: str) -> None:
    fields = Operator.find(context.spec.kube).fields
    assert_that(fields, has_entries({variable: "metadata.namespace"}), "variables from the pod")


@then("the operator takes its configuration from a ConfigMap")
def operator_is_configured(context: Any) -> None:
    needed: Any = sorted(Operator.find(context.spec.kube).config_maps)
    assert_that(needed, not_([]), "the ConfigMaps that it needs")


@then("the class of the Gateway is accepted")
def class_is_accepted(context: Any) -> None:
    assert_that(find_gateway_class(context.spec.kube), has_condition("Accepted"))


@then("the Gateway is accepted and programmed")
def gateway_is_in_force(context: Any) -> None:
    gateway = find_gateway(context.spec.kube)
    for condition in ("Accepted", "Programmed"):
        assert_that(gateway, has_condition(condition))


@when("a call that belongs to no Compute is made to the Gateway")
def call_nobodys(context: Any) -> None:
    context.outcome = Outcome(error=call_nobody(context.spec.kube))


@then("the Gateway answers that nobody implements it")
def gateway_answers(context: Any) -> None:
    assert_that(outcome_of(context).error, has_grpc_status("UNIMPLEMENTED"))
