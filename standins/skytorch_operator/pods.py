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
        "env": _environment(spec.get("env", ()), override.get("env", ())),
        "resources": _resources(spec),
        "readinessProbe": _PROBE,
    }
    for field in ("command", "args"):
        if spec.get(field):
            container[field] = list(spec[field])
    mounts = override.get("volumeMounts", ())
    if mounts:
        container["volumeMounts"] = [_mount(each) for each in mounts]
    return container


def _server_override(spec: Object) -> Object:
    containers: list[Object] = spec.get("override", {}).get("containers", [])
    return next((each for each in containers if each["name"] == CONTAINER), {})


def _environment(of_spec: Iterable[Object], of_override: Iterable[Object]) -> list[Object]:
    """Return the variables as the operator sends them, names that occur twice included.

    The API refuses a list with such names. Each variable of the override repeats the whole list before it.
    """
    variables: list[Object] = [*_OWN_ENVIRONMENT]
    for entry in of_spec:
        variables.append(_named_value(entry))
        if "valueFrom" in entry:
            variables[-1]["valueFrom"] = {}
    sent = list(variables)
    for entry in of_override:
        variables.append(_named_value(entry))
        sent += variables
    return sent


def _named_value(entry: Object) -> Object:
    return {field: entry[field] for field in ("name", "value") if entry.get(field)}


def _mount(mount: Object) -> Object:
    optional = {field: mount[field] for field in ("subPath", "readOnly") if mount.get(field)}
    return {"name": mount["name"], "mountPath": mount["mountPath"], **optional}


def _resources(spec: Object) -> dict[str, Any]:
    amounts = spec.get("resources")
    return {"requests": amounts, "limits": amounts} if amounts else _DEFAULT_RESOURCES


def _volumes(compute: Object) -> list[Object]:
    spec = compute.get("spec", {})
    volumes = [_volume(each) for each in spec.get("override", {}).get("volumes", ())]
    for template in spec.get("volumeClaimTemplates", ()):
        name = template.get("metadata", {}).get("name", "")
        volumes.append({"name": name, "persistentVolumeClaim": {"claimName": name}})
    return volumes


def _volume(volume: Object) -> Object:
    """Return a volume of an override. Kubernetes makes an empty volume of one without a source."""
    sent: Object = {"name": volume["name"]}
    if "persistentVolumeClaim" in volume:
        claim = volume["persistentVolumeClaim"]
        read_only = claim.get("readOnly", False)
        sent["persistentVolumeClaim"] = {"claimName": claim["claimName"], "readOnly": read_only}
    if "emptyDir" in volume:
        sent["emptyDir"] = {}
    return sent
