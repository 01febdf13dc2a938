"""What an installation of SkyTorch brings along besides the API of Computes: the operator and the Gateway."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hamcrest import all_of, instance_of, not_

from maidenhair.errors import TransferError
from maidenhair.kube import Kube, Object
from maidenhair.systems.skytorch.api.compute import API_VERSION, KIND
from maidenhair.systems.skytorch.stack.endpoint import (
    GATEWAY_API,
    GATEWAY_PORT,
    WITHOUT_ADDRESS,
    Endpoint,
    gateway_addresses,
)
from maidenhair.systems.skytorch.stack.manifests import NAMESPACE, OPERATOR
from maidenhair.systems.skytorch.stack.state import GATEWAY
from maidenhair.systems.skytorch.tensors import TensorClient
from maidenhair.systems.skytorch.tensors.matchers import has_grpc_status
from maidenhair.waiting import eventually

NOBODY = "nobody/nothing"
CALL_SECONDS = 5.0
ANSWER_SECONDS = 60.0
CLAIM = {
    "type": "Ready",
    "status": "True",
    "reason": "Claimed",
    "message": "by whoever wrote it",
    "lastTransitionTime": "2026-01-01T00:00:00Z",
}
"""A condition that no operator would write."""


class Operator:
    """The Deployment of the operator.

    Args:
        deployment: the Deployment, as the API has it.
    """

    def __init__(self, deployment: Object) -> None:
        self.deployment = deployment
        self._pod: dict[str, Any] = deployment["spec"]["template"]["spec"]

    @classmethod
    def find(cls, kube: Kube) -> Operator:
        """Return the operator of a cluster.

        Raises:
            LookupError: there is none.
            KubernetesError: it may not be looked at.
        """
        deployment = kube.get("apps/v1", "Deployment", OPERATOR, NAMESPACE)
        if deployment is None:
            raise LookupError(f"there is no Deployment {NAMESPACE}/{OPERATOR}")
        return cls(deployment)

    @property
    def may_run_as_root(self) -> list[str]:
        """Return the names of the containers that Kubernetes would let run as root."""
        pods = (self._pod.get("securityContext") or {}).get("runAsNonRoot")
        return [
            each["name"]
            for each in self._containers()
            if (each.get("securityContext") or {}).get("runAsNonRoot", pods) is not True
        ]

    @property
    def fields(self) -> dict[str, str]:
        """Return the variables that come from fields of the pod, and the fields' paths."""
        return {
            variable["name"]: variable["valueFrom"]["fieldRef"]["fieldPath"]
            for variable in self._variables()
            if "fieldRef" in (variable.get("valueFrom") or {})
        }

    @property
    def config_maps(self) -> set[str]:
        """Return the names of the ConfigMaps that the pod needs: for variables, or mounted as files."""
        sources = [
            *(
                each.get("configMapRef")
                for one in self._containers()
                for each in _of(one, "envFrom")
            ),
            *((each.get("valueFrom") or {}).get("configMapKeyRef") for each in self._variables()),
            *(each.get("configMap") for each in _of(self._pod, "volumes")),
        ]
        return {each["name"] for each in sources if each and not each.get("optional")}

    def _containers(self) -> Iterator[dict[str, Any]]:
        yield from _of(self._pod, "initContainers")
        yield from _of(self._pod, "containers")

    def _variables(self) -> Iterator[dict[str, Any]]:
        for container in self._containers():
            yield from _of(container, "env")


def submit_with_claim(kube: Kube, namespace: str, name: str) -> Object:
    """Submit a suspended Compute with a status that claims it to be ready, and return what the API made of it.

    Raises:
        ApiRefused: the API refused it.
    """
    metadata = {"namespace": namespace, "name": name}
    compute = {"apiVersion": API_VERSION, "kind": KIND, "metadata": metadata}
    return kube.apply({**compute, "spec": {"suspend": True}, "status": {"conditions": [CLAIM]}})


def find_gateway(kube: Kube) -> Object | None:
    """Return the Gateway by which Computes are reached, or None where there is none."""
    return kube.get(GATEWAY_API, "Gateway", GATEWAY, NAMESPACE)


def find_gateway_class(kube: Kube) -> Object | None:
    """Return the class of that Gateway, or None where there is none."""
    gateway = find_gateway(kube)
    name = gateway["spec"]["gatewayClassName"] if gateway else ""
    return kube.get(GATEWAY_API, "GatewayClass", name) if name else None


def call_nobody(kube: Kube) -> TransferError:
    """Make a call to the Gateway that belongs to no Compute, and return how it failed.

    Where no Compute has a route yet, the Gateway may not listen: that is waited for.

    Raises:
        WaitTimedOut: nothing answered at the Gateway's address, or the call went through.
    """
    host = next(iter(gateway_addresses(kube)), WITHOUT_ADDRESS)
    endpoint = Endpoint(host, GATEWAY_PORT, NOBODY)

    def call() -> TransferError | None:
        try:
            client.health(deadline=CALL_SECONDS)
        except TransferError as error:
            return error
        return None

    with TensorClient(endpoint.target, endpoint.metadata, attempts=1) as client:
        answer: Any = eventually(
            call,
            all_of(instance_of(TransferError), not_(has_grpc_status("UNAVAILABLE"))),
            within=ANSWER_SECONDS,
            described_as=f"the Gateway to answer at {endpoint.target}",
        )
    failed: TransferError = answer
    return failed


def _of(owner: dict[str, Any], key: str) -> list[dict[str, Any]]:
    return owner.get(key) or []
