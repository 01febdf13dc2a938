"""Streams of operations: one call in which the server performs operations in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

from maidenhair.systems.skytorch.tensors.rpc.calls import Calls, serialized
from maidenhair.systems.skytorch.tensors.rpc.chunks import split
from maidenhair.systems.skytorch.tensors.rpc.protocol import SERVICE, Protocol
from maidenhair.systems.skytorch.tensors.rpc.requests import Requests, plain_dtype
from maidenhair.systems.skytorch.tensors.rpc.transfers import Handover
from maidenhair.systems.skytorch.tensors.rpc.wire import Framing
from maidenhair.systems.skytorch.tensors.values.data import TensorData, TensorLayout, TensorRef


class Session:
    """A stream of operations, performed in the order of the calls. Only one thread may use it.

    Release 0.1.0 answers each operation, and each method waits for the answer. Later releases answer only reads. The
    other methods return at once, and the next `read` or `item` raises the error of an earlier operation. Without a
    later read, such an error is lost. Operations are never repeated.

    Every method raises a TransferError if its operation, an earlier operation or the stream fails.

    Args:
        calls: the channel to the server.
        requests: the builder of requests.
        protocol: the messages and calls of the server's release.
        chunk_size: the maximum number of a tensor's bytes in one message.
        deadline: the time limit of the whole session in seconds; None for the channel's default.
    """

    def __init__(
        self,
        calls: Calls,
        requests: Requests,
        protocol: Protocol,
        chunk_size: int,
        deadline: float | None,
    ) -> None:
        self._calls = calls
        self._requests = requests
        self._protocol = protocol
        self._chunk_size = chunk_size
        self._deadline = deadline
        self._request = calls.method(SERVICE, "StreamOperations").request
        self._update = Framing(protocol.message("UpdateTensorRequest"))
        self._outer = Framing(self._request, "update_tensor")
        self._handover = Handover()
        self._answers: Any = None

    def __enter__(self) -> Session:
        begin = self._calls.both_ways(self._calls.method(SERVICE, "StreamOperations"))
        seconds = self._calls.seconds(self._deadline)
        self._answers = begin(self._handover, metadata=self._calls.metadata, timeout=seconds)
        # A wait for space in the handover must end together with the call.
        if not self._answers.add_callback(self._handover.close):
            self._handover.close()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Wait until the server has performed all operations. After an error, cancel the call."""
        self._handover.close()
        if error is not None:
            self._answers.cancel()
            return
        with self._calls.recorded("ending the session"):
            for _ in self._answers:
                pass

    def write(
        self, tensor_id: int, tensor: TensorData, *, layout: TensorLayout | None = None
    ) -> None:
        """Write a tensor. The arguments are those of TensorClient.write."""
        attempted = f"writing tensor {tensor_id} in a session"
        for chunk in split(tensor.data, self._chunk_size):
            if chunk.number == 0:
                head = self._requests.update(tensor_id, tensor, layout)
            else:
                head = self._protocol.message("UpdateTensorRequest")(tensor_id=tensor_id)
            outer = self._request(chunk_number=chunk.number, total_chunks=chunk.total)
            if chunk.number == 0:
                outer.total_bytes = tensor.data.nbytes
            body = self._update.join(head, chunk.data)
            self._put(attempted, self._outer.join(outer, memoryview(body)))
        self._done(attempted)

    def execute(
        self,
        op_name: str,
        args: Sequence[Any] = (),
        outputs: Sequence[TensorRef] = (),
        kwargs: Mapping[str, Any] | None = None,
        *,
        create: Sequence[TensorLayout] = (),
    ) -> None:
        """Execute an ATen operation. The arguments are those of TensorClient.execute. The server chooses no ids."""
        attempted = f"executing {op_name} in a session"
        operation = self._requests.execute(op_name, args, kwargs or {}, outputs, create)
        self._send(attempted, self._request(execute_aten=operation))

    def copy(self, source: int, target: int, *, create: Sequence[TensorLayout] = ()) -> None:
        """Copy the elements of one tensor into another. The arguments are those of TensorClient.copy."""
        request = self._requests.copy(source, target, create)
        self._send(
            f"copying tensor {source} to {target} in a session", self._request(copy_tensor=request)
        )

    def delete(self, *tensor_ids: int) -> None:
        """Delete tensors. The server ignores ids that it does not have."""
        request = self._request(delete_tensors=self._requests.delete(tensor_ids))
        self._send("deleting tensors in a session", request)

    def register(self, ids: Mapping[int, int]) -> None:
        """Assign ids to tensors that a function returned.

        Args:
            ids: the ids of the tensors, by the id of each tensor's memory on the server.

        Raises:
            NotServed: the release has no functions.
        """
        self._expect("register_tensors")
        registrations = [
            {"storage_id": storage_id, "tensor_id": tensor_id}
            for storage_id, tensor_id in ids.items()
        ]
        request = self._request(register_tensors={"registrations": registrations})
        self._send("registering tensors in a session", request)

    def read(self, tensor_id: int, dtype: str) -> TensorData:
        """Return a tensor after all earlier operations.

        The tensor arrives in one message, which may have at most 16 MiB. TensorClient.read has no limit.
        """
        attempted = f"reading tensor {tensor_id} in a session"
        request = self._request(get_tensor=self._requests.read(tensor_id, dtype))
        self._put(attempted, serialized(request))
        answer = self._answer(attempted).get_tensor
        data = memoryview(bytearray(answer.data))
        return TensorData(plain_dtype(answer.dtype), tuple(answer.shape), data)

    def item(self, tensor_id: int) -> float | int | bool:
        """Return the number in a tensor of one element after all earlier operations.

        Raises:
            NotServed: the release has no such request, for example 0.1.0.
        """
        self._expect("get_scalar")
        attempted = f"reading the number in tensor {tensor_id} in a session"
        self._put(attempted, serialized(self._request(get_scalar={"tensor_id": tensor_id})))
        answer = self._answer(attempted).get_scalar
        value: float | int | bool = getattr(answer, answer.WhichOneof("value"))
        return value

    def _expect(self, field: str) -> None:
        if field not in self._request.DESCRIPTOR.fields_by_name:
            self._calls.lacks(field, "StreamOperations")

    def _send(self, attempted: str, request: Any) -> None:
        self._put(attempted, serialized(request))
        self._done(attempted)

    def _put(self, attempted: str, message: bytes) -> None:
        if not self._handover.put(message):
            with self._calls.recorded(attempted):
                # The call has ended. Its answers end with the error.
                for _ in self._answers:
                    pass
                self._calls.failed(attempted, "the server ended the session")

    def _done(self, attempted: str) -> None:
        if self._protocol.answers_every_request:
            self._answer(attempted)

    def _answer(self, attempted: str) -> Any:
        with self._calls.recorded(attempted):
            answer = next(self._answers, None)
        if answer is None:
            self._calls.failed(attempted, "the server ended the session without an answer")
        self._calls.succeeded(attempted, answer.success, answer.error_message)
        return answer
