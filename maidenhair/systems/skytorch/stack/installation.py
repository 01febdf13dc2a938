"""What an installation of SkyTorch brings along besides the API of Computes: the operator and the Gateway."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from maidenhair.kube import Kube, Object
from maidenhair.systems.skytorch.stack.endpoint import (
    GATEWAY_API,
)
from maidenhair.systems.skytorch.stack.manifests import NAMESPACE, OPERATOR
from maidenhair.systems.skytorch.stack.state import GATEWAY


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


def find_gateway(kube: Kube) -> Object | None:
    """Return the Gateway by which Computes are reached, or None where there is none."""
    return kube.get(GATEWAY_API, "Gateway", GATEWAY, NAMESPACE)


def find_gateway_class(kube: Kube) -> Object | None:
    """Return the class of that Gateway, or None where there is none."""
    gateway = find_gateway(kube)
    name = gateway["spec"]["gatewayClassName"] if gateway else ""
    return kube.get(GATEWAY_API, "GatewayClass", name) if name else None


def _of(owner: dict[str, Any], key: str) -> list[dict[str, Any]]:
    return owner.get(key) or []
