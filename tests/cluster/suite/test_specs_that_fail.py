"""Diagnostics, secrets and retained objects of specs that fail on a real cluster."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from base64 import b64decode, b64encode

import pytest

from maidenhair.kube import Kube
from maidenhair.kube.run.labels import RUN_LABEL

from .small_suite import RBAC, TIDY, Suite, leases, namespaces


def maidenhair(*arguments: str) -> str:
    command = [sys.executable, "-m", "maidenhair", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_the_objects_of_a_failed_spec_are_saved_on_disk_and_attached(suite: Suite) -> None:
    suite.run(TIDY, "-r", "maidenhair.engine:Runner", "-f", "json", "-o", "report.json")

    (objects,) = suite.folder.glob("artifacts/*/bad-*/objects.yaml")
    assert "name: mine" in objects.read_text()
    assert list(suite.folder.glob("artifacts/*/good-*")) == []
    [feature] = json.loads((suite.folder / "report.json").read_text())
    steps = [step for element in feature["elements"] for step in element["steps"]]
    attached = [each for step in steps for each in step.get("embeddings", [])]
    texts = [b64decode(each["data"]).decode() for each in attached]
    assert [each for each in texts if each.startswith("Diagnostics of Namespace bad-")]
    assert [each for each in texts if each.startswith("objects.yaml:\n")]


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_values_of_secrets_are_in_no_report(suite: Suite, jobs: str) -> None:
    spec = "it fails with the values of a Secret of another program, and of one that it deleted"
    _, output = suite.run(
        f"Scenario: bad\n  Given {spec}",
        *("-r", "maidenhair.engine:Runner", "-j", jobs, "-f", "json", "-o", "report.json"),
        *("-f", "plain", "--junit"),
    )

    written = [
        path for path in suite.folder.rglob("*") if path.suffix in (".jsonl", ".json", ".xml")
    ]
    said = "\n".join([output, *(path.read_text() for path in written)])
    assert "pass-word" not in said
    assert b64encode(b"own-pass-word").decode() not in said
    assert said.count("<redacted> and <redacted> of Secret db, which is enabled") >= 4
    assert "printed <redacted> and <redacted>" in said
    assert "attached <redacted> and <redacted>" in said


def test_the_objects_of_a_failed_spec_are_retained_until_they_are_removed_by_name(
    suite: Suite, kube: Kube
) -> None:
    retained = """
        Scenario: bad
          Given an object of its own
          And an object outside of its namespace
          And a cleanup that tells itself
          Then it fails
    """
    engine = ("-r", "maidenhair.engine:Runner", "-j", "2")
    code, output = suite.run(TIDY + retained, "-D", "keep_on_failure=yes", *engine)
    names = sorted(each["metadata"]["name"] for each in namespaces(kube))
    commands = dict.fromkeys(re.findall(r"^ *(maidenhair sweep .*)$", output, re.M))
    looks = dict.fromkeys(re.findall(r"^ *(env KUBECONFIG.* get all)$", output, re.M))

    assert code == 1
    assert len(names) == 2
    assert "cleaned by" not in output
    assert sorted(each.split()[-1] for each in commands) == names
    assert sorted(re.findall(r"--namespace=(\S+)", " ".join(looks))) == names
    assert all(f"--context={suite.cluster.context}" in each for each in looks)

    dry = maidenhair("sweep", f"--name={suite.cluster.name}", "--profile=api", "--dry-run")
    assert sorted(re.findall("^retained: Namespace (.*);", dry, re.M)) == names
    for each in commands:
        assert f"Removed Namespace {each.split()[-1]}" in maidenhair(*shlex.split(each)[1:])
    assert namespaces(kube) == []
    assert kube.list(RBAC, "ClusterRole", label_selector=RUN_LABEL) == []
    assert leases(kube) == []
