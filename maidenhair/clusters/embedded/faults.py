"""What happens to real machines, done to those of an embedded cluster; `NodeFaults` says what each means."""

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
from maidenhair.clusters.embedded.node.start import await_ready, forget_ready, join, start_runtime
from maidenhair.clusters.embedded.record import Record
from maidenhair.errors import ClusterError
from maidenhair.kube import Kube


class Faults:
    """Stops, starts, freezes and restarts the machines of a cluster that is up; under the cluster's lock.

    Args:
        layout: the cluster's folders.
        record: what it is made of.
        progress: where long steps are reported.
    """

    def __init__(self, layout: Layout, record: Record, progress: Progress) -> None:
        self._layout = layout
        self._record = record
        self._progress = progress
        self._machines = Machines(layout, record)

    def stop(self, name: str) -> None:
        """Stop a node at once, as a power cut does."""
        machine = self._machines.node(name)
        # First of all, so that nobody takes it for damage.
        (machine.folder / STOPPED).touch()
        machine.kill()
        self._clear_away(machine)

    def start(self, name: str) -> None:
        """Start a node that was stopped, or that died, and wait until the API has it Ready."""
        machine = self._machines.node(name)
        state = self._machines.states()[name]
        if state is State.RUNNING:
            return
        if state is State.PAUSED:
            raise ClusterError(f"{name} is paused, not stopped; `maidenhair cluster resume {name}`")
        with self._progress.step(f"Starting {name}"):
            # A start that was cut short may have left a part of it.
            (machine.folder / STOPPED).touch()
            machine.kill()
            self._clear_away(machine)
            start_runtime(self._layout, machine)
            self._import_postponed(machine)
            with self._becoming_ready(machine):
                join(self._machines, machine, self._network)
            (machine.folder / STOPPED).unlink()

    def pause(self, name: str) -> None:
        """Freeze every process of a node."""
        machine = self._machines.node(name)
        if self._machines.states()[name] in (State.STOPPED, State.DEAD):
            raise ClusterError(f"{name} does not run; `maidenhair cluster start {name}`")
        machine.pause()

    def resume(self, name: str) -> None:
        """Let a paused node go on, and wait until the API has it Ready."""
        machine = self._machines.node(name)
        state = self._machines.states()[name]
        if state in (State.STOPPED, State.DEAD):
            raise ClusterError(f"{name} does not run; `maidenhair cluster start {name}`")
        if state is State.PAUSED:
            machine.resume()
            self._import_postponed(machine)
            self._await_ready(machine)

    def make_whole(self) -> None:
        """Start every node that is stopped, and let those go on that are paused."""
        for name, state in self._machines.states().items():
            if state is State.STOPPED:
                self.start(name)
            if state is State.PAUSED:
                self._progress.say(f"Letting {name} go on, which was paused")
                self.resume(name)

    def restart(self, name: str, component: str | None = None) -> None:
        """Kill a component of a machine, or a node, and start it again; wait until it works."""
        if component is None:
            self.stop(name)
            self.start(name)
            return
        machine = self._machines.named(name)
        there = machine.components()
        if component not in there:
            raise ClusterError(f"{name} has no component {component!r}; it has: {', '.join(there)}")
        if self._machines.states()[name] is not State.RUNNING:
            raise ClusterError(f"{name} does not run; `maidenhair cluster start {name}`")
        if component == "kubelet":
            with self._becoming_ready(machine):
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

    def _clear_away(self, machine: Machine) -> None:
        """Remove what a machine that was killed left outside of its namespaces."""
        number = self._machines.number(machine)
        links.disconnect_node(number, self._machines.control_plane.pid)
        remove_cgroup(self._layout.node_cgroup(machine.name))

    def _import_postponed(self, machine: Machine) -> None:
        for archive in import_postponed(machine, Path(str(self._record.ctr))):
            self._progress.say(
                f"{machine.name} lacks the images of {archive}, which is not there any more"
            )

    @contextmanager
    def _becoming_ready(self, machine: Machine) -> Iterator[None]:
        """Start a kubelet in the body, and wait until it has told that its node is Ready."""
        with self._api() as kube:
            forget_ready(kube, machine)
        yield
        self._await_ready(machine)

    def _await_ready(self, machine: Machine) -> None:
        with self._api() as kube:
            await_ready(kube, machine)
        await_kubelet(self._layout, machine)

    def _api(self) -> AbstractContextManager[Kube]:
        return closing(Kube.from_kubeconfig(self._layout.kubeconfig))
