"""A client of SkyTorch's tensor service (`skytorch.torch.Service`), independent of SkyTorch's own."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, TypeVar

import grpc

from maidenhair.errors import TransferError
from maidenhair.tensors.chunks import MIB, Assembly, ChunkError, split
from maidenhair.tensors.data import TensorData
from maidenhair.tensors.protocol import HEALTH, SERVICE, Protocol, plain_dtype
from maidenhair.waiting.journal import write_down

DEADLINE_SECONDS = 60.0
STATE_SECONDS = 5.0
CALLS_KEPT = 50
CHANNEL_OPTIONS = (
    ("grpc.max_send_message_length", 16 * MIB),
    ("grpc.max_receive_message_length", 16 * MIB),
    # The cluster's addresses are private: a proxy of the environment cannot reach them.
    ("grpc.enable_http_proxy", 0),
    ("grpc.use_local_subchannel_pool", 1),
)

Result = TypeVar("Result")


class TensorClient:
    """Writes, reads and deletes the tensors of one SkyTorch server.

    Args:
        target: the server's or the Gateway's address, as "host:port".
        metadata: what goes with every call; the Gateway finds a Compute by `compute-id`.
        chunk_size: the most bytes of a tensor that one message carries.
        deadline: seconds within which every call has to end.
        protocol: the messages; those of the installed SkyTorch by default.

    Every method raises TransferError with the gRPC status's name when its call fails, and with status "OK"
    when the call went through but the service reported a failure or sent chunks that do not fit together.
    """

    def __init__(
        self,
        target: str,
        metadata: Sequence[tuple[str, str]] = (),
        *,
        chunk_size: int = MIB,
        deadline: float = DEADLINE_SECONDS,
        protocol: Protocol | None = None,
    ) -> None:
        self._target = target
        self._metadata = tuple(metadata)
        self._chunk_size = chunk_size
        self._deadline = deadline
        self._protocol = protocol or Protocol.installed()
        self._channel = grpc.insecure_channel(target, options=CHANNEL_OPTIONS)
        self._is_closed = False
        self._calls: deque[str] = deque(maxlen=CALLS_KEPT)
        write_down("grpc", self._told)

    def __enter__(self) -> TensorClient:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; calls under way fail."""
        self._is_closed = True
        self._channel.close()

    def write(self, tensor_id: int, tensor: TensorData) -> None:
        """Write a tensor under `tensor_id`; the server creates it on its CPU if there is none of that number."""
        call = self._channel.stream_unary(
            f"{SERVICE}/UpdateTensor",
            request_serializer=_serialize,
            response_deserializer=self._protocol.service.TensorResponse.FromString,
        )
        self._expect_success(
            f"writing tensor {tensor_id}",
            lambda: self._call(call, self._messages(tensor_id, tensor)),
        )

    def read(self, tensor_id: int, dtype: str) -> TensorData:
        """Return the tensor under `tensor_id`, of the element type and shape that the server says.

        `dtype` is the element type that the caller expects: a request must name one.
        """
        call = self._channel.unary_stream(
            f"{SERVICE}/GetTensor",
            request_serializer=_serialize,
            response_deserializer=self._protocol.service.TensorChunk.FromString,
        )
        request = self._protocol.get_request(tensor_id, dtype)
        return self._attempt(
            f"reading tensor {tensor_id}", lambda: _assemble(tensor_id, self._call(call, request))
        )

    def delete(self, *tensor_ids: int) -> None:
        """Delete tensors; a number that the server does not know is ignored by it."""
        call = self._channel.unary_unary(
            f"{SERVICE}/DeleteTensors",
            request_serializer=_serialize,
            response_deserializer=self._protocol.service.TensorResponse.FromString,
        )
        request = self._protocol.delete_request(tensor_ids)
        named = ", ".join(str(tensor_id) for tensor_id in tensor_ids)
        self._expect_success(f"deleting tensors {named}", lambda: self._call(call, request))

    def health(self, service: str = "skytorch.torch.Service") -> str:
        """Return the server's word on a service: "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN" or "UNKNOWN"."""
        messages = self._protocol.health
        call = self._channel.unary_unary(
            f"{HEALTH}/Check",
            request_serializer=_serialize,
            response_deserializer=messages.HealthCheckResponse.FromString,
        )
        request = messages.HealthCheckRequest(service=service)
        answer = self._attempt("checking the server's health", lambda: self._call(call, request))
        return str(messages.HealthCheckResponse.ServingStatus.Name(answer.status))

    def _call(self, call: Callable[..., Any], request: Any) -> Any:
        return call(request, metadata=self._metadata, timeout=self._deadline)

    def _messages(self, tensor_id: int, tensor: TensorData) -> Iterator[Any]:
        for chunk in split(tensor.data, self._chunk_size):
            if chunk.number == 0:
                yield self._protocol.first_chunk(tensor_id, tensor, chunk)
            else:
                yield self._protocol.next_chunk(tensor_id, chunk)

    def _expect_success(self, attempted: str, call: Callable[[], Any]) -> None:
        answer = self._attempt(attempted, call)
        if not answer.success:
            raise TransferError(
                self._place(attempted), "OK", f"the service reported: {answer.message}"
            )

    def _told(self) -> str:
        """Return the state of the channel, and how the last calls ended."""
        state = "closed" if self._is_closed else _state_of(self._channel)
        where = f"{self._target}: the channel is {state}; its last calls:"
        return "\n".join([where, *(f"  {call}" for call in self._calls or ("none",))])

    def _attempt(self, attempted: str, call: Callable[[], Result]) -> Result:
        try:
            result = call()
            self._calls.append(f"{attempted}: OK")
            return result
        except grpc.RpcError as error:
            status = error.code().name if isinstance(error, grpc.Call) else "UNKNOWN"
            details = (error.details() if isinstance(error, grpc.Call) else str(error)) or ""
            self._calls.append(f"{attempted}: {status}: {details}")
            raise TransferError(self._place(attempted), status, details) from error
        except ChunkError as error:
            raise TransferError(self._place(attempted), "OK", str(error)) from error

    def _place(self, attempted: str) -> str:
        described = "".join(f", {key} {value}" for key, value in self._metadata)
        return f"{attempted} at {self._target}{described}"


def _state_of(channel: grpc.Channel) -> str:
    """Return the state of a channel, such as "READY"; grpc tells it to subscribers alone."""
    states: SimpleQueue[Any] = SimpleQueue()
    try:
        channel.subscribe(states.put)
        return str(states.get(timeout=STATE_SECONDS).name)
    except Empty:
        return "in no known state"
    finally:
        channel.unsubscribe(states.put)


def _serialize(message: Any) -> bytes:
    return bytes(message.SerializeToString())


def _assemble(tensor_id: int, chunks: Iterator[Any]) -> TensorData:
    first = next(chunks, None)
    if first is None:
        raise ChunkError("the stream ended without a chunk")
    assembly = Assembly(first.total_bytes, first.total_chunks)
    assembly.add(first.chunk_number, first.data)
    for chunk in chunks:
        if chunk.tensor_id != tensor_id:
            raise ChunkError(f"a chunk of tensor {chunk.tensor_id} arrived")
        assembly.add(chunk.chunk_number, chunk.data)
    return TensorData(plain_dtype(first.dtype), tuple(first.shape), assembly.finish())
