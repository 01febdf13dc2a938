"""Which namespaces of failed specs are kept for somebody to look at.

A Lease in maidenhair-system says so: to change namespaces is a right that a run does not otherwise need.
"""

from __future__ import annotations

from datetime import UTC, datetime

from maidenhair.kube.client import Kube
from maidenhair.kube.rbac.permissions import RUN_NAMESPACE
from maidenhair.kube.run import lease
from maidenhair.kube.run.labels import KEPT_LABEL, RUN_LABEL


def keep(kube: Kube, run_id: str, namespace: str) -> None:
    """Have sweeps leave a namespace, and what its spec made outside of it, until somebody removes it by name.

    Args:
        kube: the API.
        run_id: the run that made it.
        namespace: the namespace.

    Raises:
        KubernetesError: it could not be written down.
    """
    metadata = {
        "name": _name(namespace),
        "namespace": RUN_NAMESPACE,
        "labels": {RUN_LABEL: run_id, KEPT_LABEL: namespace},
    }
    kept_since = datetime.now(UTC).isoformat(timespec="microseconds")
    manifest = {"apiVersion": lease.API_VERSION, "kind": lease.KIND, "metadata": metadata}
    kube.apply({**manifest, "spec": {"acquireTime": kept_since}})


def kept_namespaces(kube: Kube) -> frozenset[str]:
    """Return the namespaces that are kept, also those that somebody removed by other means.

    Raises:
        KubernetesError: the API could not be used.
    """
    marks = kube.list(lease.API_VERSION, lease.KIND, RUN_NAMESPACE, KEPT_LABEL)
    return frozenset(each["metadata"]["labels"][KEPT_LABEL] for each in marks)


def forget(kube: Kube, namespace: str) -> None:
    """Keep a namespace no longer.

    Raises:
        KubernetesError: the API could not be used.
    """
    kube.delete(lease.API_VERSION, lease.KIND, _name(namespace), RUN_NAMESPACE)


def _name(namespace: str) -> str:
    return f"kept-{namespace}"
