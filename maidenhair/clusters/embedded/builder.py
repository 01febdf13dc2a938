"""Brings one embedded cluster up: the control plane first, the node beside it, then what runs on the node."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from ipaddress import IPv4Network
from pathlib import Path
from urllib.parse import urlsplit

from maidenhair.clusters.embedded import network as links
from maidenhair.clusters.embedded.cgroups import create_cgroup
from maidenhair.clusters.embedded.components import dns_manifests, node_tools
from maidenhair.clusters.embedded.control_plane import ControlPlane, Ports, free_ports
from maidenhair.clusters.embedded.layout import Layout, Network
from maidenhair.clusters.embedded.loading import import_images
from maidenhair.clusters.embedded.machine import Machine
from maidenhair.clusters.embedded.node import SOCKET, Node
from maidenhair.clusters.embedded.waits import wait_until
from maidenhair.clusters.images import Image
from maidenhair.clusters.toolchain import Tool
from maidenhair.kube import Kube
from maidenhair.progress import Progress

API_SECONDS = 120.0
NODE_SECONDS = 120.0
DNS_SECONDS = 120.0


class Builder:
    """Builds one cluster.

    Args:
        layout: the cluster's names and folders.
        tools: the toolchain's components for its profile.
        images: the images of its own pods; empty for the control plane alone.
        progress: where long steps are reported.
    """

    def __init__(
        self,
        layout: Layout,
        tools: Mapping[str, Tool],
        images: Mapping[str, Image],
        progress: Progress,
    ) -> None:
        self._layout = layout
        self._tools = tools
        self._images = images
        self._progress = progress

    def build_api(self) -> None:
        """Bring up the control plane alone, on ports of the host; needs no root.

        Raises:
            ClusterError: a component ended or did not become ready.
        """
        control_plane = self._control_plane(None, free_ports())
        control_plane.write_credentials({})
        machine = Machine("control-plane", self._layout.machine("control-plane"), namespaces=False)
        with self._progress.step("Starting the control plane"):
            machine.start()
            self._start_api(control_plane, machine)
            self._start_controllers(control_plane, machine)
            with closing(Kube.from_kubeconfig(self._layout.kubeconfig)) as kube:
                self._await_controllers(kube, machine)

    def build_node(self, preload: Sequence[Path]) -> None:
        """Bring up the control plane and a node, each in namespaces of its own; needs root.

        Args:
            preload: archives of images that the node has at the end.

        Raises:
            ClusterError: a component ended or did not become ready.
        """
        network = links.choose_network(self._layout)
        control_plane = self._control_plane(network, Ports())
        node = Node(self._layout, node_tools(self._tools, self._images), 1, network.node(1))
        control_plane.write_credentials({node.name: node.address})
        first = Machine("control-plane", self._layout.machine("control-plane"), namespaces=True)
        second = Machine(node.name, node.folder, namespaces=True)
        with (
            self._progress.step("Starting the control plane and the node"),
            ThreadPoolExecutor(1) as side,
        ):
            first.start()
            links.connect_control_plane(self._layout, network, first.pid)
            runtime = side.submit(self._start_runtime, node, second)
            preloaded = side.submit(import_images, second, self._ctr, preload)
            self._start_api(control_plane, first)
            self._start_controllers(control_plane, first)
            runtime.result()
            links.connect_node(network, first.pid, node.number, second.pid)
            second.run(node.kubelet())
            second.run(node.kube_proxy())
            self._complete(node, first, second)
            preloaded.result()

    def _control_plane(self, network: Network | None, ports: Ports) -> ControlPlane:
        executables = {name: tool.path for name, tool in self._tools.items()}
        return ControlPlane(self._layout, executables, network, ports)

    def _start_api(self, control_plane: ControlPlane, machine: Machine) -> None:
        machine.run(control_plane.etcd())
        machine.run(control_plane.api_server())

        def problem() -> str:
            machine.check()
            return api_problem(control_plane.server, self._layout.certificates)

        wait_until(problem, API_SECONDS, "the API server to be ready")

    def _start_controllers(self, control_plane: ControlPlane, machine: Machine) -> None:
        for component in control_plane.controllers():
            machine.run(component)

    def _start_runtime(self, node: Node, machine: Machine) -> None:
        create_cgroup(node.cgroup)
        node.write_configuration()
        machine.start(node.mounts())
        machine.run(node.containerd())

        def problem() -> str:
            machine.check()
            return "" if machine.path(SOCKET).exists() else f"there is no {SOCKET}"

        wait_until(problem, NODE_SECONDS, f"containerd on {node.name} to listen")
        import_images(machine, self._ctr, [image.archive for image in self._images.values()])

    @property
    def _ctr(self) -> Path:
        return self._tools["containerd"].path.with_name("ctr")

    def _complete(self, node: Node, control_plane: Machine, machine: Machine) -> None:
        """Give the node its pod network when it has registered, and wait until pods run and find services."""
        with closing(Kube.from_kubeconfig(self._layout.kubeconfig)) as kube:
            kube.apply_all(dns_manifests(self._images["coredns"].name))
            pods = self._pod_network(kube, node, control_plane, machine)
            node.write_pod_network(pods)
            links.route_pods([control_plane.pid], pods, node.address)
            self._await_ready(kube, node, machine)
            self._await_dns(kube, machine)

    def _pod_network(
        self, kube: Kube, node: Node, control_plane: Machine, machine: Machine
    ) -> IPv4Network:
        found: list[IPv4Network] = []

        def problem() -> str:
            machine.check()
            control_plane.check()
            known = kube.get("v1", "Node", node.name)
            if known is None:
                return "the API server does not know it"
            if not known["spec"].get("podCIDR"):
                return "it has no podCIDR"
            found.append(IPv4Network(known["spec"]["podCIDR"]))
            return ""

        wait_until(problem, NODE_SECONDS, f"{node.name} to register and get its pod network")
        return found[0]

    def _await_ready(self, kube: Kube, node: Node, machine: Machine) -> None:
        def problem() -> str:
            machine.check()
            known = kube.get("v1", "Node", node.name) or {}
            conditions = known.get("status", {}).get("conditions", [])
            ready = next((each for each in conditions if each["type"] == "Ready"), None)
            if ready is None:
                return "it has no condition Ready"
            return "" if ready["status"] == "True" else f"{ready['reason']}: {ready['message']}"

        wait_until(problem, NODE_SECONDS, f"{node.name} to be Ready")

    def _await_controllers(self, kube: Kube, control_plane: Machine) -> None:
        """Wait for what a user's first pod needs: its namespace's service account."""

        def problem() -> str:
            control_plane.check()
            account = kube.get("v1", "ServiceAccount", "default", "default")
            return "" if account else "the namespace default has no service account yet"

        wait_until(problem, API_SECONDS, "the controllers to work")

    def _await_dns(self, kube: Kube, machine: Machine) -> None:
        def problem() -> str:
            machine.check()
            deployment = kube.get("apps/v1", "Deployment", "coredns", "kube-system") or {}
            status = deployment.get("status", {})
            return (
                ""
                if status.get("availableReplicas")
                else f"the status of Deployment coredns is {status}"
            )

        wait_until(problem, DNS_SECONDS, "the cluster's DNS to be available")


def api_problem(server: str, certificates: Path) -> str:
    """Return why the API server at a URL is not ready, or an empty text when it is."""
    url = urlsplit(server)
    context = ssl.create_default_context(cafile=str(certificates / "ca.crt"))
    context.load_cert_chain(certificates / "admin.crt", certificates / "admin.key")
    connection = http.client.HTTPSConnection(
        str(url.hostname), url.port, timeout=5, context=context
    )
    try:
        connection.request("GET", "/readyz?verbose")
        response = connection.getresponse()
        return (
            ""
            if response.status == http.client.OK
            else f"{server}/readyz: {response.read().decode()}"
        )
    except OSError as error:
        return f"{server}: {error}"
    finally:
        connection.close()
