"""The faults that are planted in the stand-ins: each can be planted, and results are judged rightly."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hamcrest import assert_that, contains_string, empty, equal_to

from tests.mutants import mutant as mutant_module
from tests.mutants.mutant import STANDINS, SYSTEMS, MalformedMutant, Mutant, mutants
from tests.mutants.planting import CHECKED, PLACES, template
from tests.mutants.results import Result, append, read, table
from tests.mutants.verdict import INVALID, KILLED, SURVIVED, failure, judge

ALL = [each for system in SYSTEMS for each in mutants(system)]


@pytest.mark.parametrize("mutant", ALL, ids=lambda mutant: mutant.name)
def test_each_fault_can_be_planted_and_has_specs(mutant: Mutant) -> None:
    planted = mutant.planted()
    assert planted != (STANDINS / mutant.file).read_text()
    compile(planted, mutant.file, "exec")
    assert mutant.locations()
    assert mutant.suffers.endswith(".")


def test_names_are_unique() -> None:
    counts = Counter(each.name for each in ALL)
    assert_that([name for name, count in counts.items() if count > 1], empty())


@pytest.mark.parametrize(("old", "count"), [("one", 2), ("two", 0)])
def test_a_text_that_is_not_there_once_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, count: int
) -> None:
    monkeypatch.setattr(mutant_module, "STANDINS", tmp_path)
    (tmp_path / "a.py").write_text("one one")
    with pytest.raises(MalformedMutant, match=f"contains the old text {count} times"):
        Mutant("m", "a.py", old, "three", (), "").planted()


def test_an_area_is_a_feature_or_one_of_its_scenarios(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mutant_module, "ROOT", tmp_path)
    (tmp_path / "a.feature").write_text("Feature: A\n  Scenario: One\n  Scenario Outline: Two\n")
    areas = ("a.feature", "a.feature: Tw", "a.feature: One")
    found = Mutant("m", "a.py", "", "", areas, "").locations()
    assert_that(found, equal_to(["a.feature", "a.feature:3", "a.feature:2"]))


@pytest.mark.parametrize(
    ("area", "message"),
    [
        ("b.feature", "there is no feature b.feature"),
        ("a.feature: Three", "has 0 scenarios whose title begins with 'Three'"),
        ("a.feature: ", "has 2 scenarios"),
    ],
)
def test_an_area_without_a_scenario_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, area: str, message: str
) -> None:
    monkeypatch.setattr(mutant_module, "ROOT", tmp_path)
    (tmp_path / "a.feature").write_text("Feature: A\n  Scenario: One\n  Scenario: Two\n")
    with pytest.raises(MalformedMutant, match=message):
        Mutant("m", "a.py", "", "", (area,), "").locations()


def deployment(command: list[str]) -> dict[str, Any]:
    other = {"name": "kube-scheduler", "image": "b"}
    container = {"name": "vgpu-scheduler-extender", "image": "a", "args": command}
    pod = {"volumes": [{"name": "certificate"}], "containers": [other, container]}
    return {"spec": {"template": {"spec": pod}}}


def test_a_planted_file_takes_the_place_of_the_one_of_the_image() -> None:
    mutant = Mutant("m", "hami_scheduler/quotas.py", "", "", (), "")
    found = template(PLACES["hami"], deployment(["python", "-m", "hami_scheduler"]), mutant, "1")
    other, changed = found["spec"]["containers"]
    assert_that(other, equal_to({"name": "kube-scheduler", "image": "b"}))
    assert_that(changed["args"], equal_to(["python", *CHECKED, "-m", "hami_scheduler"]))
    mount = {
        "name": "planted-fault",
        "mountPath": "/opt/app/hami_scheduler/quotas.py",
        "subPath": "quotas.py",
    }
    assert_that(changed["volumeMounts"], equal_to([mount]))
    names = [each["name"] for each in found["spec"]["volumes"]]
    assert_that(names, equal_to(["certificate", "planted-fault"]))


def test_without_a_fault_the_deployment_is_as_before() -> None:
    mutant = Mutant("m", "hami_scheduler/quotas.py", "", "", (), "")
    first = deployment(["python", "-m", "hami_scheduler"])
    planted = {"spec": {"template": template(PLACES["hami"], first, mutant, "1")}}
    found = template(PLACES["hami"], planted, None, "2")["spec"]
    assert_that(found["volumes"], equal_to([{"name": "certificate"}]))
    assert_that(found["containers"][1]["args"], equal_to(["python", "-m", "hami_scheduler"]))
    assert_that(found["containers"][1]["volumeMounts"], empty())


def result_of(status: str) -> dict[str, Any]:
    return {"status": status, "error_message": ["Expected 1"] if status == "failed" else []}


def report(*steps: tuple[str, str], status: str = "failed") -> list[dict[str, Any]]:
    made = [
        {"keyword": kind.title(), "step_type": kind, "name": "x", "result": result_of(result)}
        for kind, result in steps
    ]
    scenario = {"type": "scenario", "location": "a.feature:3", "status": status, "steps": made}
    return [{"elements": [scenario]}]


def test_a_fault_is_killed_by_a_then_that_fails() -> None:
    verdict = judge(report(("given", "passed"), ("then", "failed")))
    assert_that(verdict.outcome, equal_to(KILLED))
    assert_that(verdict.evidence, equal_to("a.feature:3: Then x | Expected 1"))


def test_a_fault_survives_if_only_another_step_fails() -> None:
    verdict = judge(report(("when", "error"), ("then", "untested")))
    assert_that(verdict.outcome, equal_to(SURVIVED))
    assert_that(verdict.evidence, contains_string("When x"))


def test_a_fault_survives_if_all_specs_pass() -> None:
    verdict = judge(report(("then", "passed"), status="passed"))
    assert_that(verdict.outcome, equal_to(SURVIVED))


@pytest.mark.parametrize("found", [None, [], report(status="skipped")])
def test_a_fault_without_specs_that_ran_is_invalid(found: Any) -> None:
    assert_that(judge(found).outcome, equal_to(INVALID))


def test_the_report_of_specs_without_faults_says_what_failed() -> None:
    assert_that(failure(report(("then", "passed"), status="passed")), equal_to(None))
    assert_that(failure(report(("given", "failed"))), equal_to("a.feature:3: Given x | Expected 1"))
    assert_that(failure(None), equal_to("no spec ran"))


def test_the_table_counts_the_last_result_of_each_fault(tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    for name, outcome in (("one", SURVIVED), ("two", KILLED), ("one", KILLED), ("three", SURVIVED)):
        append(file, Result("hami", name, "a.feature", outcome, "", 3))
    rows = table(read(file)).splitlines()[2:]
    assert_that(rows, equal_to(["| hami | a.feature | 3 | 2 |", "| all | | 3 | 2 |"]))
