"""The tensor client against SkyTorch's own server, run here as a process."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from maidenhair._util.ports import free_port
from maidenhair.errors import NotServed, ServiceFailed, TransferError
from maidenhair.systems.skytorch.tensors import (
    Function,
    TensorClient,
    TensorData,
    TensorLayout,
    TensorRef,
    from_torch,
)
from maidenhair.waiting.journal import Journal, recorded_in
from tests.conftest import imported
from tests.unit.systems.skytorch.skytorch_server import CHUNK
from tests.unit.systems.skytorch.tensors.tensors import TENSORS

torch = imported("torch")
imported("skytorch")

LATER = pytest.mark.skipif(
    sys.version_info < (3, 12), reason="SkyTorch 0.1.0, which Python 3.11 has, lacks it"
)


@pytest.fixture
def client(skytorch_server: str) -> Iterator[TensorClient]:
    with TensorClient(
        skytorch_server, [("compute-id", "here/trainer")], chunk_size=CHUNK
    ) as client:
        yield client


@pytest.mark.parametrize("name", TENSORS)
def test_a_tensor_reads_back_bit_for_bit(client: TensorClient, name: str) -> None:
    written = from_torch(TENSORS[name])

    client.write(11, written)
    read = client.read(11, written.dtype)

    client.delete(11)
    assert read == written


@LATER
def test_an_empty_tensor_reads_back(client: TensorClient) -> None:
    written = from_torch(torch.empty(0, 3))

    client.write(12, written)

    assert client.read(12, "float32") == written


def test_an_unknown_tensor_is_not_found(client: TensorClient) -> None:
    with pytest.raises(TransferError) as caught:
        client.read(404, "float32")

    assert caught.value.status == "NOT_FOUND"
    assert "reading tensor 404" in str(caught.value)
    assert "compute-id here/trainer" in str(caught.value)
    assert "Tensor 404 not found" in str(caught.value)


def test_a_deleted_tensor_is_not_found(client: TensorClient) -> None:
    client.write(13, from_torch(torch.ones(2)))

    client.delete(13)

    with pytest.raises(TransferError, match="NOT_FOUND"):
        client.read(13, "float32")


def test_a_failure_that_the_service_reports_is_an_error(client: TensorClient) -> None:
    wrong = TensorData("float33", (2,), memoryview(bytes(8)))

    with pytest.raises(TransferError) as caught:
        client.write(14, wrong)

    assert caught.value.status == "OK"
    assert "the service reported" in str(caught.value)


def test_an_operation_has_the_result_that_torch_has_here(client: TensorClient) -> None:
    left, right = torch.arange(4.0), torch.full((4,), 0.5)
    client.write(21, from_torch(left))
    client.write(22, from_torch(right))

    results = client.execute(
        "aten::add.Tensor",
        args=[TensorRef(21), TensorRef(22)],
        outputs=[TensorRef(23)],
        kwargs={"alpha": 3},
    )

    assert results == (TensorRef(23),)
    assert client.read(23, "float32") == from_torch(left + 3 * right)
    client.delete(21, 22, 23)


def test_the_server_chooses_ids_for_results_without_one(client: TensorClient) -> None:
    (made,) = client.execute("aten::arange.default", [5], kwargs={"dtype": torch.int16})

    assert client.read(made.tensor_id, "int16") == from_torch(torch.arange(5, dtype=torch.int16))
    client.delete(made.tensor_id)


@pytest.mark.parametrize(
    ("op_name", "args", "kwargs", "expected"),
    [
        ("aten::full.default", [[2, 2], 1.5], {}, torch.full((2, 2), 1.5)),
        ("aten::zeros.default", [(3,)], {"layout": torch.strided}, torch.zeros(3)),
        ("aten::clone.default", [TensorRef(24)], {"memory_format": torch.contiguous_format}, torch.ones(2)),
        ("aten::any.dim", [TensorRef(24), 0, True], {}, torch.tensor([True])),
        ("aten::sum.dim_IntList", [TensorRef(24), None], {}, torch.tensor(2.0)),
        ("aten::div.Tensor_mode", [TensorRef(24), TensorRef(24)], {"rounding_mode": "floor"}, torch.ones(2)),
    ],
)  # fmt: skip
def test_arguments_of_each_kind_arrive(
    client: TensorClient, op_name: str, args: list[Any], kwargs: dict[str, Any], expected: Any
) -> None:
    client.write(24, from_torch(torch.ones(2)))

    client.execute(op_name, args, [TensorRef(25)], kwargs)

    written = from_torch(expected)
    assert client.read(25, written.dtype) == written
    client.delete(24, 25)


def test_a_copy_has_the_same_bits(client: TensorClient) -> None:
    written = from_torch(torch.arange(3.0))
    client.write(26, written)

    client.copy(26, 27, create=[TensorLayout(27, "float32", (3,), nbytes=12)])

    assert client.read(27, "float32") == written
    client.delete(26, 27)


def test_a_view_shares_the_memory_of_its_base(client: TensorClient) -> None:
    client.write(28, from_torch(torch.zeros(6)))
    column = TensorLayout(29, "float32", (2,), strides=(3,), offset=1, view_of=28)

    client.write(29, from_torch(torch.ones(2)), layout=column)

    expected = from_torch(torch.tensor([0.0, 1, 0, 0, 1, 0]))
    assert client.read(28, "float32") == expected
    client.delete(28, 29)


def test_a_session_performs_operations_in_order(client: TensorClient) -> None:
    written = from_torch(torch.arange(CHUNK, dtype=torch.float32))
    with client.session() as session:
        session.write(31, written)
        session.execute("aten::mul.Scalar", [TensorRef(31), 2.0], [TensorRef(32)])
        session.copy(32, 31)
        session.delete(32)
        read = session.read(31, "float32")

    assert read == from_torch(torch.arange(CHUNK, dtype=torch.float32) * 2)


def test_a_session_reports_a_failed_operation(client: TensorClient) -> None:
    with client.session() as session:
        session.write(33, from_torch(torch.ones(1)))
        with pytest.raises(ServiceFailed, match="404"):
            session.copy(404, 33)
            session.read(33, "float32")


@LATER
def test_a_session_reads_the_number_in_a_tensor(client: TensorClient) -> None:
    with client.session() as session:
        session.write(34, from_torch(torch.tensor(7)))

        assert session.item(34) == 7


@LATER
def test_a_function_runs_on_the_server(client: TensorClient) -> None:
    source = (
        "def double(n):\n    import torch\n    print('doubling')\n    return torch.arange(n) * 2\n"
    )
    written: list[tuple[str, str]] = []

    returned = client.execute_function(
        Function(source, "double", (3,)), on_log=lambda stream, text: written.append((stream, text))
    )

    (tensor,) = returned.tensors
    assert (tensor.dtype, tensor.shape, tensor.nbytes) == ("int64", (3,), 24)
    assert "doubling" in "".join(text for stream, text in written if stream == "stdout")
    with client.session() as session:
        session.register({tensor.storage_id: 35})
        assert session.read(35, "int64") == from_torch(torch.arange(3) * 2)


@LATER
def test_a_function_that_raises_is_an_error(client: TensorClient) -> None:
    with pytest.raises(ServiceFailed, match="no numbers today"):
        client.execute_function(Function("def f():\n    raise ValueError('no numbers today')", "f"))


def test_a_server_without_sources_serves_no_metrics(client: TensorClient) -> None:
    with pytest.raises(NotServed):
        client.metrics()


def test_a_server_that_does_not_exist_is_unavailable() -> None:
    client = TensorClient(f"127.0.0.1:{free_port()}", deadline=20)

    with client, pytest.raises(TransferError) as caught:
        client.read(1, "float32")

    assert caught.value.status == "UNAVAILABLE"


def test_a_call_ends_at_its_deadline() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        client = TensorClient(f"127.0.0.1:{silent.getsockname()[1]}", deadline=0.2)
        with client, pytest.raises(TransferError) as caught:
            client.write(1, from_torch(torch.ones(2)))

    assert caught.value.status == "DEADLINE_EXCEEDED"


def test_an_unknown_service_is_unknown(client: TensorClient) -> None:
    assert client.health("nothing") == "SERVICE_UNKNOWN"


def test_the_journal_has_the_state_of_the_channel_and_the_last_calls(
    skytorch_server: str,
) -> None:
    journal = Journal()
    with recorded_in(journal), TensorClient(skytorch_server) as client:
        client.health()
        with pytest.raises(TransferError):
            client.read(404, "float32")
        open_ = journal.text("grpc")

    assert f"{skytorch_server}: the channel is READY" in open_
    assert "checking the server's health: OK" in open_
    assert "reading tensor 404: NOT_FOUND: " in open_
    assert "the channel is closed" in journal.text("grpc")
