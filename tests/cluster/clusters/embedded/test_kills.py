"""A command may be killed at any moment: the cluster can then be used again, and removed without leftovers.

`make test-kills` runs many rounds. MAIDENHAIR_KILL_ROUNDS sets their number, MAIDENHAIR_KILL_SEED repeats a series.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from maidenhair._util.progress import Progress
from maidenhair.clusters.embedded.provider import EmbeddedProvider
from maidenhair.clusters.provider import ClusterStatus
from maidenhair.config.cluster import Settings
from tests.cluster.clusters.machine_state import alive, look, namespaces_of

ROUNDS = int(os.environ.get("MAIDENHAIR_KILL_ROUNDS") or 1)
SEED = int(os.environ.get("MAIDENHAIR_KILL_SEED") or random.randrange(1_000_000))
ROUND_SECONDS = 120
MAIDENHAIR = [sys.executable, "-m", "maidenhair"]
NODES = 2
STATES = {"running", "stopped", "paused", "exited"}


@dataclass
class Killer:
    """Run commands of maidenhair on one cluster, and kill each at a random moment.

    Attributes:
        name: the cluster's name.
        folder: where the commands run; a folder without a project, so that no system adds mounts to the cluster.
        random: the generator of random moments.
        seconds: the approximate duration of each command, updated with measured ones.
    """

    name: str
    folder: Path
    random: random.Random
    seconds: dict[str, float] = field(
        default_factory=lambda: {"up": 9.0, "stop": 1.5, "start": 3.0, "down": 2.0}
    )

    def __post_init__(self) -> None:
        begin = time.monotonic()
        subprocess.run([*MAIDENHAIR, "--version"], check=True, capture_output=True)
        # Before this moment a command only imports modules.
        self._imported = time.monotonic() - begin

    def kill_during(self, command: str, *arguments: str) -> str:
        """Run a command, kill it, and describe what happened."""
        moment = self.random.uniform(self._imported, self.seconds[command])
        group = self.random.random() < 0.5
        argv = [*MAIDENHAIR, "cluster", command, *arguments]
        begin = time.monotonic()
        owner = subprocess.Popen(
            [*argv, f"--name={self.name}", f"--nodes={NODES}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=self.folder,
            env={**os.environ, "MAIDENHAIR_PROVIDER": "embedded"},
        )
        # Killing the group also kills the command's programs, which would otherwise run for another moment.
        end = os.killpg if group else os.kill
        killer = threading.Timer(moment, lambda: end(owner.pid, signal.SIGKILL))
        killer.start()
        owner.wait()
        killer.cancel()
        if owner.stdout is not None:
            owner.stdout.close()
        if owner.returncode == 0:
            self.seconds[command] = time.monotonic() - begin
            return f"{command} was done before {moment:.2f} s"
        assert owner.returncode == -signal.SIGKILL
        return f"{command} killed after {moment:.2f} s, {'with its group' if group else 'alone'}"


def provider(name: str) -> EmbeddedProvider:
    return EmbeddedProvider(Settings(cluster_name=name, nodes=NODES), Progress())


def states(status: ClusterStatus) -> set[str]:
    return {each.state for each in status.components}


@pytest.mark.timeout(ROUND_SECONDS * ROUNDS)
def test_nothing_is_left_whenever_the_owner_is_killed(as_root: None, tmp_path: Path) -> None:
    print(f"MAIDENHAIR_KILL_SEED={SEED} MAIDENHAIR_KILL_ROUNDS={ROUNDS}")
    name = f"tests-killed-{os.getpid()}"
    killer = Killer(name, tmp_path, random.Random(SEED))
    cluster = provider(name)
    before = look(name)
    for number in range(1, ROUNDS + 1):
        history = [f"round {number}"]
        namespaces, seen = frozenset[str](), time.time()
        try:
            history.append(killer.kill_during("up"))
            if number % 3:
                # An incomplete cluster is created again, a complete one is used.
                cluster.up()
                namespaces, seen = namespaces_of(name), time.time()
            if number % 3 == 1:
                history.append(killer.kill_during("stop", "node-2"))
                history.append(killer.kill_during("start", "node-2"))
                assert states(cluster.status()) <= STATES
                cluster.up()
                assert states(cluster.status()) == {"running"}
                assert {node.state for node in cluster.status().nodes} == {"Ready"}
            if number % 3 == 2:
                history.append(killer.kill_during("down"))
        finally:
            cluster.down()
            print("; ".join(history), flush=True)
        assert cluster.leftovers() == [], history
        assert look(name) == before, history
        assert alive(namespaces, seen) == frozenset(), history
