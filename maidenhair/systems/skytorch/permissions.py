"""What a run must be allowed to do because of SkyTorch."""

from __future__ import annotations

from maidenhair.kube.rbac.permissions import GATEWAY_API, Permissions, permissions_for
from maidenhair.systems.skytorch.api.compute import API_GROUP
from maidenhair.systems.skytorch.stack.manifests import OPERATOR
from maidenhair.systems.skytorch.stack.state import GATEWAY

SERVES = "see what serves a Compute"
MENDS = "see that the operator mends it"

PERMISSIONS = Permissions(
    spec=(
        *permissions_for(
            "get list watch create patch delete", API_GROUP, "computes", "work with Computes"
        ),
        *permissions_for(
            "patch", API_GROUP, "computes/status", "see what the API refuses of a status"
        ),
        *permissions_for("get list watch", "apps", "statefulsets", SERVES),
        *permissions_for("get list watch", GATEWAY_API, "grpcroutes", SERVES),
        *permissions_for(
            "get list watch", "", "persistentvolumeclaims", "see the claims of Computes"
        ),
        *permissions_for("delete", "", "pods", "see what becomes of a Compute whose pod goes"),
        *permissions_for("patch delete", "", "services", MENDS),
        *permissions_for("patch delete", "apps", "statefulsets", MENDS),
        *permissions_for("patch delete", GATEWAY_API, "grpcroutes", MENDS),
    ),
    discovery=(
        *permissions_for(
            "get", "apps", "deployments", "see the operator", name=OPERATOR, required=False
        ),
        *permissions_for(
            "get", GATEWAY_API, "gateways", "see the Gateway", name=GATEWAY, required=False
        ),
        *permissions_for(
            "get", GATEWAY_API, "gatewayclasses", "see the Gateway's class", required=False
        ),
    ),
)
