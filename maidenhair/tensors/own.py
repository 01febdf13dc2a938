"""Tensors of one user of a server that others use as well: known by names, under numbers that nobody else has."""

from __future__ import annotations

import secrets
from types import TracebackType

from maidenhair.errors import TransferError
from maidenhair.tensors.client import TensorClient

ID_BITS = 63
"""The service's numbers have 64 bits; SkyTorch's own client reads some of them as signed."""


class OwnTensors:
    """Names for tensors on a server; a context manager that deletes those that were named.

    Args:
        client: the client of the server; it stays open.
    """

    def __init__(self, client: TensorClient) -> None:
        self.client = client
        self._ids: dict[str, int] = {}

    def __enter__(self) -> OwnTensors:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Delete the tensors; a server that has gone has none of them any more.

        Raises:
            TransferError: the server answers, but did not delete them.
        """
        if not self._ids:
            return
        try:
            self.client.delete(*self._ids.values())
        except TransferError as failed:
            if failed.status != "UNAVAILABLE":
                raise

    def id_of(self, name: str) -> int:
        """Return the number of the tensor of that name: always the same, and random, so that no two users share it."""
        return self._ids.setdefault(name, secrets.randbits(ID_BITS))
