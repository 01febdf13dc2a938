"""Tensors of one user of a server that others use as well: known by names, under numbers that nobody else has."""

from __future__ import annotations

import secrets
from types import TracebackType

from maidenhair.errors import TransferError
from maidenhair.systems.skytorch.tensors.client import TensorClient
from maidenhair.systems.skytorch.tensors.values.data import TensorData

ID_BITS = 63
"""The service's numbers have 64 bits; SkyTorch's own client reads some of them as signed."""


class OwnTensors:
    """Names for tensors on a server; a context manager that deletes those that were named.

    Args:
        client: the client of the server; it stays open.

    Attributes:
        written: what each tensor was written with when writing it last succeeded.
    """

    def __init__(self, client: TensorClient) -> None:
        self.client = client
        self.written: dict[str, TensorData] = {}
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

    def write(self, name: str, tensor: TensorData) -> None:
        """Write the tensor of that name.

        Raises:
            TransferError: it could not be written.
        """
        self.client.write(self.id_of(name), tensor)
        self.written[name] = tensor

    def read(self, name: str, dtype: str | None = None) -> TensorData:
        """Return the tensor of that name as the server has it.

        Args:
            name: its name.
            dtype: the element type to expect; that of what was written, or float32, by default.

        Raises:
            TransferError: it could not be read.
        """
        written = self.written.get(name)
        return self.client.read(
            self.id_of(name), dtype or (written.dtype if written else "float32")
        )

    def delete(self, name: str) -> None:
        """Delete the tensor of that name, if there is one; what was written to it stays known.

        Raises:
            TransferError: the server did not answer.
        """
        self.client.delete(self.id_of(name))

    def copy(self, name: str, target: str) -> None:
        """Copy the elements of one tensor into another, on the server; they then count as written to it.

        Raises:
            TransferError: the server refused it, or did not answer.
        """
        self.client.copy(self.id_of(name), self.id_of(target))
        self.written[target] = self.written[name]
