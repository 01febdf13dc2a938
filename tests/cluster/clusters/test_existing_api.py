"""Capabilities and permissions on a control plane without nodes, created by maidenhair or used as existing."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from maidenhair._util.progress import Progress
from maidenhair.clusters.embedded.provider import EmbeddedProvider
from maidenhair.clusters.existing import ExistingProvider
from maidenhair.clusters.provider import Cluster
from maidenhair.config.cluster import Settings
from maidenhair.discovery import Report, discover
from maidenhair.errors import ClusterError, ConfigurationError
from maidenhair.kube import Kube
from maidenhair.suite.session import open_session, report_on
from maidenhair.systems.capability import StorageFound
from maidenhair.systems.deployment import Systems
from maidenhair.systems.devices.discovery import DevicesFindings, HamiFound
from tests.cluster.accounts import CONTEXT, account_of_manifests, kubeconfig, service_account
from tests.cluster.clusters.few_specs import NEED_SKYTORCH, NEEDS_THE_API
from tests.project import ROOT, run_settings

SYSTEMS = Systems.of(run_settings())
WITH_THE_API_ALONE = {"simulated-nodes"}
"""The capabilities that the systems of this repository give to a cluster without nodes, before a deployment."""
DEPLOYED = {"skytorch-api"}
"""The capabilities that a deployment adds."""


@pytest.fixture
def equipped(kube: Kube) -> Iterator[str]:
    """Return the name of a node with everything that discovery can find, on it and in the cluster."""
    name = "equipped"
    objects = [
        manifest("v1", "Node", name, annotations={"hami.io/node-nvidia-register": "GPU-1,10,…:"}),
        {
            **manifest(
                "storage.k8s.io/v1",
                "StorageClass",
                "fast",
                annotations={"storageclass.kubernetes.io/is-default-class": "true"},
            ),
            "provisioner": "example.com/disk",
        },
        {**manifest("resource.k8s.io/v1", "DeviceClass", "gpu.example.com"), "spec": {}},
        {
            **manifest("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", "hami"),
            "webhooks": [hami_webhook()],
        },
    ]
    try:
        for each in objects:
            kube.apply(each)
        kube.patch_status("v1", "Node", name, node_status())
        yield name
    finally:
        for each in objects:
            kube.delete(each["apiVersion"], each["kind"], each["metadata"]["name"])


def manifest(api_version: str, kind: str, name: str, **metadata: Any) -> dict[str, Any]:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name, **metadata}}


def node_status() -> dict[str, Any]:
    resources = {"cpu": "2", "nvidia.com/gpu": "2", "hugepages-2Mi": "0"}
    unknown = dict.fromkeys(
        ("architecture", "bootID", "kernelVersion", "kubeProxyVersion", "machineID"), ""
    )
    return {
        "capacity": resources,
        "allocatable": resources,
        "conditions": [{"type": "Ready", "status": "True"}],
        "nodeInfo": {
            **unknown,
            **dict.fromkeys(("operatingSystem", "osImage", "systemUUID"), ""),
            "kubeletVersion": "v1.34.0",
            "containerRuntimeVersion": "containerd://2.0.0",
        },
    }


def hami_webhook() -> dict[str, Any]:
    """Return a webhook with HAMi's name that is never called."""
    return {
        "name": "vgpu.hami.io",
        "clientConfig": {"service": {"namespace": "hami-system", "name": "hami-scheduler"}},
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
        "rules": [],
    }


def existing(path: Path, context: str = CONTEXT) -> Settings:
    return run_settings(provider="existing", context=context, kubeconfig=str(path))


def look_at(kube: Kube) -> Report:
    """Return the findings of the framework and the systems about a cluster that maidenhair does not own."""
    return discover(kube, SYSTEMS.active)


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_discovery_finds_the_provider_s_capabilities(api_cluster: Cluster, kube: Kube) -> None:
    settings = run_settings(provider="embedded", cluster_name=api_cluster.name, profile="api")
    provider = EmbeddedProvider(settings, Progress())
    expected = provider.capabilities | WITH_THE_API_ALONE

    assert report_on(SYSTEMS, provider, kube, None).capabilities - DEPLOYED == expected
    with open_session(settings, Progress()) as session:
        assert session.cluster.capabilities - {"helm"} == expected | DEPLOYED
        assert session.lacking["nodes"] == "it has no nodes"


def test_the_contents_of_a_cluster_are_found(kube: Kube, equipped: str) -> None:
    report = look_at(kube)
    found = report.findings
    devices = found.of("devices", DevicesFindings)

    [node] = found.nodes
    assert (node.name, node.kubelet, node.runtime) == (equipped, "v1.34.0", "containerd://2.0.0")
    assert node.ready
    assert devices.resources == {"nvidia.com/gpu": 2}
    assert devices.device_classes == ("gpu.example.com",)
    assert devices.dra_versions[0] == "v1"
    assert found.storage == StorageFound("fast", "example.com/disk")
    assert devices.hami == HamiFound(
        "hami (vgpu.hami.io)", "hami-system/hami-scheduler", {equipped: ("nvidia",)}
    )
    assert {"gpu", "hami"} <= report.capabilities


def test_objects_that_an_account_may_not_see_are_reported_and_do_not_count_as_absent(
    api_cluster: Cluster, tmp_path: Path, equipped: str
) -> None:
    path = service_account(api_cluster, tmp_path, "default", "default")
    kube = Kube.from_kubeconfig(path, CONTEXT)
    try:
        report = look_at(kube)
    finally:
        kube.close()

    text = report.text("theirs")
    assert "as system:serviceaccount:default:default" in text
    assert "nodes        no permission to read" in text
    assert "may not list nodes, to look up the nodes" in text
    assert "storage      no permission to read" in text
    assert "the account may not read nodes: nodes is forbidden" in report.lacking["gpu"]
    assert "the account may not read HAMi" in report.lacking["hami"]


def test_specs_that_need_only_the_api_run_and_the_rest_is_skipped_with_the_reason(
    api_cluster: Cluster,
) -> None:
    done = run(
        *("behave", "features", "--no-color", f"--name={NEEDS_THE_API} --"),
        *(f"--name={title}" for title in NEED_SKYTORCH),
        MAIDENHAIR_CLUSTER_NAME=api_cluster.name,
        MAIDENHAIR_PROFILE="api",
    )

    assert done.returncode == 0, done.stdout
    assert re.match(r"1 passed, 0 failed, \d+ skipped", done.stdout.splitlines()[-1])
    skipped = [line for line in done.stdout.splitlines() if line.startswith("skipped: ")]
    assert len(skipped) == 2
    assert all("the cluster lacks the capability skytorch" in line for line in skipped)
    assert "nodes        none" in done.stdout


def test_an_existing_cluster_without_skytorch_is_left_as_it_is(
    api_cluster: Cluster, kube: Kube
) -> None:
    before = {each["metadata"]["name"] for each in kube.list("v1", "Namespace")}
    done = run(
        *("behave", "features/compute/restart.feature", "--no-color"),
        MAIDENHAIR_PROVIDER="existing",
        MAIDENHAIR_CONTEXT=api_cluster.context,
        MAIDENHAIR_KUBECONFIG=str(api_cluster.kubeconfig),
    )

    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines()[-1] == "0 passed, 0 failed, 2 skipped"
    lacks = r"skipped: .*: the cluster lacks the capability skytorch .*: .+"
    assert len(re.findall(lacks, done.stdout)) == 2
    after = {each["metadata"]["name"] for each in kube.list("v1", "Namespace")}
    assert after - before <= {"maidenhair-system"}


def test_without_systems_a_session_needs_and_deploys_nothing_of_theirs(
    api_cluster: Cluster, kube: Kube
) -> None:
    definitions = kube.list("apiextensions.k8s.io/v1", "CustomResourceDefinition")
    settings = Settings(provider="embedded", cluster_name=api_cluster.name, profile="api")
    with open_session(settings, Progress()) as session:
        names = {*session.cluster.capabilities, *session.lacking}
        expected = {"api", "accounts", "nodes", "multi-node", "node-faults", "helm"}
        assert names == {*expected, "own-namespaces"}
    after = kube.list("apiextensions.k8s.io/v1", "CustomResourceDefinition")
    assert [each["metadata"]["name"] for each in after] == [
        each["metadata"]["name"] for each in definitions
    ]


def test_the_command_reports_the_capabilities_of_a_cluster(api_cluster: Cluster) -> None:
    # The provider is set, because a line about its choice would not be JSON.
    where = {
        "MAIDENHAIR_PROVIDER": "embedded",
        "MAIDENHAIR_CLUSTER_NAME": api_cluster.name,
        "MAIDENHAIR_PROFILE": "api",
    }
    done = run("maidenhair", "cluster", "discover", **where)
    read = json.loads(run("maidenhair", "cluster", "discover", "--json", **where).stdout)

    assert done.returncode == 0
    assert f"Cluster '{api_cluster.name}' at https://127.0.0.1:" in done.stdout
    assert "api" in read["capabilities"]
    assert read["lacking"]["nodes"] == "it has no nodes"
    assert read["findings"]["access"]["missing"] == []


def test_the_current_context_is_refused_before_anything_is_made(
    api_cluster: Cluster, kube: Kube
) -> None:
    before = {each["metadata"]["name"] for each in kube.list("v1", "Namespace")}
    where = {
        "MAIDENHAIR_PROVIDER": "existing",
        "MAIDENHAIR_KUBECONFIG": str(api_cluster.kubeconfig),
    }
    context = api_cluster.context
    for command in (("cluster", "discover"), ("run", "features/compute/restart.feature")):
        done = run("maidenhair", *command, **where)
        assert done.returncode == 2, done.stdout
        assert f"refusing the context '{context}', the current one" in done.stdout
        assert f"MAIDENHAIR_CONTEXT={context}" in done.stdout
        assert "label namespace kube-system maidenhair.dev/allow-e2e=true" in done.stdout
        assert f"contexts in {api_cluster.kubeconfig}: {context}" in done.stdout
    assert {each["metadata"]["name"] for each in kube.list("v1", "Namespace")} == before


@pytest.mark.parametrize("place", ["labels", "annotations"])
def test_the_current_context_is_taken_where_its_cluster_is_open_to_tests(
    api_cluster: Cluster, kube: Kube, place: str
) -> None:
    settings = Settings(provider="existing", kubeconfig=str(api_cluster.kubeconfig))
    mark = {"metadata": {place: {"maidenhair.dev/allow-e2e": "true"}}}
    kube.patch("v1", "Namespace", "kube-system", mark)
    try:
        assert ExistingProvider(settings, Progress()).find().context == api_cluster.context
    finally:
        mark["metadata"][place]["maidenhair.dev/allow-e2e"] = None
        kube.patch("v1", "Namespace", "kube-system", mark)
    with pytest.raises(
        ConfigurationError, match=r"has no label or annotation maidenhair\.dev/allow-e2e=true"
    ):
        ExistingProvider(settings, Progress()).find()


def test_a_kubeconfig_in_parts_is_merged(
    api_cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = yaml.safe_load(account_of_manifests(api_cluster, tmp_path).read_text())
    parts = {"contexts": {**whole, "clusters": [], "users": []}, "rest": {**whole, "contexts": []}}
    for name, part in parts.items():
        (tmp_path / name).write_text(yaml.safe_dump(part))
    listed = os.pathsep.join(str(tmp_path / name) for name in (*parts, "absent"))
    monkeypatch.setenv("KUBECONFIG", listed)

    cluster = ExistingProvider(Settings(provider="existing", context=CONTEXT), Progress()).find()
    kube = Kube.from_kubeconfig(cluster.kubeconfig, cluster.context)
    try:
        assert kube.get("v1", "Namespace", "default") is not None
    finally:
        kube.close()


def test_credentials_may_come_from_a_program(api_cluster: Cluster, tmp_path: Path) -> None:
    token = yaml.safe_load(account_of_manifests(api_cluster, tmp_path).read_text())["users"][0][
        "user"
    ]["token"]
    version = "client.authentication.k8s.io/v1"
    credential = {"apiVersion": version, "kind": "ExecCredential", "status": {"token": token}}
    program = {"apiVersion": version, "command": "echo", "args": [json.dumps(credential)]}
    path = kubeconfig(api_cluster, tmp_path, {"exec": {**program, "interactiveMode": "Never"}})

    assert ExistingProvider(existing(path), Progress()).find().context == CONTEXT


@pytest.mark.parametrize("user", [{"token": "expired"}, {}])
def test_the_error_of_refused_credentials_names_the_context_and_a_check(
    api_cluster: Cluster, tmp_path: Path, user: dict[str, str]
) -> None:
    path = kubeconfig(api_cluster, tmp_path, user)
    with pytest.raises(ClusterError) as caught:
        ExistingProvider(existing(path), Progress()).find()
    message = str(caught.value)
    assert "context 'theirs' at https://127.0.0.1:" in message
    assert "does not accept the credentials" in message
    assert "kubectl --context theirs auth whoami" in message


def test_missing_permissions_are_an_error_before_the_run(
    api_cluster: Cluster, tmp_path: Path
) -> None:
    path = service_account(api_cluster, tmp_path, "default", "default")
    with pytest.raises(ClusterError) as caught, open_session(existing(path), Progress()):
        pass
    message = str(caught.value)
    assert "system:serviceaccount:default:default of context 'theirs' at https://" in message
    assert "create namespaces, to create a namespace for each spec" in message
    assert 'patch leases.coordination.k8s.io in namespace "maidenhair-system"' in message
    assert "patch computes.compute.skytorch.dev" in message
    assert f"kubectl apply -k {ROOT / 'manifests/rbac'}" in message
