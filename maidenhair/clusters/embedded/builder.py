"""Bring up an embedded cluster: the control plane, the nodes in parallel to it, then the cluster's own pods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from maidenhair._util.progress import Progress
from maidenhair.clusters.embedded.control_plane.api import await_api
from maidenhair.clusters.embedded.control_plane.control_plane import (
    ControlPlane,
    Ports,
    ports_of_host,
)
from maidenhair.clusters.embedded.layout import Layout, Network
from maidenhair.clusters.embedded.machine import network as links
from maidenhair.clusters.embedded.machine.machine import Machine
from maidenhair.clusters.embedded.machine.machines import Machines
from maidenhair.clusters.embedded.node.image_import import import_images
from maidenhair.clusters.embedded.node.node import Node
from maidenhair.clusters.embedded.node.start import await_ready, join_cluster, start_runtime
from maidenhair.clusters.embedded.profiles import manifests, node_tools
from maidenhair.clusters.embedded.record import Record
from maidenhair.clusters.images import Image
from maidenhair.clusters.polling import wait_until
from maidenhair.clusters.toolchain import Tool
from maidenhair.kube import Kube

CONTROLLERS_SECONDS = 120.0
DNS_SECONDS = 120.0


class Builder:
    """Build one cluster.

    Args:
        layout: the cluster's names and folders.
        record: the cluster's configuration.
        tools: the toolchain components of its profile, by name.
        images: the images of its own pods, by name; empty for a control plane without nodes.
        progress: where long steps are reported.
    """

    def __init__(
        self,
        layout: Layout,
        record: Record,
        tools: Mapping[str, Tool],
        images: Mapping[str, Image],
        progress: Progress,
    ) -> None:
        self._layout = layout
        self._record = record
        self._tools = tools
        self._images = images
        self._progress = progress
        self._machines = Machines(layout, record)

    def build_api(self) -> Record:
        """Bring up a control plane without nodes, on ports of the host. This needs no root.

        Returns:
            The completed record.

        Raises:
            ClusterError: a component exited or did not become ready.
        """
        with self._progress.step("Starting the control plane"):
            self._machines.control_plane.install()
            self._machines.control_plane.start()
            with closing(self._start_control_plane(None, ports_of_host(), [])) as kube:
                self._await_controllers(kube)
        return replace(self._record, complete=True)

    def build_nodes(self, preload: Sequence[Path]) -> Record:
        """Bring up the control plane and the nodes, each in its own namespaces. This needs root.

        Args:
            preload: image archives to load into the nodes.

        Returns:
            The completed record.

        Raises:
            ClusterError: a component exited or did not become ready.
        """
        count = len(self._machines.nodes)
        nodes_label = "the node" if count == 1 else f"{count} nodes"
        with self._progress.step(f"Starting the control plane and {nodes_label}"):
            network = self._start_network()
            tools = node_tools(self._tools, self._images, self._record.mounts or {})
            gates = self._record.feature_gates
            nodes = [
                Node(self._layout, tools, network, number + 1, gates) for number in range(count)
            ]
            with ThreadPoolExecutor(count) as executor:
                runtimes = [executor.submit(self._start_runtime, node) for node in nodes]
                imports = [
                    executor.submit(self._preload, runtime, machine, preload)
                    for runtime, machine in zip(runtimes, self._machines.nodes, strict=True)
                ]
                with closing(self._start_control_plane(network, Ports(), nodes)) as kube:
                    for runtime, machine in zip(runtimes, self._machines.nodes, strict=True):
                        runtime.result()
                        join_cluster(self._machines, machine, network)
                    for machine in self._machines.nodes:
                        await_ready(kube, machine)
                    self._await_dns(kube)
                for imported in imports:
                    imported.result()
        return replace(self._record, network=network.index, complete=True)

    def _start_network(self) -> Network:
        """Start the control plane's machine with the bridge, and return a network that no other cluster uses."""
        first = self._machines.control_plane
        with links.network_lock():
            network = links.choose_network(self._layout)
            first.install()
            first.start()
            links.connect_control_plane(self._layout, network, len(self._machines.nodes), first.pid)
        return network

    def _start_control_plane(
        self, network: Network | None, ports: Ports, nodes: Sequence[Node]
    ) -> Kube:
        """Start the control plane's components, and create the Node objects and the cluster's own objects."""
        executables = {name: tool.path for name, tool in self._tools.items()}
        control_plane = ControlPlane(
            self._layout, executables, network, ports, self._record.feature_gates
        )
        control_plane.write_credentials({node.name: node.address for node in nodes})
        machine = self._machines.control_plane
        machine.install(control_plane.components())
        machine.run("etcd")
        machine.run("kube-apiserver")
        await_api(self._layout, machine)
        kube = Kube.from_kubeconfig(self._layout.kubeconfig)
        if nodes:
            own = manifests(self._images["coredns"].name, len(nodes))
            kube.apply_all([*(node.manifest() for node in nodes), *own])
        for component in control_plane.controllers():
            machine.run(component.name)
        return kube

    def _start_runtime(self, node: Node) -> None:
        node.write_configuration()
        machine = self._machines.node(node.name)
        machine.install(node.components(), node.mounts())
        start_runtime(self._layout, machine)
        self._import(machine, [image.archive for image in self._images.values()])

    def _preload(self, runtime: Future[None], machine: Machine, archives: Sequence[Path]) -> None:
        runtime.result()
        self._import(machine, archives)

    def _import(self, machine: Machine, archives: Sequence[Path]) -> None:
        import_images(machine, self._tools["containerd"].path.with_name("ctr"), archives)

    def _await_controllers(self, kube: Kube) -> None:
        """Wait until the default namespace has a service account, because pods need one."""

        def problem() -> str:
            self._machines.control_plane.check()
            account = kube.get("v1", "ServiceAccount", "default", "default")
            return "" if account else "namespace default has no service account"

        wait_until(problem, CONTROLLERS_SECONDS, "the controllers to be ready")

    def _await_dns(self, kube: Kube) -> None:
        def problem() -> str:
            for machine in self._machines.all:
                machine.check()
            deployment = kube.get("apps/v1", "Deployment", "coredns", "kube-system") or {}
            replicas = deployment.get("spec", {}).get("replicas", 1)
            status = deployment.get("status", {})
            available = status.get("availableReplicas", 0) >= replicas
            return "" if available else f"the status of Deployment kube-system/coredns is {status}"

        wait_until(problem, DNS_SECONDS, "the cluster's DNS to be available")
