"""What a cluster looks like: the state of its components and nodes, and what they print."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import TextIO

from maidenhair.clusters.embedded.layout import Layout
from maidenhair.clusters.embedded.machine.machine import Machine
from maidenhair.clusters.embedded.machine.machines import Machines, State
from maidenhair.clusters.provider import ClusterStatus, ComponentState, LogLine, NodeState
from maidenhair.errors import ClusterError, MaidenhairError
from maidenhair.kube import Kube
from maidenhair.kube.objects import condition, is_true

FOLLOW_SECONDS = 0.2
"""How often the ends of logs are looked at."""


def status_of(layout: Layout, machines: Machines) -> ClusterStatus:
    """Return the state of a cluster's components, from its processes, and of its nodes, from the API too."""
    states = machines.states()
    components = [
        each for machine in machines.all for each in _components(machine, states[machine.name])
    ]
    return ClusterStatus(tuple(components), tuple(_nodes(layout, machines.nodes, states)))


def log_lines(
    machines: Machines,
    machine: str | None,
    component: str | None,
    tail: int | None,
    follow: bool,
) -> Iterator[LogLine]:
    """Yield what components printed, as `ComponentLogs.logs` says."""
    logs = _logs(machines, machine, component)
    files = [(place, name, path.open(errors="replace")) for place, name, path in logs]
    try:
        for place, name, file in files:
            lines = list(_lines(file))
            for text in lines if tail is None else lines[max(len(lines) - tail, 0) :]:
                yield LogLine(place, name, text)
        while follow:
            time.sleep(FOLLOW_SECONDS)
            for place, name, file in files:
                for text in _lines(file):
                    yield LogLine(place, name, text)
    finally:
        for _, _, file in files:
            file.close()


def _components(machine: Machine, state: State) -> Iterator[ComponentState]:
    if state in (State.STOPPED, State.PAUSED):
        for name in machine.components():
            yield ComponentState(machine.name, name, str(state))
        return
    for name, status in machine.status().items():
        seen = "exited" if state is State.DEAD else status["state"]
        last = "" if seen == "running" else machine.last_lines(name)
        yield ComponentState(machine.name, name, seen, last)


def _nodes(
    layout: Layout, nodes: Iterable[Machine], states: Mapping[str, State]
) -> Iterator[NodeState]:
    known, problem = _told_nodes(layout) if nodes else ({}, "")
    for machine in nodes:
        told = known.get(machine.name, NodeState(machine.name, "unknown", problem))
        state = states[machine.name]
        if state in (State.STOPPED, State.PAUSED):
            seen = f"the API has it {told.state}"
            yield NodeState(machine.name, str(state), seen)
        else:
            yield told


def _told_nodes(layout: Layout) -> tuple[dict[str, NodeState], str]:
    """Return the nodes as the API tells of them, and why it tells of others nothing."""
    try:
        with closing(Kube.from_kubeconfig(layout.kubeconfig)) as kube:
            nodes = kube.list("v1", "Node")
    except MaidenhairError as error:
        return {}, str(error)
    known = {}
    for node in nodes:
        name = node["metadata"]["name"]
        ready = condition(node, "Ready")
        if ready is None:
            known[name] = NodeState(name, "NotReady", "its kubelet has told nothing yet")
        elif is_true(ready):
            known[name] = NodeState(name, "Ready")
        else:
            known[name] = NodeState(name, "NotReady", f"{ready['reason']}: {ready['message']}")
    return known, "the API does not know it"


def _logs(
    machines: Machines, machine: str | None, component: str | None
) -> list[tuple[str, str, Path]]:
    chosen = machines.all if machine is None else (machines.named(machine),)
    found = [
        (each.name, path.stem, path)
        for each in chosen
        for path in sorted((each.folder / "log").glob("*.log"))
    ]
    if component is None:
        return found
    wanted = [log for log in found if log[1] == component]
    if not wanted:
        there = ", ".join(dict.fromkeys(name for _, name, _ in found)) or "none"
        where = machine or "any machine"
        raise ClusterError(f"{where} has no component {component!r}; there are: {there}")
    return wanted


def _lines(file: TextIO) -> Iterator[str]:
    """Yield the lines that are complete; what follows the last one is read again."""
    while True:
        begin = file.tell()
        line = file.readline()
        if not line.endswith("\n"):
            file.seek(begin)
            return
        yield line[:-1]
