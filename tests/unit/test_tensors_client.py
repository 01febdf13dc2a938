"""The tensor client against SkyTorch's own server, run here as a process."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from maidenhair.errors import TransferError
from maidenhair.tensors import TensorClient, TensorData, converted_to, from_torch, sample, to_torch
from maidenhair.waiting.journal import Journal, kept_in
from tests.conftest import imported

torch = imported("torch")
imported("skytorch")
tenacity = imported("tenacity")

CHUNK = 4096
TENSORS = {
    "numbers": torch.arange(12, dtype=torch.float32).reshape(3, 4),
    "bfloat16": torch.linspace(-1, 1, 33).to(torch.bfloat16),
    "complex": torch.complex(torch.arange(6.0), -torch.arange(6.0)).reshape(2, 3),
    "boolean": torch.tensor([True, False, True]),
    "one number": torch.tensor(7, dtype=torch.int64),
    "not contiguous": torch.arange(12, dtype=torch.int32).reshape(3, 4).t(),
    "nan with payload": torch.tensor([0x7FC12345, -1], dtype=torch.int32).view(torch.float32),
    "a chunk less one byte": torch.arange(CHUNK - 1, dtype=torch.int32).to(torch.uint8),
    "a chunk": torch.arange(CHUNK, dtype=torch.int32).to(torch.uint8),
    "a chunk and one byte": torch.arange(CHUNK + 1, dtype=torch.int32).to(torch.uint8),
    "many chunks": torch.arange(CHUNK, dtype=torch.float64),
}


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    log = tmp_path_factory.mktemp("server") / "log"
    with log.open("w") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "skytorch.torch.server", "--host", "127.0.0.1", "--port", str(port),
             "--chunk-size", str(CHUNK)],
            stdout=output, stderr=output, env={**os.environ, "OMP_NUM_THREADS": "1"},
        )  # fmt: skip
    try:
        wait_until_serving(f"127.0.0.1:{port}", server, log)
        yield f"127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=30)


@pytest.fixture
def client(target: str) -> Iterator[TensorClient]:
    with TensorClient(target, [("compute-id", "here/trainer")], chunk_size=CHUNK) as client:
        yield client


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_until_serving(target: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for attempt in tenacity.Retrying(
        stop=tenacity.stop_after_delay(120),
        wait=tenacity.wait_fixed(0.2),
        retry=tenacity.retry_if_exception_type(TransferError),
        reraise=True,
    ):
        with attempt:
            if server.poll() is not None:
                pytest.fail(f"the server ended with {server.returncode}: {log.read_text()}")
            with TensorClient(target, deadline=5) as client:
                assert client.health() == "SERVING"


@pytest.mark.parametrize("name", TENSORS)
def test_a_tensor_reads_back_bit_for_bit(client: TensorClient, name: str) -> None:
    written = from_torch(TENSORS[name])

    client.write(11, written)
    read = client.read(11, written.dtype)

    client.delete(11)
    assert read == written


@pytest.mark.skipif(
    sys.version_info < (3, 12), reason="SkyTorch 0.1.0 does not transfer empty tensors"
)
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


def test_a_server_that_is_not_there_is_unavailable() -> None:
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


@pytest.mark.parametrize("name", TENSORS)
def test_a_tensor_survives_the_conversion(name: str) -> None:
    original = TENSORS[name]

    copy = to_torch(from_torch(original))

    assert copy.dtype == original.dtype
    assert copy.shape == original.shape
    assert from_torch(copy) == from_torch(original)


def test_a_contiguous_tensor_is_not_copied() -> None:
    tensor = torch.zeros(4, dtype=torch.uint8)
    data = from_torch(tensor)

    tensor[2] = 9

    assert bytes(data.data) == b"\0\0\x09\0"


def test_numbers_are_converted_to_another_type() -> None:
    halves = from_torch(torch.tensor([1.5, -2.5]))

    assert to_torch(converted_to(halves, "int64")).tolist() == [1, -2]


def test_a_sample_of_truth_values_has_no_other_bytes() -> None:
    assert set(sample((50,), "bool").data) == {0, 1}


def test_an_unknown_element_type_is_refused() -> None:
    with pytest.raises(ValueError, match="no element type named 'float33'"):
        to_torch(TensorData("float33", (1,), memoryview(bytes(4))))


def test_the_state_of_the_channel_and_how_calls_ended_are_written_down(target: str) -> None:
    journal = Journal()
    with kept_in(journal), TensorClient(target) as client:
        client.health()
        with pytest.raises(TransferError):
            client.read(404, "float32")
        open_ = journal.told("grpc")

    assert f"{target}: the channel is READY" in open_
    assert "checking the server's health: OK" in open_
    assert "reading tensor 404: NOT_FOUND: " in open_
    assert "the channel is closed" in journal.told("grpc")
