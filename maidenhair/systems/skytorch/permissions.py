"""What a run must be allowed to do because of SkyTorch."""

from __future__ import annotations

from maidenhair.kube.rbac.permissions import GATEWAY_API, Permissions, rights
from maidenhair.systems.skytorch.api.compute import API_GROUP
from maidenhair.systems.skytorch.stack.manifests import OPERATOR
from maidenhair.systems.skytorch.stack.state import GATEWAY

SERVES = "see what serves a Compute"
MENDS = "see that the operator mends it"

PERMISSIONS = Permissions(
    spec=(
        *rights("get list watch create patch delete", API_GROUP, "computes", "work with Computes"),
        *rights("patch", API_GROUP, "computes/status", "see what the API refuses of a status"),
        *rights("get list watch", "apps", "statefulsets", SERVES),
        *rights("get list watch", GATEWAY_API, "grpcroutes", SERVES),
        *rights("get list watch", "", "persistentvolumeclaims", "see the claims of Computes"),
        *rights("delete", "", "pods", "see what becomes of a Compute whose pod goes"),
        *rights("patch delete", "", "services", MENDS),
        *rights("patch delete", "apps", "statefulsets", MENDS),
        *rights("patch delete", GATEWAY_API, "grpcroutes", MENDS),
    ),
    discovery=(
        *rights("get", "apps", "deployments", "see the operator", name=OPERATOR, required=False),
        *rights("get", GATEWAY_API, "gateways", "see the Gateway", name=GATEWAY, required=False),
        *rights("get", GATEWAY_API, "gatewayclasses", "see the Gateway's class", required=False),
    ),
)
