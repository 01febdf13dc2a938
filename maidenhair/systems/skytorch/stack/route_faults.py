"""Faults of a GRPCRoute that last: the API refuses every change that would mend it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from maidenhair.errors import ApiRefused, ConfigurationError
from maidenhair.kube import Kube, Object
from maidenhair.kube.run.inventory import Inventory
from maidenhair.systems.skytorch.api.owned_objects import CHANGE_SECONDS, CHILDREN
from maidenhair.systems.skytorch.stack.manifests import NAMESPACE
from maidenhair.systems.skytorch.stack.state import GATEWAY
from maidenhair.waiting import eventually

ROUTE = "GRPCRoute"
ADMISSION = "admissionregistration.k8s.io/v1"
ABSENT = "absent"
PROBE = "maidenhair.dev/probe"
OF_SPEC = "of this spec"


@dataclass(frozen=True)
class RouteFault:
    """A fault of a GRPCRoute.

    Attributes:
        gateway: the name of the Gateway that the route refers to; None for no Gateway, `OF_SPEC` for a Gateway of a
            class that nobody serves.
        listener: the listener that the route refers to; None for every listener.
        condition: the CEL expression that holds for a route with this fault.
    """

    gateway: str | None
    listener: str | None
    condition: str

    def parents(self, namespace: str) -> list[Object]:
        """Return the `parentRefs` of a route with this fault. `namespace`: the namespace of the spec."""
        if self.gateway is None:
            return []
        name = namespace if self.gateway == OF_SPEC else self.gateway
        parent = {"kind": "Gateway", "namespace": NAMESPACE, "name": name}
        return [{**parent, "sectionName": self.listener} if self.listener else parent]


FAULTS: Mapping[str, RouteFault] = MappingProxyType(
    {
        "refers to no Gateway": RouteFault(
            None, None, "!has(object.spec.parentRefs) || size(object.spec.parentRefs) == 0"
        ),
        "refers to a Gateway that does not exist": RouteFault(
            ABSENT, None, f"object.spec.parentRefs.all(each, each.name == '{ABSENT}')"
        ),
        "refers to a Gateway that is not programmed": RouteFault(
            OF_SPEC,
            None,
            "object.spec.parentRefs.all(each, each.name == object.metadata.namespace)",
        ),
        "refers to a listener that its Gateway lacks": RouteFault(
            GATEWAY,
            ABSENT,
            f"object.spec.parentRefs.all(each, has(each.sectionName) && each.sectionName == '{ABSENT}')",
        ),
    }
)
"""The faults by their names in features."""


def break_route(kube: Kube, inventory: Inventory, namespace: str, name: str, fault: str) -> None:
    """Give the GRPCRoute of a Compute a fault that nobody can mend until the spec ends.

    Args:
        kube: the API.
        inventory: the inventory of the spec, which removes the policy.
        namespace: the namespace of the Compute.
        name: the name of the Compute.
        fault: a name of FAULTS.

    Raises:
        ConfigurationError: there is no such fault.
        WaitTimedOut: the API server did not enforce the policy in time.
        KubernetesError: the API could not be used.
    """
    if fault not in FAULTS:
        known = ", ".join(FAULTS)
        raise ConfigurationError(f"a GRPCRoute has no fault {fault!r}; choose one of: {known}")
    wanted = FAULTS[fault]
    if wanted.gateway == OF_SPEC:
        inventory.apply(_gateway(namespace))
    inventory.apply_all(_policy(namespace, name, wanted.condition))

    def is_enforced() -> bool:
        probe = {"metadata": {"annotations": {PROBE: "true"}}}
        try:
            kube.patch(CHILDREN[ROUTE], ROUTE, name, probe, namespace)
        except ApiRefused:
            return True
        return False

    title = f"the API to refuse changes of GRPCRoute {namespace}/{name}"
    eventually(is_enforced, True, within=CHANGE_SECONDS, described_as=title)
    spec = {"spec": {"parentRefs": wanted.parents(namespace)}}
    kube.patch(CHILDREN[ROUTE], ROUTE, name, spec, namespace)


def _gateway(name: str) -> Object:
    listener = {"name": "grpc", "port": 50051, "protocol": "HTTP"}
    return {
        "apiVersion": CHILDREN[ROUTE],
        "kind": "Gateway",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"gatewayClassName": name, "listeners": [listener]},
    }


def _policy(namespace: str, name: str, condition: str) -> list[Object]:
    """Return the policy that GRPCRoute `name` of a namespace meets a condition after each change, and its binding."""
    group, _, version = CHILDREN[ROUTE].partition("/")
    rule = {
        "apiGroups": [group],
        "apiVersions": [version],
        "resources": ["grpcroutes"],
        "operations": ["UPDATE"],
        "resourceNames": [name],
    }
    here = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}}}
    validation = {"expression": condition, "message": "a spec of maidenhair retains this fault"}
    metadata = {"name": f"{namespace}.maidenhair.dev"}
    return [
        {
            "apiVersion": ADMISSION,
            "kind": "ValidatingAdmissionPolicy",
            "metadata": metadata,
            "spec": {
                "matchConstraints": {**here, "resourceRules": [rule]},
                "validations": [validation],
            },
        },
        {
            "apiVersion": ADMISSION,
            "kind": "ValidatingAdmissionPolicyBinding",
            "metadata": metadata,
            "spec": {"policyName": metadata["name"], "validationActions": ["Deny"]},
        },
    ]
