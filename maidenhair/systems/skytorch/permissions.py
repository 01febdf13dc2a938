"""The permissions that a run needs because of SkyTorch."""

from __future__ import annotations

from maidenhair.kube.rbac.permissions import GATEWAY_API, Permissions, permissions_for
from maidenhair.systems.skytorch.api.compute import API_GROUP
from maidenhair.systems.skytorch.stack.manifests import NAMESPACE, OPERATOR
from maidenhair.systems.skytorch.stack.state import GATEWAY

READ_OWNED = "read the objects that a Compute owns"
TEST_REPAIR = "test that the operator restores it"

WORK = permissions_for(
    "get list watch create patch delete", API_GROUP, "computes", "work with Computes"
)

PERMISSIONS = Permissions(
    shared=(*WORK, *permissions_for("list watch", "", "events", "follow the events of Computes")),
    spec=(
        *WORK,
        *permissions_for(
            "patch", API_GROUP, "computes/status", "test which status the API refuses"
        ),
        *permissions_for("get list watch", "apps", "statefulsets", READ_OWNED),
        *permissions_for("get list watch", GATEWAY_API, "grpcroutes", READ_OWNED),
        *permissions_for(
            "get list watch", "", "persistentvolumeclaims", "read the volume claims of Computes"
        ),
        *permissions_for("delete", "", "pods", "test that a Compute gets another pod"),
        *permissions_for("patch delete", "", "services", TEST_REPAIR),
        *permissions_for("patch delete", "apps", "statefulsets", TEST_REPAIR),
        *permissions_for("patch delete", GATEWAY_API, "grpcroutes", TEST_REPAIR),
    ),
    optional={
        "admission-policies": (
            *permissions_for(
                "get create patch delete",
                "admissionregistration.k8s.io",
                "validatingadmissionpolicies validatingadmissionpolicybindings",
                "retain a fault that the operator would mend",
            ),
            *permissions_for(
                "get create patch delete",
                GATEWAY_API,
                "gateways",
                "create a Gateway that nobody programs",
                namespace=NAMESPACE,
            ),
        )
    },
    discovery=(
        *permissions_for(
            "get", "apps", "deployments", "read the operator", name=OPERATOR, required=False
        ),
        *permissions_for(
            "get", GATEWAY_API, "gateways", "read the Gateway", name=GATEWAY, required=False
        ),
        *permissions_for(
            "get", GATEWAY_API, "gatewayclasses", "read the Gateway's class", required=False
        ),
    ),
)
