"""The objects of a Compute, as the SkyTorch contract lists them.

Pure functions: each takes a Compute as the API server returned it, and returns manifests to apply.
"""

from __future__ import annotations

from typing import Any

from skytorch_operator.objects import (
    CLAIM,
    COMPUTE,
    GATEWAY,
    GRPC_ROUTE,
    SERVICE,
    STATEFUL_SET,
    Kind,
    Object,
    Reference,
)
from skytorch_operator.pods import PORT, PORT_NAME, pod_template

INSTANCE_LABEL = "app.kubernetes.io/instance"
NAME_LABEL = "app.kubernetes.io/name"


def service(compute: Object) -> Object:
    """Return the manifest of the Service in front of the Compute's pod."""
    spec = {
        "type": "ClusterIP",
        "selector": _selector(compute),
        "ports": [
            {
                "name": PORT_NAME,
                "port": PORT,
                "protocol": "TCP",
                "appProtocol": "kubernetes.io/h2c",
                "targetPort": PORT_NAME,
            }
        ],
    }
    return _child(compute, SERVICE, spec)


def grpc_route(compute: Object, gateway: Reference) -> Object:
    """Return the manifest of the GRPCRoute from the Gateway to the Service. The header `compute-id` selects it."""
    metadata = compute["metadata"]
    compute_id = f"{metadata['namespace']}/{metadata['name']}"
    parent = {
        "group": GATEWAY.group,
        "kind": GATEWAY.name,
        "namespace": gateway.namespace,
        "name": gateway.name,
    }
    rule = {
        "matches": [{"headers": [{"type": "Exact", "name": "compute-id", "value": compute_id}]}],
        "backendRefs": [{"kind": SERVICE.name, "name": metadata["name"], "port": PORT}],
    }
    return _child(compute, GRPC_ROUTE, {"parentRefs": [parent], "rules": [rule]})


def stateful_set(compute: Object) -> Object:
    """Return the manifest of the StatefulSet, with one replica, or with none while the Compute is suspended."""
    suspended = compute.get("spec", {}).get("suspend", False)
    template = {"metadata": _labels_and_annotations(compute), "spec": pod_template(compute)}
    spec = {
        "replicas": 0 if suspended else 1,
        "serviceName": compute["metadata"]["name"],
        "podManagementPolicy": "Parallel",
        "selector": {"matchLabels": _selector(compute)},
        "template": template,
    }
    return _child(compute, STATEFUL_SET, spec)


def claims(compute: Object) -> list[Object]:
    """Return the manifests of the volume claims of the Compute.

    The claims have no owner and therefore outlive the Compute. A template without a name gives a claim without a name,
    which cannot be applied.
    """
    templates = compute.get("spec", {}).get("volumeClaimTemplates", ())
    return [_claim(compute, template) for template in templates]


def _claim(compute: Object, template: Object) -> Object:
    # Computes that name the same claim share it, so it has no label with the name of one instance.
    own = {key: value for key, value in _own_labels(compute).items() if key != INSTANCE_LABEL}
    metadata: dict[str, Any] = {
        "name": template.get("metadata", {}).get("name", ""),
        "namespace": compute["metadata"]["namespace"],
        "labels": own,
    }
    wanted = template["spec"]
    requests = wanted.get("resources", {}).get("requests", {})
    spec: Object = {
        "accessModes": wanted.get("accessModes", []),
        "resources": {"requests": requests},
    }
    if "storageClassName" in wanted:
        spec["storageClassName"] = wanted["storageClassName"]
    return _manifest(CLAIM, metadata, spec)


def _child(compute: Object, kind: Kind, spec: Object) -> Object:
    metadata = compute["metadata"]
    owner = {
        "apiVersion": COMPUTE.api_version,
        "kind": COMPUTE.name,
        "name": metadata["name"],
        "uid": metadata["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }
    return _manifest(
        kind,
        {
            "name": metadata["name"],
            "namespace": metadata["namespace"],
            **_labels_and_annotations(compute),
            "ownerReferences": [owner],
        },
        spec,
    )


def _manifest(kind: Kind, metadata: Object, spec: Object) -> Object:
    return {
        "apiVersion": kind.api_version,
        "kind": kind.name,
        "metadata": metadata,
        "spec": spec,
    }


def _labels_and_annotations(compute: Object) -> Object:
    spec = compute.get("spec", {})
    metadata: Object = {"labels": _own_labels(compute) | spec.get("labels", {})}
    if spec.get("annotations"):
        metadata["annotations"] = dict(spec["annotations"])
    return metadata


def _own_labels(compute: Object) -> dict[str, str]:
    return _selector(compute) | {
        "app.kubernetes.io/component": "compute",
        "app.kubernetes.io/managed-by": "skytorch-operator",
        "app.kubernetes.io/part-of": "skytorch",
    }


def _selector(compute: Object) -> dict[str, str]:
    return {NAME_LABEL: "skytorch-server", INSTANCE_LABEL: compute["metadata"]["name"]}
