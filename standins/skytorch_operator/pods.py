"""The pod of a Compute."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from skytorch_operator.objects import Object

PORT = 50051
PORT_NAME = "grpc"
CONTAINER = "server"
DEFAULT_IMAGE = "skytorch-server:latest"
HEALTH_SERVICE = "skytorch.torch.Service"

_DEFAULT_RESOURCES = {
    "requests": {"cpu": "100m", "memory": "256Mi"},
    "limits": {"cpu": "1", "memory": "2Gi"},
}
_OWN_ENVIRONMENT = (
    {"name": "SKYTORCH_PORT", "value": str(PORT)},
    {"name": "SKYTORCH_HOST", "value": "[::]"},
    {"name": "SKYTORCH_LOG_LEVEL", "value": "INFO"},
)
_PROBE = {
    "grpc": {"port": PORT, "service": HEALTH_SERVICE},
    "initialDelaySeconds": 2,
    "periodSeconds": 2,
    "timeoutSeconds": 5,
    "failureThreshold": 3,
}
# The fields of an override that release 0.2.0 of the operator applies. The others have no effect yet.
_MOUNT_FIELDS = ("name", "mountPath", "subPath", "readOnly")
_VOLUME_SOURCES = ("persistentVolumeClaim", "emptyDir")


def pod_template(compute: Object) -> Object:
    """Return the pod spec of a Compute."""
    pod: Object = {"containers": [_server(compute)]}
    volumes = _volumes(compute)
    if volumes:
        pod["volumes"] = volumes
    return pod


def _server(compute: Object) -> Object:
    spec = compute.get("spec", {})
    override = _server_override(spec)
    container: Object = {
        "name": CONTAINER,
        "image": spec.get("image") or DEFAULT_IMAGE,
        "ports": [{"name": PORT_NAME, "containerPort": PORT, "protocol": "TCP"}],
        "env": _environment(_OWN_ENVIRONMENT, spec.get("env", ()), override.get("env", ())),
        "resources": _resources(spec),
        "readinessProbe": _PROBE,
    }
    for field in ("command", "args"):
        if spec.get(field):
            container[field] = list(spec[field])
    mounts = [
        {field: mount[field] for field in _MOUNT_FIELDS if field in mount}
        for mount in override.get("volumeMounts", ())
    ]
    if mounts:
        container["volumeMounts"] = mounts
    return container


def _server_override(spec: Object) -> Object:
    containers: list[Object] = spec.get("override", {}).get("containers", [])
    return next((each for each in containers if each["name"] == CONTAINER), {})


def _environment(*sources: Iterable[Object]) -> list[dict[str, str]]:
    # The API treats the list as a map by name, so a later value replaces an earlier one.
    values = {
        entry["name"]: entry.get("value", "")
        for source in sources
        for entry in source
        if "valueFrom" not in entry
    }
    return [{"name": name, "value": value} for name, value in values.items()]


def _resources(spec: Object) -> dict[str, Any]:
    amounts = spec.get("resources")
    return {"requests": amounts, "limits": amounts} if amounts else _DEFAULT_RESOURCES


def _volumes(compute: Object) -> list[Object]:
    spec = compute.get("spec", {})
    volumes: dict[str, Object] = {}
    for template in spec.get("volumeClaimTemplates", ()):
        name = template.get("metadata", {}).get("name")
        if name:
            volumes[name] = {"name": name, "persistentVolumeClaim": {"claimName": name}}
    for volume in spec.get("override", {}).get("volumes", ()):
        for source in _VOLUME_SOURCES:
            if source in volume:
                volumes[volume["name"]] = {"name": volume["name"], source: volume[source]}
    return list(volumes.values())
