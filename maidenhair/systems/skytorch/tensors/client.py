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
    """A client of one SkyTorch server. Threads may share a client.

    Args:
        target: the address of the server or the Gateway, as "host:port".
        metadata: the metadata of every call. The Gateway routes by the key `compute-id`.
        chunk_size: the maximum number of a tensor's bytes in one message.
        deadline: the default time limit of a call in seconds, including repetitions.
        protocol: the messages and calls of the server's release. Default: the installed SkyTorch's.
        attempts: the maximum number of attempts of a call while the server is unavailable. Only idempotent calls are
            repeated: reading, writing the same elements, deleting, health and metrics. Operations, copies (their
            tensors may overlap) and functions are not.

    Attributes:
        target: the address.
        metadata: the metadata of every call.

    Every method raises a TransferError if its call fails. The class of the error is the kind of failure, and `status`
    is the name of the gRPC status. It is "OK" if gRPC succeeded, but the service reported a failure or sent wrong
    chunks.

    Example:
        >>> with TensorClient("10.0.0.1:50051", [("compute-id", "lab/trainer")]) as client:  # doctest: +SKIP
        ...     client.write(1, sample((2, 3), "float32"))
        ...     tensor = client.read(1, "float32")
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
        """Close the connection. Running calls fail."""
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
        """Write a tensor under an id.

        Args:
            tensor_id: the id. The server creates the tensor if it does not have it yet.
            tensor: the elements. They must not change during the call.
            layout: the layout of a new tensor, for example a view. Default: new memory on the server's CPU.
            deadline: the time limit of the call in seconds.
            on_chunk: called in another thread after each chunk, with the number of sent chunks. An error that it
                raises cancels the call and is raised here.
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
        """Return the serialized messages that write a tensor, for `send`. `chunk_size` replaces the client's own."""
        return self._requests.chunks(tensor_id, tensor, chunk_size or self._chunk_size)

    def send(self, messages: Iterable[bytes], *, deadline: float | None = None) -> None:
        """Send serialized messages unchecked to the call that writes tensors, as a faulty client does."""
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
        """Return the tensor under an id, with the element type and shape that the server reports.

        Args:
            tensor_id: the id.
            dtype: the element type that the caller expects. The request must contain one.
            layout: the layout of a tensor that the server does not have yet, for example a view.
            into: memory of exactly the tensor's size for its bytes, for example that of a tensor that was read
                before. Default: new memory. Its content after a failure is undefined.
            deadline: the time limit of the call in seconds.
            on_chunk: called after each chunk, with the number of received chunks. An error that it raises cancels the
                call and is raised here.

        Raises:
            ValueError: `layout` is set, but the release cannot create a tensor on reading.
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
        """Delete tensors. The server ignores ids that it does not have."""
        named = ", ".join(str(tensor_id) for tensor_id in tensor_ids)
        request = self._requests.delete(tensor_ids)
        self._call(f"deleting tensors {named}", "DeleteTensors", request, deadline, repeatable=True)

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
            source: the id of the tensor that is read.
            target: the id of the tensor that is written. Its shape and type must accept the source's elements.
            create: the layouts of those of the two tensors that the server does not have yet.
            deadline: the time limit of the call in seconds.

        Raises:
            ValueError: a layout belongs to neither tensor.
        """
        request = self._requests.copy(source, target, create)
        self._call(f"copying tensor {source} to {target}", "CopyTensor", request, deadline)

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
            op_name: the operation with its overload, for example "aten::add.Tensor" or "aten::relu.default".
            args: positional arguments: TensorRef, int, float, bool, str, None, lists and tuples of these, and
                torch's dtype, layout and memory_format.
            outputs: the ids for the results, in order.
            kwargs: keyword arguments.
            create: the layouts of tensors that the server does not have yet, for example views.
            deadline: the time limit of the call in seconds.

        Returns:
            The results: `outputs`, or the ids that the server chose if `outputs` is empty.

        Raises:
            TypeError: an argument has another type.
        """
        attempted = f"executing {op_name}"
        request = self._requests.execute(op_name, args, kwargs or {}, outputs, create)
        answer = self._call(attempted, "ExecuteAtenOperation", request, deadline)
        chosen = tuple(TensorRef(output.tensor_id) for output in answer.output_tensors)
        return tuple(outputs) or chosen

    def session(self, *, deadline: float | None = None) -> Session:
        """Return a stream of operations that the server performs in order. It is a context manager.

        Release 0.2.0 deletes all tensors of the server at the end of a session, also those of other clients.

        Args:
            deadline: the time limit of the whole session in seconds.
        """
        return Session(self._calls, self._requests, self._protocol, self._chunk_size, deadline)

    def execute_function(
        self, function: Function, *, on_log: OnLog | None = None, deadline: float | None = None
    ) -> Returned:
        """Run a function on the server. The tensors that it returns stay there.

        Args:
            function: the function and its arguments.
            on_log: called with each text that the function writes, while it runs.
            deadline: the time limit of the call in seconds.

        Raises:
            NotServed: the release has no such call, for example 0.1.0.
            ServiceFailed: the function raised an error, or returned a value that the server cannot store.
        """
        return functions.execute(self._calls, function, on_log, deadline)

    def health(
        self, service: str = "skytorch.torch.Service", *, deadline: float | None = None
    ) -> str:
        """Return the health of a service: "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN" or "UNKNOWN"."""
        return monitoring.health(self._calls, service, deadline)

    def metrics(
        self, wanted: Wanted | None = None, *, deadline: float | None = None
    ) -> tuple[Snapshot, ...]:
        """Return the current metrics, one snapshot per source.

        Args:
            wanted: the filter of metrics. Default: all metrics.
            deadline: the time limit of the call in seconds.

        Raises:
            NotServed: the server was started without sources of metrics.
        """
        return monitoring.metrics(self._calls, wanted or Wanted(), deadline)

    def watch_metrics(
        self, interval: float = 1.0, wanted: Wanted | None = None, *, deadline: float | None = None
    ) -> Iterator[Snapshot]:
        """Yield snapshots of the metrics every `interval` seconds. Closing the iterator ends the call.

        Args:
            interval: the seconds between two snapshots of a source.
            wanted: the filter of metrics. Default: all metrics.
            deadline: the time limit of the call in seconds.

        Raises:
            NotServed: the server was started without sources of metrics.
            TransferTimedOut: the iterator was not closed before the time limit.
        """
        return monitoring.watch_metrics(self._calls, interval, wanted or Wanted(), deadline)

    def _call(
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
