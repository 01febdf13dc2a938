"""A client of SkyTorch's tensor service (`skytorch.torch.Service`), independent of SkyTorch's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any

from maidenhair.systems.skytorch.tensors.rpc import functions, monitoring
from maidenhair.systems.skytorch.tensors.rpc.calls import Calls
from maidenhair.systems.skytorch.tensors.rpc.chunks import MIB
from maidenhair.systems.skytorch.tensors.rpc.functions import Function, OnLog, Returned
from maidenhair.systems.skytorch.tensors.rpc.monitoring import Snapshot, Wanted
from maidenhair.systems.skytorch.tensors.rpc.protocol import SERVICE, Protocol
from maidenhair.systems.skytorch.tensors.rpc.requests import Requests
from maidenhair.systems.skytorch.tensors.rpc.transfers import OnChunk, Writing, download
from maidenhair.systems.skytorch.tensors.session import Session
from maidenhair.systems.skytorch.tensors.values.data import TensorData, TensorLayout, TensorRef

DEADLINE_SECONDS = 60.0
ATTEMPTS = 3


class TensorClient:
    """Talks with one SkyTorch server. Threads may share a client.

    Args:
        target: the server's or the Gateway's address, as "host:port".
        metadata: what goes with every call; the Gateway finds a Compute by `compute-id`.
        chunk_size: the most bytes of a tensor that one message carries.
        deadline: seconds within which a call has to end, repetitions included; every call can be given its own.
        protocol: the messages and calls of the server's release; those of the installed SkyTorch by default.
        attempts: how often a call is tried in all where the server is unavailable. Only calls that do the same when
            they are made twice are tried again: reading, writing the same elements, deleting, health and metrics;
            never an operation, a copy (its tensors may overlap) or a function.

    Attributes:
        target: the address.
        metadata: what goes with every call.

    Every method raises a TransferError when its call fails: its class tells how, `status` is the gRPC status's
    name, and "OK" when the call went through but the service reported a failure or sent chunks that do not fit.
    """

    def __init__(
        self,
        target: str,
        metadata: Sequence[tuple[str, str]] = (),
        *,
        chunk_size: int = MIB,
        deadline: float = DEADLINE_SECONDS,
        protocol: Protocol | None = None,
        attempts: int = ATTEMPTS,
    ) -> None:
        self.target = target
        self.metadata = tuple(metadata)
        self._chunk_size = chunk_size
        self._protocol = protocol or Protocol.installed()
        self._requests = Requests(self._protocol)
        self._calls = Calls(target, metadata, self._protocol, deadline, attempts)
        self._writing = Writing(self._calls)

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
        self._calls.close()

    def write(
        self,
        tensor_id: int,
        tensor: TensorData,
        *,
        layout: TensorLayout | None = None,
        deadline: float | None = None,
        on_chunk: OnChunk | None = None,
    ) -> None:
        """Write a tensor under a number.

        Args:
            tensor_id: the number; the server makes a tensor if it has none of that number.
            tensor: the elements; they must not change meanwhile.
            layout: what the server makes it from, such as a view of another; new memory on its CPU by default.
            deadline: seconds within which the call has to end.
            on_chunk: called in another thread after each chunk with how many were handed over; what it raises
                cancels the call, and is raised here.
        """
        attempted = f"writing tensor {tensor_id}"
        size = self._chunk_size

        def messages() -> Iterator[bytes]:
            return self._requests.chunks(tensor_id, tensor, size, layout)

        if on_chunk is None and tensor.data.nbytes <= size:
            self._writing.send_one(attempted, next(messages()), deadline)
        else:
            self._writing.send(attempted, messages, on_chunk, deadline, is_ours=True)

    def messages(
        self, tensor_id: int, tensor: TensorData, chunk_size: int | None = None
    ) -> Iterator[bytes]:
        """Return the messages that write a tensor, on the wire, for `send`; chunks can be of a size of their own."""
        return self._requests.chunks(tensor_id, tensor, chunk_size or self._chunk_size)

    def send(self, messages: Iterable[bytes], *, deadline: float | None = None) -> None:
        """Send messages as they are to where tensors are written: what a faulty client would do."""
        self._writing.send("sending messages", lambda: messages, None, deadline, is_ours=False)

    def read(
        self,
        tensor_id: int,
        dtype: str,
        *,
        layout: TensorLayout | None = None,
        into: memoryview | None = None,
        deadline: float | None = None,
        on_chunk: OnChunk | None = None,
    ) -> TensorData:
        """Return the tensor under a number, of the element type and shape that the server says.

        Args:
            tensor_id: the number.
            dtype: the element type that the caller expects: a request must name one.
            layout: what the server makes the tensor from if it has none of that number, such as a view of another.
            into: memory of exactly the tensor's size that its bytes go to, such as that of a tensor that was read
                before; new memory by default. What is in it after a failure is not defined.
            deadline: seconds within which the call has to end.
            on_chunk: called after each chunk with how many have come; what it raises cancels the call.

        Raises:
            ValueError: there is a layout, and the release makes no tensors when it is asked for them.
        """
        method = self._calls.method(SERVICE, "GetTensor")
        request = self._requests.read(tensor_id, dtype, layout)
        receiving = self._calls.receiving(method, on_the_wire=True)
        framing = self._requests.chunk_framing

        def once(seconds: float) -> TensorData:
            call = receiving(request, metadata=self._calls.metadata, timeout=seconds)
            return download(call, framing, tensor_id, on_chunk, into)

        return self._calls.run(f"reading tensor {tensor_id}", once, deadline, repeatable=True)

    def delete(self, *tensor_ids: int, deadline: float | None = None) -> None:
        """Delete tensors; a number that the server does not know is ignored by it."""
        named = ", ".join(str(tensor_id) for tensor_id in tensor_ids)
        request = self._requests.delete(tensor_ids)
        self._ask(f"deleting tensors {named}", "DeleteTensors", request, deadline, repeatable=True)

    def copy(
        self,
        source: int,
        target: int,
        *,
        create: Sequence[TensorLayout] = (),
        deadline: float | None = None,
    ) -> None:
        """Copy the elements of one tensor into another, on the server.

        Args:
            source: the number of the tensor that is read.
            target: the number of the tensor that is written, of a shape and type that the other's can become.
            create: what the server makes either from if it has none of that number.
            deadline: seconds within which the call has to end.

        Raises:
            ValueError: a layout is of neither.
        """
        request = self._requests.copy(source, target, create)
        self._ask(f"copying tensor {source} to {target}", "CopyTensor", request, deadline)

    def execute(
        self,
        op_name: str,
        args: Sequence[Any] = (),
        outputs: Sequence[TensorRef] = (),
        kwargs: Mapping[str, Any] | None = None,
        *,
        create: Sequence[TensorLayout] = (),
        deadline: float | None = None,
    ) -> tuple[TensorRef, ...]:
        """Execute an ATen operation on the server.

        Args:
            op_name: the operation with its overload, such as "aten::add.Tensor" or "aten::relu.default".
            args: positional arguments: TensorRef, int, float, bool, str, None, lists and tuples of these, and
                torch's dtype, layout and memory_format.
            outputs: the numbers that the results get, in order.
            kwargs: arguments by name.
            create: what the server makes tensors from that it does not have, such as views.
            deadline: seconds within which the call has to end.

        Returns:
            The results: `outputs`, or where there are none the numbers that the server chose.

        Raises:
            TypeError: an argument is of another type.
        """
        attempted = f"executing {op_name}"
        request = self._requests.execute(op_name, args, kwargs or {}, outputs, create)
        answer = self._ask(attempted, "ExecuteAtenOperation", request, deadline)
        chosen = tuple(TensorRef(output.tensor_id) for output in answer.output_tensors)
        return tuple(outputs) or chosen

    def session(self, *, deadline: float | None = None) -> Session:
        """Return a stream of operations, which the server does in order; a context manager.

        `deadline` is in seconds, and for all of it. Mind that release 0.2.0 deletes every tensor of the server,
        whoever wrote it, when a session ends.
        """
        return Session(self._calls, self._requests, self._protocol, self._chunk_size, deadline)

    def execute_function(
        self, function: Function, *, on_log: OnLog | None = None, deadline: float | None = None
    ) -> Returned:
        """Run a function on the server; its tensors stay there.

        Args:
            function: the function and its arguments.
            on_log: called with what it writes, while it runs.
            deadline: seconds within which it has to end.

        Raises:
            NotServed: the release has no such call; 0.1.0 has not.
            ServiceFailed: the function raised, or returned what the server cannot keep.
        """
        return functions.execute(self._calls, function, on_log, deadline)

    def health(
        self, service: str = "skytorch.torch.Service", *, deadline: float | None = None
    ) -> str:
        """Return the server's word on a service: "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN" or "UNKNOWN"."""
        return monitoring.health(self._calls, service, deadline)

    def metrics(
        self, wanted: Wanted | None = None, *, deadline: float | None = None
    ) -> tuple[Snapshot, ...]:
        """Return what the sources of metrics tell now.

        Raises:
            NotServed: the server was started without sources.
        """
        return monitoring.metrics(self._calls, wanted or Wanted(), deadline)

    def watch_metrics(
        self, interval: float = 1.0, wanted: Wanted | None = None, *, deadline: float | None = None
    ) -> Iterator[Snapshot]:
        """Give what the sources of metrics tell, every `interval` seconds; closing the iterator ends the call.

        Raises:
            NotServed: the server was started without sources.
            TransferTimedOut: it was not closed before its deadline.
        """
        return monitoring.watch_metrics(self._calls, interval, wanted or Wanted(), deadline)

    def _ask(
        self,
        attempted: str,
        name: str,
        request: Any,
        deadline: float | None,
        repeatable: bool = False,
    ) -> Any:
        call = self._calls.unary(self._calls.method(SERVICE, name))
        answer = self._calls.run(
            attempted,
            lambda seconds: call(request, metadata=self._calls.metadata, timeout=seconds),
            deadline,
            repeatable,
        )
        self._calls.succeeded(attempted, answer.success, answer.message)
        return answer
