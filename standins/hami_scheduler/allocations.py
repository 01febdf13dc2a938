"""The devices of all pods, updated with every change, so that two pods never get the same last share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count

from hami_scheduler.constraints import application_of
from hami_scheduler.device_fit import Demand, Fit
from hami_scheduler.neighbours import INSTANCE_TYPE
from hami_scheduler.nodes import Node, State
from hami_scheduler.protocol import NODE, PARTS, FormatError, placed_parts, shares
from hami_scheduler.requests import Object, init_count
from hami_scheduler.uses import Use, uses
from hami_scheduler.vendors import BY_DEVICE_TYPE, VENDORS

MAX_DEMANDS = 1024
TERMINATED = ("Succeeded", "Failed")
ANNOTATIONS = frozenset(
    key
    for vendor in VENDORS
    for key in (
        vendor.register,
        vendor.handshake,
        vendor.cordon,
        vendor.pair_scores,
        vendor.node_losses,
        vendor.node_scores,
        vendor.soft_node,
    )
    if key
)
RESOURCES = frozenset(resource for vendor in VENDORS for resource in vendor.resources)
"""The annotations and resources of nodes that decide about devices."""


@dataclass(frozen=True)
class Holding:
    """The devices of a pod.

    Attributes:
        namespace: the pod's namespace.
        node: the node of the devices.
        uses: the used part of each device, by the device's id.
        totals: the memory and the cores of all containers together, by device type.
        version: the resource version of the pod's first state with these devices; None while it is not known.
        pod: the pod's name.
    """

    namespace: str
    node: str
    uses: Mapping[str, Use]
    totals: Mapping[str, tuple[int, int]]
    version: int | None = 0
    pod: str = ""


@dataclass
class Ledger:
    """All nodes, and the devices of all pods."""

    nodes: dict[str, Node] = field(default_factory=dict)
    _pods: dict[str, Holding] = field(default_factory=dict)
    _namespaces: dict[str, dict[str, tuple[int, int]]] = field(default_factory=dict)
    _gone: dict[str, dict[str, Use]] = field(default_factory=dict)
    _refused: set[str] = field(default_factory=set)
    _demands: dict[Demand, int] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=count)

    def replace_nodes(self, nodes: Iterable[Object]) -> None:
        """Replace all nodes by those of a list."""
        listed = {node["metadata"]["name"]: node for node in nodes}
        for name in set(self.nodes) - set(listed):
            self._remove_node(name)
        for node in listed.values():
            self.put_node(node)

    def put_node(self, node: Object) -> bool:
        """Add or update a node; return whether the devices that fit may have changed."""
        name = node["metadata"]["name"]
        if name not in self.nodes:
            # The watch may deliver pods before their node.
            self.nodes[name] = Node(name, use=self._gone.pop(name, {}))
        return self.nodes[name].update(_state(node), datetime.now(UTC))

    def remove_node(self, node: Object) -> None:
        """Remove a node. The devices of its pods still count if the node is added again."""
        self._remove_node(node["metadata"]["name"])

    def assign(self, pod: Object, node: str, fit: Fit) -> None:
        """Count the devices that were just chosen for a pod, before the watch delivers them.

        Args:
            pod: the pod.
            node: the node's name.
            fit: the pod's shares.
        """
        self._refused.discard(pod["metadata"]["uid"])
        self._hold(pod["metadata"]["uid"], _holding(pod, node, fit, None))

    def confirm(self, uid: str, version: int) -> None:
        """Set the resource version from which on the watch delivers the pod with its assigned devices."""
        holding = self._pods.get(uid)
        if holding is not None and holding.version is None:
            self._pods[uid] = replace(holding, version=version)

    def refuse(self, uid: str) -> None:
        """Ignore the annotations of a pod that fits on no node now: they are those of an earlier attempt."""
        self.release(uid)
        self._refused.add(uid)

    def release(self, uid: str) -> bool:
        """Free the devices of a pod; return whether it had any."""
        holding = self._pods.pop(uid, None)
        if holding is None:
            return False
        self._count(holding, -1)
        return True

    def replace_pods(self, pods: Iterable[Object]) -> None:
        """Replace all pods by those of a list."""
        listed = {pod["metadata"]["uid"]: pod for pod in pods}
        for uid in set(self._pods) - set(listed):
            self.release(uid)
        self._refused &= set(listed)
        for pod in listed.values():
            self.put_pod(pod)

    def put_pod(self, pod: Object) -> bool:
        """Add or update a pod; return whether the devices that fit may have changed."""
        metadata = pod["metadata"]
        uid = metadata["uid"]
        if (pod.get("status") or {}).get("phase") in TERMINATED:
            return self.release(uid)
        held = self._pods.get(uid)
        if held is not None and (held.version is None or version_of(pod) < held.version):
            return False  # The event is older than the assignment.
        if uid in self._refused and not pod["spec"].get("nodeName"):
            return False
        holding = _from_annotations(pod)
        if holding is None:
            return self.release(uid)
        if held is not None and (held.node, held.uses) == (holding.node, holding.uses):
            return False
        self._hold(uid, holding)
        return True

    def remove_pod(self, pod: Object) -> bool:
        """Remove a deleted pod; return whether it had devices."""
        self._refused.discard(pod["metadata"]["uid"])
        return self.release(pod["metadata"]["uid"])

    @property
    def holdings(self) -> Iterable[Holding]:
        """The devices of each pod that has any."""
        return self._pods.values()

    def used_by(self, namespace: str) -> dict[str, tuple[int, int]]:
        """Return the memory in MiB and the cores in percent of all pods of a namespace, by device type."""
        return self._namespaces.get(namespace, {})

    def key_of(self, demand: Demand) -> int:
        """Return a number for a demand, the same for equal demands: a fast key for the results of nodes."""
        key = self._demands.get(demand)
        if key is None:
            if len(self._demands) >= MAX_DEMANDS:
                self._demands.clear()
            key = self._demands[demand] = next(self._numbers)
        return key

    def _hold(self, uid: str, holding: Holding) -> None:
        self.release(uid)
        self._pods[uid] = holding
        self._count(holding, 1)

    def _count(self, holding: Holding, sign: int) -> None:
        node = self.nodes.get(holding.node)
        if node is None:
            gone = self._gone.setdefault(holding.node, {})
            Node(holding.node, use=gone).change(holding.uses, sign)
            self._drop_unused(holding.node)
        else:
            node.change(holding.uses, sign)
        of_namespace = self._namespaces.setdefault(holding.namespace, {})
        for device_type, (memory, cores) in holding.totals.items():
            before = of_namespace.get(device_type, (0, 0))
            of_namespace[device_type] = (before[0] + sign * memory, before[1] + sign * cores)

    def _remove_node(self, name: str) -> None:
        node = self.nodes.pop(name, None)
        if node is not None:
            self._gone[name] = node.use
            self._drop_unused(name)

    def _drop_unused(self, name: str) -> None:
        if not any(use.shares for use in self._gone[name].values()):
            del self._gone[name]


def _state(node: Object) -> State:
    """Return what decides about the devices of a node."""
    metadata, status = node["metadata"], node.get("status") or {}
    return State(
        annotations=_some(metadata.get("annotations"), ANNOTATIONS),
        capacity=_some(status.get("capacity"), RESOURCES),
        allocatable=_some(status.get("allocatable"), RESOURCES),
        instance=(metadata.get("labels") or {}).get(INSTANCE_TYPE, ""),
        version=str(metadata.get("resourceVersion") or ""),
    )


def _some(values: Mapping[str, str] | None, keys: frozenset[str]) -> dict[str, str]:
    return {key: str(value) for key, value in (values or {}).items() if key in keys}


def version_of(pod: Object) -> int:
    """Return the resource version of a pod as a number; 0 if it has none."""
    text = str(pod["metadata"].get("resourceVersion") or "0")
    return int(text) if text.isdigit() else 0


def _from_annotations(pod: Object) -> Holding | None:
    """Return the devices of a pod from its annotations; None if it has none."""
    annotations = pod["metadata"].get("annotations") or {}
    node = annotations.get(NODE)
    if not node:
        return None
    fit = {}
    for vendor in VENDORS:
        text = annotations.get(vendor.allocated)
        if text:
            try:
                fit[vendor.device_type] = shares(text)
            except FormatError:
                continue  # Somebody else wrote the annotation. It contains no shares to count.
    if not fit:
        return None
    holding = _holding(pod, node, fit, 0)
    for id, part in placed_parts(annotations.get(PARTS, "[]")):
        if id in holding.uses:
            holding.uses[id].parts.append(part)
    return holding


def _holding(pod: Object, node: str, fit: Fit, version: int | None) -> Holding:
    annotations = pod["metadata"].get("annotations") or {}
    counted: dict[str, Use] = {}
    totals = {}
    for device_type, of_containers in fit.items():
        own = uses(of_containers, init_count(pod))
        counted |= own
        memory = sum(use.memory for use in own.values())
        totals[device_type] = (memory, sum(use.cores for use in own.values()))
        application = application_of(annotations, BY_DEVICE_TYPE[device_type])
        if application:
            for use in own.values():
                use.applications[application] += 1
    metadata = pod["metadata"]
    return Holding(metadata["namespace"], node, counted, totals, version, metadata["name"])
