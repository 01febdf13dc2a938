"""Run events: the facts of a run, appended to `artifacts/<run>/events.jsonl` as they happen, and read by every report.

Event types, their lines, the file and the merge of shards belong here. The code that publishes an event belongs to the
room where it happens; what is made from events belongs to `report`.
"""

from maidenhair.events.encoding import decode, encode
from maidenhair.events.event import VERSION, RunEvent, UnknownEvent
from maidenhair.events.fingerprint import fingerprint_of
from maidenhair.events.log import EVENTS_FILE, Discard, EventLog, EventSink
from maidenhair.events.merge import MergedRun, merge, shard_name
from maidenhair.events.merged_events import write_merged
from maidenhair.events.plan_events import Division, PlannedStep, SpecLeftOut, SpecPlanned
from maidenhair.events.reader import read_events
from maidenhair.events.recorded_run import RecordedRun, read_run
from maidenhair.events.run_events import (
    FileBroken,
    HookFailed,
    ProblemFound,
    RoundStarted,
    RunEnded,
    RunStarted,
    Warned,
    WorkerLost,
)
from maidenhair.events.spec_events import (
    Attached,
    AttemptEnded,
    Outcome,
    OutputCaptured,
    SpecEnded,
    SpecStarted,
    StepEnded,
)

__all__ = [
    "EVENTS_FILE",
    "VERSION",
    "Attached",
    "AttemptEnded",
    "Discard",
    "Division",
    "EventLog",
    "EventSink",
    "FileBroken",
    "HookFailed",
    "MergedRun",
    "Outcome",
    "OutputCaptured",
    "PlannedStep",
    "ProblemFound",
    "RecordedRun",
    "RoundStarted",
    "RunEnded",
    "RunEvent",
    "RunStarted",
    "SpecEnded",
    "SpecLeftOut",
    "SpecPlanned",
    "SpecStarted",
    "StepEnded",
    "UnknownEvent",
    "Warned",
    "WorkerLost",
    "decode",
    "encode",
    "fingerprint_of",
    "merge",
    "read_events",
    "read_run",
    "shard_name",
    "write_merged",
]
