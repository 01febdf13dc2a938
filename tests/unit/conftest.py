"""A small suite for behave, with a cluster that does not exist."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent, indent

import pytest

from tests.unit.systems.skytorch.skytorch_server import running_server

PROJECT = Path(__file__).resolve().parents[2]

ENVIRONMENT = """
import os
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

from maidenhair import Hooks, System, defer_cleanup, install_hooks
from maidenhair.errors import ClusterError
from maidenhair.kube.diagnosis.knowledge import NO_KNOWLEDGE
from maidenhair.systems.deployment import Systems
from maidenhair.waiting import eventually
from maidenhair.systems.flaw import Flaw


def log(line):
    with Path("log").open("a") as file:
        print(line, file=file)


class Kube:
    knowledge = NO_KNOWLEDGE
    discovery = SimpleNamespace(all=list)

    def list(self, api_version, kind, namespace=None, **selectors):
        log(f"list {kind}")
        secret = {"kind": "Secret", "metadata": {"name": "db", "namespace": namespace}}
        secret["stringData"] = {"password": "-".join(["correct", "horse"]), "mode": "default"}
        return [secret] if kind == "Secret" else []

    def credentials(self):
        return ["token-of-the-kubeconfig"]


class Run:
    id = "run1"

    def inventory_of(self, namespace):
        return SimpleNamespace(objects=[])

    def retain(self, namespace):
        log(f"keep {namespace}")

    def namespaces(self):
        return ["space"]

    @contextmanager
    def namespace(self, spec_name, finish):
        if "no namespace" in spec_name:
            raise RuntimeError("no namespace for you")
        log(f"namespace for {spec_name}")
        try:
            yield "space"
        finally:
            log(f"no namespace for {spec_name}")
            finish(lambda: self.wait(spec_name))

    def wait(self, spec_name):
        if "stays" in spec_name:
            if "until" in spec_name:
                eventually(lambda: "namespace for next" in Path("log").read_text(), True, within=60)
            log(f"waited for {spec_name}")
            raise RuntimeError("Namespace space is waiting for finalizers: widgets")


class Provider:
    pass


class ProviderWithLogs:
    def export_logs(self, folder):
        log(f"export logs to {folder}")
        if "REFUSE_LOGS" in os.environ:
            raise ClusterError("no logs today")


class Widgets(System):
    name = "widgets"

    def flaws(self):
        return [Flaw("widgets.flaw.grey", "Widgets are grey.", lambda findings: "Widgets 1.2")]

    def open(self, spec, state):
        return f"widgets as {state} for {type(spec).__name__}"


systems = Systems((Widgets(),))


@contextmanager
def open_session(settings, progress):
    log("open session")
    if "REFUSE_SESSION" in os.environ:
        raise RuntimeError("no cluster today")
    cluster = SimpleNamespace(
        name="fake",
        kubeconfig="/its/kubeconfig",
        context="its",
        capabilities={"api"},
        version="v1.36.3",
    )
    try:
        yield SimpleNamespace(
            settings=settings,
            cluster=cluster,
            kube=Kube(),
            provider=ProviderWithLogs() if "EXPORT_LOGS" in os.environ else Provider(),
            systems=systems,
            states={"widgets": "deployed"},
            lacking={"gpu": "none of its nodes has one", "multi-node": "it has no second node"},
            needs_binding=False,
            flaws={"widgets.flaw.grey": "Widgets are grey. (Widgets 1.2)"},
        )
    finally:
        log("close session")
        if "FAIL_AT_CLOSE" in os.environ:
            raise RuntimeError("the cluster stays")


@contextmanager
def open_run(session, progress):
    log("begin run")
    yield Run()
    log("end run")


@contextmanager
def attach(shared):
    log(f"attach to {shared.cluster.name} and {shared.run_id}")
    session = SimpleNamespace(
        settings=shared.settings,
        cluster=shared.cluster,
        kube=Kube(),
        provider=Provider(),
        systems=systems,
        states=shared.states,
        lacking=shared.lacking,
        flaws=shared.flaws,
    )
    yield session, Run()
    log("detach")


hooks = install_hooks(globals(), Hooks(open_session, open_run, attach))


def before_scenario(context, scenario):
    hooks.before_scenario(context, scenario)
    if "spec" in context and "shares" not in scenario.tags:
        context.spec.namespace
"""

STEPS = """
import os
import signal
from pathlib import Path

from behave import step

from maidenhair import defer_cleanup


def log(line):
    with Path("log").open("a") as file:
        print(line, file=file)


def fail(text):
    log(text)
    raise RuntimeError(text)


def send(name, times):
    for _ in range(times):
        os.kill(os.getpid(), signal.Signals[name])


@step("it passes")
def passes(context):
    log("step")


@step("the widgets are logged")
def widgets(context):
    log(context.widgets)


@step("it fails")
def fails(context):
    raise AssertionError("as it should")


@step("it fails with the password")
def fails_with_password(context):
    password = "-".join(["correct", "horse"])
    print(f"printed {password} of Secret db, mode default")
    context.attach("text/plain", f"attached {password}".encode())
    raise AssertionError(f"{password} is wrong for token-of-the-kubeconfig")


@step("it breaks")
def breaks(context):
    raise RuntimeError("broken")


@step('a cleanup "{name}"')
def cleanup(context, name):
    context.spec.cleanups.add(f"do {name}", lambda: log(f"cleanup {name}"))


@step('a cleanup "{name}" of before the namespace')
def early_cleanup(context, name):
    context.spec.cleanups.add(f"do {name}", lambda: log(f"cleanup {name}"))
    context.spec.namespace


@step('a cleanup "{name}" that fails')
def failing_cleanup(context, name):
    context.spec.cleanups.add(f"do {name}", lambda: fail(f"cleanup {name}"))


@step('a deferred cleanup "{name}"')
def deferred(context, name):
    defer_cleanup(context, log, f"cleanup {name}")


@step('a deferred cleanup "{name}" that fails')
def failing_deferred(context, name):
    defer_cleanup(context, fail, text=f"cleanup {name}")


@step('a deferred cleanup "{name}" that is asynchronous')
def asynchronous_deferred(context, name):
    async def clean():
        log(f"cleanup {name}")

    defer_cleanup(context, clean)


@step("a cleanup during which {name} arrives {times:d} times")
def interrupted_cleanup(context, name, times):
    context.spec.cleanups.add("be interrupted", lambda: send(name, times))


@step("a child that gets {name}")
def child(context, name):
    pid = os.fork()
    if pid == 0:
        send(name, 1)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    assert os.WTERMSIG(status) == signal.Signals[name]


@step("{name} arrives")
def interrupted(context, name):
    send(name, 1)
    log("not interrupted")
"""


INTERRUPTING = """
import os
import signal

from behave.formatter.base import Formatter


class Interrupting(Formatter):
    def step(self, step):
        os.kill(os.getpid(), signal.SIGINT)
"""


@dataclass(frozen=True)
class Ended:
    """A finished behave run: its exit code, its output, and the log of the suite."""

    code: int
    output: str
    log: list[str]

    @property
    def last_line(self) -> str:
        """Return the last line of the output."""
        return self.output.rstrip().splitlines()[-1]


@dataclass(frozen=True)
class Suite:
    """A folder with the suite."""

    folder: Path

    def run(self, scenarios: str, *options: str, **environment: str) -> Ended:
        """Run scenarios with behave's options and environment variables."""
        feature = "Feature: F\n" + indent(dedent(scenarios), "  ")
        (self.folder / "features" / "f.feature").write_text(feature)
        done = subprocess.run(
            [sys.executable, "-m", "behave", "features", "--no-color", *options],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(PROJECT), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
        )
        log = self.folder / "log"
        lines = log.read_text().splitlines() if log.exists() else []
        return Ended(done.returncode, done.stdout, lines)


@pytest.fixture(scope="session")
def skytorch_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of SkyTorch's own server, for the tests of this process."""
    with running_server(tmp_path_factory.mktemp("skytorch")) as target:
        yield target


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    """Return the suite, without features."""
    (tmp_path / "environment.py").write_text(ENVIRONMENT)
    (tmp_path / "interrupting.py").write_text(INTERRUPTING)
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps" / "all.py").write_text(STEPS)
    (tmp_path / "features").mkdir()
    return Suite(tmp_path)
