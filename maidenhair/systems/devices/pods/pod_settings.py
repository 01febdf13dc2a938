"""Pods as tables of settings. Each row has a setting, for example "resource nvidia.com/gpu", and a value."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from hamcrest import all_of, equal_to, matches_regexp
from hamcrest.core.base_matcher import BaseMatcher
from hamcrest.core.description import Description
from hamcrest.core.matcher import Matcher

from maidenhair.errors import ConfigurationError
from maidenhair.kube import Object
from maidenhair.systems.devices.device_nodes import DeviceNodes
from maidenhair.systems.devices.device_request import TITLES, limits_of, parse_devices
from maidenhair.systems.devices.hami.held_devices import devices_to_allocate
from maidenhair.systems.devices.hami.protocol import Share, shares_text
from maidenhair.systems.devices.pod_request import CONTAINER, KINDS, Container, PodRequest
from maidenhair.systems.devices.vendor_profile import vendor, vendor_profiles

RESOURCE, REQUEST = "resource", "request"
ANNOTATION, LABEL, VARIABLE = "annotation", "label", "variable"
SCHEDULER, PRIORITY_CLASS, NODE, PRIVILEGED = "scheduler", "priority class", "node", "privileged"
PLAIN = (SCHEDULER, PRIORITY_CLASS, NODE, PRIVILEGED)
TO_ALLOCATE = "devices to allocate"
UNIX_TIME = "a Unix time"
_NODE = re.compile(r'node "(?P<node>[^"]+)"')
DEVICE = re.compile(rf"(?P<vendor>{TITLES}) device (?P<index>\d+) of {_NODE.pattern}")
_SHARE = re.compile(rf"(?P<memory>\d+) MiB of (?P<device>{DEVICE.pattern})")
_DEVICES = re.compile(rf"all (?P<vendor>{TITLES}) devices of {_NODE.pattern}")


def request_of(settings: Iterable[Sequence[str]], nodes: DeviceNodes) -> PodRequest:
    """Return the pod of one container that a table of settings describes.

    Args:
        settings: pairs of a setting and a value. The settings are "resource NAME" (a limit), "request NAME",
            "annotation NAME", "label NAME", "scheduler", "node", "priority class" and "privileged" (with the value
            "yes"). An empty value omits the setting. A value may be a node or devices, for example `NVIDIA device 1 of
            node "new"`, which `resolve` replaces.
        nodes: the nodes that values refer to.

    Raises:
        ConfigurationError: a setting is unknown.
        DevicesError: a value refers to an unknown node or device.

    Example:
        >>> request_of([("resource nvidia.com/gpu", "1"), ("scheduler", "mine")], nodes).scheduler
        'mine'
    """
    named: dict[str, dict[str, str]] = {key: {} for key in (RESOURCE, REQUEST, ANNOTATION, LABEL)}
    plain: dict[str, str] = {}
    for setting, value in settings:
        kind, _, name = setting.partition(" ")
        if not value:
            continue
        if kind in named and name:
            named[kind][name] = resolve(value, nodes)
        elif setting in PLAIN:
            plain[setting.replace(" ", "_")] = resolve(value, nodes)
        else:
            known = ", ".join([*(f"{each} NAME" for each in named), *PLAIN])
            raise ConfigurationError(
                f"unknown setting {setting!r} in the table of a pod; the settings are {known}"
            )
    privileged = plain.pop(PRIVILEGED, None) == "yes"
    container = Container(named[RESOURCE], named[REQUEST], privileged=privileged)
    return PodRequest([container], named[ANNOTATION], named[LABEL], **plain)


def containers_of(rows: Iterable[Mapping[str, str]]) -> PodRequest:
    """Return the pod that a table of containers describes.

    Args:
        rows: one row for each container, with the keys "container" (its name), "kind" (optional: "container",
            "init container" or "sidecar") and "requests" (a text for `parse_devices`).

    Raises:
        ConfigurationError: a kind is unknown, or a text names no devices.
    """
    containers = []
    for row in rows:
        kind = row.get("kind", CONTAINER)
        if kind not in KINDS:
            raise ConfigurationError(
                f"unknown kind {kind!r} in the table of containers; the kinds are {', '.join(KINDS)}"
            )
        limits = limits_of(parse_devices(row["requests"]))
        containers.append(Container(limits, name=row["container"], kind=kind))
    return PodRequest(containers)


def setting_of(pod: Object, setting: str) -> str | None:
    """Return the value of a setting of a pod with one container; None if the pod does not have it.

    Args:
        pod: the pod.
        setting: a setting of `request_of`, "variable NAME", or "devices to allocate": the number of devices that HAMi
            chose for the pod and no device plugin has allocated yet.

    Raises:
        ConfigurationError: the setting is unknown.
    """
    kind, _, name = setting.partition(" ")
    reader = _READERS.get(setting) or _READERS.get(kind)
    if reader is None:
        raise ConfigurationError(
            f"unknown setting {setting!r} in the table of a pod; the settings begin with "
            + ", ".join(_READERS)
        )
    return reader(pod, name)


def has_settings(settings: Iterable[Sequence[str]], nodes: DeviceNodes) -> Matcher[Any]:
    """Match a pod whose settings have these values.

    Args:
        settings: pairs of a setting, as for `setting_of`, and a value. A value may be a node or devices, as for
            `resolve`, or "a Unix time".
        nodes: the nodes that values refer to.
    """
    return all_of(*(HasSetting(setting, _expected(value, nodes)) for setting, value in settings))


class HasSetting(BaseMatcher[Any]):
    """Matches a pod by the value of one setting.

    Args:
        setting: a setting, as for `setting_of`.
        value: matches the setting's value.
    """

    def __init__(self, setting: str, value: Matcher[Any]) -> None:
        self._setting = setting
        self._value = value

    def _matches(self, item: Any) -> bool:
        return item is not None and self._value.matches(setting_of(item, self._setting))

    def describe_to(self, description: Description) -> None:
        """Describe the setting and its value."""
        description.append_text(f"{self._setting}: ").append_description_of(self._value)

    def describe_mismatch(self, item: Any, mismatch_description: Description) -> None:
        """Describe the value that the pod has instead."""
        found = "there was no pod" if item is None else repr(setting_of(item, self._setting))
        mismatch_description.append_text(f"{self._setting} was {found}")


def _expected(value: str, nodes: DeviceNodes) -> Matcher[Any]:
    if value == UNIX_TIME:
        return matches_regexp(r"^[1-9]\d*$")
    return equal_to(resolve(value, nodes))


def resolve(value: str, nodes: DeviceNodes) -> str:
    """Replace a reference to a node or to devices by the node's name in the cluster, the devices' ids or the record.

    Args:
        value: `node "NAME"`, `VENDOR device INDEX of node "NAME"`, `all VENDOR devices of node "NAME"`, a share such as
            `3000 MiB of NVIDIA device 0 of node "NAME"`, or any other text, which is returned unchanged.
        nodes: the nodes that the value refers to.

    Raises:
        DevicesError: there is no such node or device.
    """
    if found := DEVICE.fullmatch(value):
        devices = nodes.devices_of(found["node"], vendor(found["vendor"]))
        return devices[int(found["index"])].id
    if found := _SHARE.fullmatch(value):
        id, profile = resolve(found["device"], nodes), vendor(found["vendor"])
        type = profile.sharing.type if profile.sharing is not None else profile.title
        return shares_text([[Share(id, type, int(found["memory"]), 0)]])
    if found := _DEVICES.fullmatch(value):
        return ",".join(
            each.id for each in nodes.devices_of(found["node"], vendor(found["vendor"]))
        )
    if found := _NODE.fullmatch(value):
        return nodes.full_name_of(found["node"])
    return value


def _metadata(key: str) -> Callable[[Object, str], str | None]:
    return lambda pod, name: (pod["metadata"].get(key) or {}).get(name)


def _resource(key: str) -> Callable[[Object, str], str | None]:
    return lambda pod, name: ((_container(pod).get("resources") or {}).get(key) or {}).get(name)


def _variable(pod: Object, name: str) -> str | None:
    variables = {each["name"]: each.get("value") for each in _container(pod).get("env") or ()}
    return variables.get(name)


def _to_allocate(pod: Object, _: str) -> str:
    return str(len(devices_to_allocate(pod, vendor_profiles().values())))


def _container(pod: Object) -> Object:
    [container] = pod["spec"]["containers"]
    return dict(container)


_READERS: Mapping[str, Callable[[Object, str], str | None]] = {
    RESOURCE: _resource("limits"),
    REQUEST: _resource("requests"),
    ANNOTATION: _metadata("annotations"),
    LABEL: _metadata("labels"),
    VARIABLE: _variable,
    SCHEDULER: lambda pod, _: pod["spec"].get("schedulerName"),
    PRIORITY_CLASS: lambda pod, _: pod["spec"].get("priorityClassName"),
    TO_ALLOCATE: _to_allocate,
}
