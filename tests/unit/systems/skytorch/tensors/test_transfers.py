"""Received tensors: their bytes must fit the type and shape in their chunks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from maidenhair.systems.skytorch.tensors import TensorData
from maidenhair.systems.skytorch.tensors.rpc.chunks import ChunkError
from maidenhair.systems.skytorch.tensors.rpc.protocol import Protocol
from maidenhair.systems.skytorch.tensors.rpc.requests import Requests
from maidenhair.systems.skytorch.tensors.rpc.transfers import download
from maidenhair.systems.skytorch.tensors.values.data import bytes_of
from tests.conftest import imported

torch = imported("torch")
imported("skytorch")

TENSOR_ID = 7


class Call:
    """A fake call that yields messages, and records whether it was cancelled."""

    def __init__(self, messages: Iterator[bytes]) -> None:
        self._messages = messages
        self.cancelled = False

    def __iter__(self) -> Iterator[bytes]:
        return self._messages

    def __next__(self) -> bytes:
        return next(self._messages)

    def cancel(self) -> None:
        self.cancelled = True


def arrived(tensor: TensorData) -> tuple[Call, TensorData]:
    requests = Requests(Protocol.installed())
    call = Call(requests.chunks(TENSOR_ID, tensor, 8))
    return call, download(call, requests.chunk_framing, TENSOR_ID)


@pytest.mark.parametrize(
    ("dtype", "shape", "size"),
    [("float32", (2, 3), 24), ("bfloat16", (3,), 6), ("bool", (), 1), ("float64", (0, 3), 0)],
)
def test_the_bytes_of_a_tensor_fit_its_type_and_shape(
    dtype: str, shape: tuple[int, ...], size: int
) -> None:
    sent = TensorData(dtype, shape, memoryview(bytes(range(size))))
    _, received = arrived(sent)

    assert received == sent
    assert bytes_of(dtype, shape) == size == torch.empty(shape, dtype=getattr(torch, dtype)).nbytes


def test_a_tensor_with_too_many_bytes_for_its_shape_is_refused() -> None:
    with pytest.raises(
        ChunkError, match=r"24 bytes arrived, .* bfloat16 and shape \(2, 3\) has 12 bytes"
    ):
        arrived(TensorData("bfloat16", (2, 3), memoryview(bytes(24))))


def test_any_number_of_bytes_is_accepted_for_an_unknown_type() -> None:
    sent = TensorData("float4_of_tomorrow", (4,), memoryview(bytes(2)))
    _, received = arrived(sent)

    assert received == sent
