"""Steps about programs that use the Python SDK, each in a process or a pod of its own."""

from __future__ import annotations

from typing import Any

from behave import given, then, when
from hamcrest import assert_that, contains_string, equal_to, not_

from maidenhair.systems.skytorch.sdk.run_program import run_in_pod, run_program

ABSENT_SERVER = "https://127.0.0.1:1"


@given("a kubeconfig with the namespace of this scenario")
def kubeconfig_with_own_namespace(context: Any) -> None:
    context.kubeconfig = context.spec.kubeconfig("own", namespace=context.spec.namespace)


@given('a kubeconfig with the namespace "{namespace}"')
def kubeconfig_with_namespace(context: Any, namespace: str) -> None:
    context.kubeconfig = context.spec.kubeconfig("other", namespace=namespace)


@given("a kubeconfig without a namespace")
def kubeconfig_without_namespace(context: Any) -> None:
    context.kubeconfig = context.spec.kubeconfig("without")


@given("a kubeconfig of a cluster that does not answer")
def kubeconfig_of_absent_cluster(context: Any) -> None:
    context.kubeconfig = context.spec.kubeconfig("absent", server=ABSENT_SERVER)


@given("no kubeconfig")
def no_kubeconfig(context: Any) -> None:
    context.kubeconfig = None


@when('a program makes a Compute named "{name}"')
def program_makes(context: Any, name: str) -> None:
    context.ended = run_program("make", [name], context.kubeconfig)


@when('a program makes a Compute named "{name}" in the namespace of this scenario')
def program_makes_in_namespace(context: Any, name: str) -> None:
    arguments = [name, context.spec.namespace]
    context.ended = run_program("make_in_namespace", arguments, context.kubeconfig)


@when('a program makes a Compute named "{name}" with a configuration of its own')
def program_makes_with_configuration(context: Any, name: str) -> None:
    spec = context.spec
    arguments = [name, spec.namespace, str(spec.kubeconfig("given"))]
    context.ended = run_program("make_with_configuration", arguments, context.kubeconfig)


@when('a program in a pod makes a Compute named "{name}"')
def program_in_pod_makes(context: Any, name: str) -> None:
    spec = context.spec
    context.ended = run_in_pod(
        spec.kube,
        spec.inventory,
        spec.namespace,
        "make",
        [name],
        image=context.skytorch.server_image,
    )


@when("a program asks where its Computes would go")
def program_asks(context: Any) -> None:
    context.ended = run_program("tell_namespace", [], context.kubeconfig)


@when("a program initialises the SDK twice")
def program_initialises_twice(context: Any) -> None:
    context.ended = run_program("initialise_twice", [], context.kubeconfig)


@when('a program initialises the SDK after it made a Compute named "{name}"')
def program_initialises_late(context: Any, name: str) -> None:
    context.ended = run_program("initialise_late", [name], context.kubeconfig)


@then("the program succeeds")
def program_succeeds(context: Any) -> None:
    assert_that(context.ended.status, equal_to(0), context.ended.output)


@then('the program fails with "{message}"')
def program_fails(context: Any, message: str) -> None:
    assert_that(context.ended.status, not_(0), context.ended.output)
    assert_that(context.ended.output, contains_string(message))


@then('it prints "{text}"')
def program_prints(context: Any, text: str) -> None:
    assert_that(context.ended.output, contains_string(text))
