"""Merges the results of shards, after a proof that together they are the plan."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from maidenhair.errors import EventsError
from maidenhair.events.fingerprint import fingerprint_of
from maidenhair.events.plan_events import SpecPlanned
from maidenhair.events.reader import find_event_files
from maidenhair.events.recorded_run import RecordedRun, read_run
from maidenhair.events.run_events import FileBroken
from maidenhair.events.spec_events import Outcome

NOT_COUNTED = 3
"""The exit code of a run that does not count, for example because of @focus."""


@dataclass(frozen=True)
class Result:
    """The result of a spec in a merged run.

    Attributes:
        spec: the planned spec.
        outcome: its outcome. A spec without a result has failed.
        reason: the reason, for a spec that is skipped, untested or without a result.
        shard: the number of its shard.
        seconds: the duration of its last attempt. None if it did not run.
        flaky: whether it passed after an attempt that failed.
    """

    spec: SpecPlanned
    outcome: Outcome
    reason: str
    shard: int
    seconds: float | None
    flaky: bool


@dataclass(frozen=True)
class MergedRun:
    """The results of all shards of one plan.

    Attributes:
        runs: the run of each shard, in their order.
    """

    runs: Sequence[RecordedRun]

    @cached_property
    def results(self) -> Sequence[Result]:
        """The results, in the order of the plan."""
        found = [_result(run, spec) for run in self.runs for spec in run.planned.values()]
        return sorted(found, key=lambda each: each.spec.number)

    @cached_property
    def counts(self) -> Mapping[Outcome, int]:
        """The number of specs by outcome. One that was left out counts as skipped, a broken file as one that failed."""
        counts = Counter[Outcome](each.outcome for each in self.results)
        left_out = {spec for run in self.runs for spec in run.left_out}
        counts["skipped"] += len(left_out)
        if self.broken:
            counts["failed"] += len(self.broken)
        return counts

    @property
    def broken(self) -> Mapping[str, FileBroken]:
        """The files that could not be parsed, by path. Each shard has the same ones."""
        return {file: event for run in self.runs for file, event in run.broken.items()}

    @property
    def problems(self) -> Sequence[str]:
        """The errors outside the specs, each with its shard."""
        found = []
        for run in self.runs:
            if run.ended is None:
                found.append(f"{shard_name(run)}: the run did not end: it was killed or still runs")
            found += [f"{shard_name(run)}: {problem}" for problem in run.problems]
        return found

    @property
    def exit_code(self) -> int:
        """The exit code that one run with these results has."""
        codes = {run.ended.exit_code if run.ended else 1 for run in self.runs}
        if self.counts["failed"] or self.counts["untested"] or codes - {0, NOT_COUNTED}:
            return 1
        return max(codes)

    @property
    def durations(self) -> Mapping[str, float]:
        """The seconds of each spec that ran, by file and name, as the setting `durations` reads them."""
        return {
            f"{each.spec.file}: {each.spec.name}": round(each.seconds, 3)
            for each in self.results
            if each.seconds is not None
        }


def merge(paths: Sequence[Path], expected: int | None = None) -> MergedRun:
    """Read the results of shards, and prove that together they are the plan.

    Args:
        paths: the files of events, or folders with them at any depth.
        expected: the number of shards that there must be. Default: the number that the results themselves state.

    Raises:
        EventsError: the results are of different plans, a shard is missing or repeated, or a file cannot be read.
    """
    files = dict.fromkeys(file.resolve() for path in paths for file in find_event_files(path))
    runs = [read_run(file) for file in files]
    _refuse_different_plans(runs)
    division = runs[0].started.division
    if expected is not None and division.shards != expected:
        raise EventsError(
            f"{expected} shards were expected, but the plan is divided into {division.shards}: {_places(runs)}"
        )
    by_shard = defaultdict(list)
    for run in runs:
        by_shard[run.started.division.shard].append(run)
    repeated = [run for found in by_shard.values() if len(found) > 1 for run in found]
    missing = sorted(set(range(1, division.shards + 1)) - by_shard.keys())
    problems = [f"repeated: {_places(repeated)}"] if repeated else []
    if missing:
        problems.append("missing: " + ", ".join(f"shard {n}/{division.shards}" for n in missing))
    if problems:
        raise EventsError(
            f"every shard of plan {division.fingerprint} must be there once\n" + "\n".join(problems)
        )
    ordered = [by_shard[number][0] for number in sorted(by_shard)]
    _prove_union(ordered)
    return MergedRun(ordered)


def shard_name(run: RecordedRun) -> str:
    """Return the name of a run's shard, for example `shard 2/3`."""
    return f"shard {run.started.division.shard}/{run.started.division.shards}"


def _refuse_different_plans(runs: Sequence[RecordedRun]) -> None:
    plans = defaultdict(list)
    for run in runs:
        plans[run.started.division.fingerprint].append(run)
    if len(plans) > 1:
        lines = [f"plan {plan}: {_places(found)}" for plan, found in plans.items()]
        hint = "Shards belong together if features, selection, number of shards and durations are equal."
        raise EventsError("\n".join(["the results are of different plans", *lines, hint]))


def _prove_union(runs: Sequence[RecordedRun]) -> None:
    """Refuse shards whose specs are not, once each, those of the plan that all of them state."""
    division = runs[0].started.division
    seen: dict[str, RecordedRun] = {}
    for run in runs:
        for spec in run.planned.values():
            if spec.spec in seen:
                where = _places([seen[spec.spec], run])
                raise EventsError(f"{spec.file}:{spec.line}: {spec.name} is in two shards: {where}")
            seen[spec.spec] = run
    specs = [spec for run in runs for spec in run.planned.values()]
    found = fingerprint_of(specs, division.shards, division.selection, division.durations)
    if found != division.fingerprint:
        raise EventsError(
            f"the shards together are not plan {division.fingerprint}: they have {len(specs)} of {division.specs} "
            f"specs; was a run killed while it wrote its plan? {_places(runs)}"
        )


def _places(runs: Sequence[RecordedRun]) -> str:
    return ", ".join(f"{shard_name(run)} ({run.path})" for run in runs)


def _result(run: RecordedRun, spec: SpecPlanned) -> Result:
    shard = run.started.division.shard
    ended = run.results.get(spec.spec)
    if ended is None:
        return Result(
            spec, "failed", f"{shard_name(run)} ended without a result", shard, None, False
        )
    seconds = ended.seconds if ended.attempts else None
    return Result(spec, ended.outcome, ended.reason or "", shard, seconds, ended.flaky)
