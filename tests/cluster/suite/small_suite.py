"""A small suite of specs that need a real cluster, and its runs."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

from maidenhair.clusters.provider import Cluster
from maidenhair.kube import Kube
from maidenhair.kube.run.labels import RUN_LABEL

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


def namespaces(kube: Kube) -> list[dict[str, Any]]:
    return kube.list("v1", "Namespace", label_selector=RUN_LABEL)


def leases(kube: Kube) -> list[dict[str, Any]]:
    return kube.list("coordination.k8s.io/v1", "Lease", label_selector=RUN_LABEL)
