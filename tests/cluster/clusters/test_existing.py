"""An existing cluster, used by a kubeconfig whose account has the permissions of manifests/rbac and no others."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from maidenhair._util.progress import Progress
from maidenhair.clusters.embedded.provider import EmbeddedProvider
from maidenhair.clusters.provider import Cluster
from maidenhair.config import Settings
from maidenhair.errors import ApiRefused, WaitStopped
from maidenhair.kube import Kube
from maidenhair.kube.diagnosis.dump import collect
from maidenhair.kube.rbac.access_review import missing_permissions, needs_binding
from maidenhair.kube.run.labels import RUN_LABEL
from maidenhair.kube.run.run import Run, sweep
from maidenhair.suite.session import open_session, report_on
from maidenhair.systems.deployment import Systems
from maidenhair.systems.skytorch.api.compute import ComputeView
from maidenhair.systems.skytorch.causes import KNOWLEDGE
from tests.cluster.accounts import CONTEXT, account_of_manifests
from tests.cluster.clusters.few_specs import A_FEW_SPECS
from tests.project import ROOT, run_settings

RBAC = "rbac.authorization.k8s.io/v1"
SYSTEMS = Systems.of(run_settings())
STACK_CAPABILITIES = {
    "gateway",
    "skytorch-api",
    "skytorch",
    "skytorch-0-2",
    "skytorch-own-variables",
    "skytorch-volumes",
    "admission-policies",
    "hami",
}
DEVICE_CAPABILITIES = {"device-plugins", "simulated-devices", "dra", "simulated-nodes"}


@dataclass(frozen=True)
class Known:
    """The known facts about a cluster: the kubeconfig of an account, and the name of an image that its nodes have."""

    kubeconfig: Path
    image: str

    def settings(self, **options: Any) -> Settings:
        return run_settings(
            provider="existing",
            context=CONTEXT,
            kubeconfig=str(self.kubeconfig),
            **{"skytorch_test_image": self.image, **options},
        )


@pytest.fixture(scope="module")
def known(systems_cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Known:
    """Return a cluster with SkyTorch, as if maidenhair had not created it."""
    settings = run_settings(provider="embedded", cluster_name=systems_cluster.name)
    with open_session(settings, Progress()) as session:
        kubeconfig = account_of_manifests(systems_cluster, tmp_path_factory.mktemp("account"))
        return Known(kubeconfig, session.states["skytorch"].server_image)


@pytest.fixture
def kube(known: Known) -> Iterator[Kube]:
    """Return a client of the API with the account of manifests/rbac."""
    client = Kube.from_kubeconfig(known.kubeconfig, CONTEXT, knowledge=KNOWLEDGE)
    yield client
    client.close()


@pytest.fixture
def admin(systems_cluster: Cluster) -> Iterator[Kube]:
    client = Kube.from_kubeconfig(systems_cluster.kubeconfig, systems_cluster.context)
    yield client
    client.close()


@pytest.fixture
def stranger(admin: Kube) -> Iterator[str]:
    """Return a namespace that belongs to no run."""
    manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"generateName": "stranger-"}}
    name = admin.create(manifest)["metadata"]["name"]
    yield name
    admin.delete("v1", "Namespace", name)


def namespace(name: str, **metadata: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, **metadata}}


def binding(role: str) -> dict[str, Any]:
    group = RBAC.partition("/")[0]
    return {
        "apiVersion": RBAC,
        "kind": "RoleBinding",
        "metadata": {"generateName": "taken-"},
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": role},
        "subjects": [{"kind": "User", "apiGroup": group, "name": "somebody"}],
    }


def refused(action: Callable[[], Any]) -> str:
    with pytest.raises(ApiRefused) as caught:
        action()
    assert caught.value.status == 403
    return caught.value.message


def test_the_specs_pass_with_the_rights_of_the_manifests(known: Known, admin: Kube) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "behave", "--no-color", *A_FEW_SPECS],
        cwd=ROOT,
        env={
            **os.environ,
            "MAIDENHAIR_PROVIDER": "existing",
            "MAIDENHAIR_KUBECONFIG": str(known.kubeconfig),
            "MAIDENHAIR_CONTEXT": CONTEXT,
            "SKYTORCH_TEST_IMAGE": known.image,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )

    assert done.returncode == 0, done.stdout
    assert re.fullmatch(r"[1-9]\d* passed, 0 failed, \d+ skipped", done.stdout.splitlines()[-1])
    assert "as system:serviceaccount:maidenhair-system:maidenhair" in done.stdout
    assert "all that specs need, its own in each spec's namespace" in done.stdout
    assert admin.list("v1", "Namespace", label_selector=RUN_LABEL) == []
    assert admin.list("coordination.k8s.io/v1", "Lease", label_selector=RUN_LABEL) == []


def test_discovery_finds_the_provider_s_capabilities(
    known: Known, systems_cluster: Cluster, admin: Kube
) -> None:
    provider = EmbeddedProvider(Settings(cluster_name=systems_cluster.name), Progress())

    expected = provider.capabilities | STACK_CAPABILITIES | DEVICE_CAPABILITIES
    assert report_on(SYSTEMS, provider, admin, None).capabilities == expected
    with open_session(known.settings(), Progress()) as session:
        # The provider alone can stop nodes; the account may make no others; helm is this machine's.
        found = session.cluster.capabilities - {"helm"}
        assert found == expected - {
            "accounts",
            "admission-policies",
            "simulated-nodes",
            "simulated-devices",
            "node-faults",
        }
        assert "its provider cannot stop nodes" in session.lacking["node-faults"]


def test_the_account_may_not_do_more_than_a_run_needs(kube: Kube, stranger: str) -> None:
    cluster_binding = {**binding("cluster-admin"), "kind": "ClusterRoleBinding"}
    label = {"metadata": {"labels": {RUN_LABEL: "x"}}}

    refused(lambda: kube.list("v1", "Secret", "kube-system"))
    refused(lambda: kube.list("v1", "Pod", "kube-system"))
    refused(lambda: kube.list("v1", "ConfigMap", stranger))
    refused(lambda: kube.create(cluster_binding))
    refused(lambda: kube.patch("v1", "Namespace", stranger, label))
    message = refused(lambda: kube.delete("v1", "Namespace", stranger))
    assert f"{stranger} is no namespace of a run of maidenhair" in message
    escalation = {**binding("maidenhair-spec"), "metadata": {"name": "x", "namespace": stranger}}
    assert f"{stranger} is no namespace of a run" in refused(lambda: kube.create(escalation))


def test_only_an_account_without_the_rights_everywhere_binds_them(kube: Kube, admin: Kube) -> None:
    assert needs_binding(kube, SYSTEMS.permissions)
    assert not needs_binding(admin, SYSTEMS.permissions)


def test_in_the_namespace_of_a_spec_the_account_may_run_and_diagnose_specs(
    kube: Kube, tmp_path: Path
) -> None:
    with Run(kube, permissions=SYSTEMS.permissions) as run, run.namespace("diagnosed") as name:
        metadata = {"name": "more", "namespace": name}
        refused(lambda: kube.create({**binding("admin"), "metadata": metadata}))
        refused(lambda: kube.list("v1", "Secret", name))
        assert missing_permissions(kube, SYSTEMS.permissions.spec, name) == ()
        compute = ComputeView(kube, name, "trainer")
        compute.apply(image="localhost:1/no-such-server:1")
        with pytest.raises(WaitStopped, match="cannot be pulled"):
            compute.wait_until_ready()
        summary = collect(kube, name, tmp_path).summary

    assert "cannot be pulled" in summary
    assert re.search(r"Warning Pod trainer-0: Failed", summary)
    missing = [line for line in summary.splitlines() if "not available" in line]
    assert len(missing) == 1
    assert re.search(r"kinds that this account may not list: .*\bSecret\b", missing[0])
    assert "kind: StatefulSet" in (tmp_path / "objects.yaml").read_text()


def test_a_sweep_needs_no_administrator(kube: Kube, admin: Kube, stranger: str) -> None:
    left = "left-by-a-dead-run"
    admin.create(namespace(left, labels={RUN_LABEL: "dead"}))

    assert sweep(kube) == [f"Namespace {left}"]
    assert admin.get("v1", "Namespace", left) is None
    assert admin.get("v1", "Namespace", stranger) is not None
