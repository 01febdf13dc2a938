"""Which pod has which devices, kept up to date change by change; two pods never both get the last share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count

from hami_scheduler.device_fit import Fit, Question, Use, uses
from hami_scheduler.nodes import Node
from hami_scheduler.protocol import NODE, FormatError, shares
from hami_scheduler.requests import Object, init_count
from hami_scheduler.vendors import PREFIX, VENDORS

MOST_QUESTIONS = 1024
TERMINATED = ("Succeeded", "Failed")


@dataclass(frozen=True)
class Holding:
    """What a pod has.

    Attributes:
        namespace: the pod's namespace.
        node: the node of its devices.
        uses: how much of each device, by its id.
        taken: the memory and the cores of all its containers together, by the vendor's word.
        version: the resource version from which on the API tells of it, None while that is not known.
    """

    namespace: str
    node: str
    uses: Mapping[str, Use]
    taken: Mapping[str, tuple[int, int]]
    version: int | None = 0


@dataclass
class Ledger:
    """All nodes, and what all pods have of them."""

    nodes: dict[str, Node] = field(default_factory=dict)
    _pods: dict[str, Holding] = field(default_factory=dict)
    _namespaces: dict[str, dict[str, tuple[int, int]]] = field(default_factory=dict)
    _gone: dict[str, dict[str, Use]] = field(default_factory=dict)
    _questions: dict[Question, int] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=count)

    def replace_nodes(self, nodes: Iterable[Object]) -> None:
        """Take the nodes that there are for all there are."""
        listed = {node["metadata"]["name"]: node for node in nodes}
        for name in set(self.nodes) - set(listed):
            self._remove_node(name)
        for node in listed.values():
            self.put_node(node)

    def put_node(self, node: Object) -> bool:
        """Take a node that is new or changed; return whether that changes what fits."""
        name = node["metadata"]["name"]
        if name not in self.nodes:
            # Pods can be told of before their node is.
            self.nodes[name] = Node(name, use=self._gone.pop(name, {}))
        annotations = node["metadata"].get("annotations") or {}
        of_devices = {key: text for key, text in annotations.items() if key.startswith(PREFIX)}
        self.nodes[name].version = str(node["metadata"].get("resourceVersion") or "")
        return self.nodes[name].register(of_devices)

    def remove_node(self, node: Object) -> None:
        """Forget a node; what its pods have is kept, should it come again before they go."""
        self._remove_node(node["metadata"]["name"])

    def assign(self, pod: Object, node: str, fit: Fit) -> None:
        """Count devices that were just chosen for a pod, before the API tells of them."""
        self._hold(pod["metadata"]["uid"], _holding(pod, node, fit, None))

    def confirm(self, uid: str, version: int) -> None:
        """Note from which resource version on the API tells what a pod was assigned."""
        holding = self._pods.get(uid)
        if holding is not None and holding.version is None:
            self._pods[uid] = Holding(
                holding.namespace, holding.node, holding.uses, holding.taken, version
            )

    def release(self, uid: str) -> bool:
        """Give back what a pod has; return whether it had anything."""
        holding = self._pods.pop(uid, None)
        if holding is None:
            return False
        self._count(holding, -1)
        return True

    def replace_pods(self, pods: Iterable[Object]) -> None:
        """Take the pods that there are for all there are."""
        listed = {pod["metadata"]["uid"]: pod for pod in pods}
        for uid in set(self._pods) - set(listed):
            self.release(uid)
        for pod in listed.values():
            self.put_pod(pod)

    def put_pod(self, pod: Object) -> bool:
        """Take a pod that is new or changed; return whether that changes what fits."""
        metadata = pod["metadata"]
        uid = metadata["uid"]
        if (pod.get("status") or {}).get("phase") in TERMINATED:
            return self.release(uid)
        held = self._pods.get(uid)
        if held is not None and (held.version is None or version_of(pod) < held.version):
            return False  # The news is older than what was assigned since.
        holding = _told(pod)
        if holding is None:
            return self.release(uid)
        if held is not None and (held.node, held.uses) == (holding.node, holding.uses):
            return False
        self._hold(uid, holding)
        return True

    def remove_pod(self, pod: Object) -> bool:
        """Forget a pod that was deleted; return whether it had anything."""
        return self.release(pod["metadata"]["uid"])

    def has(self, uid: str) -> bool:
        """Return whether a pod has any device."""
        return uid in self._pods

    def taken(self, namespace: str) -> dict[str, tuple[int, int]]:
        """Return the memory and the cores that a namespace's pods have, by the vendor's word."""
        return self._namespaces.get(namespace, {})

    def number_of(self, question: Question) -> int:
        """Return a number that stands for a question: nodes keep answers by it, as it is quick to look up."""
        number = self._questions.get(question)
        if number is None:
            if len(self._questions) >= MOST_QUESTIONS:
                self._questions.clear()
            number = self._questions[question] = next(self._numbers)
        return number

    def _hold(self, uid: str, holding: Holding) -> None:
        self.release(uid)
        self._pods[uid] = holding
        self._count(holding, 1)

    def _count(self, holding: Holding, sign: int) -> None:
        node = self.nodes.get(holding.node)
        if node is None:
            gone = self._gone.setdefault(holding.node, {})
            Node(holding.node, use=gone).change(holding.uses, sign)
            self._forget_unused(holding.node)
        else:
            node.change(holding.uses, sign)
        of_namespace = self._namespaces.setdefault(holding.namespace, {})
        for word, (memory, cores) in holding.taken.items():
            before = of_namespace.get(word, (0, 0))
            of_namespace[word] = (before[0] + sign * memory, before[1] + sign * cores)

    def _remove_node(self, name: str) -> None:
        node = self.nodes.pop(name, None)
        if node is not None:
            self._gone[name] = node.use
            self._forget_unused(name)

    def _forget_unused(self, name: str) -> None:
        if not any(use.shares for use in self._gone[name].values()):
            del self._gone[name]


def version_of(pod: Object) -> int:
    """Return an object's resource version, as a number."""
    text = str(pod["metadata"].get("resourceVersion") or "0")
    return int(text) if text.isdigit() else 0


def _told(pod: Object) -> Holding | None:
    """Return what a pod's annotations say that it has, None for nothing."""
    annotations = pod["metadata"].get("annotations") or {}
    node = annotations.get(NODE)
    if not node:
        return None
    fit = {}
    for vendor in VENDORS:
        text = annotations.get(vendor.allocated)
        if text:
            try:
                fit[vendor.word] = shares(text)
            except FormatError:
                continue  # Somebody else wrote it: it takes nothing that could be counted.
    return _holding(pod, node, fit, 0) if fit else None


def _holding(pod: Object, node: str, fit: Fit, version: int | None) -> Holding:
    counted: dict[str, Use] = {}
    taken = {}
    for word, of_containers in fit.items():
        counted.update(uses(of_containers, init_count(pod)))
        given = [share for container in of_containers for share in container]
        taken[word] = (sum(each.memory for each in given), sum(each.cores for each in given))
    return Holding(pod["metadata"]["namespace"], node, counted, taken, version)
