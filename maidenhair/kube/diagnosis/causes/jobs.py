"""Jobs that have failed, and CronJobs that start no Jobs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from maidenhair.kube.diagnosis.causes.cause import Cause, Rule, evidence_of, message_of
from maidenhair.kube.diagnosis.facts import Facts
from maidenhair.kube.diagnosis.shapes import field_of, mappings, metadata_of, text
from maidenhair.kube.objects import Object, condition, display_name, is_true

JOB, CRON_JOB = "Job", "CronJob"
SCHEDULE_REASONS = frozenset({"InvalidSchedule", "UnknownTimeZone", "UnparseableSchedule"})
DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_MONTHS = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
        start=1,
    )
}


def job_failed(facts: Facts) -> Cause | None:
    """Detect a Job that has failed, for example because it exceeded its deadline or its limit of retries."""
    failed = _failure(facts)
    if failed is None:
        return None
    left = [pod for pod in facts.pods if _containers(pod)]
    pods = "" if left else "; its pods no longer exist"
    crashed = (metadata_of(left[-1])["name"], _containers(left[-1])[0]) if left else None
    evidence = tuple(line for each in (facts.subject, *left) for line in evidence_of(facts, each))
    return Cause(_sentence(facts, failed) + pods, evidence, crashed=crashed)


def suspended(facts: Facts) -> Cause | None:
    """Detect a Job or CronJob that is suspended."""
    if facts.kind not in (JOB, CRON_JOB) or not field_of(facts.subject, "spec", "suspend"):
        return None
    effect = "it has no pods" if facts.kind == JOB else "it starts no Jobs"
    sentence = f"{display_name(facts.subject)} is suspended (spec.suspend), so {effect}"
    return Cause(sentence, evidence_of(facts, facts.subject))


def bad_schedule(facts: Facts) -> Cause | None:
    """Detect a CronJob whose schedule cannot be read, or names a date that does not exist."""
    if facts.kind != CRON_JOB:
        return None
    schedule = text(field_of(facts.subject, "spec", "schedule"))
    events = facts.events_of(facts.subject)
    refused = [each for each in events if each.get("reason") in SCHEDULE_REASONS]
    if names_no_date(schedule):
        problem = "which names no date that exists"
    elif refused:
        problem = f"which cannot be used: {message_of(refused[-1])}"
    else:
        return None
    sentence = f'{display_name(facts.subject)} has the schedule "{schedule}", {problem}'
    return Cause(sentence, evidence_of(facts, facts.subject))


RULES: tuple[Rule, ...] = (suspended, bad_schedule, job_failed)


def for_job(facts: Facts, cause: Cause) -> Cause:
    """Turn a cause of a Job's pods into one of the Job, if the Job has failed."""
    failed = _failure(facts)
    if failed is None:
        return cause
    return replace(cause, sentence=f"{_sentence(facts, failed)}: {cause.sentence}")


def is_complete(facts: Facts) -> bool:
    """Return whether the subject is a Job that has completed, so that its failed pods do not matter."""
    return facts.kind == JOB and is_true(condition(facts.subject, "Complete"))


def names_no_date(schedule: str) -> bool:
    """Return whether a schedule names only days that its months do not have, for example February 30th."""
    fields = schedule.split()
    if len(fields) != 5 or fields[4] not in ("*", "?"):
        return False
    days, months = set(_numbers(fields[2])), set(_numbers(fields[3].lower()))
    if not days or not months:
        return False
    return all(day > DAYS[month - 1] for day in days for month in months if 1 <= month <= 12)


def _numbers(field: str) -> Iterator[int]:
    """Yield the numbers of a field of a schedule, or nothing if it is not a plain list of numbers."""
    parts = [_MONTHS.get(part, part) for part in field.split(",")]
    numbers = [int(part) for part in parts if str(part).isdecimal()]
    if len(numbers) == len(parts):
        yield from numbers


def _failure(facts: Facts) -> Mapping[str, Any] | None:
    if facts.kind != JOB:
        return None
    for name in ("Failed", "FailureTarget"):
        found = condition(facts.subject, name)
        if is_true(found):
            return found
    return None


def _sentence(facts: Facts, failed: Mapping[str, Any]) -> str:
    return f"{display_name(facts.subject)} has failed: {message_of(failed)}"


def _containers(pod: Object) -> list[str]:
    return [
        text(each.get("name")) for each in mappings(field_of(pod, "status", "containerStatuses"))
    ]
