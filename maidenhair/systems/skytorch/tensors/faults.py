"""Faults of streams: wrong chunks, cancelled transfers, and a server that ends during a transfer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from maidenhair.errors import ConfigurationError, TransferError
from maidenhair.systems.skytorch.tensors.named_tensors import OwnTensors
from maidenhair.systems.skytorch.tensors.rpc.chunks import MIB
from maidenhair.systems.skytorch.tensors.rpc.functions import Function
from maidenhair.systems.skytorch.tensors.values.conversion import sample
from maidenhair.systems.skytorch.tensors.values.data import TensorData

CHUNKS = 5
BYTES_OF_A_CHUNK = 1000
TOO_LARGE = 17 * MIB
ENDING_SECONDS = 20.0
ENDING = Function("def end():\n    import os\n    os._exit(70)\n", "end")
GARBAGE = b"\xff" * 100

FAULTS: Mapping[str, Callable[[list[bytes]], Sequence[bytes]]] = {
    "never come": lambda messages: [],
    "end too early": lambda messages: messages[:-1],
    "begin too late": lambda messages: messages[1:],
    "lack one in the middle": lambda messages: [*messages[:2], *messages[3:]],
    "come in reverse order": lambda messages: messages[::-1],
    "come twice": lambda messages: [each for message in messages for each in (message, message)],
    "are no messages": lambda messages: [messages[0], GARBAGE, *messages[1:]],
}
"""The faults of the chunks of a stream, each with a function that turns correct messages into faulty ones."""

LARGE = "are larger than the service takes"
MIXED = "are of two tensors"


class GaveUp(Exception):
    """The client gave up a transfer before its end."""


def give_up(number: int) -> None:
    """Give up after the second chunk. A callback for `on_chunk`.

    Args:
        number: the number of transferred chunks.

    Raises:
        GaveUp: `number` is 2.
    """
    if number == 2:
        raise GaveUp


def faulty_messages(tensors: OwnTensors, fault: str) -> Iterator[bytes]:
    """Return the messages of a stream whose chunks have a fault.

    Args:
        tensors: the tensors of the spec, which choose the ids in the messages.
        fault: a name of FAULTS, LARGE or MIXED.

    Raises:
        KeyError: there is no such fault.
    """

    def messages(name: str, chunk: int = BYTES_OF_A_CHUNK) -> list[bytes]:
        tensor = TensorData("uint8", (CHUNKS * chunk,), memoryview(bytes(CHUNKS * chunk)))
        return list(tensors.client.messages(tensors.id_of(name), tensor, chunk))

    if fault == LARGE:
        return iter(messages("large", TOO_LARGE)[:1])
    if fault == MIXED:
        return iter([*messages("one")[:2], *messages("other")[2:]])
    return iter(FAULTS[fault](messages("faulty")))


def give_up_during(tensors: OwnTensors, act: str, name: str) -> None:
    """Cancel the writing or reading of a tensor after its second chunk. The local tensor does not change.

    Args:
        tensors: the tensors of the spec.
        act: "writing", which writes other elements, or "reading".
        name: the name of the tensor.

    Raises:
        AssertionError: the transfer ended before it could be cancelled.
        ConfigurationError: there is no such act.
    """
    tensor_id, local = tensors.id_of(name), tensors.local(name)
    try:
        if act == "writing":
            other = sample(local.shape, local.dtype, seed=8)
            tensors.client.write(tensor_id, other, on_chunk=give_up)
        elif act == "reading":
            tensors.client.read(tensor_id, local.dtype, on_chunk=give_up)
        else:
            raise ConfigurationError(
                f"a client cannot give up {act!r}; choose one of: writing, reading"
            )
    except GaveUp:
        return
    raise AssertionError("the transfer ended before its second chunk")


def read_while_server_ends(tensors: OwnTensors, name: str) -> None:
    """Read a tensor, and end the server's process after the first chunk.

    The tensor must be larger than the buffers between server and client, because further chunks are read only after
    the process has ended.

    Raises:
        TransferError: the read failed, as expected.
    """

    def end(number: int) -> None:
        if number == 1:
            try:
                tensors.client.execute_function(ENDING, deadline=ENDING_SECONDS)
            except TransferError:
                return

    tensors.client.read(tensors.id_of(name), tensors.local(name).dtype, on_chunk=end)
