"""Faults of the machines of an embedded cluster; see `NodeFaults`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

from maidenhair._util.progress import Progress
from maidenhair.clusters.embedded.control_plane.api import await_api, await_kubelet
from maidenhair.clusters.embedded.layout import Layout, Network
from maidenhair.clusters.embedded.machine import network as links
from maidenhair.clusters.embedded.machine.cgroups import remove_cgroup
from maidenhair.clusters.embedded.machine.machine import Machine
from maidenhair.clusters.embedded.machine.machines import STOPPED, Machines, State
from maidenhair.clusters.embedded.node.image_import import import_postponed
from maidenhair.clusters.embedded.node.start import (
    await_ready,
    join_cluster,
    mark_not_ready,
    start_runtime,
)
from maidenhair.clusters.embedded.record import Record
from maidenhair.errors import ClusterError
from maidenhair.kube import Kube


class Faults:
    """Stop, start, pause and restart the machines of a running cluster. Call the methods under the cluster's lock.

    Args:
        layout: the cluster's folders.
        record: the cluster's record.
        progress: where long steps are reported.
    """

    def __init__(self, layout: Layout, record: Record, progress: Progress) -> None:
        self._layout = layout
        self._record = record
        self._progress = progress
        self._machines = Machines(layout, record)

    def stop(self, name: str) -> None:
        """Stop a node at once, like a power cut."""
        machine = self._machines.node(name)
        # Before the kill, so that other processes do not count the node as dead.
        (machine.folder / STOPPED).touch()
        machine.kill()
        self._remove_remains(machine)

    def start(self, name: str) -> None:
        """Start a stopped or dead node, and wait until the API reports it Ready."""
        machine = self._machines.node(name)
        state = self._machines.states()[name]
        if state is State.RUNNING:
            return
        if state is State.PAUSED:
            raise ClusterError(
                f"node {name} is paused, not stopped; resume it with `maidenhair cluster resume {name}`"
            )
        with self._progress.step(f"Starting {name}"):
            # An interrupted start may have left processes and links.
            (machine.folder / STOPPED).touch()
            machine.kill()
            self._remove_remains(machine)
            start_runtime(self._layout, machine)
            self._import_postponed(machine)
            with self._wait_for_new_ready(machine):
                join_cluster(self._machines, machine, self._network)
            (machine.folder / STOPPED).unlink()

    def pause(self, name: str) -> None:
        """Freeze every process of a node."""
        machine = self._machines.node(name)
        if self._machines.states()[name] in (State.STOPPED, State.DEAD):
            raise _not_running(name)
        machine.pause()

    def resume(self, name: str) -> None:
        """Resume a paused node, and wait until the API reports it Ready."""
        machine = self._machines.node(name)
        state = self._machines.states()[name]
        if state in (State.STOPPED, State.DEAD):
            raise _not_running(name)
        if state is State.PAUSED:
            machine.resume()
            self._import_postponed(machine)
            self._await_ready(machine)

    def restore(self) -> None:
        """Start every stopped node, and resume every paused one."""
        for name, state in self._machines.states().items():
            if state is State.STOPPED:
                self.start(name)
            if state is State.PAUSED:
                self._progress.say(f"Resuming {name}")
                self.resume(name)

    def restart(self, name: str, component: str | None = None) -> None:
        """Kill a component of a machine, or a whole node, start it again, and wait until it is ready."""
        if component is None:
            self.stop(name)
            self.start(name)
            return
        machine = self._machines.machine(name)
        components = machine.components()
        if component not in components:
            raise ClusterError(
                f"machine {name} has no component {component!r}; it has: {', '.join(components)}"
            )
        if self._machines.states()[name] is not State.RUNNING:
            raise _not_running(name)
        if component == "kubelet":
            with self._wait_for_new_ready(machine):
                machine.restart(component)
            return
        machine.restart(component)
        await_api(self._layout, self._machines.control_plane)
        if machine in self._machines.nodes:
            self._await_ready(machine)

    @property
    def _network(self) -> Network:
        if self._record.network is None:
            raise ClusterError(f"cluster {self._layout.name!r} has no nodes")
        return Network(self._record.network)

    def _remove_remains(self, machine: Machine) -> None:
        """Remove the network link and the cgroup of a killed machine, which are outside its namespaces."""
        number = self._machines.number(machine)
        links.disconnect_node(number, self._machines.control_plane.pid)
        remove_cgroup(self._layout.node_cgroup(machine.name))

    def _import_postponed(self, machine: Machine) -> None:
        for archive in import_postponed(machine, Path(str(self._record.ctr))):
            self._progress.say(
                f"Node {machine.name} lacks the images of {archive}: the file no longer exists"
            )

    @contextmanager
    def _wait_for_new_ready(self, machine: Machine) -> Iterator[None]:
        """After the `with` block, which starts a kubelet, wait until that kubelet has reported its node Ready."""
        with self._api() as kube:
            mark_not_ready(kube, machine)
        yield
        self._await_ready(machine)

    def _await_ready(self, machine: Machine) -> None:
        with self._api() as kube:
            await_ready(kube, machine)
        await_kubelet(self._layout, machine)

    def _api(self) -> AbstractContextManager[Kube]:
        return closing(Kube.from_kubeconfig(self._layout.kubeconfig))


def _not_running(name: str) -> ClusterError:
    return ClusterError(
        f"machine {name} is not running; start it with `maidenhair cluster start {name}`"
    )
