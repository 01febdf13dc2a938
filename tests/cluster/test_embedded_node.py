"""A node: real kubelet, containerd, kube-proxy and DNS, beside a host that stays as it was."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hamcrest import contains_string, equal_to, has_entries, not_none

from maidenhair import paths
from maidenhair.clusters.embedded.provider import EmbeddedProvider
from maidenhair.clusters.images import build_images, choose_image
from maidenhair.clusters.provider import PYTHON_MOUNT, Cluster
from maidenhair.clusters.toolchain import Toolchain
from maidenhair.config import Settings
from maidenhair.errors import ClusterError
from maidenhair.kube import Kube
from maidenhair.progress import Progress
from maidenhair.waiting import eventually
from tests.cluster.machine_state import look

SERVER = """
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(os.environ["HOSTNAME"].encode())
    def log_message(self, *_): pass
print("serving", flush=True)
http.server.ThreadingHTTPServer(("", 8080), Handler).serve_forever()
"""
KILLS_AFTER_SECONDS = (0.3, 1.5, 4.0, 7.0)


def own(name: str) -> str:
    """Return a name for a cluster of this test process."""
    return f"{name}-{os.getpid()}"


def provider(name: str) -> EmbeddedProvider:
    return EmbeddedProvider(Settings(cluster_name=name), Progress())


@pytest.fixture(scope="module")
def kube(node_cluster: Cluster) -> Iterator[Kube]:
    kube = Kube.from_kubeconfig(node_cluster.kubeconfig)
    yield kube
    kube.close()


@pytest.fixture(scope="module")
def server_image(node_cluster: Cluster) -> str:
    settings = Settings(cluster_name=node_cluster.name)
    image = build_images(
        Toolchain(settings, Progress()).ensure(["skytorch-python"]), ["skytorch-server"]
    )
    provider(node_cluster.name).load_images([image["skytorch-server"].archive])
    return image["skytorch-server"].name


@pytest.fixture(scope="module")
def web(kube: Kube, server_image: str) -> str:
    """A pod that serves its name over HTTP, behind a service of type LoadBalancer."""
    kube.apply(pod("web", server_image, ["python", "-c", SERVER]))
    ports = [{"port": 80, "targetPort": 8080}]
    spec = {"type": "LoadBalancer", "selector": {"app": "web"}, "ports": ports}
    kube.apply({"apiVersion": "v1", "kind": "Service", "metadata": named("web"), "spec": spec})
    eventually(lambda: ready(kube, "web"), equal_to("True"), within=60)
    return "web"


def named(name: str) -> dict[str, Any]:
    return {"name": name, "namespace": "default", "labels": {"app": name}}


def pod(name: str, image: str, command: list[str]) -> dict[str, Any]:
    container = {
        "name": "main",
        "image": image,
        "command": command,
        "imagePullPolicy": "IfNotPresent",
    }
    spec = {"containers": [container], "restartPolicy": "Never", "terminationGracePeriodSeconds": 0}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": named(name), "spec": spec}


def ready(kube: Kube, name: str) -> str:
    found = kube.get("v1", "Pod", name, "default") or {}
    conditions = found.get("status", {}).get("conditions", [])
    return next((each["status"] for each in conditions if each["type"] == "Ready"), "absent")


def finished(kube: Kube, name: str) -> str:
    eventually(
        lambda: (kube.get("v1", "Pod", name, "default") or {})["status"]["phase"],
        equal_to("Succeeded"),
        within=180,
        described_as=f"pod {name} to succeed",
    )
    return kube.pod_logs("default", name)


def fetch(address: str, port: int) -> str:
    with socket.create_connection((address, port), timeout=5) as connection:
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        chunks = iter(lambda: connection.recv(4096), b"")
        return b"".join(chunks).decode()


def test_the_node_is_real(kube: Kube) -> None:
    [node] = kube.list("v1", "Node")
    assert node["status"]["nodeInfo"]["kubeletVersion"] == f"v{Settings().kubernetes_version}"
    assert node["status"]["nodeInfo"]["containerRuntimeVersion"].startswith("containerd://")
    assert node["spec"]["podCIDR"]


def test_a_service_of_type_load_balancer_has_an_address_that_the_host_reaches(
    kube: Kube, web: str
) -> None:
    def address() -> str | None:
        service = kube.get("v1", "Service", web, "default") or {}
        ingress = service["status"]["loadBalancer"].get("ingress")
        return ingress[0]["ip"] if ingress else None

    found = eventually(address, not_none(), within=30)
    # Until kube-proxy knows the address nothing answers at it.
    eventually(
        lambda: fetch(str(found), 80), contains_string("web"), within=30, tolerate=(OSError,)
    )


def test_pods_find_services_by_name(kube: Kube, web: str, server_image: str) -> None:
    program = f"import urllib.request as r; print(r.urlopen('http://{web}.default.svc.cluster.local').read())"
    client = pod("client", server_image, ["python", "-c", program])
    # It may ask before the name or the service is known on the node.
    client["spec"]["restartPolicy"] = "OnFailure"
    kube.apply(client)
    assert "web" in finished(kube, "client")


def test_pods_reach_the_api(kube: Kube, server_image: str) -> None:
    program = "import socket; print(socket.create_connection(('kubernetes.default', 443), 10).getpeername()[0])"
    client = pod("api", server_image, ["python", "-c", program])
    client["spec"]["restartPolicy"] = "OnFailure"
    kube.apply(client)
    assert finished(kube, "api").strip() == "10.96.0.1"


def test_every_container_sees_torch_and_cannot_change_it(kube: Kube, server_image: str) -> None:
    program = (
        f"import os, pathlib; p = pathlib.Path('{PYTHON_MOUNT}'); "
        "print((p / 'torch').is_dir(), os.statvfs(p).f_flag & os.ST_RDONLY)"
    )
    kube.apply(pod("torch", server_image, ["python", "-c", program]))
    assert finished(kube, "torch").split() == ["True", "1"]


def test_logs_and_exec_reach_the_pod(node_cluster: Cluster, kube: Kube, web: str) -> None:
    assert kube.pod_logs("default", web).strip() == "serving"
    kubectl = [str(node_cluster.kubectl), f"--kubeconfig={node_cluster.kubeconfig}"]
    inside = subprocess.run(
        [*kubectl, "exec", web, "--", "python", "-c", "import os; print(os.getpid())"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert inside.stdout.strip().isdigit()


def test_an_image_that_nobody_loaded_cannot_be_pulled(kube: Kube) -> None:
    kube.apply(pod("absent", "maidenhair.invalid/absent:1", ["true"]))

    def waiting() -> dict[str, Any]:
        found = kube.get("v1", "Pod", "absent", "default") or {}
        statuses = found["status"].get("containerStatuses") or [{"state": {}}]
        return statuses[0]["state"].get("waiting", {})

    eventually(waiting, has_entries(reason="ErrImagePull"), within=60)


def test_an_image_tagged_latest_is_used_from_its_archive(
    node_cluster: Cluster, kube: Kube, tmp_path: Path
) -> None:
    """Kubernetes pulls an image tagged latest for every pod, unless told otherwise."""
    made = tmp_path / "made.tar"
    tools = Toolchain(Settings(), Progress()).ensure(["pause"])
    archive = build_images(tools, ["pause"])["pause"].archive
    _rename(archive, made, "example/quiet:latest")
    chosen = choose_image("SKYTORCH_TEST_IMAGE", str(made))
    provider(node_cluster.name).load_images([made])
    quiet = pod("quiet", chosen.name, ["/pause"])
    del quiet["spec"]["containers"][0]["imagePullPolicy"]
    kube.apply(quiet)
    eventually(lambda: ready(kube, "quiet"), equal_to("True"), within=60)


def test_an_archive_that_is_not_there_or_no_image_is_named(
    node_cluster: Cluster, tmp_path: Path
) -> None:
    with pytest.raises(ClusterError, match=r"absent\.tar"):
        provider(node_cluster.name).load_images([tmp_path / "absent.tar"])
    (tmp_path / "garbage.tar").write_bytes(b"no archive")
    with pytest.raises(ClusterError, match=r"could not import .*garbage\.tar"):
        provider(node_cluster.name).load_images([tmp_path / "garbage.tar"])


def test_nothing_is_left_of_a_cluster_with_pods(as_root: None) -> None:
    name = own("tests-leaves-nothing")
    before = look(name)
    rules = _rules()
    cluster = provider(name)
    try:
        cluster.up()
        during = look(name)
        assert during.links - before.links
        assert during.cgroups - before.cgroups
        assert during.processes - before.processes
        assert during.mounts == before.mounts
        assert during.files == before.files
        assert _rules() == rules
    finally:
        cluster.down()
    assert cluster.leftovers() == []
    assert look(name) == before


@pytest.mark.parametrize("seconds", KILLS_AFTER_SECONDS)
def test_nothing_is_left_when_the_owner_was_killed_while_starting_it(
    as_root: None, seconds: float
) -> None:
    name = own("tests-killed")
    before = look(name)
    command = [sys.executable, "-m", "maidenhair", "cluster", "up", "--name", name]
    owner = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    )
    killer = threading.Timer(seconds, lambda: os.killpg(owner.pid, signal.SIGKILL))
    killer.start()
    owner.communicate()
    killer.cancel()
    provider(name).down()
    assert provider(name).leftovers() == []
    assert look(name) == before


def test_up_ends_well_where_sigterm_has_a_handler_and_undoes_all_when_it_comes(
    as_root: None,
) -> None:
    name = own("tests-terminated")
    before = look(name)
    command = [sys.executable, "-m", "maidenhair", "cluster", "up", "--name", name]
    try:
        up = subprocess.run(command, capture_output=True, text=True, check=False)
        assert up.returncode == 0, up.stderr
        assert "Interrupted" not in up.stderr
    finally:
        provider(name).down()
    owner = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    eventually(
        lambda: (paths.state_dir() / "clusters" / name / "machines").exists(), True, within=60
    )
    owner.terminate()
    told, _ = owner.communicate()
    assert owner.returncode == 130
    assert told.count("Interrupted.") == 1
    assert provider(name).leftovers() == []
    assert look(name) == before


def test_a_cluster_half_made_is_made_anew(as_root: None) -> None:
    half = provider(own("tests-half"))
    folder = paths.state_dir() / "clusters" / own("tests-half")
    folder.mkdir(parents=True)
    record = {
        "profile": "node",
        "kubernetes_version": Settings().kubernetes_version,
        "kubectl": "",
        "ctr": None,
        "python": None,
    }
    (folder / "cluster.json").write_text(json.dumps({**record, "stays": True, "complete": False}))
    try:
        assert half.find() is None
        assert half.up().capabilities == {"api", "nodes"}
    finally:
        half.down()
    assert half.leftovers() == []


def _rename(archive: Path, renamed: Path, name: str) -> None:
    """Write a copy of an OCI archive whose image has another name."""
    with tarfile.open(archive) as source, tarfile.open(renamed, "w") as target:
        for member in source:
            content = source.extractfile(member).read() if member.isfile() else b""  # type: ignore[union-attr]
            if member.name == "index.json":
                index = json.loads(content)
                index["manifests"][0]["annotations"]["io.containerd.image.name"] = name
                content = json.dumps(index).encode()
                member.size = len(content)
            target.addfile(member, io.BytesIO(content))


def _rules() -> str:
    """Return the rules and chains of the host's packet filter."""
    tool = Toolchain(Settings(), Progress()).ensure(["iptables"])["iptables"]
    command = [str(tool.path / "iptables-save")]
    environment = {**os.environ, **tool.environment}
    saved = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True
    ).stdout
    return "".join(line for line in saved.splitlines(True) if not line.startswith("#"))
