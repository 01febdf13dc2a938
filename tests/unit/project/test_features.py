"""The features as text: every step is defined, every phrase is used, and reviewers can read them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench.suite import SCENARIOS
from maidenhair.config.loading import active_systems
from maidenhair.discovery import CAPABILITIES
from maidenhair.docgen.traceability import read_scenarios
from maidenhair.suite.capabilities import reason_to_skip
from maidenhair.systems.deployment import Systems
from maidenhair.systems.registry import load_systems
from tests.cluster.clusters.few_specs import A_FEW_SPECS, NEED_SKYTORCH, NEEDS_THE_API

PROJECT = Path(__file__).resolve().parents[3]
ACTIVE = active_systems(environment={}, pyproject=PROJECT / "pyproject.toml")
KNOWN = {each.name for each in CAPABILITIES} | Systems(load_systems(ACTIVE)).capability_names
FEATURES = sorted((PROJECT / "features").rglob("*.feature"))
# What a reviewer who does not program should not have to read. The deadline of a call may be the point of a scenario.
MACHINERY = re.compile(
    r"apiVersion|metadata:|\bkind:|(?<!deadline of )\b\d+ ?(?:s|sec|seconds|minutes)\b"
    r"|[0-9a-f]{8}-[0-9a-f]{4}"
)


def dry_run(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "behave", "features", "--dry-run", "--no-color", *options],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=300,
    )


def tags(feature: Path) -> list[str]:
    lines = [line.split("#")[0] for line in feature.read_text().splitlines()]
    return [tag for line in lines for tag in re.findall(r"^\s*@.*$", line) for tag in tag.split()]


def test_no_step_is_undefined_and_no_two_phrases_are_ambiguous() -> None:
    # Without a selection by tags, slow specs would be left out.
    done = dry_run("--tags=@slow or not @slow")

    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^0 passed, 0 failed, [1-9]\d* skipped$", done.stdout, re.M)
    assert re.search(r"^took .* for \d+ features, \d+ specs, [1-9]\d* steps$", done.stdout, re.M)


def test_every_phrase_is_used_and_no_two_phrases_say_the_same() -> None:
    checked = subprocess.run(
        [sys.executable, "-m", "maidenhair", "steps", "--check", "features"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=300,
    )

    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("feature", FEATURES, ids=lambda path: path.stem)
def test_a_feature_needs_only_capabilities_that_exist(feature: Path) -> None:
    named = [tag.removeprefix("@").replace("not.with_", "use.with_") for tag in tags(feature)]

    assert any(tag.startswith("use.with_") for tag in named)
    assert reason_to_skip(named, KNOWN) is None


@pytest.mark.parametrize("feature", FEATURES, ids=lambda path: path.stem)
def test_a_feature_has_the_tag_of_its_area(feature: Path) -> None:
    assert f"@{feature.parent.name}" in tags(feature)


@pytest.mark.parametrize("feature", FEATURES, ids=lambda path: path.stem)
def test_a_feature_shows_no_machinery(feature: Path) -> None:
    assert MACHINERY.findall(feature.read_text()) == []


def test_the_areas_that_the_contract_promises_are_there() -> None:
    areas = {feature.parent.name for feature in FEATURES}

    assert {"compute", "cluster", "init", "install", "tensors"} <= areas


def test_the_scenarios_that_benchmarks_and_tests_name_are_there() -> None:
    known = read_scenarios(PROJECT / "features")
    titles = {each.partition(": ")[2] for each in known}
    names = {each.removeprefix("--name=") for each in A_FEW_SPECS if each.startswith("--name=")}

    assert [each for each in SCENARIOS if each not in known] == []
    assert {*names, *NEED_SKYTORCH} - titles == set()
    assert NEEDS_THE_API.rpartition(" ")[0] + " <name>" in titles
    for each in A_FEW_SPECS:
        assert each.startswith("--name=") or (PROJECT / each).is_file()


def test_the_durations_of_most_specs_are_known() -> None:
    listing = subprocess.run(
        [sys.executable, "-m", "maidenhair", "outline", "features", "--format", "json"],
        cwd=PROJECT,
        env={**os.environ, "MAIDENHAIR_HISTORY": os.devnull},
        check=True,
        capture_output=True,
        text=True,
        timeout=300,
    )
    specs = json.loads(listing.stdout)
    unknown = [each["location"] for each in specs if each["seconds"] is None]

    assert len(specs) > 500
    # New specs are no reason to renew the file at once; `make durations` does it.
    assert len(unknown) < len(specs) / 5, unknown
