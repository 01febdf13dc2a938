"""Three nodes: pods reach each other and services from every node, also during and after the failure of a node."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hamcrest import contains_string, equal_to

from maidenhair._util.paths import state_dir
from maidenhair._util.progress import Progress
from maidenhair.clusters.embedded.control_plane.control_plane import COMPONENTS as CONTROL_PLANE
from maidenhair.clusters.embedded.layout import Network, layout_for
from maidenhair.clusters.embedded.node.node import ROLE
from maidenhair.clusters.embedded.profiles import NODE
from maidenhair.clusters.embedded.provider import EmbeddedProvider
from maidenhair.clusters.embedded.record import read_record
from maidenhair.clusters.images import build_images
from maidenhair.clusters.processes import marked_processes
from maidenhair.clusters.provider import Cluster
from maidenhair.clusters.toolchain import Toolchain
from maidenhair.config.cluster import Settings
from maidenhair.kube import Kube
from maidenhair.kube.diagnosis.explain import explain
from maidenhair.waiting import eventually
from tests.cluster.clusters.archives import image_of, renamed
from tests.cluster.pods import (
    address_of,
    await_ready,
    claim,
    condition,
    fetch,
    finished,
    python,
    server,
    service,
    with_claim,
)
from tests.conftest import load_python_image, provider_of

NODES = ("node-1", "node-2", "node-3")
ASK = """
import os, urllib.request
for url in os.environ["URLS"].split():
    with urllib.request.urlopen(url, timeout=5) as answer:
        print(answer.read().decode())
"""


@pytest.fixture(scope="module")
def kube(three_nodes: Cluster) -> Iterator[Kube]:
    kube = Kube.from_kubeconfig(three_nodes.kubeconfig)
    yield kube
    kube.close()


@pytest.fixture(scope="module")
def image(three_nodes: Cluster) -> str:
    return load_python_image(three_nodes)


@pytest.fixture(scope="module")
def cluster(three_nodes: Cluster) -> EmbeddedProvider:
    return provider_of(three_nodes)


@pytest.fixture(scope="module")
def network(three_nodes: Cluster) -> Network:
    record = read_record(layout_for(three_nodes.name, state_dir()).record)
    assert record is not None
    assert record.network is not None
    return Network(record.network)


@pytest.fixture(scope="module")
def webs(kube: Kube, image: str) -> list[str]:
    """Create a pod on each node that serves its name, and services of every kind of the one on node-3."""
    names = [f"web-{node}" for node in NODES]
    kube.apply_all(server(name, image, node) for name, node in zip(names, NODES, strict=True))
    web = {"app": "web-node-3"}
    kube.apply(service("cluster", selector=web))
    kube.apply(service("port", "NodePort", selector=web))
    kube.apply(service("balanced", "LoadBalancer", selector=web))
    kube.apply(service("local", "LoadBalancer", selector=web, externalTrafficPolicy="Local"))
    await_ready(kube, *names)
    return names


def responses(kube: Kube, image: str, name: str, node: str, urls: list[str]) -> list[str]:
    """Return the response that a pod on a node gets from each URL."""
    client = python(name, image, ASK, node)
    client["spec"]["containers"][0]["env"] = [{"name": "URLS", "value": " ".join(urls)}]
    kube.apply(client)
    return finished(kube, name).splitlines()


def node_port(kube: Kube, name: str) -> int:
    return int((kube.get("v1", "Service", name, "default") or {})["spec"]["ports"][0]["nodePort"])


def answers(address: str, port: int, text: str, within: float = 30) -> None:
    eventually(
        lambda: fetch(address, port),
        contains_string(text),
        within=within,
        tolerate=(OSError,),
        described_as=f"{address}:{port} to answer",
    )


def test_every_node_exists_and_the_first_has_the_control_plane_role(
    three_nodes: Cluster, kube: Kube
) -> None:
    nodes = {each["metadata"]["name"]: each for each in kube.list("v1", "Node")}
    assert set(nodes) == set(NODES)
    roles = [name for name, node in nodes.items() if ROLE in node["metadata"]["labels"]]
    assert roles == ["node-1"]
    assert not any(node["spec"].get("taints") for node in nodes.values())
    assert {"multi-node", "node-faults"} <= three_nodes.capabilities


def test_pods_reach_pods_and_services_of_other_nodes(
    kube: Kube, image: str, webs: list[str]
) -> None:
    pods = [(kube.get("v1", "Pod", web, "default") or {})["status"]["podIP"] for web in webs]
    balanced = address_of(kube, "balanced")
    urls = [f"http://{address}:8080" for address in pods]
    urls += ["http://cluster.default.svc.cluster.local", f"http://{balanced}"]
    for node in NODES:
        seen = responses(kube, image, f"client-{node}", node, urls)
        assert seen == [*webs, "web-node-3", "web-node-3"], node


def test_the_host_reaches_services_through_every_node(
    kube: Kube, webs: list[str], network: Network
) -> None:
    port = node_port(kube, "port")
    for number in range(1, len(NODES) + 1):
        answers(str(network.node(number)), port, "web-node-3")
    answers(address_of(kube, "balanced"), 80, "web-node-3")


def test_a_load_balancer_finds_the_only_node_that_answers(kube: Kube, webs: list[str]) -> None:
    """With externalTrafficPolicy Local only the pod's node answers."""
    answers(address_of(kube, "local"), 80, "web-node-3")


def test_a_stopped_node_starts_again_with_its_data_and_pods(
    three_nodes: Cluster, kube: Kube, image: str, webs: list[str], tmp_path: Path
) -> None:
    cluster = provider_of(three_nodes)
    balanced = address_of(kube, "balanced")
    kube.apply(claim("data"))
    write = "import pathlib; pathlib.Path('/data/file').write_text('still here')"
    kube.apply(with_claim(python("writes", image, write, "node-1"), "data"))
    finished(kube, "writes")

    cluster.stop_node("node-1")
    # The route went through node-1, the first; the pod is on node-3.
    answers(balanced, 80, "web-node-3")
    states = {node.name: node.state for node in cluster.status().nodes}
    assert states == {"node-1": "stopped", "node-2": "Ready", "node-3": "Ready"}
    assert cluster.status().healthy
    assert cluster.find() == three_nodes
    late = archives_made_meanwhile(cluster, tmp_path)
    eventually(
        lambda: condition(kube, "Node", "node-1"),
        equal_to("Unknown"),
        within=60,
        described_as="the API to see node-1 gone",
    )
    on_it = kube.get("v1", "Pod", "web-node-1", "default") or {}
    away = "Node node-1, on which Pod default/web-node-1 runs, is not Ready: NodeStatusUnknown"
    assert explain(kube, on_it).startswith(away)
    cluster.start_node("node-1")

    assert condition(kube, "Node", "node-1") == "True"
    assert {node: bool(image_of(three_nodes, late, node)) for node in NODES} == dict.fromkeys(
        NODES, True
    )
    await_ready(kube, "web-node-1")
    status = (kube.get("v1", "Pod", "web-node-1", "default") or {})["status"]
    assert status["containerStatuses"][0]["restartCount"] == 1
    url = f"http://{status['podIP']}:8080"
    assert responses(kube, image, "client-again", "node-2", [url]) == ["web-node-1"]
    # Without a node name: the scheduler places the pod on the node with the claim's data.
    read = "print(open('/data/file').read())"
    kube.apply(with_claim(python("reads", image, read), "data"))
    assert finished(kube, "reads").strip() == "still here"


def archives_made_meanwhile(cluster: EmbeddedProvider, folder: Path) -> str:
    """Load two images, remove the archive of the second, and return the name of the first."""
    tools = Toolchain(Settings(), Progress()).ensure(["pause"])
    pause = build_images(tools, ["pause"])["pause"].archive
    there, gone = folder / "there.tar", folder / "gone.tar"
    renamed(pause, there, "example/late:1")
    renamed(pause, gone, "example/gone:1")
    cluster.load_images([there, gone])
    gone.unlink()
    return "docker.io/example/late:1"


def test_a_paused_node_does_not_answer_until_it_is_resumed(
    kube: Kube, webs: list[str], cluster: EmbeddedProvider, network: Network
) -> None:
    with cluster.use():
        paused_and_resumed(kube, cluster, network)


def paused_and_resumed(kube: Kube, cluster: EmbeddedProvider, network: Network) -> None:
    kube.apply(service("web-node-2", "NodePort"))
    port = node_port(kube, "web-node-2")
    answers(str(network.node(1)), port, "web-node-2")
    cluster.pause_node("node-2")
    # `up` does not resume nodes while another process uses the cluster.
    cluster.up()
    states = {node.name: node.state for node in cluster.status().nodes}
    assert states == {"node-1": "Ready", "node-2": "paused", "node-3": "Ready"}
    with pytest.raises(TimeoutError):
        fetch(str(network.node(1)), port, patience=1)
    cluster.resume_node("node-2")
    assert condition(kube, "Node", "node-2") == "True"
    answers(str(network.node(1)), port, "web-node-2")
    found = (kube.get("v1", "Pod", "web-node-2", "default") or {})["status"]
    assert found["containerStatuses"][0]["restartCount"] == 0


def test_a_killed_component_is_restarted_with_its_flags(
    three_nodes: Cluster, kube: Kube, cluster: EmbeddedProvider
) -> None:
    before = components(three_nodes)
    cluster.restart("node-3", "kubelet")
    cluster.restart("control-plane", "kube-apiserver")
    after = components(three_nodes)
    assert {name: line for name, (line, _) in after.items()} == {
        name: line for name, (line, _) in before.items()
    }
    changed = {name for name, (_, pid) in after.items() if before[name][1] != pid}
    assert changed == {"node-3/kubelet", "control-plane/kube-apiserver"}
    assert condition(kube, "Node", "node-3") == "True"


def components(cluster: Cluster) -> dict[str, tuple[list[str], int]]:
    """Return the command line and the pid of every component's process."""
    found = {}
    for process, folder in marked_processes(layout_for(cluster.name, state_dir()).folder):
        line = process.cmdline()
        name = Path(line[0]).name if line else ""
        if name in (*CONTROL_PLANE, *NODE):
            found[f"{folder.name}/{name}"] = (line, process.pid)
    return found
