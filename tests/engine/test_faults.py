"""Workers that die, stop or run out of something at random places: every spec is reported once, and nothing is left."""

from __future__ import annotations

import json
import random
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import psutil
import pytest
from hamcrest import empty

from maidenhair.waiting import eventually

from .generated.runs import ENGINE, Runs, serving

SUITE = Path(__file__).parent / "suites" / "faults"
SPECS = ("a0", "a1", "a2", "b0", "b1", "b2")
LOSSES = ("exit", "exit in a thread", "kill", "segmentation fault", "stop", "terminate")
SHORTAGES = (
    "no disk",
    "no files",
    "no memory",
    "no processes",
    "close connections",
    "close output",
)
HARMLESS = ("stop for a moment",)
OF_THE_RUN = ("no disk for the run",)
ACTIONS = (*LOSSES, *LOSSES, *SHORTAGES, *HARMLESS, *OF_THE_RUN)
OF_SPECS = ("before_scenario", "before_step", "step", "after_step", "after_scenario", "cleanup")


@dataclass(frozen=True)
class Fault:
    """A fault, and where it happens.

    Attributes:
        action: what happens.
        place: the hook, step or cleanup in which it happens.
        spec: the spec that it happens in; None outside of specs.
        jobs: the number of workers.
    """

    action: str
    place: str
    spec: str | None
    jobs: int


def fault_of(seed: int) -> Fault:
    """Return the fault that belongs to a number."""
    chance = random.Random(seed)
    action, jobs = ACTIONS[seed % len(ACTIONS)], chance.choice((2, 2, 3))
    outside = ("before_feature", "after_feature", "after_all") if action != "stop" else ()
    kind = chance.choice((*OF_SPECS, *OF_SPECS, *outside))
    if kind == "after_all":
        return Fault(action, kind, None, jobs)
    if kind in ("before_feature", "after_feature"):
        return Fault(action, f"{kind} {chance.choice('ab')}", None, jobs)
    spec = chance.choice(SPECS)
    # The first step of a spec stands two lines after its name.
    line = f" {3 + 4 * int(spec[1]) + chance.choice((0, 1, 2))}" if kind.endswith("_step") else ""
    return Fault(action, f"{kind} {spec}{line}", spec, jobs)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    with serving(tmp_path_factory.mktemp("faults")) as runs:
        yield runs


@pytest.mark.parametrize("seed", range(20))
def test_every_spec_is_reported_once_and_nothing_is_left(runs: Runs, seed: int) -> None:
    check(runs, fault_of(seed))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(20, 220))
def test_200_more_faults(runs: Runs, seed: int) -> None:
    check(runs, fault_of(seed))


def check(runs: Runs, fault: Fault) -> None:
    folder = runs.folder / "faults"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(SUITE, folder)
    (folder / "fault.json").write_text(json.dumps({"place": fault.place, "action": fault.action}))
    for name in ("temporary", "resources"):
        (folder / name).mkdir()
    code = runs.call(folder, arguments(fault), environment(folder))

    assert code is not None, f"the run did not end: {fault}, in {folder}"
    message = f"{fault}, in {folder}: {(folder / 'out').read_text()[-2000:]}"
    happened = (folder / "happened").exists()
    assert happened, message
    if fault.action in OF_THE_RUN:
        assert code != 0, message
    else:
        reported = statuses(folder)
        assert Counter(name for name, _ in reported) == Counter(SPECS), message
        assert Counter(cases(folder)) == Counter(SPECS), message
        failed = {name for name, status in reported if status != "passed"}
        assert (code != 0) if failed or fault.action in LOSSES else (code == 0), message
        if fault.spec is not None and fault.action in (*LOSSES, *HARMLESS):
            expected = set() if fault.action in HARMLESS else {fault.spec}
            assert failed <= expected, message
    left = {path.name for path in (folder / "resources").iterdir()}
    assert left <= ({fault.spec} if fault.action in LOSSES else set()), message
    assert list((folder / "temporary").iterdir()) == [], message
    eventually(
        lambda: processes_of(folder), empty(), within=60, described_as=f"no process of {fault}"
    )


def arguments(fault: Fault) -> list[str]:
    limits = {"timeout": 10, "cleanup_timeout": 10, "grace_period": 5}
    options = [f"maidenhair.{name}={seconds}s" for name, seconds in limits.items()]
    if fault.action != "stop":
        options = []
    outputs = ("-f", "json", "-o", "r.json", "--junit", "--junit-directory", "junit", "--no-color")
    settings = [option for each in options for option in ("-D", each)]
    return ["features", *ENGINE, "-j", str(fault.jobs), *settings, *outputs]


def environment(folder: Path) -> dict[str, str]:
    return {
        "SUITE_FAULT": str(folder / "happened"),
        "SUITE_RESOURCES": str(folder / "resources"),
        "MAIDENHAIR_HISTORY": str(folder / "history.json"),
        "PYTHONPATH": str(folder / "features"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "TMPDIR": str(folder / "temporary"),
    }


def statuses(folder: Path) -> list[tuple[str, str]]:
    """Return the name and the status of each scenario in the JSON report."""
    features = json.loads((folder / "r.json").read_text())
    elements = [element for feature in features for element in feature.get("elements", ())]
    return [(element["name"], element["status"]) for element in elements]


def cases(folder: Path) -> list[str]:
    """Return the name of each scenario in the JUnit reports."""
    roots = [ElementTree.parse(path) for path in (folder / "junit").glob("*.xml")]
    return [case.attrib["name"] for root in roots for case in root.iter("testcase")]


def processes_of(folder: Path) -> list[int]:
    """Return the processes that a run has left."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("SUITE_FAULT") == str(folder / "happened"):
                found.append(process.pid)
        except psutil.Error:
            continue
    return found
