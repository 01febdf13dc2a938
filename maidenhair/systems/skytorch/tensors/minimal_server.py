"""A server of SkyTorch's protocol that stores messages and computes nothing, for tests and benchmarks of clients.

It serves the protocol of any release, without torch. `python -m maidenhair.systems.skytorch.tensors.minimal_server`
runs it as a program.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any

import grpc

from maidenhair.systems.skytorch.tensors.rpc.calls import serialized
from maidenhair.systems.skytorch.tensors.rpc.chunks import MIB
from maidenhair.systems.skytorch.tensors.rpc.protocol import HEALTH, METRICS, SERVICE, Protocol
from maidenhair.systems.skytorch.tensors.rpc.wire import Framing

THREADS = 40
BARE = "bare"
"""A service without SkyTorch's messages: `Take` receives messages and returns their number, `Give` sends a tensor's."""

CLONE = "aten.clone.default"
OPTIONS = (
    ("grpc.max_send_message_length", 16 * MIB),
    ("grpc.max_receive_message_length", 16 * MIB),
)


class MinimalServer:
    """A server on 127.0.0.1. It is a context manager.

    It stores the messages of each written tensor, and sends the same messages when the tensor is read. A test can
    replace them by any others. Its only operation is `aten::clone`.

    Args:
        protocol: the protocol that it serves.

    Attributes:
        stored: the serialized messages of each tensor, by the tensor's id.
        deleted: the ids that clients have deleted, in order.
        target: its address, as "host:port".
    """

    def __init__(self, protocol: Protocol) -> None:
        self.stored: dict[int, list[bytes]] = {}
        self.deleted: list[int] = []
        self._protocol = protocol
        self._framing = Framing(protocol.message("TensorChunk"))
        self._failure = ""
        self._server = grpc.server(ThreadPoolExecutor(THREADS), options=OPTIONS)
        for service in (SERVICE, HEALTH, METRICS):
            self._server.add_generic_rpc_handlers((self._handlers(service),))
        self._server.add_generic_rpc_handlers((self._bare(),))
        self.target = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"

    def __enter__(self) -> MinimalServer:
        self._server.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop at once, and cancel running calls."""
        self._server.stop(grace=None).wait()

    def wait(self) -> None:
        """Wait until the server has stopped."""
        self._server.wait_for_termination()

    def _handlers(self, service: str) -> Any:
        calls = {
            "UpdateTensor": (grpc.stream_unary_rpc_method_handler, self._update, True),
            "GetTensor": (grpc.unary_stream_rpc_method_handler, self._get, False),
            "CopyTensor": (grpc.unary_unary_rpc_method_handler, self._copy, False),
            "DeleteTensors": (grpc.unary_unary_rpc_method_handler, self._delete, False),
            "ExecuteAtenOperation": (grpc.unary_unary_rpc_method_handler, self._execute, False),
            "StreamOperations": (grpc.stream_stream_rpc_method_handler, self._stream, False),
            "ExecuteFunction": (grpc.unary_stream_rpc_method_handler, self._call, False),
            "Check": (grpc.unary_unary_rpc_method_handler, self._check, False),
            "GetMetrics": (grpc.unary_unary_rpc_method_handler, self._metrics, False),
            "StreamMetrics": (grpc.unary_stream_rpc_method_handler, self._watch_metrics, False),
        }
        handlers = {}
        for name, (kind, behaviour, is_raw) in calls.items():
            method = self._protocol.method(service, name)
            if method is not None:
                parse = None if is_raw else method.request.FromString
                handlers[name] = kind(behaviour, parse, _on_the_wire)
        return grpc.method_handlers_generic_handler(service, handlers)

    def _bare(self) -> Any:
        def give(request: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
            yield from self.stored[int(request)]

        handlers = {
            "Take": grpc.stream_unary_rpc_method_handler(_take),
            "Give": grpc.unary_stream_rpc_method_handler(give),
        }
        return grpc.method_handlers_generic_handler(BARE, handlers)

    def _update(self, messages: Iterator[bytes], context: grpc.ServicerContext) -> Any:
        stored = list(messages)
        if not stored:
            return self._message("TensorResponse", success=False, message="no chunk arrived")
        head, _ = self._framing.part(stored[0])
        # A cancelled call can look like one that has ended.
        if len(stored) != head.total_chunks:
            failure = f"{len(stored)} of {head.total_chunks} chunks arrived"
            return self._message("TensorResponse", success=False, message=failure)
        self.stored[head.tensor_id] = stored
        return self._message("TensorResponse", success=True)

    def _get(self, request: Any, context: grpc.ServicerContext) -> Iterator[bytes]:
        if request.tensor_id not in self.stored:
            context.abort(grpc.StatusCode.NOT_FOUND, f"Tensor {request.tensor_id} not found")
        yield from self.stored[request.tensor_id]

    def _copy(self, request: Any, context: grpc.ServicerContext) -> Any:
        failure = self._copied(request.src_tensor_id, request.dst_tensor_id)
        return self._message("TensorResponse", success=not failure, message=failure)

    def _delete(self, request: Any, context: grpc.ServicerContext) -> Any:
        for tensor_id in request.tensor_ids:
            self.deleted.append(tensor_id)
            self.stored.pop(tensor_id, None)
        return self._message("TensorResponse", success=True)

    def _execute(self, request: Any, context: grpc.ServicerContext) -> Any:
        failure = f"no operation {request.op_name}"
        if request.op_name == CLONE:
            failure = self._copied(request.args[0].tensor.tensor_id, request.outputs[0].tensor_id)
        return self._message("ExecuteAtenResponse", success=not failure, message=failure)

    def _stream(self, requests: Iterator[Any], context: grpc.ServicerContext) -> Iterator[Any]:
        for request in requests:
            kind = request.WhichOneof("request")
            answer = self._message("StreamResponse", success=True)
            failure = self._perform(request, kind, answer, context)
            if kind in ("get_tensor", "get_scalar"):
                failure, self._failure = self._failure or failure, ""
            elif not self._protocol.answers_every_request:
                self._failure = self._failure or failure
                continue
            elif request.chunk_number + 1 < request.total_chunks:
                continue
            answer.success, answer.error_message = not failure, failure
            yield answer

    def _perform(self, request: Any, kind: str, answer: Any, context: grpc.ServicerContext) -> str:
        """Perform a request of the stream. Return the reason of a failure, or an empty text."""
        content = getattr(request, kind)
        if kind == "update_tensor":
            self._store_part(request, content)
        elif kind == "get_tensor":
            return self._read_whole(content.tensor_id, answer.get_tensor)
        elif kind == "get_scalar":
            answer.get_scalar.int_value = content.tensor_id
        elif kind == "copy_tensor":
            return self._copied(content.src_tensor_id, content.dst_tensor_id)
        elif kind == "delete_tensors":
            self._delete(content, context)
        elif kind == "execute_aten":
            return str(self._execute(content, context).message)
        return ""

    def _store_part(self, request: Any, update: Any) -> None:
        head = self._message(
            "TensorChunk",
            tensor_id=update.tensor_id,
            chunk_number=request.chunk_number,
            total_chunks=max(1, request.total_chunks),
            total_bytes=request.total_bytes or len(update.data),
            shape=update.shape,
            dtype=update.dtype,
        )
        if request.chunk_number == 0:
            self.stored[update.tensor_id] = []
        self.stored[update.tensor_id].append(self._framing.join(head, memoryview(update.data)))

    def _read_whole(self, tensor_id: int, whole: Any) -> str:
        if tensor_id not in self.stored:
            return f"Tensor {tensor_id} does not exist"
        parts = [self._framing.part(message) for message in self.stored[tensor_id]]
        whole.data = b"".join(data for _, data in parts)
        whole.shape.extend(parts[0][0].shape)
        whole.dtype = parts[0][0].dtype
        return ""

    def _copied(self, source: int, target: int) -> str:
        if source not in self.stored:
            return f"Source tensor {source} not found"
        self.stored[target] = list(self._renumbered(self.stored[source], target))
        return ""

    def _renumbered(self, messages: Iterable[bytes], tensor_id: int) -> Iterator[bytes]:
        for message in messages:
            head, data = self._framing.part(message)
            head.tensor_id = tensor_id
            yield self._framing.join(head, data)

    def _call(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        text = f"{request.callable_name} is not run here"
        yield self._message("ExecuteFunctionEvent", log={"stream": "stderr", "text": text})
        failure = {"success": False, "error_message": text}
        yield self._message("ExecuteFunctionEvent", result=failure)

    def _check(self, request: Any, context: grpc.ServicerContext) -> Any:
        return self._answer(HEALTH, "Check", status="SERVING")

    def _metrics(self, request: Any, context: grpc.ServicerContext) -> Any:
        return self._answer(METRICS, "GetMetrics", snapshots=[self._snapshot(request)])

    def _watch_metrics(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        while context.is_active():
            yield self._answer(METRICS, "StreamMetrics", **self._snapshot(request))

    def _snapshot(self, request: Any) -> dict[str, Any]:
        wanted = list(request.metric_names) or ["tensors"]
        metric = {"type": "GAUGE", "value": len(self.stored), "labels": dict(request.label_filters)}
        return {"source": "minimal", "metrics": [{"name": name, **metric} for name in wanted]}

    def _answer(self, service: str, name: str, **fields: Any) -> Any:
        method = self._protocol.method(service, name)
        return method.response(**fields) if method is not None else None

    def _message(self, name: str, **fields: Any) -> Any:
        return self._protocol.message(name)(**fields)


def _on_the_wire(message: Any) -> bytes:
    return message if isinstance(message, bytes) else serialized(message)


def _take(messages: Iterator[bytes], context: grpc.ServicerContext) -> bytes:
    return str(len(list(messages))).encode()


def main() -> None:
    """Print the server's address as the first line, and serve until the process is stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--skytorch", type=Path, help="the folder of a release (default: the installed one)"
    )
    folder = parser.parse_args().skytorch
    with MinimalServer(Protocol(folder) if folder else Protocol.installed()) as server:
        print(server.target, flush=True)
        server.wait()


if __name__ == "__main__":
    main()
