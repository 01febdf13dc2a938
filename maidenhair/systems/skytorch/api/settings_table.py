"""Settings of a Compute, as rows of a feature's table: the name of a setting and its value."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from maidenhair.errors import ConfigurationError
from maidenhair.kube import Object
from maidenhair.systems.skytorch.api.server_pods import CONTAINER

NUMBER = " as a number"
"""The end of a setting's name if its value is a number instead of a text."""

_MOUNT = re.compile(r"(?P<path>/\S*)(?: from (?P<folder>\S+))?(?P<read_only> read-only)?")
NONE = "none"
NODE_NAME = "kubernetes.io/hostname"
REQUEST = ("spec", "validation", "status")
"""Settings of the request that creates a Compute object, as opposed to settings of the Compute."""

CLAIMED_CONDITION = {
    "type": "Ready",
    "status": "True",
    "reason": "Claimed",
    "message": "by the author of the request",
    "lastTransitionTime": "2026-01-01T00:00:00Z",
}
"""A condition that no operator writes."""

_VOLUMES: Mapping[str, Object] = {
    "empty": {"emptyDir": {}},
    "in memory": {"emptyDir": {"medium": "Memory"}},
    "a folder of the node": {"hostPath": {"path": "/tmp"}},
}

Writer = Callable[[Object, str, Any], None]


def spec_of(settings: Iterable[tuple[str, str]]) -> Object:
    """Return the spec of a Compute object.

    Invalid values are not refused here, because specs show how the API refuses them.

    Args:
        settings: pairs of a setting, for example "image", "cpu" or "variable COLOUR", and a value.

    Raises:
        ConfigurationError: a setting does not exist. The text lists the existing ones.

    Example:
        >>> spec_of([("image", "server:1"), ("cpu", "2"), ("suspended", "yes")])
        {'image': 'server:1', 'resources': {'cpu': '2'}, 'suspend': True}
    """
    spec: Object = {}
    for setting, value in settings:
        name, number, _ = setting.partition(NUMBER)
        _write(spec, name, int(value) if number else value)
    return spec


def metadata_of(settings: Iterable[tuple[str, str]]) -> Object:
    """Return the metadata with the labels of the Compute object itself, from settings such as "own label team"."""
    own = "own label "
    labels = {name.removeprefix(own): value for name, value in settings if name.startswith(own)}
    return {"labels": labels} if labels else {}


@dataclass(frozen=True)
class Creation:
    """A request to create a Compute object.

    Attributes:
        spec: the spec; None for an object without one.
        metadata: fields of the metadata besides the name.
        validation: how the API treats unknown fields: "Strict" refuses them, "Warn" drops them.
        status: the status in the request; None for none.
    """

    spec: Object | None
    metadata: Object
    validation: str
    status: Object | None


def creation_of(settings: Iterable[tuple[str, str]]) -> Creation:
    """Return the creation request that a table describes.

    Args:
        settings: the settings of `spec_of`, and "spec" with the value "none" or "empty", "validation" with the value
            "strict", and "status" with the value "Ready".

    Raises:
        ConfigurationError: a setting does not exist.
    """
    rows = list(settings)
    request = {name: value for name, value in rows if name in REQUEST}
    spec = spec_of((name, value) for name, value in rows if name not in REQUEST)
    return Creation(
        None if request.get("spec") == NONE else spec,
        metadata_of(rows),
        "Strict" if request.get("validation") == "strict" else "Warn",
        {"conditions": [CLAIMED_CONDITION]} if "status" in request else None,
    )


def options_of(settings: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return the arguments of the SDK's `Compute` for the settings of `spec_of`.

    Raises:
        ConfigurationError: a setting does not exist.
    """
    spec = spec_of(settings)
    mounts = _server_of(spec).get("volumeMounts", [])
    paths = {mount["name"]: mount["mountPath"] for mount in mounts}
    converted = ("env", "override", "volumeClaimTemplates")
    options = {name: value for name, value in spec.items() if name not in converted}
    if "env" in spec:
        options["env"] = {each["name"]: each["value"] for each in spec["env"]}
    node = spec.get("override", {}).get("nodeSelector", {}).get(NODE_NAME)
    if node:
        options["node"] = node
    if "volumeClaimTemplates" in spec:
        options["volumes"] = [_volume_of(each, paths) for each in spec["volumeClaimTemplates"]]
    return options


def _volume_of(template: Object, paths: Mapping[str, str]) -> dict[str, str]:
    name = template["metadata"]["name"]
    storage = template["spec"]["resources"]["requests"]["storage"]
    return {"name": name, "storage": storage, "path": paths[name]}


def _write(spec: Object, name: str, value: Any) -> None:
    for pattern, write in _SETTINGS.items():
        if found := re.fullmatch(pattern, name):
            write(spec, found[found.re.groups], value)
            return
    known = ", ".join(re.sub(r"[()]", "", each.replace("(.+)", "…")) for each in _SETTINGS)
    raise ConfigurationError(f"a Compute has no setting {name!r}; choose one of: {known}")


def _plain(spec: Object, name: str, value: Any) -> None:
    spec[name] = value


def _suspended(spec: Object, name: str, value: Any) -> None:
    spec["suspend"] = {"yes": True, "no": False}.get(value, value)


def _words(field: str) -> Writer:
    def write(spec: Object, name: str, value: Any) -> None:
        spec[field] = shlex.split(value)

    return write


def _pair(field: str) -> Writer:
    def write(spec: Object, name: str, value: Any) -> None:
        # In a patch, None removes the entry.
        spec.setdefault(field, {})[name] = None if value == NONE else value

    return write


def _variable(spec: Object, name: str, value: Any) -> None:
    spec.setdefault("env", []).append({"name": name, "value": value})


def _variable_from_pod(spec: Object, name: str, value: Any) -> None:
    source = {"fieldRef": {"fieldPath": value}}
    spec.setdefault("env", []).append({"name": name, "valueFrom": source})


def _override(field: str) -> Writer:
    def write(spec: Object, name: str, value: Any) -> None:
        spec.setdefault("override", {})[field] = value

    return write


def _named_in_override(field: str) -> Writer:
    def write(spec: Object, name: str, value: Any) -> None:
        spec.setdefault("override", {}).setdefault(field, []).append({"name": value})

    return write


def _node_label(spec: Object, name: str, value: Any) -> None:
    spec.setdefault("override", {}).setdefault("nodeSelector", {})[name] = value


def _preferred_node_label(spec: Object, name: str, value: Any) -> None:
    expression = {"key": name, "operator": "In", "values": [value]}
    preferred = {"weight": 1, "preference": {"matchExpressions": [expression]}}
    node = {"preferredDuringSchedulingIgnoredDuringExecution": [preferred]}
    spec.setdefault("override", {})["affinity"] = {"nodeAffinity": node}


def _toleration(spec: Object, name: str, value: Any) -> None:
    toleration = {"key": value, "operator": "Exists"}
    spec.setdefault("override", {}).setdefault("tolerations", []).append(toleration)


def _overriding_variable(spec: Object, name: str, value: Any) -> None:
    _server_of(spec).setdefault("env", []).append({"name": name, "value": value})


def _claim(spec: Object, name: str, value: Any) -> None:
    template = {"metadata": {"name": name}, "spec": _claim_of(value)}
    spec.setdefault("volumeClaimTemplates", []).append(template)


def _claim_without_name(spec: Object, name: str, value: Any) -> None:
    spec.setdefault("volumeClaimTemplates", []).append({"spec": _claim_of(value)})


def _storage_class(spec: Object, name: str, value: Any) -> None:
    """Set the storage class of a claim that an earlier row describes."""
    for template in spec.get("volumeClaimTemplates", ()):
        if template["metadata"]["name"] == name:
            template["spec"]["storageClassName"] = value


def _claim_of(storage: Any) -> Object:
    requests = {"requests": {"storage": storage}}
    return {"accessModes": ["ReadWriteOnce"], "resources": requests}


def _volume(spec: Object, name: str, value: Any) -> None:
    claim = str(value).removeprefix("of claim ")
    source = _VOLUMES.get(value, {"persistentVolumeClaim": {"claimName": claim}})
    volumes = spec.setdefault("override", {}).setdefault("volumes", [])
    volumes.append({"name": name, **source})


def _mount(spec: Object, name: str, value: Any) -> None:
    found = _MOUNT.fullmatch(value)
    if found is None:
        raise ConfigurationError(
            f"the mount of volume {name!r} has the value {value!r}, which is not a path; "
            "write '/data', '/data from FOLDER' or '/data read-only'"
        )
    mount: Object = {"name": name, "mountPath": found["path"]}
    if found["folder"]:
        mount["subPath"] = found["folder"]
    if found["read_only"]:
        mount["readOnly"] = True
    _server_of(spec).setdefault("volumeMounts", []).append(mount)


def _server_of(spec: Object) -> Object:
    containers = spec.setdefault("override", {}).setdefault("containers", [])
    if not containers:
        containers.append({"name": CONTAINER})
    server: Object = containers[0]
    return server


def _nothing(spec: Object, name: str, value: Any) -> None:
    """Ignore the setting. `metadata_of` reads it."""


_SETTINGS: dict[str, Writer] = {
    "(image)": _plain,
    "(suspended)": _suspended,
    "(command)": _words("command"),
    "(arguments)": _words("args"),
    "(cpu|memory)": _pair("resources"),
    "resource (.+)": _pair("resources"),
    "label (.+)": _pair("labels"),
    "annotation (.+)": _pair("annotations"),
    "own label (.+)": _nothing,
    # Before the next pattern, which matches it, too.
    "variable (.+) from the pod": _variable_from_pod,
    "variable (.+)": _variable,
    "overriding variable (.+)": _overriding_variable,
    "service account": _override("serviceAccountName"),
    "node label (.+)": _node_label,
    "preferred node label (.+)": _preferred_node_label,
    "toleration": _toleration,
    "scheduling gate": _named_in_override("schedulingGates"),
    "pull secret": _named_in_override("imagePullSecrets"),
    "init container": _named_in_override("initContainers"),
    # Before the next pattern, which matches it, too.
    "claim without a name": _claim_without_name,
    "claim (.+)": _claim,
    "storage class of claim (.+)": _storage_class,
    "volume (.+)": _volume,
    "mount of (.+)": _mount,
    "field (.+)": _plain,
}
