"""Steps about Computes of one name in several namespaces."""

from __future__ import annotations

from typing import Any

from behave import given, then, when
from hamcrest import assert_that

from maidenhair.systems.skytorch.api.compute import ComputeView
from maidenhair.systems.skytorch.sdk.drivers import ObjectDriven
from maidenhair.systems.skytorch.stack.readiness import serving
from maidenhair.systems.skytorch.tensors import sample
from maidenhair.systems.skytorch.tensors.matchers import equal_tensor

SHAPE = (3, 4)
NUMBER = 7


@given('ready Compute objects named "{name}" in two namespaces')
def submit_in_two(context: Any, name: str) -> None:
    spec = context.spec
    here = context.skytorch.as_object(name)
    there = ObjectDriven(ComputeView(spec.kube, spec.another_namespace(), name))
    context.twins = [here, there]
    for compute in context.twins:
        compute.submit(context.skytorch.server_image)
    context.clients = [
        spec.cleanups.enter("close a tensor client", serving(compute.view))
        for compute in context.twins
    ]


@when("a different tensor is written to each of them under the same number")
def write_to_each(context: Any) -> None:
    context.twin_tensors = [sample(SHAPE, "float32", seed=seed) for seed in range(2)]
    for client, tensor in zip(context.clients, context.twin_tensors, strict=True):
        client.write(NUMBER, tensor)


@then("each gives its own tensor back")
def each_gives_own(context: Any) -> None:
    for client, tensor in zip(context.clients, context.twin_tensors, strict=True):
        assert_that(client.read(NUMBER, tensor.dtype), equal_tensor(tensor))


@when("the one in the other namespace is deleted")
def delete_other(context: Any) -> None:
    other = context.twins[1]
    other.delete()
    other.view.wait_until_gone()


@then("the one in this namespace still gives its tensor back")
def this_gives_own(context: Any) -> None:
    [tensor, _] = context.twin_tensors
    assert_that(context.clients[0].read(NUMBER, tensor.dtype), equal_tensor(tensor))
