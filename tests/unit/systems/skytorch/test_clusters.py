"""Parts for the specs of Clusters: recorded events, and functions that meet."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest

from maidenhair._util.ports import free_ports
from maidenhair.errors import WaitTimedOut
from maidenhair.systems.skytorch.sdk import event_listener
from maidenhair.systems.skytorch.sdk.event_listener import Listener
from maidenhair.systems.skytorch.workloads import remote_functions
from maidenhair.systems.skytorch.workloads.remote_functions import meet


def event(reason: str, pod: str) -> SimpleNamespace:
    return SimpleNamespace(reason=reason, involved_object=SimpleNamespace(name=pod))


def test_a_listener_records_events_in_order() -> None:
    listener = Listener()
    listener(event("Scheduled", "left-0"))
    listener(event("Started", "left-0"))

    listener.wait_for("Started")

    assert listener.reasons == ["Scheduled", "Started"]
    assert listener.pods == ["left-0", "left-0"]


def test_a_wait_for_a_missing_event_names_the_recorded_events(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(event_listener, "EVENT_SECONDS", 0.1)
    listener = Listener()
    listener(event("Scheduled", "left-0"))

    with pytest.raises(WaitTimedOut, match="Scheduled"):
        listener.wait_for("Started")


def test_a_listener_waits_for_events_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_listener, "EVENT_SECONDS", 0.1)
    listener = Listener()
    for reason in ("Pulled", "Scheduled", "Started"):
        listener(event(reason, "left-0"))

    listener.wait_for("Pulled", "Started")
    with pytest.raises(WaitTimedOut):
        listener.wait_for("Scheduled", "Pulled")


def test_a_function_without_a_peer_fails(capsys: pytest.CaptureFixture[str]) -> None:
    mine, unused = free_ports(2)

    with pytest.raises(OSError):
        meet("left", mine, "127.0.0.1", unused, 0.0)
    assert capsys.readouterr().out == ""


def test_functions_end_when_they_have_met(capsys: pytest.CaptureFixture[str]) -> None:
    one, other = free_ports(2)
    right = threading.Thread(target=meet, args=("right", other, "127.0.0.1", one, 20))
    right.start()

    meet("left", one, "127.0.0.1", other, 20)

    right.join(20)
    assert sorted(capsys.readouterr().out.split()) == ["left", "met", "met", "right"]


def test_functions_for_servers_use_no_global_names() -> None:
    for function in (
        meet,
        remote_functions.multiply,
        remote_functions.fail,
        remote_functions.end_process,
    ):
        outside = set(function.__code__.co_names) & set(vars(remote_functions))
        assert outside == set(), f"{function.__name__} would import these on the server"
