"""One tensor on its way: messages handed to gRPC as it asks for them, and messages put together as they come."""

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


MOST_WAITING = 8


class Handover:
    """An iterator of messages for gRPC, filled meanwhile; whoever fills it waits while `most` lie there.

    Args:
        most: how many messages wait at most.
    """

    def __init__(self, most: int = MOST_WAITING) -> None:
        self._most = most
        self._messages: deque[bytes] = deque()
        self._changed = Condition()
        self._is_closed = False

    def put(self, message: bytes) -> bool:
        """Add a message once there is room; tell whether there was: after the end there never is."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or len(self._messages) < self._most)
            if self._is_closed:
                return False
            self._messages.append(message)
            self._changed.notify_all()
            return True

    def close(self) -> None:
        """End: what waits is still given, and nothing more is taken."""
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
        """Send the only message of a tensor, all at once.

        On the wire a stream of one message is what a call with one message is; gRPC has threads of its own for
        streams, and small tensors would wait for them longer than for the server.

        Raises:
            TransferError: it failed.
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
        """Send messages to where tensors are written.

        Args:
            attempted: what is done, for errors.
            messages: gives the messages, each time anew.
            on_chunk: called after each; what it raises cancels the call, and is raised here.
            deadline: seconds within which the call has to end.
            is_ours: whether they write a tensor, so that they may be sent again, and raise nothing.

        Raises:
            TransferError: it failed.
        """
        sending = self._calls.sending(self._method)

        def once(seconds: float) -> Any:
            options = {"metadata": self._calls.metadata, "timeout": seconds}
            if is_ours and on_chunk is None:
                # Nothing cancels it: it needs no thread that watches, which small tensors would wait for.
                return sending(messages(), **options)
            return upload(partial(sending.future, **options), messages(), on_chunk)

        answer = self._calls.run(attempted, once, deadline, repeatable=is_ours)
        self._calls.succeeded(attempted, answer.success, answer.message)
