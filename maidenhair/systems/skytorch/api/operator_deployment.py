"""The Deployment of the operator, and facts about it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from maidenhair.kube import Object


class Operator:
    """The Deployment of the operator.

    Args:
        deployment: the Deployment object.
    """

    def __init__(self, deployment: Object) -> None:
        self.deployment = deployment
        self._pod: dict[str, Any] = deployment["spec"]["template"]["spec"]

    @property
    def facts(self) -> dict[str, str]:
        """Return the facts that tables of features name, and their values."""
        sources = {f"variable {name}": f"from {path}" for name, path in self.fields.items()}
        return {
            "containers that may run as root": ", ".join(self.may_run_as_root) or "none",
            "configuration": "from a ConfigMap" if self.config_maps else "of its own",
            **sources,
        }

    @property
    def may_run_as_root(self) -> list[str]:
        """Return the names of the containers that Kubernetes allows to run as root."""
        pods = (self._pod.get("securityContext") or {}).get("runAsNonRoot")
        return [
            each["name"]
            for each in self._containers()
            if (each.get("securityContext") or {}).get("runAsNonRoot", pods) is not True
        ]

    @property
    def fields(self) -> dict[str, str]:
        """Return the path of the pod's field for each environment variable that takes its value from one."""
        return {
            variable["name"]: variable["valueFrom"]["fieldRef"]["fieldPath"]
            for variable in self._variables()
            if "fieldRef" in (variable.get("valueFrom") or {})
        }

    @property
    def config_maps(self) -> set[str]:
        """Return the names of the ConfigMaps that the pod requires, for variables or as mounted files."""
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


def _of(owner: dict[str, Any], key: str) -> list[dict[str, Any]]:
    return owner.get(key) or []
