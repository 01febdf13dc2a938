"""Removal past refusals and foreign breakage, in an order that operators survive, against a real API server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest
from click.testing import CliRunner
from hamcrest import has_length

from maidenhair.cli.main import cli
from maidenhair.clusters.provider import Cluster
from maidenhair.config import Settings
from maidenhair.errors import ApiRefused, CleanupFailed, WaitTimedOut
from maidenhair.kube import Kube
from maidenhair.kube.matchers import is_absent
from maidenhair.kube.run.leftovers import find_leftovers
from maidenhair.kube.run.removal import Times
from maidenhair.kube.run.run import Run, sweep
from maidenhair.suite.session import Session
from maidenhair.suite.shared import open_run
from maidenhair.systems.deployment import Systems
from maidenhair.waiting import eventually
from tests.cluster.kube.run.widgets import (
    CRD,
    CRD_KIND,
    FINALIZER,
    GROUP,
    VERSION,
    config_map,
    custom,
    dead_webhook,
    definition,
    exists,
    leftover,
    role,
)

WITHIN = 60.0


@contextmanager
def foreign(kube: Kube, *manifests: dict[str, Any]) -> Iterator[None]:
    """Create objects that belong to no run, and delete them afterwards."""
    kube.apply_all(manifests)
    try:
        yield
    finally:
        for each in manifests[::-1]:
            kube.delete(each["apiVersion"], each["kind"], each["metadata"]["name"])
            eventually(lambda each=each: exists(kube, each), False, within=WITHIN)


def broken_definition(plural: str, **spec: Any) -> dict[str, Any]:
    """Return a kind that is stored in another version than the preferred one, with a dead conversion webhook."""
    service = {"namespace": "default", "name": "nobody"}
    webhook = {"conversionReviewVersions": ["v1"], "clientConfig": {"service": service}}
    made = definition(plural, conversion={"strategy": "Webhook", "webhook": webhook}, **spec)
    [version] = made["spec"]["versions"]
    made["spec"]["versions"] = [
        {**version, "storage": False},
        {**version, "name": "v1beta1", "storage": True},
    ]
    return made


def dead_api(name: str) -> dict[str, Any]:
    """Return an APIService whose service does not exist."""
    return {
        "apiVersion": "apiregistration.k8s.io/v1",
        "kind": "APIService",
        "metadata": {"name": f"v1.{name}.{GROUP}"},
        "spec": {
            "group": f"{name}.{GROUP}",
            "version": "v1",
            "groupPriorityMinimum": 100,
            "versionPriority": 1,
            "insecureSkipTLSVerify": True,
            "service": {"namespace": "default", "name": "nobody"},
        },
    }


def test_a_dead_webhook_of_a_spec_blocks_neither_its_end_nor_a_sweep(kube: Kube) -> None:
    protected = config_map("protected", labels={"protected": "own"})
    outside = config_map("protected", labels={"protected": "own"}, namespace="default")
    webhook = dead_webhook("run-tests-own", "own")
    with Run(kube) as run:
        with run.namespace("dead webhook") as name:
            # The webhook first, so that it would be deleted last.
            for each in (webhook, protected, outside):
                run.inventory_of(name).apply(each)
            eventually(lambda: is_refused(kube, "own"), True, within=WITHIN)
        assert [exists(kube, each) for each in (webhook, outside)] == [False, False]
        assert kube.get("v1", "Namespace", name) is None
    inventory = leftover(kube, "dead1")
    for each in (webhook, protected, outside):
        inventory.apply(each)
    eventually(lambda: is_refused(kube, "own"), True, within=WITHIN)
    assert set(sweep(kube)) == {
        "ValidatingWebhookConfiguration run-tests-own",
        "ConfigMap default/protected",
        "Namespace left-by-dead1",
    }


def test_an_object_that_cannot_be_removed_stops_nothing_else(
    kube: Kube, api_cluster: Cluster
) -> None:
    protected = config_map("foreign", labels={"protected": "foreign"}, namespace="default")
    inventory = leftover(kube, "dead2")
    inventory.apply_all([role("run-tests-first"), protected, role("run-tests-last")])
    with foreign(kube, dead_webhook("run-tests-foreign", "foreign")):
        eventually(lambda: is_refused(kube, "foreign"), True, within=WITHIN)
        options = ["--provider=embedded", f"--name={api_cluster.name}", "--profile=api"]
        done = CliRunner().invoke(cli, ["sweep", *options])
        assert done.exit_code == 1
        assert "Removed ClusterRole run-tests-first" in done.output
        assert "Removed ClusterRole run-tests-last" in done.output
        assert "Removed Namespace left-by-dead2" in done.output
        [line] = [each for each in done.output.splitlines() if each.startswith("Not removed")]
        assert "ConfigMap default/foreign" in line
        assert "dead.run-tests.example.com" in line
        said: list[str] = []
        cluster = SimpleNamespace(shared_namespace=None)
        session = SimpleNamespace(
            kube=kube, settings=Settings(), systems=Systems(), cluster=cluster, needs_binding=False
        )
        progress = cast(Any, SimpleNamespace(say=said.append))
        with open_run(cast(Session, session), progress) as run, run.namespace("goes on") as name:
            assert kube.get("v1", "Namespace", name) is not None
        assert len(said) == 1
        assert "could not remove a leftover of an earlier run" in said[0].lower()
        assert "ConfigMap default/foreign" in said[0]
    assert sweep(kube) == ["ConfigMap default/foreign"]


def is_refused(kube: Kube, label: str) -> bool:
    """Return whether ConfigMaps with a label cannot be deleted. The API server notices a webhook after a moment."""
    name = f"probe-{label}"
    kube.apply(config_map(name, labels={"protected": label}, namespace="default"))
    try:
        kube.delete("v1", "ConfigMap", name, "default")
    except ApiRefused as refused:
        return "dead.run-tests.example.com" in refused.message
    return False


def test_several_objects_that_stay_are_all_named(kube: Kube) -> None:
    stuck = [
        config_map(name, labels={"protected": "many"}, namespace="default") for name in ("a1", "a2")
    ]
    leftover(kube, "dead3").apply_all(stuck)
    with foreign(kube, dead_webhook("run-tests-many", "many")):
        eventually(lambda: is_refused(kube, "many"), True, within=WITHIN)
        with pytest.raises(CleanupFailed) as caught:
            sweep(kube)
        assert "ConfigMap default/a1" in str(caught.value)
        assert "ConfigMap default/a2" in str(caught.value)
    assert set(sweep(kube)) == {"ConfigMap default/a1", "ConfigMap default/a2"}


def test_a_foreign_kind_that_cannot_be_listed_is_passed_over(
    kube: Kube, caplog: pytest.LogCaptureFixture
) -> None:
    gadgets = broken_definition("gadgets", scope="Cluster")
    with foreign(kube, gadgets):
        kube.apply({**custom("gadgets", "one"), "apiVersion": f"{GROUP}/v1beta1"})
        with pytest.raises(ApiRefused, match="conversion webhook"):
            kube.list(VERSION, "Gadget")
        leftover(kube, "dead4").apply(role("run-tests-beside"))
        assert set(sweep(kube)) == {"ClusterRole run-tests-beside", "Namespace left-by-dead4"}
        with Run(kube) as run, run.namespace("beside a broken kind"):
            pass
        kube.delete(f"{GROUP}/v1beta1", "Gadget", "one")
    warnings = [each.getMessage() for each in caplog.records if "Gadget" in each.getMessage()]
    assert len(warnings) == 1
    assert "conversion webhook" in warnings[0]


def test_a_foreign_api_that_is_down_fails_no_spec(
    kube: Kube, caplog: pytest.LogCaptureFixture
) -> None:
    api = dead_api("down")
    with foreign(kube, api):

        def passed_over() -> list[str]:
            assert sweep(kube) == []
            found = [each.getMessage() for each in caplog.records]
            return [each for each in found if f"kinds of down.{GROUP}/v1 are passed over" in each]

        eventually(passed_over, has_length(1), within=WITHIN)
        assert len(passed_over()) == 1
        with Run(kube) as run, run.namespace("beside a dead API") as name:
            run.inventory_of(name).apply(config_map("content"))
        held = kube.get("v1", "Namespace", name)
        assert held is None or "deletionTimestamp" in held["metadata"]
        if held is not None:
            [warning] = [each.getMessage() for each in caplog.records if name in each.getMessage()]
            assert f"APIService v1.down.{GROUP} is not available" in warning
    eventually(lambda: kube.get("v1", "Namespace", name), is_absent(), within=WITHIN)


def test_a_dead_api_of_a_spec_is_removed_with_it(kube: Kube) -> None:
    api = dead_api("own")
    with Run(kube) as run, run.namespace("a dead API of its own") as name:
        run.inventory_of(name).apply_all([config_map("content"), api])
    assert not exists(kube, api)
    assert kube.get("v1", "Namespace", name) is None


class Operator(threading.Thread):
    """Removes the finalizers of Widgets that are being deleted, slowly, and notes what still exists then."""

    def __init__(self, kube: Kube, plural: str, *needed: dict[str, Any]) -> None:
        super().__init__(daemon=True)
        self.seen: list[tuple[str, bool]] = []
        self._kube = kube
        self._kind = custom(plural, "any")["kind"]
        self._needed = needed
        self._ended = threading.Event()

    def run(self) -> None:
        """Handle finalizers until stopped."""
        patience: dict[str, int] = {}
        while not self._ended.wait(0.2):
            try:
                found = self._kube.list(VERSION, self._kind)
            except ApiRefused:
                continue
            for each in found:
                name = each["metadata"]["name"]
                if "deletionTimestamp" in each["metadata"]:
                    patience[name] = patience.get(name, 0) + 1
                    if patience[name] == 5:
                        self._finalize(each)

    def _finalize(self, each: dict[str, Any]) -> None:
        metadata = each["metadata"]
        self.seen.append((metadata["name"], all(exists(self._kube, need) for need in self._needed)))
        without = {"metadata": {"finalizers": None}}
        self._kube.patch(VERSION, self._kind, metadata["name"], without, metadata["namespace"])

    def stop(self) -> None:
        """Stop."""
        self._ended.set()
        self.join()


@pytest.mark.parametrize("killed", [False, True], ids=["the end of a spec", "a sweep"])
def test_objects_with_finalizers_are_gone_before_their_operator(kube: Kube, killed: bool) -> None:
    plural = "sprockets" if killed else "widgets"
    rights = role(f"run-tests-{plural}")
    with Run(kube) as run, run.namespace("operated") as name:
        inventory = leftover(kube, "dead5") if killed else run.inventory_of(name)
        place = "left-by-dead5" if killed else name
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "operator"}}
        inventory.apply_all([definition(plural), rights, account])
        account["metadata"]["namespace"] = place  # type: ignore[index]
        operator = Operator(kube, plural, definition(plural), rights, account)
        operator.start()
        inventory.apply(custom(plural, "first", finalizers=[FINALIZER]))
        # Not through the inventory: an operator or kubectl created it.
        kube.apply(custom(plural, "second", finalizers=[FINALIZER], namespace=place))
        if killed:
            assert f"Namespace {place}" in sweep(kube)
    operator.stop()
    assert sorted(operator.seen) == [("first", True), ("second", True)]
    assert not exists(kube, rights)
    assert kube.get(CRD, CRD_KIND, f"{plural}.{GROUP}") is None


def test_a_finalizer_that_nobody_handles_is_named_and_stops_nothing_else(kube: Kube) -> None:
    times = Times(gone_within=1, settle_time=0.5)
    rights = role("run-tests-stuck")
    with Run(kube, times=times) as run:
        with pytest.raises(WaitTimedOut) as caught, run.namespace("stuck") as name:
            inventory = run.inventory_of(name)
            stuck = config_map("stuck", finalizers=[FINALIZER])
            inventory.apply_all([rights, stuck])
        assert (
            f"ConfigMap {name}/stuck is being deleted, waiting for finalizers: {FINALIZER}"
            in str(caught.value)
        )
        assert not exists(kube, rights)
        kube.patch("v1", "ConfigMap", "stuck", {"metadata": {"finalizers": None}}, name)
        eventually(lambda: kube.get("v1", "Namespace", name), is_absent(), within=WITHIN)
    assert find_leftovers(kube).removable == ()
