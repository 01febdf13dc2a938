"""Requests of the tensor service, for any release."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from maidenhair.systems.skytorch.tensors.rpc.chunks import split
from maidenhair.systems.skytorch.tensors.rpc.protocol import Protocol
from maidenhair.systems.skytorch.tensors.rpc.wire import Framing
from maidenhair.systems.skytorch.tensors.values.data import (
    TensorData,
    TensorLayout,
    TensorRef,
    contiguous,
)

TORCH_KINDS = {
    "dtype": "scalar_dtype",
    "memory_format": "scalar_memory_format",
    "layout": "scalar_layout",
}
"""The fields for arguments of torch's own types, by the name of the type."""


class Requests:
    """Builds the requests of a release.

    Args:
        protocol: the release's messages.
    """

    def __init__(self, protocol: Protocol) -> None:
        self._message = protocol.message
        self.chunk_framing = Framing(protocol.message("TensorChunk"))

    def chunks(
        self, tensor_id: int, tensor: TensorData, size: int, layout: TensorLayout | None = None
    ) -> Iterator[bytes]:
        """Yield the serialized messages that write a tensor.

        Args:
            tensor_id: the tensor's id.
            tensor: its elements.
            size: the maximum number of the tensor's bytes in one message.
            layout: the layout of a new tensor. Default: new memory for exactly these elements.
        """
        head = self._message("TensorChunk")
        for chunk in split(tensor.data, size):
            message = head(tensor_id=tensor_id, chunk_number=chunk.number, total_chunks=chunk.total)
            if chunk.number == 0:
                message.total_bytes = tensor.data.nbytes
                self._describe(message, tensor)
                message.metadata.CopyFrom(self.layout(layout or own_memory(tensor_id, tensor)))
            yield self.chunk_framing.join(message, chunk.data)

    def read(self, tensor_id: int, dtype: str, layout: TensorLayout | None = None) -> Any:
        """Return the request that reads a tensor. Release 0.1.0 refuses a request without an element type.

        Raises:
            ValueError: `layout` is set, but the release cannot create a tensor on reading.
        """
        request = self._message("GetTensorRequest")(tensor_id=tensor_id, dtype=wire_dtype(dtype))
        if layout is not None:
            if "metadata" not in request.DESCRIPTOR.fields_by_name:
                raise ValueError("this release of SkyTorch reads only tensors that the server has")
            request.metadata.CopyFrom(self.layout(layout))
        return request

    def delete(self, tensor_ids: Iterable[int]) -> Any:
        """Return the request that deletes tensors."""
        return self._message("DeleteTensorsRequest")(tensor_ids=tensor_ids)

    def copy(self, source: int, target: int, layouts: Sequence[TensorLayout]) -> Any:
        """Return the request that copies the elements of one tensor into another.

        Args:
            source: the id of the tensor that is read.
            target: the id of the tensor that is written.
            layouts: the layouts of those of the two that the server does not have yet.

        Raises:
            ValueError: a layout belongs to neither tensor.
        """
        request = self._message("CopyTensorRequest")(
            src_tensor_id=source, dst_tensor_id=target, num_bytes=-1
        )
        for layout in layouts:
            if layout.tensor_id not in (source, target):
                raise ValueError(
                    f"cannot copy tensor {source} to {target}: there is a layout of tensor {layout.tensor_id}; "
                    "pass only layouts of these two"
                )
            field = request.src_metadata if layout.tensor_id == source else request.dst_metadata
            field.CopyFrom(self.layout(layout))
        return request

    def execute(
        self,
        op_name: str,
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        outputs: Sequence[TensorRef],
        layouts: Sequence[TensorLayout],
    ) -> Any:
        """Return the request that executes an ATen operation. See TensorClient.execute.

        Raises:
            TypeError: the protocol has no field for the type of an argument.
            ValueError: a number does not fit into 64 bits.
        """
        request = self._message("ExecuteAtenRequest")(
            op_name=op_name.replace("::", "."),
            args=[self.argument(value) for value in args],
            outputs=[self._reference(output) for output in outputs],
            tensor_metadata=[self.layout(layout) for layout in layouts],
        )
        for name, value in kwargs.items():
            request.kwargs[name].CopyFrom(self.argument(value))
        return request

    def update(self, tensor_id: int, tensor: TensorData, layout: TensorLayout | None) -> Any:
        """Return the request that writes a tensor in a stream of operations, without the tensor's bytes."""
        request = self._message("UpdateTensorRequest")(tensor_id=tensor_id)
        self._describe(request, tensor)
        request.metadata.CopyFrom(self.layout(layout or own_memory(tensor_id, tensor)))
        return request

    def layout(self, layout: TensorLayout) -> Any:
        """Return the message of a layout."""
        strides = contiguous(layout.shape) if layout.strides is None else layout.strides
        return self._message("TensorMetadata")(
            tensor_id=layout.tensor_id,
            shape=layout.shape,
            stride=strides,
            storage_offset=layout.offset,
            dtype=wire_dtype(layout.dtype),
            nbytes=layout.nbytes,
            device_type=layout.device,
            tensor_ref=layout.view_of,
        )

    def argument(self, value: Any) -> Any:
        """Return the message of an operation's argument.

        Raises:
            TypeError: the protocol has no field for the type of the value.
        """
        message = self._message("AtenArgument")
        if isinstance(value, list | tuple):
            values = [self.argument(item) for item in value]
            items = self._message("AtenArgumentList")(
                values=values, is_tuple=isinstance(value, tuple)
            )
            return message(list_value=items)
        if isinstance(value, TensorRef):
            return message(tensor=self._reference(value))
        field, content = _plain(value)
        if field not in message.DESCRIPTOR.fields_by_name:
            raise TypeError(f"this release of SkyTorch takes no {type(value).__name__}: {value!r}")
        return message(**{field: content})

    def _describe(self, message: Any, tensor: TensorData) -> None:
        message.shape.extend(tensor.shape)
        message.stride.extend(tensor.strides)
        message.dtype = wire_dtype(tensor.dtype)

    def _reference(self, tensor: TensorRef) -> Any:
        return self._message("TensorReference")(tensor_id=tensor.tensor_id)


def own_memory(tensor_id: int, tensor: TensorData) -> TensorLayout:
    """Return the layout of a tensor with new memory for exactly these elements."""
    return TensorLayout(tensor_id, tensor.dtype, tensor.shape, nbytes=tensor.data.nbytes)


def plain_dtype(wire: str) -> str:
    """Return the name of an element type without the protocol's prefix, for example "float32"."""
    return wire.removeprefix("torch.")


def wire_dtype(dtype: str) -> str:
    """Return the name of an element type with the protocol's prefix, for example "torch.float32"."""
    return f"torch.{dtype}"


def _plain(value: Any) -> tuple[str, Any]:
    """Return the field and its content for a value that is neither a list nor a tensor."""
    kind = type(value)
    if value is None:
        return "none_value", True
    if kind.__module__ == "torch" and kind.__name__ in TORCH_KINDS:
        return TORCH_KINDS[kind.__name__], str(value)
    # bool comes first, because a bool is also an int.
    fields = (
        (bool, "scalar_bool"),
        (int, "scalar_int"),
        (float, "scalar_float"),
        (str, "scalar_string"),
    )
    for type_, field in fields:
        if isinstance(value, type_):
            return field, value
    raise TypeError(
        f"an operation takes no {kind.__name__}: {value!r}; it takes TensorRef, numbers, bool, str, None, "
        "lists and tuples of these, and torch's dtype, layout and memory_format"
    )
