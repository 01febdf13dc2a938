"""The parts of an embedded cluster that run no process: names, addresses, certificates, configuration, users."""

from __future__ import annotations

import json
import os
import re
import ssl
import subprocess
import sys
import tomllib
from dataclasses import asdict, replace
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml
from cryptography import x509

from maidenhair._util.process_identity import ProcessIdentity
from maidenhair._util.progress import Progress
from maidenhair.clusters import processes
from maidenhair.clusters.embedded.control_plane.certificates import Authority
from maidenhair.clusters.embedded.control_plane.control_plane import (
    ControlPlane,
    Ports,
    ports_of_host,
)
from maidenhair.clusters.embedded.control_plane.kubeconfigs import write_kubeconfig
from maidenhair.clusters.embedded.layout import NETWORKS, POD_NETWORK, Layout, Network, layout_for
from maidenhair.clusters.embedded.machine.machine import Machine
from maidenhair.clusters.embedded.node.image_import import import_images
from maidenhair.clusters.embedded.node.node import ROLE, Node
from maidenhair.clusters.embedded.node.runtime import NodeTools
from maidenhair.clusters.embedded.profiles import components_of, manifests
from maidenhair.clusters.embedded.provider import EmbeddedProvider
from maidenhair.clusters.embedded.record import Record, check_same, read_record, write_record
from maidenhair.clusters.processes import MARK, kill_all, processes_of
from maidenhair.clusters.provider import Extensions
from maidenhair.clusters.usage import Users
from maidenhair.config.cluster import MOST_NODES, Settings
from maidenhair.errors import ClusterError, ConfigurationError
from maidenhair.waiting import eventually


@pytest.mark.parametrize("name", ["Upper", "under_score", "-dash", "dash-", "a/b", "", "x" * 41])
def test_a_name_that_cannot_be_a_clusters_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="lower-case letters"):
        layout_for(name, tmp_path)


def test_clusters_of_one_name_in_two_folders_have_two_links(tmp_path: Path) -> None:
    links = {layout_for("same", tmp_path / state).link for state in ("one", "two")}
    assert len(links) == 2
    assert all(len(link) <= 15 for link in links)


def test_no_two_networks_overlap() -> None:
    seen: set[IPv4Network] = set()
    for index in range(NETWORKS):
        network = Network(index)
        assert network.host in network.machines
        assert network.node(1) in network.machines
        assert network.node(MOST_NODES) in network.machines
        assert network.pods(MOST_NODES).subnet_of(POD_NETWORK)
        assert not seen & {network.machines, network.load_balancers}
        seen |= {network.machines, network.load_balancers}
    assert len(seen) == 2 * NETWORKS


def test_a_strict_client_accepts_the_certificates(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    authority.sign("server", "server", dns=["localhost"], addresses=[IPv4Address("127.0.0.1")])
    context = ssl.create_default_context(cafile=str(authority.path))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(tmp_path / "server.crt", tmp_path / "server.key")
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client_side = context.wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")
    server_side = server.wrap_bio(outgoing, incoming, server_side=True)
    for _ in range(3):
        for side in (client_side, server_side):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    assert client_side.getpeercert()


def test_a_users_groups_are_in_its_certificate(tmp_path: Path) -> None:
    Authority(tmp_path).sign("node", "system:node:node-1", ["system:nodes"])
    certificate = x509.load_pem_x509_certificate((tmp_path / "node.crt").read_bytes())
    assert certificate.subject.rfc4514_string() == "CN=system:node:node-1,O=system:nodes"


def test_keys_and_kubeconfigs_are_never_readable_by_others(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    authority.sign("admin", "admin", [])
    authority.service_account_key()
    write_kubeconfig(tmp_path / "kubeconfig", "c", "https://localhost", tmp_path, "admin")
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_free_ports_are_different() -> None:
    ports = ports_of_host()
    assert len({ports.api, ports.etcd, ports.etcd_peer}) == 3


def test_the_host_itself_gets_no_node_and_no_load_balancers(tmp_path: Path) -> None:
    tools = {name: Path("/bin", name) for name in components_of("api")}
    alone = ControlPlane(layout_for("alone", tmp_path), tools, None, Ports())
    assert [component.name for component in alone.controllers()] == [
        "kube-controller-manager",
        "kube-scheduler",
    ]
    assert "--bind-address=127.0.0.1" in alone.api_server().argv


@pytest.fixture
def node(tmp_path: Path) -> Node:
    ctr = tmp_path / "ctr"
    ctr.write_text("#!/bin/sh\necho '{\"mounts\": []}'\n")
    ctr.chmod(0o755)
    executables = {
        name: tmp_path / name for name in ("containerd", "kubelet", "kube-proxy", "runc", "ctr")
    }
    tools = NodeTools(
        executables,
        [tmp_path / "sbin"],
        tmp_path / "cni",
        {"LIBRARIES": "/x"},
        {"/opt/data": "/widgets"},
        "pause:1",
    )
    return Node(layout_for("unit", tmp_path), tools, Network(7), 1)


def test_a_nodes_configuration_has_its_image_mounts_cgroup_and_pod_network(node: Node) -> None:
    node.write_configuration()
    runtime = tomllib.loads((node.folder / "containerd.toml").read_text())
    cri = runtime["plugins"]["io.containerd.cri.v1.runtime"]
    images = runtime["plugins"]["io.containerd.cri.v1.images"]
    assert images["pinned_images"] == {"sandbox": "pause:1"}
    specification = json.loads(
        Path(cri["containerd"]["runtimes"]["runc"]["base_runtime_spec"]).read_text()
    )
    assert [(mount["destination"], mount["source"]) for mount in specification["mounts"]] == [
        ("/opt/data", "/widgets")
    ]
    kubelet = yaml.safe_load((node.folder / "kubelet.yaml").read_text())
    assert kubelet["cgroupRoot"] == f"/{node.cgroup}"
    [network] = (node.folder / "cni").iterdir()
    assert node.manifest()["spec"]["podCIDR"] in network.read_text()


def test_feature_gates_reach_every_component_of_kubernetes(node: Node, tmp_path: Path) -> None:
    gates = ("Another=false", "SomeFeature=true")
    tools = {name: Path("/bin", name) for name in components_of("node")}
    control_plane = ControlPlane(layout_for("unit", tmp_path), tools, Network(7), Ports(), gates)
    own = [control_plane.api_server(), *control_plane.controllers()[:2]]
    assert [
        component.name
        for component in own
        if "--feature-gates=Another=false,SomeFeature=true" in component.argv
    ] == ["kube-apiserver", "kube-controller-manager", "kube-scheduler"]
    replace(node, feature_gates=gates).write_configuration()
    for file in ("kubelet.yaml", "kube-proxy.yaml"):
        configuration = yaml.safe_load((node.folder / file).read_text())
        assert configuration["featureGates"] == {"Another": False, "SomeFeature": True}


def test_a_nodes_programs_have_their_search_path_and_environment(
    node: Node, tmp_path: Path
) -> None:
    component = node.kube_proxy()
    assert component.environment["PATH"].startswith(f"{tmp_path / 'sbin'}:")
    assert component.environment["LIBRARIES"] == "/x"


def test_the_first_node_has_the_control_planes_role_and_each_its_own_pods(node: Node) -> None:
    second = replace(node, number=2)
    assert ROLE in node.manifest()["metadata"]["labels"]
    assert ROLE not in second.manifest()["metadata"]["labels"]
    assert node.manifest()["spec"]["podCIDR"] != second.manifest()["spec"]["podCIDR"]
    assert "taints" not in node.manifest()["spec"]


@pytest.mark.parametrize(("nodes", "replicas"), [(1, 1), (2, 2), (3, 2)])
def test_the_dns_has_its_image_its_address_and_a_second_server_on_a_second_node(
    nodes: int, replicas: int
) -> None:
    found = {each["kind"]: each for each in manifests("dns:9", nodes) if "coredns" in str(each)}
    [container] = found["Deployment"]["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "dns:9"
    assert found["Deployment"]["spec"]["replicas"] == replicas
    [service] = [each for each in manifests("dns:9", nodes) if each["kind"] == "Service"]
    assert service["spec"]["clusterIP"] == "10.96.0.10"


def test_no_placeholder_is_left_in_the_manifests() -> None:
    assert not re.search(r"\b[A-Z]{5,}\b", yaml.safe_dump_all(manifests("dns:9", 1)))


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    mounts = {"/opt/data": "/widgets"}
    record = Record("node", 2, "1.34.4", "/kubectl", "/ctr", mounts, stays=True, network=7)
    write_record(tmp_path / "record", record)
    assert read_record(tmp_path / "record") == record


@pytest.mark.parametrize("content", ["", "{", '{"profile": "node"}'])
def test_a_record_that_cannot_be_read_counts_as_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "record").write_text(content)
    assert read_record(tmp_path / "record") is None


@pytest.fixture
def record() -> Record:
    """Return the record of a cluster with the default settings and one mount."""
    settings = Settings()
    mounts = {"/opt/data": "/widgets-1"}
    version = settings.kubernetes_version
    return Record("node", settings.nodes, version, "/kubectl", "/ctr", mounts, True, complete=True)


def test_a_cluster_with_other_feature_gates_is_refused(record: Record, tmp_path: Path) -> None:
    requested = Settings(feature_gates=("SomeFeature=true",))
    difference = r"  feature_gates: none \(requested: SomeFeature=true\)"
    with pytest.raises(ClusterError, match=difference):
        check_same(layout_for("unit", tmp_path), record, requested)


@pytest.mark.parametrize(
    ("mounts", "difference"),
    [
        (
            {"/opt/data": "/widgets-2"},
            r"  mount /opt/data: /widgets-1 \(requested: /widgets-2\)",
        ),
        ({}, r"  mount /opt/data: /widgets-1 \(requested: none\)"),
        (
            {"/opt/data": "/widgets-1", "/opt/more": "/m"},
            r"  mount /opt/more: none \(requested: /m\)",
        ),
    ],
)
def test_a_cluster_with_other_mounts_is_refused(
    mounts: dict[str, str], difference: str, record: Record, tmp_path: Path
) -> None:
    layout = layout_for("unit", tmp_path)
    check_same(layout, record, Settings())
    check_same(layout, record, Settings(), {"/opt/data": "/widgets-1"})
    with pytest.raises(ClusterError, match=difference):
        check_same(layout, record, Settings(), mounts)


def test_a_cluster_of_an_earlier_version_is_refused_but_has_a_status(
    record: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIDENHAIR_STATE_DIR", str(tmp_path))
    layout = layout_for("unit", tmp_path)
    layout.folder.mkdir(parents=True)
    earlier = {"python": "/torch", **asdict(record)}
    del earlier["mounts"]
    layout.record.write_text(json.dumps(earlier))
    provider = EmbeddedProvider(Settings(cluster_name="unit"), Progress())
    with pytest.raises(ClusterError, match=r"an earlier version of maidenhair(?s:.*)cluster down"):
        provider.find()
    assert [node.name for node in provider.status().nodes] == ["node-1"]


def test_mounted_components_are_needed_by_a_cluster_with_nodes_alone() -> None:
    extensions = Extensions(mounts={"/opt/a": "widgets", "/opt/b": "widgets"})

    def components(profile: str, *added: Extensions) -> list[str]:
        return list(EmbeddedProvider(Settings(profile=profile), Progress(), *added).components)

    assert components("node", extensions) == [*components("node"), "widgets"]
    assert components("api", extensions) == components("api")


def test_leave_reports_the_last_user(tmp_path: Path) -> None:
    users = Users(tmp_path / "users")
    first, second = users.enter(), users.enter()
    assert not users.leave(first)
    third = users.enter()
    assert not users.leave(second)
    assert users.leave(third)


def test_a_killed_user_does_not_count(tmp_path: Path) -> None:
    users = Users(tmp_path / "users")
    mine = users.enter()
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        (tmp_path / "users" / "other").write_text(str(ProcessIdentity.of(other.pid)))
        assert not users.leave(mine)
    finally:
        other.kill()
        other.communicate()
    assert users.leave(mine)


def test_a_user_counts_even_if_the_clock_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = Users(tmp_path / "users")
    registration = users.enter()
    # psutil computes start times from the clock.
    monkeypatch.setattr(psutil.Process, "create_time", lambda _: 0.0)
    assert users.any()
    assert users.leave(registration)


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({"started": 1}, False),
        ({"namespace": "pid:[1]", "started": 1}, True),
        ({"boot": "earlier", "namespace": "pid:[1]"}, False),
    ],
)
def test_a_user_of_another_container_counts_until_the_machine_boots(
    tmp_path: Path, changes: dict[str, Any], counts: bool
) -> None:
    users = Users(tmp_path / "users")
    mine = users.enter()
    other = replace(ProcessIdentity.current(), **changes)
    (tmp_path / "users" / "other").write_text(str(other))
    assert users.leave(mine) is not counts


def test_a_machine_that_is_not_running_has_no_pid(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match="machine gone is not running; remove the cluster"):
        _ = Machine("gone", tmp_path, namespaces=True).pid


def test_a_program_that_ends_meanwhile_is_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as program:
        ended = psutil.Process(program.pid)
    monkeypatch.setattr(processes, "processes_of", lambda _: [ended, psutil.Process()])
    assert Machine("node-1", tmp_path, namespaces=True).pid == os.getpid()
    monkeypatch.setattr(processes, "processes_of", lambda _: [ended])
    assert processes.first_process(tmp_path, exclude="unshare") is None


def test_an_archive_that_does_not_exist_is_named(tmp_path: Path) -> None:
    machine = Machine("node-1", tmp_path, namespaces=False)
    (tmp_path / "ctr").write_text("#!/bin/sh\n")
    (tmp_path / "ctr").chmod(0o755)
    with pytest.raises(
        ClusterError, match=r"cannot read image archive .*nowhere\.tar: No such file"
    ):
        import_images(machine, tmp_path / "ctr", [tmp_path / "nowhere.tar"])


def test_all_files_of_a_cluster_are_in_its_folder(tmp_path: Path) -> None:
    layout = Layout("inside", tmp_path / "clusters" / "inside")
    for path in (layout.record, layout.kubeconfig, layout.certificates, layout.machine("node-1")):
        assert path.is_relative_to(layout.folder)


def test_a_zombie_counts_as_gone(tmp_path: Path) -> None:
    """The first process of a container may reap no orphans."""
    program = (
        "import os, subprocess; "
        f"child = subprocess.Popen(['sleep', '600'], env={{**os.environ, '{MARK}': {str(tmp_path)!r}}}); "
        "print(child.pid, flush=True); input()"
    )
    command = [sys.executable, "-c", program]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        kill_all(tmp_path)
        # It has no environment any more a moment before it is a zombie.
        eventually(child.status, psutil.STATUS_ZOMBIE, within=60)
        assert processes_of(tmp_path) == []
        parent.kill()
