"""Runs leave nothing on a real cluster, whether specs pass or fail, or the run is killed."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import pytest
from hamcrest import empty, has_item, has_length

from maidenhair.clusters.provider import Cluster
from maidenhair.kube import Kube
from maidenhair.kube.run.labels import RUN_LABEL, SPEC_LABEL
from maidenhair.waiting import eventually

PROJECT = Path(__file__).resolve().parents[3]
RUN_SECONDS = 180
RBAC = "rbac.authorization.k8s.io/v1"

ENVIRONMENT = """
import os
from contextlib import contextmanager
from pathlib import Path

from maidenhair.clusters.existing import ExistingProvider
from maidenhair.clusters.provider import Cluster
from maidenhair.suite.hooks import Hooks
from maidenhair.kube import Kube
from maidenhair.kube.run.run import Run, sweep
from maidenhair.suite.session import Session


@contextmanager
def open_session(settings, progress):
    kubeconfig = Path(os.environ["SUITE_KUBECONFIG"])
    name = os.environ["SUITE_NAME"]
    cluster = Cluster(name, kubeconfig, os.environ["SUITE_CONTEXT"], frozenset({"api"}), Path())
    kube = Kube.from_kubeconfig(kubeconfig, cluster.context)
    yield Session(settings, cluster, kube, ExistingProvider(settings, progress))


class ImpatientRun(Run):
    def namespace(self, spec_name, **options):
        return super().namespace(spec_name, gone_within=10, **options)


@contextmanager
def open_run(session, progress):
    for leftover in sweep(session.kube):
        progress.say(f"Removed a leftover of an earlier run: {leftover}")
    with ImpatientRun(session.kube) as run:
        yield run


hooks = Hooks(open_session, open_run)
before_all = hooks.before_all
before_scenario = hooks.before_scenario
after_scenario = hooks.after_scenario
after_all = hooks.after_all
"""

STEPS = """
import threading

from behave import step


def config_map(context, **metadata):
    context.spec.kube.apply(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "mine", "namespace": context.spec.namespace, **metadata},
        }
    )


@step("an object of its own")
def own_object(context):
    config_map(context)


@step("an object outside of its namespace")
def outside(context):
    kind = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "rules": []}
    context.spec.inventory.apply({**kind, "metadata": {"name": context.spec.namespace}})


@step("a cleanup that tells itself")
def telling(context):
    context.spec.cleanups.add("tell", lambda: print("cleaned by the spec"))
    context.add_cleanup(lambda: print("cleaned by behave"))


@step("an object that cannot be removed")
def stuck_object(context):
    config_map(context, finalizers=["maidenhair.dev/stuck"])


def secret(kube, context, name, value):
    metadata = {"name": name, "namespace": context.spec.namespace}
    data = {"password": value, "mode": "enabled"}
    kube.apply({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": data})


@step("it fails with the values of a Secret of another program, and of one that it deleted")
def fails_with_secrets(context):
    kube, cluster = context.spec.kube, context.spec.cluster
    # Not a literal, because the lines of code in a traceback stay as they are.
    own, foreign = ("-".join([name, "pass", "word"]) for name in ("own", "foreign"))
    secret(kube, context, "own", own)
    kube.delete("v1", "Secret", "own", context.spec.namespace)
    secret(type(kube).from_kubeconfig(cluster.kubeconfig, cluster.context), context, "db", foreign)
    print(f"printed {own} and {foreign}")
    context.attach("text/plain", f"attached {own} and {foreign}".encode())
    raise AssertionError(f"{own} and {foreign} of Secret db, which is enabled")


@step("it fails")
def fails(context):
    raise AssertionError("as it should")


@step("it goes on until it is killed")
def goes_on(context):
    threading.Event().wait()
"""

TIDY = """
Scenario: good
  Given an object of its own
  And an object outside of its namespace

Scenario: bad
  Given an object of its own
  Then it fails
"""
LONG = "Scenario: long\n  Given an object of its own\n  And it goes on until it is killed"


@dataclass(frozen=True)
class Suite:
    """A small suite of specs for a cluster."""

    folder: Path
    cluster: Cluster

    def start(self, scenarios: str, *options: str) -> subprocess.Popen[str]:
        feature = "Feature: F\n" + indent(dedent(scenarios), "  ")
        (self.folder / "features" / "f.feature").write_text(feature)
        return subprocess.Popen(
            [sys.executable, "-m", "behave", "features", "--no-color", *options],
            cwd=self.folder,
            env={
                **os.environ,
                "PYTHONPATH": str(PROJECT),
                "MAIDENHAIR_PROFILE": "api",
                "SUITE_NAME": self.cluster.name,
                "SUITE_KUBECONFIG": str(self.cluster.kubeconfig),
                "SUITE_CONTEXT": self.cluster.context,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, scenarios: str, *options: str) -> tuple[int, str]:
        process = self.start(scenarios, *options)
        output, _ = process.communicate(timeout=RUN_SECONDS)
        return process.returncode, output


@pytest.fixture
def suite(tmp_path: Path, api_cluster: Cluster) -> Suite:
    (tmp_path / "environment.py").write_text(ENVIRONMENT)
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps" / "all.py").write_text(STEPS)
    (tmp_path / "features").mkdir()
    return Suite(tmp_path, api_cluster)


@pytest.fixture
def kube(api_cluster: Cluster) -> Iterator[Kube]:
    kube = Kube.from_kubeconfig(api_cluster.kubeconfig, api_cluster.context)
    yield kube
    kube.close()


def maidenhair(*arguments: str) -> str:
    command = [sys.executable, "-m", "maidenhair", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def namespaces(kube: Kube) -> list[dict[str, Any]]:
    return kube.list("v1", "Namespace", label_selector=RUN_LABEL)


def leases(kube: Kube) -> list[dict[str, Any]]:
    return kube.list("coordination.k8s.io/v1", "Lease", label_selector=RUN_LABEL)


def test_nothing_is_left_of_specs_that_pass_and_that_fail(suite: Suite, kube: Kube) -> None:
    code, output = suite.run(TIDY)

    assert code == 1
    assert output.rstrip().endswith("1 passed, 1 failed, 0 skipped")
    assert kube.list(RBAC, "ClusterRole", label_selector=RUN_LABEL) == []
    assert namespaces(kube) == []
    assert leases(kube) == []


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


def test_an_object_that_cannot_be_removed_fails_its_spec_and_is_reported(
    suite: Suite, kube: Kube
) -> None:
    code, output = suite.run("Scenario: sticky\n  Given an object that cannot be removed")
    (left,) = namespaces(kube)
    kube.patch(
        "v1", "ConfigMap", "mine", {"metadata": {"finalizers": None}}, left["metadata"]["name"]
    )

    assert code == 1
    assert output.rstrip().endswith("0 passed, 1 failed, 0 skipped")
    assert "maidenhair.dev/stuck" in output
    eventually(lambda: namespaces(kube), empty(), within=60)


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
