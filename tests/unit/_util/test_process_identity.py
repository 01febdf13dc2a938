"""Process identities, and how long the holder of a run's Lease holds it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psutil
import pytest

from maidenhair._util.process_identity import ProcessIdentity
from maidenhair.kube.run.lease import LeaseRecord
from maidenhair.waiting import eventually

PRINT_IDENTITY = """
from maidenhair._util.process_identity import ProcessIdentity
print(ProcessIdentity.current(), flush=True)
input()
"""
RENEWED = datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC)


def lease(**spec: object) -> dict[str, object]:
    metadata = {"labels": {"maidenhair.dev/run": "r1"}, "creationTimestamp": "2026-01-31T11:00:00Z"}
    return {"metadata": metadata, "spec": spec}


def test_a_holder_is_read_as_it_was_written() -> None:
    holder = ProcessIdentity.current()
    assert ProcessIdentity.parse(str(holder)) == holder


@pytest.mark.parametrize("text", ["", "somebody", "{}", "[]", "null", '{"pid": 1}'])
def test_other_holders_identities_are_not_parsed(text: str) -> None:
    assert ProcessIdentity.parse(text) is None


def test_this_process_is_local_and_alive() -> None:
    holder = ProcessIdentity.current()
    assert holder.is_local()
    assert holder.is_alive()


def test_a_killed_process_is_dead_at_once_even_before_its_parent_waits() -> None:
    command = [sys.executable, "-c", PRINT_IDENTITY]
    with subprocess.Popen(command, stdin=-1, stdout=-1, text=True) as process:
        assert process.stdout is not None
        holder = ProcessIdentity.parse(process.stdout.readline())
        assert holder is not None
        assert holder.is_local()
        assert holder.is_alive()
        process.kill()
        # Nobody has waited for it: it is a zombie, whose number is still taken.
        eventually(holder.is_alive, False, within=60)
        assert psutil.pid_exists(holder.pid)


def test_a_later_process_with_the_same_pid_is_another() -> None:
    assert not replace(ProcessIdentity.current(), started=1).is_alive()


def test_a_process_of_another_machine_or_container_is_not_local() -> None:
    assert not replace(ProcessIdentity.current(), boot="elsewhere").is_local()


def test_a_lease_lasts_for_its_duration_from_its_renewal() -> None:
    record = LeaseRecord.of(
        lease(
            holderIdentity=str(ProcessIdentity.current()),
            leaseDurationSeconds=20,
            renewTime="2026-01-31T12:00:00.000000Z",
        )
    )
    assert record == LeaseRecord("r1", ProcessIdentity.current(), RENEWED, timedelta(seconds=20))
    assert not record.has_lapsed(RENEWED + timedelta(seconds=20))
    assert record.has_lapsed(RENEWED + timedelta(seconds=21))


def test_a_lease_without_a_holder_lasts_from_its_creation() -> None:
    record = LeaseRecord.of(lease())
    assert record.holder is None
    assert record.has_lapsed(RENEWED)
