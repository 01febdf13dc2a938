"""Names for tensors on a server that others use as well."""

from __future__ import annotations

from typing import Any, cast

import pytest

from maidenhair.errors import TransferError
from maidenhair.systems.skytorch.tensors import OwnTensors, TensorClient, TensorData

ONES = TensorData("uint8", (2,), memoryview(b"\1\1"))
TWOS = TensorData("uint8", (2,), memoryview(b"\2\2"))


class Server:
    """Keeps tensors; the status of the error that each writing and deletion ends in, if any."""

    def __init__(self, status: str | None = None) -> None:
        self.status = status
        self.deleted: list[tuple[int, ...]] = []
        self.kept: dict[int, TensorData] = {}
        self.asked_for: list[str] = []

    def write(self, tensor_id: int, tensor: TensorData) -> None:
        if self.status:
            raise TransferError("writing", self.status, "")
        self.kept[tensor_id] = tensor

    def read(self, tensor_id: int, dtype: str) -> TensorData:
        self.asked_for.append(dtype)
        return self.kept[tensor_id]

    def copy(self, source: int, target: int) -> None:
        self.kept[target] = self.kept[source]

    def delete(self, *tensor_ids: int) -> None:
        self.deleted.append(tensor_ids)
        if self.status:
            raise TransferError("deleting", self.status, "")


def own(server: Server) -> OwnTensors:
    return OwnTensors(cast(TensorClient, cast(Any, server)))


def test_a_name_always_means_the_same_number_and_another_name_another() -> None:
    tensors = own(Server())
    assert tensors.id_of("left") == tensors.id_of("left")
    assert tensors.id_of("left") != tensors.id_of("right")


def test_two_users_have_different_numbers_for_a_name() -> None:
    assert own(Server()).id_of("left") != own(Server()).id_of("left")


def test_what_was_named_is_deleted_at_the_end() -> None:
    server = Server()
    with own(server) as tensors:
        named = tensors.id_of("left"), tensors.id_of("right")
    assert server.deleted == [named]


def test_nothing_is_deleted_where_nothing_was_named() -> None:
    server = Server()
    with own(server):
        pass
    assert server.deleted == []


def test_a_server_that_is_gone_has_nothing_to_delete() -> None:
    with own(Server("UNAVAILABLE")) as tensors:
        tensors.id_of("left")


def test_what_could_not_be_deleted_is_told() -> None:
    with pytest.raises(TransferError, match="INTERNAL"), own(Server("INTERNAL")) as tensors:
        tensors.id_of("left")


def test_what_is_written_under_a_name_is_read_under_it() -> None:
    tensors = own(Server())
    tensors.write("left", ONES)
    tensors.write("right", TWOS)

    assert tensors.read("left") == ONES
    assert tensors.written == {"left": ONES, "right": TWOS}


def test_a_tensor_is_read_as_the_type_that_it_was_written_with_unless_another_is_asked_for() -> (
    None
):
    server = Server()
    tensors = own(server)
    tensors.write("left", ONES)

    tensors.read("left")
    tensors.read("left", "float64")

    assert server.asked_for == ["uint8", "float64"]


def test_what_could_not_be_written_does_not_count_as_written() -> None:
    server = Server()
    tensors = own(server)
    tensors.write("left", ONES)
    server.status = "INTERNAL"

    with pytest.raises(TransferError):
        tensors.write("left", TWOS)

    assert tensors.written == {"left": ONES}


def test_a_tensor_is_deleted_by_its_name() -> None:
    server = Server()
    tensors = own(server)

    tensors.delete("left")

    assert server.deleted == [(tensors.id_of("left"),)]


def test_what_is_copied_counts_as_written() -> None:
    tensors = own(Server())
    tensors.write("left", ONES)

    tensors.copy("left", "right")

    assert tensors.read("right") == ONES
    assert tensors.written["right"] == ONES
