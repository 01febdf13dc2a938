"""From a Compute to the objects it consists of, as the SkyTorch contract lists them.

Pure functions: a Compute as the API server returned it goes in, manifests to apply come out.
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
    """Return the Service in front of the Compute's pod."""
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
    """Return the route from the Gateway to the Service, by the header that names the Compute."""
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
    """Return the StatefulSet of the Compute's one pod, of none while it is suspended."""
    suspended = compute.get("spec", {}).get("suspend", False)
    template = {"metadata": _labelled(compute), "spec": pod_template(compute)}
    spec = {
        "replicas": 0 if suspended else 1,
        "serviceName": compute["metadata"]["name"],
        "podManagementPolicy": "Parallel",
        "selector": {"matchLabels": _selector(compute)},
        "template": template,
    }
    return _child(compute, STATEFUL_SET, spec)


def claims(compute: Object) -> list[Object]:
    """Return the claims the Compute asks for; they belong to nobody and so outlive it.

    A template without a name is passed over: there is nothing to call the claim by.
    """
    return [
        _claim(compute, template)
        for template in compute.get("spec", {}).get("volumeClaimTemplates", ())
        if template.get("metadata", {}).get("name")
    ]


def _claim(compute: Object, template: Object) -> Object:
    given = template["metadata"]
    spec = compute.get("spec", {})
    # Claims are shared between the Computes that name them: no instance.
    own = {key: value for key, value in _own_labels(compute).items() if key != INSTANCE_LABEL}
    metadata: dict[str, Any] = {
        "name": given["name"],
        "namespace": compute["metadata"]["namespace"],
        "labels": own | given.get("labels", {}) | spec.get("labels", {}),
    }
    annotations = given.get("annotations", {}) | spec.get("annotations", {})
    if annotations:
        metadata["annotations"] = annotations
    return _manifest(CLAIM, metadata, template["spec"])


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
            **_labelled(compute),
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


def _labelled(compute: Object) -> Object:
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
