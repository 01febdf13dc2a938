"""What faulty clients and unlucky moments do to streams, for the specs of what comes of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from maidenhair.errors import TransferError
from maidenhair.systems.skytorch.tensors.client import TensorClient
from maidenhair.systems.skytorch.tensors.named_tensors import OwnTensors
from maidenhair.systems.skytorch.tensors.rpc.chunks import MIB
from maidenhair.systems.skytorch.tensors.rpc.functions import Function
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
"""What can be wrong with the chunks of a stream, and how the messages of a good one become it."""

LARGE = "are larger than the service takes"
MIXED = "are of two tensors"


class GivenUp(Exception):
    """Whoever transferred a tensor gave up on the way."""


def give_up(number: int) -> None:
    """Give up after the second chunk.

    Raises:
        GivenUp: it was the second.
    """
    if number == 2:
        raise GivenUp


def faulty_messages(tensors: OwnTensors, fault: str) -> Iterator[bytes]:
    """Return the messages of a stream whose chunks have a fault.

    Args:
        tensors: what knows the numbers of the tensors that the messages name.
        fault: a name of FAULTS, or LARGE or MIXED.

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


def read_while_server_ends(client: TensorClient, tensor_id: int, dtype: str) -> None:
    """Read a tensor, and have the server's process end once the first chunk has come.

    The tensor has to be larger than what lies on the way: nothing more is taken before the process has ended.

    Raises:
        TransferError: the read failed, as it should.
    """

    def end(number: int) -> None:
        if number == 1:
            try:
                client.execute_function(ENDING, deadline=ENDING_SECONDS)
            except TransferError:
                return

    client.read(tensor_id, dtype, on_chunk=end)


def transfer_at_once(
    tensors: OwnTensors, written: Mapping[str, TensorData]
) -> dict[str, TensorData]:
    """Write tensors and read them back, all at the same time; return what was read.

    Args:
        tensors: what knows their numbers.
        written: the tensors, by name.

    Raises:
        TransferError: a transfer failed.
    """
    # Each waits until the others are as far.
    together = threading.Barrier(len(written))

    def transfer(name: str, tensor: TensorData) -> TensorData:
        together.wait(ENDING_SECONDS)
        tensors.write(name, tensor)
        together.wait(ENDING_SECONDS)
        return tensors.read(name)

    with ThreadPoolExecutor(len(written)) as threads:
        reading = {name: threads.submit(transfer, name, tensor) for name, tensor in written.items()}
        return {name: read.result() for name, read in reading.items()}
