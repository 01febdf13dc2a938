"""Inspect an embedded cluster: the state of its components and nodes, and their logs."""

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
"""The interval in seconds at which followed logs are read."""


def status_of(layout: Layout, machines: Machines) -> ClusterStatus:
    """Return the state of a cluster: of its components from the processes, of its nodes from processes and API."""
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
    """Yield the log lines of components; see `ComponentLogs.logs`."""
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
    known, problem = _api_nodes(layout) if nodes else ({}, "")
    for machine in nodes:
        reported = known.get(machine.name, NodeState(machine.name, "unknown", problem))
        state = states[machine.name]
        if state in (State.STOPPED, State.PAUSED):
            yield NodeState(machine.name, str(state), f"the API reports it {reported.state}")
        else:
            yield reported


def _api_nodes(layout: Layout) -> tuple[dict[str, NodeState], str]:
    """Return the nodes that the API reports, by name, and the reason for nodes that it does not report."""
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
            known[name] = NodeState(name, "NotReady", "its kubelet has not reported yet")
        elif is_true(ready):
            known[name] = NodeState(name, "Ready")
        else:
            known[name] = NodeState(name, "NotReady", f"{ready['reason']}: {ready['message']}")
    return known, "the API does not know it"


def _logs(
    machines: Machines, machine: str | None, component: str | None
) -> list[tuple[str, str, Path]]:
    chosen = machines.all if machine is None else (machines.machine(machine),)
    found = [
        (each.name, path.stem, path)
        for each in chosen
        for path in sorted((each.folder / "log").glob("*.log"))
    ]
    if component is None:
        return found
    matching = [log for log in found if log[1] == component]
    if not matching:
        available = ", ".join(dict.fromkeys(name for _, name, _ in found)) or "none"
        owner = f"machine {machine}" if machine else "the cluster"
        raise ClusterError(f"{owner} has no component {component!r}; there are: {available}")
    return matching


def _lines(file: TextIO) -> Iterator[str]:
    """Yield the complete lines. An incomplete line is read again by the next call."""
    while True:
        begin = file.tell()
        line = file.readline()
        if not line.endswith("\n"):
            file.seek(begin)
            return
        yield line[:-1]
