"""Kill a run at random moments with INT, TERM and KILL in turn, sweep, and see that nothing is left.

On a control plane of its own, with a small suite whose specs make objects in and outside of their namespaces. Fails
unless after every round there are no namespaces, objects and Leases of runs and no processes of the round, and the run
wrote its reports when it received a signal to end (INT, TERM) after it had begun.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from maidenhair._util.progress import Progress
from maidenhair.clusters.embedded.provider import EmbeddedProvider
from maidenhair.clusters.provider import Cluster
from maidenhair.config.cluster import Settings
from maidenhair.kube import Kube
from maidenhair.kube.objects import display_name
from maidenhair.kube.rbac.permissions import RUN_NAMESPACE
from maidenhair.kube.run import lease
from maidenhair.kube.run.labels import RUN_LABEL
from maidenhair.kube.run.leftovers import list_run_objects
from maidenhair.kube.run.retention import retained_namespaces
from maidenhair.waiting import eventually

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
MARK = "MAIDENHAIR_KILL_ROUND"
"""The variable by which the processes of a round are found."""
ENDED_SECONDS = 180
GONE_SECONDS = 30.0
FEATURE = """
Feature: Work {number}
  Scenario Outline: objects <n>
    Given objects in and outside of the namespace
    When a moment passes
    Then the objects are there
    Examples:
      | n |
      | 1 |
      | 2 |
"""
STEPS = """
import threading
from behave import step

RBAC = "rbac.authorization.k8s.io/v1"

@step("objects in and outside of the namespace")
def make(context):
    name, make = context.spec.namespace, context.spec.inventory.apply
    make({"apiVersion": RBAC, "kind": "ClusterRole", "metadata": {"name": name}, "rules": []})
    make({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"}})
    make({"apiVersion": RBAC, "kind": "ClusterRole", "metadata": {"name": name + "-2"}, "rules": []})

@step("a moment passes")
def wait(context):
    threading.Event().wait(0.5)

@step("the objects are there")
def look(context):
    assert context.spec.kube.get("v1", "ConfigMap", "one", context.spec.namespace)
"""
ENVIRONMENT = """
from maidenhair.suite.hooks import Hooks

hooks = Hooks()
before_run = hooks.before_run
before_all = hooks.before_all
before_scenario = hooks.before_scenario
after_scenario = hooks.after_scenario
after_all = hooks.after_all
after_run = hooks.after_run
"""


@dataclass(frozen=True)
class Round:
    """The result of killing a run.

    Attributes:
        signal: what killed it.
        after: seconds from its start.
        began: whether it had begun, so that reports were due.
        reported: whether it wrote them.
        swept: how many objects the sweep removed.
        left: what was left after the sweep.
        output: what it printed, and the sweep.
    """

    signal: signal.Signals
    after: float
    began: bool
    reported: bool
    swept: int
    left: tuple[str, ...]
    output: str

    @property
    def problems(self) -> list[str]:
        """Return what should not be."""
        unreported = self.signal != signal.SIGKILL and self.began and not self.reported
        return [f"{each} is left" for each in self.left] + ["no reports"] * unreported


def main() -> None:
    """Play the rounds, and tell what came of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=50, help="how many kills (%(default)s)")
    parser.add_argument(
        "--seed", type=int, default=secrets.randbelow(2**31), help="repeats moments"
    )
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # The runs would inherit it, and not be interrupted before they have a handler of their own.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="maidenhair-kill-") as folder, cluster() as running:
        campaign = Campaign(Path(folder), running)
        whole = campaign.whole()
        print(f"a run that nobody kills takes {whole:.1f} s", flush=True)
        rounds = []
        for number in range(options.rounds):
            after, whole_tree = chance.uniform(0, whole), chance.random() < 0.5
            played = campaign.play(number, SIGNALS[number % 3], after, whole_tree)
            rounds.append(played)
            outcome = "; ".join(played.problems) or f"{played.swept} swept, nothing left"
            print(
                f"{number + 1:3} {played.signal.name} at {played.after:5.1f} s: {outcome}",
                flush=True,
            )
            if played.problems:
                print(played.output)
    _tell(rounds)
    if any(each.problems for each in rounds):
        sys.exit(1)


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Give a control plane of this campaign's own, and remove it."""
    settings = Settings(provider="embedded", cluster_name=f"kill-{os.getpid()}", profile="api")
    provider = EmbeddedProvider(settings, Progress())
    try:
        yield provider.up()
    finally:
        provider.down()


class Campaign:
    """The runs on one cluster.

    Args:
        folder: where the suite and the reports go.
        cluster: where it runs.
    """

    def __init__(self, folder: Path, cluster: Cluster) -> None:
        self._folder = folder
        self._cluster = cluster
        (folder / "features" / "steps").mkdir(parents=True)
        (folder / "features" / "steps" / "all.py").write_text(STEPS)
        (folder / "features" / "environment.py").write_text(ENVIRONMENT)
        for number in range(3):
            (folder / "features" / f"{number}.feature").write_text(FEATURE.format(number=number))

    def whole(self) -> float:
        """Return how many seconds a run takes that nobody kills.

        Raises:
            SystemExit: it did not pass.
        """
        began = time.monotonic()
        process = self._start("whole", self._folder / "whole")
        output, _ = process.communicate(timeout=ENDED_SECONDS)
        if process.returncode != 0:
            sys.exit(f"the suite does not pass by itself:\n{output}")
        return time.monotonic() - began

    def play(self, number: int, kill: signal.Signals, after: float, whole_tree: bool) -> Round:
        """Start a run, kill it after some seconds, sweep, and return what came of it.

        Args:
            number: which round it is.
            kill: the signal.
            after: seconds from the run's start.
            whole_tree: whether a KILL is for the workers too, as when a machine goes down; else they can clean up.
        """
        reports, mark = self._folder / f"reports-{number}", f"{os.getpid()}-{number}"
        process = self._start(mark, reports)
        try:
            output, _ = process.communicate(timeout=after)
        except subprocess.TimeoutExpired:
            everybody = _marked(mark) if whole_tree and kill == signal.SIGKILL else []
            for pid in [process.pid, *(each.pid for each in everybody)]:
                with suppress(ProcessLookupError):
                    os.kill(pid, kill)
            output, _ = process.communicate(timeout=ENDED_SECONDS)
        left = self._processes_left(mark)
        swept = subprocess.run(
            [sys.executable, "-m", "maidenhair", "sweep", f"--name={self._cluster.name}"],
            env=self._environment(mark),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        left += [f"the sweep failed ({swept.returncode}), so something"] * (swept.returncode != 0)
        left += self._objects_left()
        began = "Cluster '" in output
        reported = any(reports.glob("*.xml")) and " passed, " in output.rstrip().rpartition("\n")[2]
        count = len(re.findall("^Removed ", swept.stdout, re.M))
        return Round(kill, after, began, reported, count, tuple(left), output + swept.stdout)

    def _start(self, mark: str, reports: Path) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [
                *(sys.executable, "-m", "maidenhair", "run", "-j", "2", "--no-color"),
                *("--junit", f"--junit-directory={reports}", "features"),
            ],
            cwd=self._folder,
            env=self._environment(mark),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def _environment(self, mark: str) -> dict[str, str]:
        ours = {
            "MAIDENHAIR_PROVIDER": "embedded",
            "MAIDENHAIR_CLUSTER_NAME": self._cluster.name,
            "MAIDENHAIR_PROFILE": "api",
            MARK: mark,
        }
        return {**os.environ, **ours}

    def _processes_left(self, mark: str) -> list[str]:
        """Return the processes of a round that do not end: workers see that their run is gone, and follow it."""
        try:
            eventually(lambda: _processes(mark), [], within=GONE_SECONDS)
        except AssertionError:
            return _processes(mark)
        return []

    def _objects_left(self) -> list[str]:
        kube = Kube.from_kubeconfig(self._cluster.kubeconfig, self._cluster.context)
        try:
            found = list_run_objects(kube)
            found += kube.list(lease.API_VERSION, lease.KIND, RUN_NAMESPACE, RUN_LABEL)
            return [
                *map(display_name, found),
                *(f"mark of {each}" for each in retained_namespaces(kube)),
            ]
        finally:
            kube.close()


def _processes(mark: str) -> list[str]:
    return [f"process {each.pid} {each.name()}" for each in _marked(mark)]


def _marked(mark: str) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        # It may end while we look, or be somebody else's.
        with suppress(psutil.AccessDenied, psutil.NoSuchProcess):
            if process.environ().get(MARK) == mark and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def _tell(rounds: list[Round]) -> None:
    begun = Counter(each.signal.name for each in rounds if each.began)
    reported = Counter(each.signal.name for each in rounds if each.reported)
    for each in SIGNALS:
        count = sum(played.signal == each for played in rounds)
        swept = sum(played.swept for played in rounds if played.signal == each)
        print(
            f"{each.name}: {count} rounds, {begun[each.name]} after the run had begun, "
            f"{reported[each.name]} with reports, {swept} objects swept"
        )
    clean = sum(not each.left for each in rounds)
    print(f"nothing left after {clean} of {len(rounds)} rounds")


if __name__ == "__main__":
    main()
