"""Views: tensors that have no elements of their own, but some of another's."""

from __future__ import annotations

from typing import Any

from maidenhair.tensors.conversion import from_torch, to_torch
from maidenhair.tensors.data import TensorData, TensorLayout
from maidenhair.tensors.own import OwnTensors


class Column:
    """One column of a matrix that was written, as a view of it.

    Args:
        tensors: what knows the numbers of both.
        view: the view's name.
        base: the matrix's name.
        column: the column, from 0.
    """

    def __init__(self, tensors: OwnTensors, view: str, base: str, column: int) -> None:
        self._tensors = tensors
        self._column = column
        self._base = tensors.written[base]
        rows, columns = self._base.shape
        self._layout = TensorLayout(
            tensors.id_of(view),
            self._base.dtype,
            (rows,),
            strides=(columns,),
            offset=column,
            view_of=tensors.id_of(base),
        )

    def write(self, tensor: TensorData) -> None:
        """Write through the view, which the server makes now where it has none.

        Raises:
            TransferError: it could not be written.
        """
        self._tensors.client.write(self._layout.tensor_id, tensor, layout=self._layout)

    def read(self) -> TensorData:
        """Read through the view, which the server makes now where it has none.

        Raises:
            TransferError: it could not be read.
        """
        return self._tensors.client.read(
            self._layout.tensor_id, self._layout.dtype, layout=self._layout
        )

    def expected(self) -> TensorData:
        """Return what the column was when the matrix was written."""
        return from_torch(self._matrix()[:, self._column])

    def base_after(self, tensor: TensorData) -> TensorData:
        """Return what the matrix is once `tensor` was written through the view."""
        matrix = self._matrix().clone()
        matrix[:, self._column] = to_torch(tensor)
        return from_torch(matrix)

    def _matrix(self) -> Any:
        return to_torch(self._base)
