"""A node: real kubelet, containerd, kube-proxy and DNS, on a host that stays unchanged."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest
from hamcrest import contains_string

from maidenhair.clusters.provider import Cluster
from maidenhair.config.cluster import Settings
from maidenhair.kube import Kube
from maidenhair.kube.matchers import has_log_line
from maidenhair.waiting import eventually
from tests.cluster import small_folder
from tests.cluster.pods import (
    address_of,
    await_ready,
    fetch,
    finished,
    pod,
    python,
    server,
    service,
)
from tests.conftest import load_python_image


@pytest.fixture(scope="module")
def kube(node_cluster: Cluster) -> Iterator[Kube]:
    kube = Kube.from_kubeconfig(node_cluster.kubeconfig)
    yield kube
    kube.close()


@pytest.fixture(scope="module")
def python_image(node_cluster: Cluster) -> str:
    return load_python_image(node_cluster)


@pytest.fixture(scope="module")
def web(kube: Kube, python_image: str) -> str:
    """Create a pod that serves its name over HTTP, behind a service of type LoadBalancer."""
    kube.apply(server("web", python_image))
    kube.apply(service("web", "LoadBalancer"))
    await_ready(kube, "web")
    return "web"


def test_the_node_is_real(kube: Kube) -> None:
    [node] = kube.list("v1", "Node")
    assert node["status"]["nodeInfo"]["kubeletVersion"] == f"v{Settings().kubernetes_version}"
    assert node["status"]["nodeInfo"]["containerRuntimeVersion"].startswith("containerd://")
    assert node["spec"]["podCIDR"]


def test_a_service_of_type_load_balancer_has_an_address_that_the_host_reaches(
    kube: Kube, web: str
) -> None:
    address = address_of(kube, web)
    # Until kube-proxy knows the address nothing answers at it.
    eventually(lambda: fetch(address, 80), contains_string("web"), within=60, tolerate=(OSError,))


def test_pods_find_services_by_name(kube: Kube, web: str, python_image: str) -> None:
    program = f"import urllib.request as r; print(r.urlopen('http://{web}.default.svc.cluster.local').read())"
    kube.apply(python("client", python_image, program))
    assert "web" in finished(kube, "client")


def test_pods_reach_the_api(kube: Kube, python_image: str) -> None:
    program = "import socket; print(socket.create_connection(('kubernetes.default', 443), 10).getpeername()[0])"
    kube.apply(python("api", python_image, program))
    assert finished(kube, "api").strip() == "10.96.0.1"


def test_every_container_sees_a_mounted_component_and_cannot_change_it(
    kube: Kube, python_image: str
) -> None:
    program = (
        f"import os, pathlib; p = pathlib.Path('{small_folder.MOUNTED_AT}'); "
        f"print((p / '{small_folder.FILE}').read_text(), os.statvfs(p).f_flag & os.ST_RDONLY)"
    )
    kube.apply(pod("mounted", python_image, ["python", "-c", program]))
    assert finished(kube, "mounted").split() == [small_folder.CONTENT, "1"]


def test_logs_and_exec_reach_the_pod(node_cluster: Cluster, kube: Kube, web: str) -> None:
    log = kube.pod_logs("default", web)
    assert log.strip() == "serving"
    assert has_log_line("serv").matches(log)
    kubectl = [str(node_cluster.kubectl), f"--kubeconfig={node_cluster.kubeconfig}"]
    inside = subprocess.run(
        [*kubectl, "exec", web, "--", "python", "-c", "import os; print(os.getpid())"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert inside.stdout.strip().isdigit()
