"""The queue of messages between a caller and gRPC."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from maidenhair.systems.skytorch.tensors.rpc.transfers import Handover


def test_messages_arrive_in_order() -> None:
    handover = Handover(most=2)
    with ThreadPoolExecutor(1) as thread:
        taken = thread.submit(list, handover)
        for number in range(20):
            assert handover.put(bytes([number]))
        handover.close()

    assert taken.result() == [bytes([number]) for number in range(20)]


def test_a_closed_queue_still_sends_waiting_messages_and_accepts_no_more() -> None:
    handover = Handover()
    handover.put(b"a")
    handover.close()

    assert not handover.put(b"b")
    assert list(handover) == [b"a"]


def test_closing_ends_a_wait_for_space() -> None:
    handover = Handover(most=1)
    handover.put(b"a")
    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(handover.put, b"b")
        handover.close()

        assert waiting.result(timeout=300) is False
