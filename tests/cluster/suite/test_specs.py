"""Runs leave nothing on a real cluster, whether specs pass or fail, or the run is killed."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from hamcrest import empty, has_item, has_length

from maidenhair.kube import Kube
from maidenhair.kube.run.labels import RUN_LABEL, SPEC_LABEL
from maidenhair.waiting import eventually

from .small_suite import RBAC, RUN_SECONDS, TIDY, Suite, leases, namespaces

LONG = "Scenario: long\n  Given an object of its own\n  And it goes on until it is killed"


def test_nothing_is_left_of_specs_that_pass_and_that_fail(suite: Suite, kube: Kube) -> None:
    code, output = suite.run(TIDY)

    assert code == 1
    assert output.rstrip().endswith("1 passed, 1 failed, 0 skipped")
    assert kube.list(RBAC, "ClusterRole", label_selector=RUN_LABEL) == []
    assert namespaces(kube) == []
    assert leases(kube) == []


@pytest.mark.parametrize("options", [(), ("-r", "maidenhair.engine:Runner", "-j", "2")])
def test_an_object_that_cannot_be_removed_fails_its_spec_and_is_reported(
    suite: Suite, kube: Kube, options: tuple[str, ...]
) -> None:
    code, output = suite.run("Scenario: sticky\n  Given an object that cannot be removed", *options)
    (left,) = namespaces(kube)
    kube.patch(
        "v1", "ConfigMap", "mine", {"metadata": {"finalizers": None}}, left["metadata"]["name"]
    )

    assert code == 1
    assert output.rstrip().endswith("0 passed, 1 failed, 0 skipped")
    assert "maidenhair.dev/stuck" in output
    eventually(lambda: namespaces(kube), empty(), within=60)


def test_a_killed_run_leaves_nothing_to_the_next(suite: Suite, kube: Kube) -> None:
    killed = suite.start(LONG)
    eventually(lambda: namespaces(kube), has_length(1), within=60)
    (left,) = namespaces(kube)
    eventually(
        lambda: [
            each["metadata"]["name"]
            for each in kube.list("v1", "ConfigMap", left["metadata"]["name"])
        ],
        has_item("mine"),
        within=60,
    )
    killed.send_signal(signal.SIGKILL)
    killed.communicate(timeout=RUN_SECONDS)

    code, output = suite.run("Scenario: good\n  Given an object of its own")

    assert code == 0, output
    assert output.rstrip().endswith("1 passed, 0 failed, 0 skipped")
    assert left["metadata"]["name"] in output
    assert namespaces(kube) == []
    assert leases(kube) == []


def test_a_live_run_is_left_alone_by_another(suite: Suite, kube: Kube, tmp_path: Path) -> None:
    living = suite.start(LONG)
    eventually(lambda: namespaces(kube), has_length(1), within=60)

    code, output = suite.run("Scenario: good\n  Given an object of its own")
    remaining = namespaces(kube)
    living.send_signal(signal.SIGINT)
    output, _ = living.communicate(timeout=RUN_SECONDS)

    assert code == 0, output
    assert [each["metadata"]["labels"][SPEC_LABEL] for each in remaining] == ["long"]
    assert living.returncode == 1, output
    assert output.rstrip().endswith("0 passed, 1 failed, 0 skipped")
    assert namespaces(kube) == []
