"""The call that writes tensors."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from maidenhair.systems.skytorch.tensors.calls import Calls
from maidenhair.systems.skytorch.tensors.protocol import SERVICE
from maidenhair.systems.skytorch.tensors.transfers import OnChunk, upload


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
