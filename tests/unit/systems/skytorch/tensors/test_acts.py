"""Acts of features that consist of several calls."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from maidenhair.errors import ConfigurationError
from maidenhair.systems.skytorch.tensors import OwnTensors, Protocol, TensorClient, TensorData
from maidenhair.systems.skytorch.tensors.acts import ORDERS, send_operations, transfer_many
from maidenhair.systems.skytorch.tensors.minimal_server import MinimalServer
from tests.conftest import imported

imported("skytorch")

WRITTEN = {
    f"tensor {i}": TensorData("uint8", (1000,), memoryview(bytes([i]) * 1000)) for i in range(16)
}


@pytest.fixture
def tensors() -> Iterator[OwnTensors]:
    with (
        MinimalServer(Protocol.installed()) as server,
        TensorClient(server.target) as client,
        OwnTensors(client) as tensors,
    ):
        yield tensors


@pytest.mark.parametrize("order", ORDERS)
def test_many_tensors_are_read_as_they_were_written(tensors: OwnTensors, order: str) -> None:
    transferred = transfer_many(tensors, WRITTEN, order)

    assert {one.title: one.on_server for one in transferred} == {
        name: (tensor,) for name, tensor in WRITTEN.items()
    }
    assert all(one.here == one.on_server for one in transferred)


def test_an_unknown_order_is_refused(tensors: OwnTensors) -> None:
    with pytest.raises(ConfigurationError, match="'backwards'; choose one of: one after another, "):
        transfer_many(tensors, WRITTEN, "backwards")


def test_an_unknown_operation_is_refused(tensors: OwnTensors) -> None:
    with pytest.raises(ConfigurationError, match="'halve'; choose one of: write, double, "):
        send_operations(tensors, [("halve", "original", "")])
