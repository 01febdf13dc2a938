"""One tensor on its way: messages handed to gRPC as it asks for them, and messages put together as they come."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import count
from queue import SimpleQueue
from typing import Any

from maidenhair.systems.skytorch.tensors.chunks import Assembly, ChunkError
from maidenhair.systems.skytorch.tensors.data import TensorData, bytes_of
from maidenhair.systems.skytorch.tensors.requests import plain_dtype
from maidenhair.systems.skytorch.tensors.wire import Framing

OnChunk = Callable[[int], None]
"""What is called after each chunk, with how many have gone; what it raises cancels the call and reaches the caller."""


def upload(
    begin: Callable[[Iterator[bytes]], Any], messages: Iterable[bytes], on_chunk: OnChunk | None
) -> Any:
    """Return the answer of a call that takes messages.

    The next message is asked for when gRPC has room for it: no more than one waits in memory of ours.

    Args:
        begin: begins the call with the messages, and returns its future.
        messages: the messages; what they raise cancels the call, and is raised here.
        on_chunk: called in a thread of gRPC's.
    """
    begun: SimpleQueue[Any] = SimpleQueue()
    broken: list[BaseException] = []

    def handed() -> Iterator[bytes]:
        try:
            for number, message in enumerate(messages, 1):
                yield message
                if on_chunk is not None:
                    on_chunk(number)
        except GeneratorExit:
            raise
        except BaseException as error:
            broken.append(error)
            begun.get().cancel()

    call = begin(handed())
    begun.put(call)
    try:
        return call.result()
    except BaseException:
        call.cancel()
        if broken:
            raise broken[0] from None
        raise


def download(
    call: Any,
    framing: Framing,
    tensor_id: int,
    on_chunk: OnChunk | None = None,
    into: memoryview | None = None,
) -> TensorData:
    """Return the tensor of a call that gives chunks on the wire; each is copied once, to its place.

    The place is in `into`, or in new memory.

    Raises:
        ChunkError: the chunks make no tensor, or are of another.
    """
    try:
        return _assembled(call, framing, tensor_id, on_chunk, into)
    except BaseException:
        call.cancel()
        raise


def _assembled(
    call: Iterator[bytes],
    framing: Framing,
    tensor_id: int,
    on_chunk: OnChunk | None,
    into: memoryview | None,
) -> TensorData:
    first, assembly, numbers = None, None, count(1)
    for head, data in map(framing.part, call):
        if head.tensor_id != tensor_id:
            raise ChunkError(f"a chunk of tensor {head.tensor_id} arrived")
        if assembly is None:
            first, assembly = head, Assembly(head.total_bytes, head.total_chunks, into)
        assembly.add(head.chunk_number, data)
        # The next message then takes the memory of this one, which the processor has at hand; enumerate would keep it.
        del data
        if on_chunk is not None:
            on_chunk(next(numbers))
    if first is None or assembly is None:
        raise ChunkError("the stream ended without a chunk")
    tensor = TensorData(plain_dtype(first.dtype), tuple(first.shape), assembly.finish())
    # Seen of 0.2.0: of a slice of a bfloat16 tensor all of the tensor is sent.
    expected = bytes_of(tensor.dtype, tensor.shape)
    if expected not in (None, tensor.data.nbytes):
        raise ChunkError(
            f"{tensor.data.nbytes} bytes arrived of a tensor of type {tensor.dtype} and shape {tensor.shape}, "
            f"which has {expected}"
        )
    return tensor
