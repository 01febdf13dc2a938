"""Transfers of a tensor: streams of messages to gRPC without buffering, and assembly of received messages."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import count
from queue import SimpleQueue
from threading import Condition
from typing import Any

from maidenhair.systems.skytorch.tensors.rpc.calls import Calls
from maidenhair.systems.skytorch.tensors.rpc.chunks import Assembly, ChunkError
from maidenhair.systems.skytorch.tensors.rpc.protocol import SERVICE
from maidenhair.systems.skytorch.tensors.rpc.requests import plain_dtype
from maidenhair.systems.skytorch.tensors.rpc.wire import Framing
from maidenhair.systems.skytorch.tensors.values.data import TensorData, bytes_of

OnChunk = Callable[[int], None]
"""A callback after each chunk, with the number of transferred chunks. An error that it raises cancels the call."""


def upload(
    begin: Callable[[Iterator[bytes]], Any], messages: Iterable[bytes], on_chunk: OnChunk | None
) -> Any:
    """Send a stream of messages, and return the response.

    gRPC takes the next message only when it has space for it, so at most one message waits in memory.

    Args:
        begin: starts the call with the messages, and returns its future.
        messages: the messages. An error that their iterator raises cancels the call and is raised here.
        on_chunk: called after each message, in a thread of gRPC.
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
    """Receive the chunks of a tensor, and return the tensor. Each chunk is copied once.

    Args:
        call: the running call, an iterator of serialized messages.
        framing: the framing of the messages.
        tensor_id: the id of the tensor.
        on_chunk: called after each chunk.
        into: the memory for the tensor's bytes. Default: new memory.

    Raises:
        ChunkError: chunks are wrong or missing, or belong to another tensor.
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
        # The next message can then reuse the memory of this one, which is in the processor's cache. This is also why
        # the loop has no `enumerate`, which would hold a reference.
        del data
        if on_chunk is not None:
            on_chunk(next(numbers))
    if first is None or assembly is None:
        raise ChunkError("the stream ended without a chunk")
    tensor = TensorData(plain_dtype(first.dtype), tuple(first.shape), assembly.finish())
    # Release 0.2.0 sends the whole tensor for a slice of a bfloat16 tensor.
    expected = bytes_of(tensor.dtype, tensor.shape)
    if expected not in (None, tensor.data.nbytes):
        raise ChunkError(
            f"{tensor.data.nbytes} bytes arrived, but a tensor of type {tensor.dtype} and shape {tensor.shape} "
            f"has {expected} bytes"
        )
    return tensor


MOST_WAITING = 8


class Handover:
    """A bounded queue of messages between a caller and gRPC, which iterates over it.

    Args:
        most: the maximum number of waiting messages.
    """

    def __init__(self, most: int = MOST_WAITING) -> None:
        self._most = most
        self._messages: deque[bytes] = deque()
        self._changed = Condition()
        self._is_closed = False

    def put(self, message: bytes) -> bool:
        """Wait for space and add a message. Return False, without adding it, if the queue is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or len(self._messages) < self._most)
            if self._is_closed:
                return False
            self._messages.append(message)
            self._changed.notify_all()
            return True

    def close(self) -> None:
        """Accept no more messages. Waiting messages are still sent."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or self._messages)
            if not self._messages:
                raise StopIteration
            message = self._messages.popleft()
            self._changed.notify_all()
            return message


class Writing:
    """Sends the messages that write tensors.

    Args:
        calls: the channel to the server.
    """

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._method = calls.method(SERVICE, "UpdateTensor")

    def send_one(self, attempted: str, message: bytes, deadline: float | None) -> None:
        """Send the only message of a small tensor as a unary call.

        In gRPC's protocol, a stream of one message is equal to a unary call. gRPC uses extra threads for streams, and
        a small tensor would wait longer for them than for the server.

        Raises:
            TransferError: the call failed.
        """
        call = self._calls.unary(self._method, on_the_wire=True)
        answer = self._calls.run(
            attempted,
            lambda seconds: call(message, metadata=self._calls.metadata, timeout=seconds),
            deadline,
            repeatable=True,
        )
        self._calls.succeeded(attempted, answer.success, answer.message)

    def send(
        self,
        attempted: str,
        messages: Callable[[], Iterable[bytes]],
        on_chunk: OnChunk | None,
        deadline: float | None,
        is_ours: bool,
    ) -> None:
        """Send messages to the call that writes tensors.

        Args:
            attempted: the description of the call for errors.
            messages: returns a new iterator of the messages for each attempt.
            on_chunk: called after each message. An error that it raises cancels the call and is raised here.
            deadline: the time limit of the call in seconds; None for the default.
            is_ours: whether the messages write one correct tensor. Then they may be sent again, and raise nothing.

        Raises:
            TransferError: the call failed.
        """
        sending = self._calls.sending(self._method)

        def once(seconds: float) -> Any:
            options = {"metadata": self._calls.metadata, "timeout": seconds}
            if is_ours and on_chunk is None:
                # Nothing cancels this call, so it needs no future, whose thread small tensors would wait for.
                return sending(messages(), **options)
            return upload(partial(sending.future, **options), messages(), on_chunk)

        answer = self._calls.run(attempted, once, deadline, repeatable=is_ours)
        self._calls.succeeded(attempted, answer.success, answer.message)
