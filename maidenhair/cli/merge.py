"""`maidenhair merge`: check and merge the results of shards."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from maidenhair._util.files import write_atomically
from maidenhair.errors import EventsError
from maidenhair.events import MergedRun, merge, shard_name, write_merged


@click.command("merge")
@click.argument("results", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--expect-shards",
    metavar="N",
    type=click.IntRange(min=1),
    help="Fail unless the plan is divided into N shards.",
)
@click.option(
    "--output",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="Write the events of all shards to events.jsonl in this folder.",
)
@click.option(
    "--durations-out",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write the durations of the specs to this file, for the setting `durations`.",
)
def merge_command(
    results: tuple[Path, ...],
    expect_shards: int | None,
    output: Path | None,
    durations_out: Path | None,
) -> None:
    """Merge the RESULTS of shards: folders that contain events.jsonl at any depth, or such files.

    The exit code is 2 if the results are of different plans, or if a shard is missing or repeated. Otherwise, it is
    that of one run with these results.
    """
    merged = merge(results, expect_shards)
    if output is not None:
        write_merged(merged, output)
    if durations_out is not None:
        _write_durations(merged, durations_out)
    _report(merged)
    sys.exit(merged.exit_code)


def _write_durations(merged: MergedRun, path: Path) -> None:
    content = json.dumps({"durations": merged.durations}, indent=1, sort_keys=True)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, f"{content}\n")
    except OSError as error:
        raise EventsError(f"{path}: the durations cannot be written: {error.strerror}") from error


def _report(merged: MergedRun) -> None:
    for run in merged.runs:
        click.echo(f"{shard_name(run)}: {len(run.planned)} specs of run {run.started.run}")
    for each in merged.results:
        spec = each.spec
        place = f"{spec.file}:{spec.line}: {spec.name}"
        reason = f": {each.reason}" if each.reason else ""
        if each.outcome == "failed":
            click.echo(f"failed: {place} (shard {each.shard}/{len(merged.runs)}){reason}")
        elif each.outcome != "passed":
            click.echo(f"{each.outcome}: {place}{reason}")
        elif each.flaky:
            click.echo(f"flaky: {place}")
    for broken in merged.broken.values():
        click.echo(f"failed: {broken.file}:{broken.line}: {broken.error}")
    for problem in merged.problems:
        click.echo(f"error outside the specs: {problem}")
    division = merged.runs[0].started.division
    click.echo(f"all {division.specs} specs of plan {division.fingerprint} are in one shard each")
    counts = merged.counts
    line = f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped"
    click.echo(f"{line}, {counts['untested']} untested" if counts["untested"] else line)
