"""The merge of shards: what it refuses, and what it proves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from maidenhair.errors import EventsError
from maidenhair.events import (
    Division,
    EventLog,
    FileBroken,
    Outcome,
    RoundStarted,
    RunEnded,
    RunEvent,
    RunStarted,
    SpecEnded,
    SpecLeftOut,
    SpecPlanned,
    SpecStarted,
    fingerprint_of,
    merge,
    read_events,
    read_run,
    write_merged,
)

PLAN = [SpecPlanned(f"id{n}", "f", "", f"s{n}", "f.feature", n, number=n) for n in range(6)]
LEFT_OUT = SpecLeftOut("left", "f", "", "left out", "f.feature", 99)


def division(shard: int, shards: int, plan: Sequence[SpecPlanned] = PLAN) -> Division:
    return Division(fingerprint_of(plan, shards), len(plan), shard, shards)


def write_run(folder: Path, *events: RunEvent) -> Path:
    def fail(error: OSError) -> None:
        raise error

    log = EventLog(folder, fail)
    log.publish(*events)
    log.close()
    return log.path


def start(division: Division) -> RunStarted:
    return RunStarted(f"run{division.shard}", "/", ("maidenhair",), {}, {}, division)


def ends(specs: Sequence[SpecPlanned], outcome: Outcome = "passed") -> Iterator[RunEvent]:
    for each in specs:
        yield SpecStarted(each.spec, 1, "1")
        yield SpecEnded(each.spec, outcome, outcome, 1.5, 1)


@pytest.fixture
def shards(tmp_path: Path) -> list[Path]:
    """Give the files of three shards, whose specs all pass."""
    return [write_shard(tmp_path, number) for number in (1, 2, 3)]


def write_shard(folder: Path, number: int, name: str = "", exit_code: int = 0) -> Path:
    specs = PLAN[number - 1 :: 3]
    return write_run(
        folder / (name or f"shard{number}"),
        start(division(number, 3)),
        *specs,
        LEFT_OUT,
        *ends(specs),
        RunEnded(exit_code, 2.0 * number, len(specs), 0, 5),
    )


def test_all_shards_of_a_plan_merge(shards: list[Path], tmp_path: Path) -> None:
    merged = merge([tmp_path], expected=3)

    assert [each.spec for each in merged.results] == PLAN
    assert merged.counts == {"passed": 6, "skipped": 1}
    assert merged.exit_code == 0
    assert merged.problems == []
    assert merged.durations == {f"f.feature: s{n}": 1.5 for n in range(6)}
    # In any order, as files or folders, and each file once.
    again = merge([shards[2], shards[0], tmp_path / "shard2", shards[0]])
    assert [run.started.run for run in again.runs] == ["run1", "run2", "run3"]


def test_a_broken_file_counts_as_one_failed_spec(shards: list[Path], tmp_path: Path) -> None:
    broken = FileBroken("b.feature", 3, "a line is no step")
    for path in shards:
        *others, ended = read_events(path)
        path.unlink()
        write_run(path.parent, *others, broken, ended)
    merged = merge(shards)
    written = list(read_events(write_merged(merged, tmp_path / "merged")))

    assert merged.counts == {"passed": 6, "failed": 1, "skipped": 1}
    assert merged.exit_code == 1
    assert [each for each in written if isinstance(each, FileBroken)] == [broken]
    assert written[-1].failed == 1


def test_missing_shards_are_named(shards: list[Path]) -> None:
    with pytest.raises(EventsError, match=r"missing: shard 1/3, shard 3/3$") as caught:
        merge([shards[1]])
    assert caught.value.exit_code == 2


def test_repeated_shards_are_named_with_their_files(shards: list[Path], tmp_path: Path) -> None:
    again = write_shard(tmp_path, 2, "again")
    with pytest.raises(EventsError) as caught:
        merge([*shards[:2], again])

    text = str(caught.value)
    assert f"repeated: shard 2/3 ({shards[1]}), shard 2/3 ({again})\nmissing: shard 3/3" in text


@pytest.mark.parametrize(
    "other",
    [
        division(3, 3, [*PLAN[:5], replace(PLAN[5], name="renamed")]),
        division(3, 3, [*PLAN[:5], replace(PLAN[5], steps=())]),
        division(3, 4),
        replace(division(3, 3), fingerprint=fingerprint_of(PLAN, 3, {"tags": "@a"})),
        replace(division(3, 3), fingerprint=fingerprint_of(PLAN, 3, {}, "durations")),
    ],
    ids=["another name", "equal", "more shards", "another selection", "other durations"],
)
def test_shards_of_different_plans_are_refused(
    other: Division, shards: list[Path], tmp_path: Path
) -> None:
    last = write_run(tmp_path / "other", start(other), PLAN[2], PLAN[5], RunEnded(0))
    if other == division(3, 3):
        assert len(merge([*shards[:2], last]).runs) == 3
        return
    with pytest.raises(EventsError, match="the results are of different plans") as caught:
        merge([*shards[:2], last])
    assert f"plan {other.fingerprint}: shard 3/{other.shards} ({last})" in str(caught.value)
    assert f"plan {division(1, 3).fingerprint}: shard 1/3 ({shards[0]})" in str(caught.value)


def test_another_number_of_shards_than_expected_is_refused(shards: list[Path]) -> None:
    with pytest.raises(EventsError, match="4 shards were expected, but the plan is divided into 3"):
        merge(shards, expected=4)


def test_a_run_without_shards_is_a_merge_of_one(tmp_path: Path) -> None:
    path = write_run(tmp_path, start(division(1, 1)), *PLAN, *ends(PLAN), RunEnded(0))

    assert merge([path], expected=1).counts["passed"] == 6
    with pytest.raises(EventsError, match="3 shards were expected"):
        merge([path], expected=3)


def test_shards_that_leave_specs_out_are_refused(shards: list[Path], tmp_path: Path) -> None:
    last = write_run(tmp_path / "torn", start(division(3, 3)), PLAN[2])
    with pytest.raises(EventsError, match="they have 5 of 6 specs; was a run killed while it"):
        merge([*shards[:2], last])


def test_a_spec_in_two_shards_is_named(shards: list[Path], tmp_path: Path) -> None:
    both = write_run(tmp_path / "both", start(division(3, 3)), PLAN[2], PLAN[0])
    with pytest.raises(EventsError, match=r"f\.feature:0: s0 is in two shards: shard 1/3"):
        merge([*shards[:2], both])


def test_specs_without_a_result_have_failed(shards: list[Path], tmp_path: Path) -> None:
    killed = write_run(
        tmp_path / "killed", start(division(3, 3)), PLAN[2], PLAN[5], *ends(PLAN[2:3])
    )
    merged = merge([*shards[:2], killed])

    assert (merged.exit_code, merged.counts["passed"], merged.counts["failed"]) == (1, 5, 1)
    assert [each.reason for each in merged.results if each.outcome == "failed"] == [
        "shard 3/3 ended without a result"
    ]
    assert merged.problems == ["shard 3/3: the run did not end: it was killed or still runs"]


@pytest.mark.parametrize(("code", "merged"), [(0, 0), (1, 1), (3, 3), (130, 1), (2, 1)])
def test_the_exit_code_is_that_of_one_run(
    code: int, merged: int, shards: list[Path], tmp_path: Path
) -> None:
    last = write_shard(tmp_path, 3, "last", exit_code=code)

    assert merge([*shards[:2], last]).exit_code == merged


def test_a_folder_without_events_is_named(tmp_path: Path) -> None:
    with pytest.raises(EventsError, match=r"no events\.jsonl in the folder"):
        merge([tmp_path])
    with pytest.raises(EventsError, match="missing: no such file"):
        merge([tmp_path / "missing"])


def test_a_file_that_begins_otherwise_is_refused(tmp_path: Path) -> None:
    path = write_run(tmp_path, PLAN[0])
    with pytest.raises(EventsError, match="do not begin with run_started"):
        merge([path])


@pytest.mark.parametrize(
    ("events", "problem"),
    [
        ([PLAN[0], PLAN[0]], "planned twice"),
        ([PLAN[0], *ends(PLAN[:1]), *ends(PLAN[:1])], "two results"),
        ([PLAN[0], *ends(PLAN[1:2])], "a result without a plan"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(
    events: list[RunEvent], problem: str, tmp_path: Path
) -> None:
    path = write_run(tmp_path, start(division(1, 1)), *events)
    with pytest.raises(EventsError, match=problem):
        read_run(path)


def test_of_several_rounds_the_last_counts(tmp_path: Path) -> None:
    failed = ends(PLAN[:1], "failed")
    path = write_run(
        tmp_path, start(division(1, 1)), *PLAN, *ends(PLAN), RoundStarted(2), *PLAN, *failed
    )
    run = read_run(path)

    assert [each.outcome for each in run.results.values()] == ["failed"]
    assert run.not_ended == PLAN[1:]


def test_the_merged_events_are_those_of_one_run(shards: list[Path], tmp_path: Path) -> None:
    path = write_merged(merge(shards), tmp_path / "merged")
    run, events = read_run(path), list(read_events(path))

    assert run.started.merged_from == ("run1", "run2", "run3")
    assert run.started.division == division(1, 1)
    assert list(run.planned.values()) == PLAN
    assert list(run.left_out.values()) == [LEFT_OUT]
    assert run.results.keys() == {each.spec for each in PLAN}
    assert isinstance(events[0], RunStarted)
    assert events[-1] == RunEnded(0, 6.0, 6, 0, 1, 0, time=events[-1].time)
    workers = {event.worker for event in events if isinstance(event, SpecStarted)}
    assert workers == {"shard 1/3 1", "shard 2/3 1", "shard 3/3 1"}
    assert merge([path]).counts == merge(shards).counts


def test_a_shard_is_not_overwritten(shards: list[Path]) -> None:
    before = shards[0].read_bytes()
    with pytest.raises(EventsError, match="is one of the results to merge"):
        write_merged(merge(shards), shards[0].parent)
    assert shards[0].read_bytes() == before
