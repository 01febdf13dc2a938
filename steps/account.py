"""Steps about the accounts that programs use the API of Kubernetes with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from behave import given, then
from hamcrest import assert_that, contains_string, equal_to, instance_of

from maidenhair.kube.rbac.service_accounts import Rule, create_service_account, grant
from maidenhair.suite.outcome import outcome_of
from maidenhair.systems.skytorch.api.roles import USE_COMPUTES, use_but_not_delete

PROGRAM = "program"


@given("the account of the pods in the namespace may use Computes")
def let_pods_use_computes(context: Any) -> None:
    grant(context.spec.inventory, "default", USE_COMPUTES)


@given("a program whose account may use the Computes of this scenario, and no more")
def use_account_of_computes(context: Any) -> None:
    use_account(context, USE_COMPUTES)


@given('a program whose account may delete no Compute but "{name}"')
def use_account_that_may_not_delete(context: Any, name: str) -> None:
    use_account(context, use_but_not_delete(name))


@given("a program whose account may do nothing")
def use_account_without_rights(context: Any) -> None:
    use_account(context, ())


@then("the API forbids it")
def api_forbids(context: Any) -> None:
    refusal: Any = outcome_of(context).error
    assert_that(refusal, instance_of(Exception), "the API's refusal")
    assert_that(refusal.status, equal_to(403), "the status of the refusal")
    account = f"system:serviceaccount:{context.spec.namespace}:{PROGRAM}"
    assert_that(str(refusal), contains_string(account))


def use_account(context: Any, rules: Sequence[Rule]) -> None:
    spec = context.spec
    token = create_service_account(spec.kube, spec.inventory, spec.namespace, PROGRAM, rules)
    context.skytorch.use_sdk_as(token)
