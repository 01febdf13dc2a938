"""Functions that run on a server."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from maidenhair.systems.skytorch.tensors.rpc.calls import Calls
from maidenhair.systems.skytorch.tensors.rpc.protocol import SERVICE
from maidenhair.systems.skytorch.tensors.rpc.requests import plain_dtype

OnLog = Callable[[str, str], None]
"""What is called with "stdout" or "stderr", and what the function wrote there."""


@dataclass(frozen=True)
class RemoteTensor:
    """A tensor among what a function returned; the server keeps it until a session gives it a number.

    Attributes:
        name: its key in the dictionary or model that was returned; "tensor" where it was a single tensor.
        storage_id: the server's number of its memory.
        dtype: the element type as torch names it, without the prefix.
        shape: the size of each dimension.
        strides: the distance between neighbours in each dimension, in elements.
        offset: where it begins in its memory, in elements.
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
    """What a function returned: tensors, and the number of the model where the server was told to keep it."""

    tensors: tuple[RemoteTensor, ...]
    model_id: int


@dataclass(frozen=True)
class Function:
    """A function and its arguments; the server unpickles these, so it needs every type in them.

    Attributes:
        source: the text that defines it.
        name: its name.
        args: positional arguments.
        kwargs: arguments by name.
        keeps_model: whether the server keeps a model that it returns.
    """

    source: str
    name: str
    args: Sequence[Any] = ()
    kwargs: Mapping[str, Any] | None = None
    keeps_model: bool = False


def execute(
    calls: Calls, function: Function, on_log: OnLog | None, deadline: float | None
) -> Returned:
    """Run a function on the server and return what it gives; see TensorClient.execute_function."""
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
