"""Shards of real runs, and the merge of their results."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from maidenhair.events import SpecEnded, read_events, read_run

from .conftest import Ended, Suite

FEATURE = "\n".join(f"@a @b @c @d\nScenario: s{n}\n  Given it passes" for n in range(11))
ORDERED = """
@ordered
Feature: story
  Scenario: one
    Given it passes
  Scenario: two
    Given it passes
  Scenario: three
    Given it passes
"""


def passed(ended: Ended) -> list[str]:
    return [line.split()[0] for line in ended.log if line.endswith("passes")]


def shard(suite: Suite, number: int, count: int, *options: str) -> Ended:
    return suite.run("-D", f"maidenhair.shard={number}/{count}", *options)


def results(folder: Path) -> list[Path]:
    return sorted(folder.glob("artifacts/*/events.jsonl"), key=lambda path: path.stat().st_mtime_ns)


def test_shards_in_turn_with_one_history_run_everything_once(suite: Suite) -> None:
    suite.feature(FEATURE)
    suite.feature(ORDERED, "g")
    # The history of a run before makes some of them seem long.
    known = {f"f.feature: s{n}": 10.0 * n for n in range(11)}
    (suite.folder / "history.json").write_text(json.dumps({"durations": known, "failed": []}))
    ended = [shard(suite, n, 3, "-j", str(n)) for n in (1, 2, 3)]

    assert Counter(passed(ended[-1])) == Counter(
        [*(f"s{n}" for n in range(11)), "one", "two", "three"]
    )
    sizes = [int(each.last_line.split()[0]) for each in ended]
    assert sum(sizes) == 14
    assert max(sizes) - min(sizes) <= 1
    notes = [line for each in ended for line in each.out.splitlines() if line.startswith("shard ")]
    plans = {line.split(" of plan ")[1].split(":")[0] for line in notes}
    assert len(plans) == 1
    assert [line.split(" of plan ")[0] for line in notes] == ["shard 1/3", "shard 2/3", "shard 3/3"]
    assert [line.split(": ")[1] for line in notes] == [f"{size} of 14 specs" for size in sizes]


def test_an_ordered_feature_is_in_one_shard(suite: Suite) -> None:
    suite.feature(ORDERED)
    ended = [shard(suite, n, 2) for n in (1, 2)]

    assert [each.last_line for each in ended] == [
        "3 passed, 0 failed, 0 skipped",
        "0 passed, 0 failed, 3 skipped",
    ]


def test_durations_balance_shards_and_are_only_read(suite: Suite) -> None:
    suite.feature("\n".join(f"Scenario: s{n}\n  Given it passes" for n in range(4)))
    known = {"f.feature: s2": 30, "f.feature: s1": 2, "f.feature: s0": 1}
    durations = suite.folder / "durations.json"
    durations.write_text(json.dumps({"durations": known}))
    before = durations.read_bytes()
    options = ("-D", "maidenhair.durations=durations.json")
    first = shard(suite, 1, 2, *options)

    # What is not in the file takes as long as the median of what is.
    assert passed(first) == ["s2"]
    assert durations.read_bytes() == before
    second = shard(suite, 2, 2, *options)
    assert sorted(passed(second)) == ["s0", "s1", "s2", "s3"]


def test_a_file_without_durations_is_named(suite: Suite) -> None:
    suite.feature(FEATURE)
    (suite.folder / "wrong.json").write_text("[]")
    missing = suite.run("-D", "maidenhair.durations=missing.json")
    wrong = suite.run("-D", "maidenhair.durations=wrong.json")

    assert (missing.code, wrong.code) == (2, 2)
    assert "durations=missing.json: the file cannot be read: No such file" in missing.err
    assert "durations=wrong.json: not a file of durations" in wrong.err
    assert wrong.log == []


def test_results_of_shards_merge_to_those_of_one_run(suite: Suite) -> None:
    suite.feature(
        """
        Scenario: fails
          Given it fails
        @flaky.2
        Scenario: flaky
          Given it fails 1 times, then passes
        @skip
        Scenario: skipped
          Given it passes
        Scenario: attaches
          Given it attaches 5000 bytes
        """
    )
    suite.feature(FEATURE, "g")
    for n in (1, 2, 3):
        shard(suite, n, 3, "-j", str(n))
    files = [path.relative_to(suite.folder) for path in results(suite.folder)]
    (suite.folder / "count-flaky").unlink()
    merged = suite.command("merge", *map(str, files), "--output", "merged", "--expect-shards", "3")
    whole = suite.run("-j", "2")

    assert (merged.code, merged.last_line) == (whole.code, whole.last_line)
    assert merged.last_line == "13 passed, 1 failed, 1 skipped"
    assert "failed: f.feature:2: fails (shard " in merged.out
    assert "flaky: f.feature:5: flaky" in merged.out
    run = read_run(suite.folder / "merged")
    alone = read_run(results(suite.folder)[-1])
    assert run.started.division.fingerprint == alone.started.division.fingerprint
    assert [spec.spec for spec in run.planned.values()] == [
        spec.spec for spec in alone.planned.values()
    ]
    assert {spec: each.outcome for spec, each in run.results.items()} == {
        spec: each.outcome for spec, each in alone.results.items()
    }
    assert len(run.started.merged_from) == 3
    (attachment,) = (suite.folder / "merged").glob("shard-*/attachments/*")
    assert attachment.read_bytes() == b"x" * 5000
    # It is a file of events like any other.
    again = suite.command("merge", "merged")
    assert (again.code, again.last_line) == (1, merged.last_line)


def test_merged_durations_balance_the_next_shards(suite: Suite) -> None:
    suite.feature("Scenario: slow\n  Given it waits 2 s\n" + FEATURE)
    for n in (1, 2):
        shard(suite, n, 2)
    merged = suite.command("merge", "artifacts", "--durations-out", "durations.json")
    known = json.loads((suite.folder / "durations.json").read_text())["durations"]

    assert merged.code == 0
    assert sorted(known) == sorted(["f.feature: slow", *(f"f.feature: s{n}" for n in range(11))])
    assert max(known, key=known.__getitem__) == "f.feature: slow"
    again = shard(suite, 1, 2, "-D", "maidenhair.durations=durations.json")
    assert again.code == 0


def test_the_results_of_a_shard_that_was_killed_count_as_failed(suite: Suite) -> None:
    suite.feature("Scenario: a\n  Given it passes\nScenario: b\n  Given it waits 600 s")
    shard(suite, 1, 2)
    process = suite.start("-D", "maidenhair.shard=2/2")
    suite.wait_for("b waits")
    process.kill()
    suite.end(process)
    merged = suite.command("merge", "artifacts")

    assert (merged.code, merged.last_line) == (1, "1 passed, 1 failed, 0 skipped")
    assert "failed: f.feature:4: b (shard 2/2): shard 2/2 ended without a result" in merged.out
    assert "error outside the specs: shard 2/2: the run did not end" in merged.out


def test_a_spec_that_is_planned_ends_once_whatever_its_shard(suite: Suite) -> None:
    suite.feature(FEATURE)
    for n in (1, 2, 3):
        shard(suite, n, 3)
    ends = Counter(
        event.spec
        for path in results(suite.folder)
        for event in read_events(path)
        if isinstance(event, SpecEnded)
    )

    assert len(ends) == 11
    assert set(ends.values()) == {1}
