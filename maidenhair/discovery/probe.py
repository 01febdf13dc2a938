"""Probing a cluster: requests to its API. Forbidden requests are recorded, and raise no error."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TypeVar

from maidenhair.errors import ApiRefused
from maidenhair.kube import Kube, Object
from maidenhair.kube.objects import Objects, condition
from maidenhair.kube.rbac.access_review import Access
from maidenhair.systems.capability import Findings, NodeFound, StorageFound
from maidenhair.systems.system import System

T = TypeVar("T")

DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
PARALLEL_REQUESTS = 8
REPELLING = ("NoSchedule", "NoExecute")
FORBIDDEN, NOT_FOUND = 403, 404


class ClusterLook:
    """The view of a cluster that systems get; see `maidenhair.systems.capability.Look`.

    Args:
        kube: the client of the cluster's API.
    """

    def __init__(self, kube: Kube) -> None:
        self.kube = kube
        self.unseen: dict[str, str] = {}

    @cached_property
    def nodes(self) -> Objects:
        """The cluster's nodes. Empty if the account may not list them."""
        nothing: Objects = []
        return self.ask("nodes", lambda kube: kube.list("v1", "Node"), nothing)

    def ask(self, what: str, question: Callable[[Kube], T], otherwise: T) -> T:
        """Call `question`. Return `otherwise` if its kind is not served, or if the account may not read it.

        Raises:
            KubernetesError: the API did not respond, or refused for another reason.
        """
        try:
            return question(self.kube)
        except ApiRefused as refused:
            if refused.status == FORBIDDEN:
                self.unseen[what] = refused.message
            elif refused.status != NOT_FOUND:
                raise
            return otherwise


def probe_cluster(
    kube: Kube,
    access: Access,
    systems: Sequence[System] = (),
    claims: Collection[str] = (),
    owned: bool = False,
    helm: str | None = None,
) -> Findings:
    """Collect the facts about a cluster.

    Args:
        kube: the client of its API.
        access: the permissions of the run's account.
        systems: the active systems, which look at the cluster too.
        claims: the capabilities that the provider claims.
        owned: whether maidenhair created the cluster.
        helm: the path of helm on this machine, or None.

    Raises:
        KubernetesError: the API did not respond, or refused for another reason than permissions.
    """
    view = ClusterLook(kube)
    with ThreadPoolExecutor(PARALLEL_REQUESTS) as pool:
        version = pool.submit(kube.discovery.version)
        storage = pool.submit(view.ask, "StorageClasses", _storage, None)
        nodes = pool.submit(lambda: view.nodes)
        # Read before systems do, because a cached property is not safe in threads.
        nodes.result()
        found = {each.name: pool.submit(each.look, view) for each in systems}
    return Findings(
        server=kube.discovery.server,
        version=version.result(),
        access=access,
        claims=frozenset(claims),
        owned=owned,
        nodes=tuple(map(_node, nodes.result())),
        storage=storage.result(),
        helm=helm,
        unseen=view.unseen,
        systems={name: each.result() for name, each in found.items()},
    )


def _node(node: Object) -> NodeFound:
    status, spec = node.get("status") or {}, node.get("spec") or {}
    info = status.get("nodeInfo") or {}
    ready = condition(node, "Ready")
    taints = [each.get("effect") for each in spec.get("taints") or []]
    runtime = info.get("containerRuntimeVersion", "")
    cordoned = spec.get("unschedulable") or any(effect in REPELLING for effect in taints)
    return NodeFound(
        name=node["metadata"]["name"],
        ready=ready is not None and ready["status"] == "True",
        takes_pods=bool(runtime) and not cordoned,
        kubelet=info.get("kubeletVersion", ""),
        runtime=runtime,
    )


def _storage(kube: Kube) -> StorageFound | None:
    for each in kube.list("storage.k8s.io/v1", "StorageClass"):
        if (each["metadata"].get("annotations") or {}).get(DEFAULT_CLASS) == "true":
            return StorageFound(each["metadata"]["name"], each["provisioner"])
    return None
