"""Nested structures of tensors and modules: their tensors, and their moves."""

from __future__ import annotations

from hamcrest import assert_that

from maidenhair.systems.skytorch.tensors import from_torch
from maidenhair.systems.skytorch.tensors.matchers import equal_tensor
from maidenhair.systems.skytorch.workloads.nested_round_trip import (
    moved,
    sample_structure,
    tensors_of,
)
from tests.conftest import imported

torch = imported("torch")


def test_every_tensor_of_a_structure_has_a_place() -> None:
    places = dict(tensors_of(sample_structure()))

    assert len(places) == 13
    assert "it['model']['1.0.running_mean']" in places
    assert "it['batch'][1][1]['mask']" in places
    assert all(isinstance(each, torch.Tensor) for each in places.values())


def test_the_sample_is_always_the_same() -> None:
    one, other = dict(tensors_of(sample_structure())), dict(tensors_of(sample_structure()))

    for place, tensor in one.items():
        assert_that(from_torch(tensor), equal_tensor(from_torch(other[place])), place)


def test_all_tensors_are_moved_and_containers_keep_their_types() -> None:
    there = moved(sample_structure(), "meta")

    assert {str(tensor.device) for _, tensor in tensors_of(there)} == {"meta"}
    assert type(there["batch"]) is list
    assert type(there["batch"][1]) is tuple
