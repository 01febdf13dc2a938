"""Namespaces of failed specs that are retained for inspection.

A Lease in maidenhair-system marks each of them. A label on the namespace would need a permission that a run does not
have: to patch namespaces.
"""

from __future__ import annotations

from datetime import UTC, datetime

from maidenhair.kube.client import Kube
from maidenhair.kube.rbac.permissions import RUN_NAMESPACE
from maidenhair.kube.run import lease
from maidenhair.kube.run.labels import RETAINED_LABEL, RUN_LABEL


def retain(kube: Kube, run_id: str, namespace: str) -> None:
    """Retain a namespace and its spec's cluster-scoped objects until the namespace is removed by name.

    Args:
        kube: the API client.
        run_id: the id of the run that created the namespace.
        namespace: the namespace.

    Raises:
        KubernetesError: the mark could not be created.
    """
    metadata = {
        "name": _name(namespace),
        "namespace": RUN_NAMESPACE,
        "labels": {RUN_LABEL: run_id, RETAINED_LABEL: namespace},
    }
    retained_since = datetime.now(UTC).isoformat(timespec="microseconds")
    manifest = {"apiVersion": lease.API_VERSION, "kind": lease.KIND, "metadata": metadata}
    kube.apply({**manifest, "spec": {"acquireTime": retained_since}})


def retained_namespaces(kube: Kube) -> frozenset[str]:
    """Return the names of retained namespaces. They include namespaces that were deleted without a sweep.

    Raises:
        KubernetesError: the API could not be used.
    """
    marks = kube.list(lease.API_VERSION, lease.KIND, RUN_NAMESPACE, RETAINED_LABEL)
    return frozenset(each["metadata"]["labels"][RETAINED_LABEL] for each in marks)


def release(kube: Kube, namespace: str) -> None:
    """Remove the mark of a retained namespace, so that sweeps remove the namespace.

    Raises:
        KubernetesError: the API could not be used.
    """
    kube.delete(lease.API_VERSION, lease.KIND, _name(namespace), RUN_NAMESPACE)


def _name(namespace: str) -> str:
    return f"retained-{namespace}"
