"""What a run must be allowed to do because of devices and what shares them."""

from __future__ import annotations

from maidenhair.kube.rbac.permissions import Permissions, rights

SIMULATE = "simulate nodes"
PLACE = "place pods on simulated nodes"

NODE_RIGHTS = (
    *rights("get list watch create patch delete", "", "nodes", SIMULATE),
    *rights("patch", "", "nodes/status pods/status", SIMULATE),
    *rights(
        "get create update",
        "coordination.k8s.io",
        "leases",
        SIMULATE,
        namespace="kube-node-lease",
    ),
    *rights("get list watch create patch delete", "", "pods", PLACE),
    *rights("create", "", "pods/eviction", PLACE),
    *rights("get create patch", "apps", "deployments", PLACE),
    *rights("get list watch create patch", "", "resourcequotas", PLACE),
)
"""What a run does, where it may, for specs on simulated nodes; `manifests/rbac` grants none of it."""

PERMISSIONS = Permissions(
    discovery=(
        *rights(
            "list", "resource.k8s.io", "deviceclasses", "see classes of devices", required=False
        ),
        *rights(
            "list",
            "admissionregistration.k8s.io",
            "mutatingwebhookconfigurations",
            "see HAMi",
            required=False,
        ),
    ),
    optional={"simulated-nodes": NODE_RIGHTS},
)
