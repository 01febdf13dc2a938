"""Calls of one gRPC server: their deadlines, what is tried again, and errors that tell what was called."""

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
CALLS_KEPT = 50
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0
CHANNEL_OPTIONS = (
    # The server has a limit for what it takes, and tells it; what it gives is as large as that.
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", 16 * MIB),
    # So much comes before it is asked for; gRPC would take the more, the slower this process is.
    ("grpc.http2.bdp_probe", 0),
    ("grpc.http2.lookahead_bytes", 8 * MIB),
    # The cluster's addresses are private: a proxy of the environment cannot reach them.
    ("grpc.enable_http_proxy", 0),
    ("grpc.use_local_subchannel_pool", 1),
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
        target: the server's or the Gateway's address, as "host:port".
        metadata: what goes with every call.
        protocol: the messages and calls of the server's release.
        deadline: seconds within which a call has to end, repetitions included, where none is given.
        attempts: how often a call that may be repeated is tried in all.
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
        self._ended: deque[str] = deque(maxlen=CALLS_KEPT)
        record("grpc", self._told)

    def close(self) -> None:
        """Close the connection; calls under way fail."""
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
        """Tell that the server's release lacks something.

        Raises:
            NotServed: always.
        """
        details = f"this release of SkyTorch has no {name} in {place}"
        raise NotServed(self.place(f"calling {name}"), "UNIMPLEMENTED", details)

    def seconds(self, deadline: float | None) -> float:
        """Return the seconds that a call gets whose caller gave it a deadline, or none."""
        return self._deadline if deadline is None else deadline

    def unary(self, method: Method, on_the_wire: bool = False) -> Any:
        """Return the callable of a call that takes one message, which may be on the wire, and gives one."""
        serialize = None if on_the_wire else serialized
        return self._channel.unary_unary(method.path, serialize, method.response.FromString)

    def sending(self, method: Method) -> Any:
        """Return the callable of a call that takes messages on the wire, and gives one message."""
        return self._channel.stream_unary(method.path, None, method.response.FromString)

    def receiving(self, method: Method, on_the_wire: bool = False) -> Any:
        """Return the callable of a call that takes one message and gives many, parsed or on the wire."""
        parse = None if on_the_wire else method.response.FromString
        return self._channel.unary_stream(method.path, serialized, parse)

    def both_ways(self, method: Method) -> Any:
        """Return the callable of a call that takes messages on the wire and gives many, parsed."""
        return self._channel.stream_stream(method.path, None, method.response.FromString)

    def run(
        self,
        attempted: str,
        call: Callable[[float], Result],
        deadline: float | None = None,
        repeatable: bool = False,
    ) -> Result:
        """Return what a call gives.

        Args:
            attempted: what it does, for errors.
            call: makes the call, within the seconds that it gets.
            deadline: seconds within which it has to end, repetitions included.
            repeatable: whether it is made again where the server is unavailable: twice must do what once does.

        Raises:
            TransferError: it failed; the class tells how.
        """
        end = time.monotonic() + self.seconds(deadline)

        def once() -> Result:
            with self.told(attempted):
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
    def told(self, attempted: str) -> Iterator[None]:
        """Remember how a call ended, and turn errors of gRPC and of chunks into TransferError."""
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
            # What grpc says of a channel that is closed.
            if not self._is_closed:
                raise
            raise TransferCancelled(self.place(attempted), "CANCELLED", str(error)) from error
        self._ended.append(f"{attempted}: OK")

    def succeeded(self, attempted: str, success: bool, message: str) -> None:
        """Take the service's own word on a call that went through.

        Raises:
            ServiceFailed: it reported a failure.
        """
        if not success:
            self.failed(attempted, f"the service reported: {message}")

    def failed(self, attempted: str, details: str) -> NoReturn:
        """Tell that the service did not do what a call asked for, though the call went through.

        Raises:
            ServiceFailed: always.
        """
        raise ServiceFailed(self.place(attempted), "OK", details)

    def place(self, attempted: str) -> str:
        """Return what was attempted, and where."""
        described = "".join(f", {key} {value}" for key, value in self.metadata)
        return f"{attempted} at {self._target}{described}"

    def _told(self) -> str:
        """Return the state of the channel, and how the last calls ended."""
        state = "closed" if self._is_closed else _state_of(self._channel)
        where = f"{self._target}: the channel is {state}; its last calls:"
        return "\n".join([where, *(f"  {call}" for call in self._ended or ("none",))])


def serialized(message: Any) -> bytes:
    """Return a message on the wire."""
    return bytes(message.SerializeToString())


def _status_of(error: grpc.RpcError) -> tuple[str, str]:
    if isinstance(error, grpc.Call):
        return error.code().name, error.details() or ""
    return "UNKNOWN", str(error)


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
