"""Acts of features that consist of several calls: many transfers, a part of a large tensor, a stream of operations."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from maidenhair.errors import ConfigurationError
from maidenhair.systems.skytorch.tensors.named_tensors import OwnTensors
from maidenhair.systems.skytorch.tensors.values.conversion import from_torch, sample, to_torch
from maidenhair.systems.skytorch.tensors.values.data import (
    Computed,
    TensorData,
    TensorLayout,
    TensorRef,
)

GIB = 1024**3
TOGETHER_SECONDS = 20.0
STREAM_SHAPE = (1000, 1000)
ORDERS = "one after another", "at the same time"
OPERATIONS = "write", "double", "copy", "delete", "read"


def transfer_many(
    tensors: OwnTensors, written: Mapping[str, TensorData], order: str
) -> list[Computed]:
    """Write tensors and read them back.

    Args:
        tensors: the tensors of the spec.
        written: the elements to write, by name.
        order: one of ORDERS. "one after another" writes all tensors before it reads the first.

    Returns:
        For each tensor the one that was read and the one that was written.

    Raises:
        TransferError: a transfer failed.
        ConfigurationError: there is no such order.
    """
    if order not in ORDERS:
        raise ConfigurationError(f"there is no order {order!r}; choose one of: {', '.join(ORDERS)}")
    if order == "at the same time":
        read = _transfer_at_once(tensors, written)
    else:
        for name, tensor in written.items():
            tensors.write(name, tensor)
        read = {name: tensors.read(name) for name in written}
    return [Computed(name, (read[name],), (written[name],)) for name in written]


def write_and_read_part(tensors: OwnTensors, size: int, first: int, count: int) -> Computed:
    """Write bytes to a part of a large tensor through one view, and read them through another.

    Args:
        tensors: the tensors of the spec.
        size: the size of the large tensor in GiB. Bytes outside of the part are not written and take no memory.
        first: the index of the part's first byte.
        count: the number of bytes in the part.

    Raises:
        TransferError: the server refused a call, or did not answer.
    """
    import torch

    large, client = tensors.id_of("large"), tensors.client
    create = "aten.empty.memory_format"
    client.execute(create, [[size * GIB]], [TensorRef(large)], {"dtype": torch.uint8})
    to_write, to_read = (
        TensorLayout(tensors.id_of(name), "uint8", (count,), offset=first, view_of=large)
        for name in ("part to write", "part to read")
    )
    elements = sample((count,), "uint8")
    client.write(to_write.tensor_id, elements, layout=to_write)
    read = client.read(to_read.tensor_id, "uint8", layout=to_read)
    return Computed(f"{count} bytes from byte {first} on", (read,), (elements,))


def send_operations(
    tensors: OwnTensors, operations: Sequence[tuple[str, str, str]]
) -> list[Computed]:
    """Send operations in one stream.

    Args:
        tensors: the tensors of the spec.
        operations: for each one its name in OPERATIONS, the name of the tensor, and the name of the target of a copy.

    Returns:
        For each operation "read" the tensor that was read and its local counterpart.

    Raises:
        TransferError: an operation failed.
        ConfigurationError: there is no such operation.
    """
    local: dict[str, TensorData] = {}
    returned = []
    with tensors.client.session() as session:
        for operation, name, target in operations:
            number = tensors.id_of(name)
            if operation == "write":
                local[name] = sample(STREAM_SHAPE, "int32")
                session.write(number, local[name])
            elif operation == "double":
                local[name] = from_torch(to_torch(local[name]) * 2)
                session.execute("aten::mul_.Scalar", [TensorRef(number), 2], [TensorRef(number)])
            elif operation == "copy":
                local[target] = local[name]
                session.copy(
                    number, tensors.id_of(target), create=[_target_layout(tensors, target)]
                )
            elif operation == "delete":
                session.delete(number)
            elif operation == "read":
                read = session.read(number, "int32")
                returned.append(Computed(f'tensor "{name}"', (read,), (local[name],)))
            else:
                known = ", ".join(OPERATIONS)
                raise ConfigurationError(
                    f"a stream has no operation {operation!r}; choose one of: {known}"
                )
    return returned


def _target_layout(tensors: OwnTensors, name: str) -> TensorLayout:
    nbytes = STREAM_SHAPE[0] * STREAM_SHAPE[1] * 4
    return TensorLayout(tensors.id_of(name), "int32", STREAM_SHAPE, nbytes=nbytes)


def _transfer_at_once(
    tensors: OwnTensors, written: Mapping[str, TensorData]
) -> dict[str, TensorData]:
    # The barrier lets all writes start at the same time, and then all reads.
    together = threading.Barrier(len(written))

    def transfer(name: str, tensor: TensorData) -> TensorData:
        together.wait(TOGETHER_SECONDS)
        tensors.write(name, tensor)
        together.wait(TOGETHER_SECONDS)
        return tensors.read(name)

    with ThreadPoolExecutor(len(written)) as threads:
        reading = {name: threads.submit(transfer, name, tensor) for name, tensor in written.items()}
        return {name: read.result() for name, read in reading.items()}
