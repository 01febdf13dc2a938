"""The permissions that a run needs for devices and HAMi."""

from __future__ import annotations

from maidenhair.kube.rbac.permissions import Permissions, permissions_for

SIMULATE = "simulate nodes"
PLACE = "place pods on simulated nodes"

NODE_RIGHTS = (
    *permissions_for("get list watch create patch delete", "", "nodes", SIMULATE),
    *permissions_for("patch", "", "nodes/status pods/status", SIMULATE),
    *permissions_for(
        "get create update",
        "coordination.k8s.io",
        "leases",
        SIMULATE,
        namespace="kube-node-lease",
    ),
    *permissions_for("get list watch create patch delete", "", "pods", PLACE),
    *permissions_for("create", "", "pods/eviction", PLACE),
    *permissions_for("get create patch", "apps", "deployments", PLACE),
    *permissions_for("get list watch create patch", "", "resourcequotas", PLACE),
)
"""The permissions for specs on simulated nodes. They are optional; `manifests/rbac` does not grant them."""

PERMISSIONS = Permissions(
    discovery=(
        *permissions_for(
            "list", "resource.k8s.io", "deviceclasses", "see classes of devices", required=False
        ),
        *permissions_for(
            "list",
            "admissionregistration.k8s.io",
            "mutatingwebhookconfigurations",
            "see HAMi",
            required=False,
        ),
    ),
    optional={"simulated-nodes": NODE_RIGHTS},
)
