"""Tensors of one user of a shared server: named tensors under random ids, which no other user has."""

from __future__ import annotations

import copy
import secrets
from types import TracebackType

from maidenhair.errors import TransferError
from maidenhair.systems.skytorch.tensors.client import TensorClient
from maidenhair.systems.skytorch.tensors.values.conversion import converted_to
from maidenhair.systems.skytorch.tensors.values.data import TensorData, TensorLayout
from maidenhair.systems.skytorch.tensors.values.views import view_layout, viewed, with_view_written

ID_BITS = 63
"""The size of an id. The service's ids have 64 bits, but SkyTorch's own client reads some of them as signed."""


class OwnTensors:
    """Named tensors on a server, with the expected content of each. A context manager that deletes the tensors.

    Each successful call is repeated with torch on this machine: `local` returns the expected content of a tensor on
    the server.

    Args:
        client: the client of the server. It stays open.

    Attributes:
        client: the client of the server.
        written: the local tensors by name, without views. A call that fails does not change them.
    """

    def __init__(self, client: TensorClient) -> None:
        self.client = client
        self.written: dict[str, TensorData] = {}
        self._views: dict[str, tuple[str, str]] = {}
        self._ids: dict[str, int] = {}

    def __enter__(self) -> OwnTensors:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Delete the tensors. Ignore an unavailable server, because it has lost them.

        Raises:
            TransferError: the server is available, but did not delete them.
        """
        if not self._ids:
            return
        try:
            self.client.delete(*self._ids.values())
        except TransferError as failed:
            if failed.status != "UNAVAILABLE":
                raise

    def through(self, client: TensorClient) -> OwnTensors:
        """Return the same tensors for another client of the same server."""
        other = copy.copy(self)
        other.client = client
        return other

    def id_of(self, name: str) -> int:
        """Return the id of a name. It is random, so that no two users share it, and the same in each call."""
        return self._ids.setdefault(name, secrets.randbits(ID_BITS))

    def define_view(self, name: str, base: str, part: str) -> None:
        """Define a tensor as a view of another. The server creates the view at its first use.

        Args:
            name: the name of the view.
            base: the name of the tensor whose memory the view shares. It must have been written.
            part: a name of VIEWS, for example "every second column".
        """
        self._views[name] = base, part

    def local(self, name: str) -> TensorData:
        """Return the expected content of the tensor of a name.

        Raises:
            AssertionError: no tensor was written under that name.
        """
        if name in self._views:
            base, part = self._views[name]
            return viewed(self.local(base), part)
        if name not in self.written:
            raise AssertionError(f'tensor "{name}" was never written')
        return self.written[name]

    def write(self, name: str, tensor: TensorData) -> None:
        """Write the tensor of a name.

        Raises:
            TransferError: the server refused it, or did not answer.
        """
        self.client.write(self.id_of(name), tensor, layout=self._layout(name))
        self._record(name, tensor)

    def read(self, name: str, dtype: str | None = None) -> TensorData:
        """Read the tensor of a name from the server.

        Args:
            name: the name.
            dtype: the element type in the request. Default: that of the local tensor, or float32 if there is none.

        Raises:
            TransferError: the server refused it, or did not answer.
        """
        if dtype is None:
            known = name in self.written or name in self._views
            dtype = self.local(name).dtype if known else "float32"
        return self.client.read(self.id_of(name), dtype, layout=self._layout(name))

    def delete(self, name: str) -> None:
        """Delete the tensor of a name on the server, if it exists. The local tensor remains.

        Raises:
            TransferError: the server did not answer.
        """
        self.client.delete(self.id_of(name))

    def copy(self, name: str, target: str) -> None:
        """Copy the elements of one tensor into another, on the server and locally.

        Raises:
            TransferError: the server refused it, or did not answer.
        """
        views = [self._layout(each) for each in (name, target)]
        create = [layout for layout in views if layout]
        self.client.copy(self.id_of(name), self.id_of(target), create=create)
        self._record(target, self.local(name))

    def _layout(self, name: str) -> TensorLayout | None:
        if name not in self._views:
            return None
        base, part = self._views[name]
        return view_layout(self.id_of(name), self.id_of(base), self.local(base), part)

    def _record(self, name: str, elements: TensorData) -> None:
        if name in self._views:
            base, part = self._views[name]
            self.written[base] = with_view_written(self.local(base), part, elements)
            return
        # The type of the first write remains the type of the tensor.
        earlier = self.written.get(name, elements)
        same = earlier.dtype == elements.dtype
        self.written[name] = elements if same else converted_to(elements, earlier.dtype)
