"""Calls that run a function on a server."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from maidenhair.systems.skytorch.tensors.rpc.calls import Calls
from maidenhair.systems.skytorch.tensors.rpc.protocol import SERVICE
from maidenhair.systems.skytorch.tensors.rpc.requests import plain_dtype

OnLog = Callable[[str, str], None]
"""A callback with two arguments: "stdout" or "stderr", and the text that the function wrote there."""


@dataclass(frozen=True)
class RemoteTensor:
    """A tensor that a function returned. It stays on the server until a session assigns an id to it.

    Attributes:
        name: its key in the returned dictionary or model; "tensor" if the function returned a single tensor.
        storage_id: the server's id of its memory.
        dtype: the element type, for example "float32".
        shape: the size of each dimension.
        strides: the distance between neighbours in each dimension, in elements.
        offset: the position of its first element in its memory, in elements.
        nbytes: the size of its memory in bytes.
    """

    name: str
    storage_id: int
    dtype: str
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int
    nbytes: int


@dataclass(frozen=True)
class Returned:
    """The result of a function.

    Attributes:
        tensors: the returned tensors.
        model_id: the server's id of the returned model, if the function has `keeps_model`.
    """

    tensors: tuple[RemoteTensor, ...]
    model_id: int


@dataclass(frozen=True)
class Function:
    """A function and its arguments. The server unpickles the arguments, so it must have all their types.

    Attributes:
        source: the source of the function.
        name: the name of the function.
        args: the positional arguments.
        kwargs: the keyword arguments.
        keeps_model: whether the server stores a returned model.
    """

    source: str
    name: str
    args: Sequence[Any] = ()
    kwargs: Mapping[str, Any] | None = None
    keeps_model: bool = False


def execute(
    calls: Calls, function: Function, on_log: OnLog | None, deadline: float | None
) -> Returned:
    """Run a function on the server, and return its result. See TensorClient.execute_function."""
    method = calls.method(SERVICE, "ExecuteFunction")
    attempted = f"executing function {function.name}"
    request = method.request(
        args=pickle.dumps(tuple(function.args)),
        kwargs=pickle.dumps(dict(function.kwargs or {})),
        callable_source=function.source,
        callable_name=function.name,
        retain_model=function.keeps_model,
    )

    def once(seconds: float) -> Any:
        call = calls.receiving(method)(request, metadata=calls.metadata, timeout=seconds)
        try:
            return _result(call, on_log)
        finally:
            call.cancel()

    answer = calls.run(attempted, once, deadline)
    if answer is None:
        calls.failed(attempted, "the stream ended without a result")
    calls.succeeded(attempted, answer.success, answer.error_message)
    return Returned(tuple(_tensor(tensor) for tensor in answer.tensors), answer.model_id)


def _result(call: Any, on_log: OnLog | None) -> Any:
    result = None
    for event in call:
        if event.HasField("result"):
            result = event.result
        elif on_log is not None:
            on_log(event.log.stream, event.log.text)
    return result


def _tensor(message: Any) -> RemoteTensor:
    return RemoteTensor(
        message.name,
        message.storage_id,
        plain_dtype(message.dtype),
        tuple(message.shape),
        tuple(message.stride),
        message.storage_offset,
        message.storage_nbytes,
    )
