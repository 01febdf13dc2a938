"""Calls of one gRPC server, with time limits, repetitions and errors that name the call."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import Any, NoReturn, TypeVar

import grpc
import tenacity

from maidenhair.errors import (
    ChunksBroken,
    NotServed,
    ServerUnavailable,
    ServiceFailed,
    TensorNotFound,
    TransferCancelled,
    TransferError,
    TransferTimedOut,
)
from maidenhair.systems.skytorch.tensors.rpc.chunks import MIB, ChunkError
from maidenhair.systems.skytorch.tensors.rpc.protocol import Method, Protocol
from maidenhair.waiting.journal import record

STATE_SECONDS = 5.0
RECORDED_CALLS = 50
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0
CHANNEL_OPTIONS = (
    # The server refuses messages that are too large, with its limit. Its own messages have the same limit.
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", 16 * MIB),
    # A fixed window. By default gRPC buffers more, the slower this process reads.
    ("grpc.http2.bdp_probe", 0),
    ("grpc.http2.lookahead_bytes", 8 * MIB),
    # The cluster's addresses are private, so a proxy of the environment cannot reach them.
    ("grpc.enable_http_proxy", 0),
    ("grpc.use_local_subchannel_pool", 1),
    # With gRPC's own retries (1.71 to 1.85), a stream that begins while the server stops can lose its events. Then its
    # iterator waits for ever, whatever the call's deadline. Repeatable calls are repeated here.
    ("grpc.enable_retries", 0),
)
ERRORS: dict[str, type[TransferError]] = {
    "NOT_FOUND": TensorNotFound,
    "UNIMPLEMENTED": NotServed,
    "UNAVAILABLE": ServerUnavailable,
    "DEADLINE_EXCEEDED": TransferTimedOut,
    "CANCELLED": TransferCancelled,
}

Result = TypeVar("Result")


class Calls:
    """A channel to one server.

    Args:
        target: the address of the server or the Gateway, as "host:port".
        metadata: the metadata of every call.
        protocol: the messages and calls of the server's release.
        deadline: the default time limit of a call in seconds, including repetitions.
        attempts: the maximum number of attempts of a repeatable call.
    """

    def __init__(
        self,
        target: str,
        metadata: Sequence[tuple[str, str]],
        protocol: Protocol,
        deadline: float,
        attempts: int,
    ) -> None:
        self.metadata = tuple(metadata)
        self._target = target
        self._protocol = protocol
        self._deadline = deadline
        self._attempts = attempts
        self._channel = grpc.insecure_channel(target, options=CHANNEL_OPTIONS)
        self._is_closed = False
        self._ended: deque[str] = deque(maxlen=RECORDED_CALLS)
        record("grpc", self._describe)

    def close(self) -> None:
        """Close the connection. Running calls fail."""
        self._is_closed = True
        self._channel.close()

    def method(self, service: str, name: str) -> Method:
        """Return a call of a service.

        Raises:
            NotServed: the release has no such call.
        """
        method = self._protocol.method(service, name)
        return method if method is not None else self.lacks(name, service)

    def lacks(self, name: str, place: str) -> NoReturn:
        """Raise the error that the server's release lacks a call or a field.

        Args:
            name: the name of the call or field.
            place: the service or call that lacks it.

        Raises:
            NotServed: always.
        """
        details = f"this release of SkyTorch has no {name} in {place}"
        raise NotServed(self.place(f"calling {name}"), "UNIMPLEMENTED", details)

    def seconds(self, deadline: float | None) -> float:
        """Return the time limit of a call in seconds: `deadline`, or the default if it is None."""
        return self._deadline if deadline is None else deadline

    def unary(self, method: Method, on_the_wire: bool = False) -> Any:
        """Return the callable of a call with one request and one response. `on_the_wire`: the request is serialized."""
        serialize = None if on_the_wire else serialized
        return self._channel.unary_unary(method.path, serialize, method.response.FromString)

    def sending(self, method: Method) -> Any:
        """Return the callable of a call with a stream of serialized requests and one response."""
        return self._channel.stream_unary(method.path, None, method.response.FromString)

    def receiving(self, method: Method, on_the_wire: bool = False) -> Any:
        """Return the callable of a call with one request and a stream of responses, parsed unless `on_the_wire`."""
        parse = None if on_the_wire else method.response.FromString
        return self._channel.unary_stream(method.path, serialized, parse)

    def both_ways(self, method: Method) -> Any:
        """Return the callable of a call with a stream of serialized requests and a stream of responses."""
        return self._channel.stream_stream(method.path, None, method.response.FromString)

    def run(
        self,
        attempted: str,
        call: Callable[[float], Result],
        deadline: float | None = None,
        repeatable: bool = False,
    ) -> Result:
        """Make a call, and return its result.

        Args:
            attempted: the description of the call for errors, for example "reading tensor 7".
            call: makes the call. Its argument is the remaining time in seconds.
            deadline: the time limit in seconds, including repetitions; None for the default.
            repeatable: whether to repeat the call while the server is unavailable. It must be idempotent.

        Raises:
            TransferError: the call failed. The class of the error is the kind of failure.
        """
        end = time.monotonic() + self.seconds(deadline)

        def once() -> Result:
            with self.recorded(attempted):
                return call(max(0.0, end - time.monotonic()))

        repeating = tenacity.Retrying(
            stop=tenacity.stop_any(
                tenacity.stop_after_attempt(self._attempts),
                tenacity.stop_before_delay(self.seconds(deadline)),
            ),
            wait=tenacity.wait_exponential(FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS),
            retry=tenacity.retry_if_exception_type(ServerUnavailable),
            reraise=True,
        )
        return repeating(once) if repeatable else once()

    @contextmanager
    def recorded(self, attempted: str) -> Iterator[None]:
        """Record the result of a call, and convert errors of gRPC and of chunks into TransferError."""
        try:
            yield
        except grpc.RpcError as error:
            status, details = _status_of(error)
            self._ended.append(f"{attempted}: {status}: {details}")
            kind = ERRORS.get(status, TransferError)
            raise kind(self.place(attempted), status, details) from error
        except ChunkError as error:
            self._ended.append(f"{attempted}: {error}")
            raise ChunksBroken(self.place(attempted), "OK", str(error)) from error
        except ValueError as error:
            # grpc raises ValueError for a closed channel.
            if not self._is_closed:
                raise
            raise TransferCancelled(self.place(attempted), "CANCELLED", str(error)) from error
        self._ended.append(f"{attempted}: OK")

    def succeeded(self, attempted: str, success: bool, message: str) -> None:
        """Check the service's response to a call that succeeded in gRPC.

        Args:
            attempted: the description of the call for errors.
            success: whether the service reports success.
            message: the service's message.

        Raises:
            ServiceFailed: the service reported a failure.
        """
        if not success:
            self.failed(attempted, f"the service reported: {message}")

    def failed(self, attempted: str, details: str) -> NoReturn:
        """Raise the error of a call that succeeded in gRPC, but not in the service.

        Args:
            attempted: the description of the call.
            details: the reason.

        Raises:
            ServiceFailed: always.
        """
        raise ServiceFailed(self.place(attempted), "OK", details)

    def place(self, attempted: str) -> str:
        """Return the description of a call with the server's address and the metadata."""
        metadata = "".join(f", {key} {value}" for key, value in self.metadata)
        return f"{attempted} at {self._target}{metadata}"

    def _describe(self) -> str:
        """Describe the state of the channel, and the results of the last calls."""
        state = "closed" if self._is_closed else _state_of(self._channel)
        where = f"{self._target}: the channel is {state}; its last calls:"
        return "\n".join([where, *(f"  {call}" for call in self._ended or ("none",))])


def serialized(message: Any) -> bytes:
    """Return the bytes of a message."""
    return bytes(message.SerializeToString())


def _status_of(error: grpc.RpcError) -> tuple[str, str]:
    if isinstance(error, grpc.Call):
        return error.code().name, error.details() or ""
    return "UNKNOWN", str(error)


def _state_of(channel: grpc.Channel) -> str:
    """Return the state of a channel, for example "READY". grpc reports it only to subscribers."""
    states: SimpleQueue[Any] = SimpleQueue()
    try:
        channel.subscribe(states.put)
        return str(states.get(timeout=STATE_SECONDS).name)
    except Empty:
        return "in no known state"
    finally:
        channel.unsubscribe(states.put)
