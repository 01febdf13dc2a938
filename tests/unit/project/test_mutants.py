"""The faults that are planted in the stand-ins: each can be planted, and results are judged rightly."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hamcrest import assert_that, contains_string, empty, equal_to

from tests.mutants.mutant import STANDINS, MalformedMutant, Mutant, copy_checkout, mutants
from tests.mutants.verdict import INVALID, KILLED, SURVIVED, judge
from tests.project import ROOT

ALL = [each for system in ("hami", "skytorch") for each in mutants(system)]


@pytest.mark.parametrize("mutant", ALL, ids=lambda mutant: mutant.name)
def test_the_old_text_is_in_its_file_once_and_the_features_exist(mutant: Mutant) -> None:
    text = (ROOT / STANDINS / mutant.file).read_text()
    assert_that(text.count(mutant.old), equal_to(1))
    assert mutant.new != mutant.old
    assert_that([each for each in mutant.area if not (ROOT / each).exists()], empty())


def test_a_copy_of_the_checkout_has_all_files_and_links(tmp_path: Any) -> None:
    copy_checkout(tmp_path)
    for name in ("pyproject.toml", "standins/hami_scheduler/vendors/nvidia.toml"):
        assert_that((tmp_path / name).read_text(), equal_to((ROOT / name).read_text()))
    assert not (tmp_path / ".venv").exists()


def test_names_are_unique() -> None:
    counts = Counter(each.name for each in ALL)
    assert_that([name for name, count in counts.items() if count > 1], empty())


def test_a_text_that_is_not_there_is_refused(tmp_path: Any) -> None:
    (tmp_path / STANDINS).mkdir()
    (tmp_path / STANDINS / "a.py").write_text("one one")
    for old, count in (("one", 2), ("two", 0)):
        mutant = Mutant("m", "a.py", old, "three", (), "")
        with pytest.raises(MalformedMutant, match=f"contains the old text {count} times"):
            mutant.plant(tmp_path)


def report(*steps: tuple[str, str], status: str = "failed") -> list[dict[str, Any]]:
    made = [
        {"keyword": kind.title(), "step_type": kind, "name": "x", "result": {"status": result}}
        for kind, result in steps
    ]
    scenario = {"type": "scenario", "location": "a.feature:3", "status": status, "steps": made}
    return [{"elements": [scenario]}]


def test_a_fault_is_killed_by_a_then_that_fails() -> None:
    verdict = judge(report(("given", "passed"), ("then", "failed")))
    assert_that(verdict.outcome, equal_to(KILLED))
    assert_that(verdict.evidence, equal_to("a.feature:3: Then x"))


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
