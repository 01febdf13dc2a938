"""Names for tensors on a server that others use as well."""

from __future__ import annotations

from typing import Any, cast

import pytest

from maidenhair.errors import TransferError
from maidenhair.tensors import OwnTensors, TensorClient


class Server:
    """Takes deletions; the status of the error that each ends in, if any."""

    def __init__(self, status: str | None = None) -> None:
        self.status = status
        self.deleted: list[tuple[int, ...]] = []

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
