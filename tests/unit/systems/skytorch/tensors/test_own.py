"""Named tensors on a shared server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pytest

from maidenhair.errors import TransferError
from maidenhair.systems.skytorch.tensors import (
    OwnTensors,
    TensorClient,
    TensorData,
    TensorLayout,
    from_torch,
    to_torch,
)
from tests.conftest import imported

torch = imported("torch")

ONES = TensorData("uint8", (2,), memoryview(b"\1\1"))
MATRIX = from_torch(torch.arange(6).reshape(2, 3))
TWOS = TensorData("uint8", (2,), memoryview(b"\2\2"))


class Server:
    """A fake client that stores tensors. Writing and deleting fail with `status`, unless it is None."""

    def __init__(self, status: str | None = None) -> None:
        self.status = status
        self.deleted: list[tuple[int, ...]] = []
        self.stored: dict[int, TensorData] = {}
        self.requested: list[str] = []
        self.layouts: dict[int, TensorLayout | None] = {}

    def write(
        self, tensor_id: int, tensor: TensorData, *, layout: TensorLayout | None = None
    ) -> None:
        self.layouts[tensor_id] = layout
        if self.status:
            raise TransferError("writing", self.status, "")
        self.stored[tensor_id] = tensor

    def read(self, tensor_id: int, dtype: str, *, layout: TensorLayout | None = None) -> TensorData:
        self.layouts[tensor_id] = layout
        self.requested.append(dtype)
        return self.stored[tensor_id]

    def copy(self, source: int, target: int, *, create: Sequence[TensorLayout] = ()) -> None:
        self.layouts.update({layout.tensor_id: layout for layout in create})
        self.stored[target] = self.stored.get(source, ONES)

    def delete(self, *tensor_ids: int) -> None:
        self.deleted.append(tensor_ids)
        if self.status:
            raise TransferError("deleting", self.status, "")


def own(server: Server) -> OwnTensors:
    return OwnTensors(cast(TensorClient, cast(Any, server)))


def test_a_name_always_has_the_same_id_and_another_name_has_another() -> None:
    tensors = own(Server())
    assert tensors.id_of("left") == tensors.id_of("left")
    assert tensors.id_of("left") != tensors.id_of("right")


def test_two_users_have_different_ids_for_a_name() -> None:
    assert own(Server()).id_of("left") != own(Server()).id_of("left")


def test_named_tensors_are_deleted_at_the_end() -> None:
    server = Server()
    with own(server) as tensors:
        named = tensors.id_of("left"), tensors.id_of("right")
    assert server.deleted == [named]


def test_no_tensors_are_deleted_if_none_were_named() -> None:
    server = Server()
    with own(server):
        pass
    assert server.deleted == []


def test_a_server_that_is_gone_has_nothing_to_delete() -> None:
    with own(Server("UNAVAILABLE")) as tensors:
        tensors.id_of("left")


def test_a_failed_deletion_is_an_error() -> None:
    with pytest.raises(TransferError, match="INTERNAL"), own(Server("INTERNAL")) as tensors:
        tensors.id_of("left")


def test_a_tensor_is_read_under_the_name_that_it_was_written_under() -> None:
    tensors = own(Server())
    tensors.write("left", ONES)
    tensors.write("right", TWOS)

    assert tensors.read("left") == ONES
    assert tensors.written == {"left": ONES, "right": TWOS}


def test_a_tensor_is_read_with_its_own_type_unless_another_is_requested() -> None:
    server = Server()
    tensors = own(server)
    tensors.write("left", ONES)

    tensors.read("left")
    tensors.read("left", "float64")

    assert server.requested == ["uint8", "float64"]


def test_a_failed_write_does_not_change_the_local_tensor() -> None:
    server = Server()
    tensors = own(server)
    tensors.write("left", ONES)
    server.status = "INTERNAL"

    with pytest.raises(TransferError):
        tensors.write("left", TWOS)

    assert tensors.local("left") == ONES


def test_a_tensor_that_was_never_written_has_no_local_one() -> None:
    with pytest.raises(AssertionError, match='tensor "left" was never written'):
        own(Server()).local("left")


def test_a_tensor_keeps_the_type_that_it_was_first_written_with() -> None:
    tensors = own(Server())
    tensors.write("left", from_torch(torch.tensor([1.0, 2.0])))

    tensors.write("left", TWOS)

    assert tensors.local("left") == from_torch(torch.tensor([2.0, 2.0]))


def test_a_view_is_read_as_a_part_of_its_tensor() -> None:
    server = Server()
    tensors = own(server)
    tensors.write("matrix", MATRIX)
    tensors.define_view("column", "matrix", "one column")
    server.stored[tensors.id_of("column")] = ONES

    tensors.read("column")

    layout = server.layouts[tensors.id_of("column")]
    assert layout is not None
    assert (layout.view_of, layout.shape, layout.offset) == (tensors.id_of("matrix"), (2,), 1)
    assert tensors.local("column") == from_torch(torch.tensor([1, 4]))


def test_writing_to_a_view_changes_its_tensor() -> None:
    tensors = own(Server())
    tensors.write("matrix", MATRIX)
    tensors.define_view("column", "matrix", "one column")

    tensors.write("column", from_torch(torch.tensor([-1, -2])))

    assert to_torch(tensors.local("matrix")).tolist() == [[0, -1, 2], [3, -2, 5]]
    assert tensors.local("column") == from_torch(torch.tensor([-1, -2]))


def test_a_copy_from_view_to_view_changes_the_tensor_of_the_second() -> None:
    server = Server()
    tensors = own(server)
    for name in ("left", "right"):
        tensors.write(name, MATRIX)
        tensors.define_view(f"view of {name}", name, "one column")
    tensors.write("left", from_torch(torch.full((2, 3), 9)))

    tensors.copy("view of left", "view of right")

    assert {tensors.id_of("view of left"), tensors.id_of("view of right")} <= server.layouts.keys()
    assert to_torch(tensors.local("right")).tolist() == [[0, 9, 2], [3, 9, 5]]


def test_a_refused_copy_leaves_the_local_tensor_unchanged() -> None:
    class Refusing(Server):
        def copy(self, source: int, target: int, *, create: Sequence[TensorLayout] = ()) -> None:
            raise TransferError("copying", "OK", "")

    tensors = own(Refusing())
    tensors.write("left", ONES)
    tensors.write("right", TWOS)

    with pytest.raises(TransferError):
        tensors.copy("left", "right")

    assert tensors.local("right") == TWOS


def test_tensors_through_another_client_are_the_same() -> None:
    first, second = Server(), Server()
    tensors = own(first)
    other = tensors.through(own(second).client)

    other.write("left", ONES)

    assert tensors.local("left") == ONES
    assert first.stored == {}
    assert second.stored == {tensors.id_of("left"): ONES}


def test_a_tensor_is_deleted_by_its_name() -> None:
    server = Server()
    tensors = own(server)

    tensors.delete("left")

    assert server.deleted == [(tensors.id_of("left"),)]


def test_a_copied_tensor_counts_as_written() -> None:
    tensors = own(Server())
    tensors.write("left", ONES)

    tensors.copy("left", "right")

    assert tensors.read("right") == ONES
    assert tensors.written["right"] == ONES
