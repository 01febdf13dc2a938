"""Any tensor reads back bit for bit from SkyTorch's own server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maidenhair.systems.skytorch.tensors import (
    TensorClient,
    TensorData,
    TensorRef,
    from_torch,
    to_torch,
)
from tests.conftest import imported
from tests.unit.systems.skytorch.skytorch_server import CHUNK

torch = imported("torch")
imported("skytorch")

SIZES = {
    "bool": 1,
    "uint8": 1,
    "int8": 1,
    "int16": 2,
    "int32": 4,
    "int64": 8,
    "float16": 2,
    "bfloat16": 2,
    "float32": 4,
    "float64": 8,
    "complex64": 8,
    "complex128": 16,
}
NUMBER = 41
PROPERTY = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@st.composite
def tensors(draw: st.DrawFn) -> TensorData:
    """Generate tensors of any type, with up to four dimensions, none of them empty, and any bits."""
    dtype = draw(st.sampled_from(sorted(SIZES)))
    shape = tuple(draw(st.lists(st.integers(1, 9), max_size=4)))
    size = SIZES[dtype]
    for length in shape:
        size *= length
    bits = draw(st.binary(min_size=size, max_size=size))
    if dtype == "bool":
        bits = bytes(bit & 1 for bit in bits)
    return TensorData(dtype, shape, memoryview(bits))


@pytest.fixture(scope="module")
def client(skytorch_server: str) -> Iterator[TensorClient]:
    with TensorClient(skytorch_server, chunk_size=CHUNK) as client:
        yield client


@PROPERTY
@given(written=tensors())
def test_a_written_tensor_is_read_unchanged(client: TensorClient, written: TensorData) -> None:
    client.write(NUMBER, written)
    read = client.read(NUMBER, written.dtype)
    client.delete(NUMBER)

    assert read == written


@PROPERTY
@given(size=st.integers(1, 5 * CHUNK), chunk=st.integers(100, 3 * CHUNK), seed=st.integers(0, 9))
def test_the_chunk_size_makes_no_difference(
    client: TensorClient, size: int, chunk: int, seed: int
) -> None:
    written = TensorData("uint8", (size,), memoryview(bytes((seed + i) % 251 for i in range(size))))

    client.send(client.messages(NUMBER, written, chunk))
    read = client.read(NUMBER, "uint8")
    client.delete(NUMBER)

    assert read == written


@PROPERTY
@given(
    values=st.lists(st.integers(-(2**31), 2**31 - 1), min_size=1, max_size=40),
    factor=st.integers(-1000, 1000),
)
def test_an_operation_has_the_bits_that_torch_has(
    client: TensorClient, values: list[int], factor: int
) -> None:
    here: Any = torch.tensor(values, dtype=torch.int64)
    client.write(NUMBER, from_torch(here))

    client.execute("aten::mul.Scalar", [TensorRef(NUMBER), factor], [TensorRef(NUMBER)])

    assert to_torch(client.read(NUMBER, "int64")).tolist() == (here * factor).tolist()
    client.delete(NUMBER)
