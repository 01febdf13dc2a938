"""Steps about Computes of one name in two namespaces, each with its own tensor under one id."""

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


@given('a ready Compute "{name}" in this namespace and another')
def create_two(context: Any, name: str) -> None:
    spec = context.spec
    here = context.skytorch.as_object(name)
    there = ObjectDriven(ComputeView(spec.kube, spec.another_namespace(), name))
    context.namesakes = {"this": here, "another": there}
    for compute in (here, there):
        compute.submit(context.skytorch.server_image)
    context.clients = {
        place: spec.cleanups.enter("close a tensor client", serving(compute.view))
        for place, compute in context.namesakes.items()
    }


@when("a different tensor is written to each Compute under the same id")
def write_to_each(context: Any) -> None:
    context.tensor_of = {
        place: sample(SHAPE, "float32", seed=seed) for seed, place in enumerate(context.clients)
    }
    for place, tensor in context.tensor_of.items():
        context.clients[place].write(NUMBER, tensor)


@when('Compute "{name}" of the other namespace is deleted')
def delete_other(context: Any, name: str) -> None:
    other = context.namesakes["another"]
    other.delete()
    other.view.wait_until_gone()


@then('the tensor read from Compute "{name}" of {place:w} namespace equals the one written to it')
def tensor_is_own(context: Any, name: str, place: str) -> None:
    tensor = context.tensor_of[place]
    assert_that(context.clients[place].read(NUMBER, tensor.dtype), equal_tensor(tensor))
