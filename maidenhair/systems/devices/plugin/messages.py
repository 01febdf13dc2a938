"""The messages of kubelet's device plugin API (v1beta1) and pod-resources API (v1) that the plugin uses.

Their fields are listed here, so that no compiler of .proto files is needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
)
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

VERSION = "v1beta1"
REGISTRATION = "v1beta1.Registration"
DEVICE_PLUGIN = "v1beta1.DevicePlugin"
POD_RESOURCES = "v1.PodResourcesLister"
HEALTHY, UNHEALTHY = "Healthy", "Unhealthy"

_PLUGIN_API: Mapping[str, Mapping[str, tuple[int, str]]] = {
    "Empty": {},
    "DevicePluginOptions": {
        "pre_start_required": (1, "bool"),
        "get_preferred_allocation_available": (2, "bool"),
    },
    "RegisterRequest": {
        "version": (1, "string"),
        "endpoint": (2, "string"),
        "resource_name": (3, "string"),
        "options": (4, "DevicePluginOptions"),
    },
    "NUMANode": {"ID": (1, "int64")},
    "TopologyInfo": {"nodes": (1, "NUMANode*")},
    "Device": {"ID": (1, "string"), "health": (2, "string"), "topology": (3, "TopologyInfo")},
    "ListAndWatchResponse": {"devices": (1, "Device*")},
    "ContainerPreferredAllocationRequest": {
        "available_deviceIDs": (1, "string*"),
        "must_include_deviceIDs": (2, "string*"),
        "allocation_size": (3, "int32"),
    },
    "PreferredAllocationRequest": {
        "container_requests": (1, "ContainerPreferredAllocationRequest*")
    },
    "ContainerPreferredAllocationResponse": {"deviceIDs": (1, "string*")},
    "PreferredAllocationResponse": {
        "container_responses": (1, "ContainerPreferredAllocationResponse*")
    },
    "ContainerAllocateRequest": {"devices_ids": (1, "string*")},
    "AllocateRequest": {"container_requests": (1, "ContainerAllocateRequest*")},
    "Mount": {
        "container_path": (1, "string"),
        "host_path": (2, "string"),
        "read_only": (3, "bool"),
    },
    "ContainerAllocateResponse": {
        "envs": (1, "map"),
        "mounts": (2, "Mount*"),
        "annotations": (4, "map"),
    },
    "AllocateResponse": {"container_responses": (1, "ContainerAllocateResponse*")},
    "PreStartContainerRequest": {"devices_ids": (1, "string*")},
    "PreStartContainerResponse": {},
}
_POD_RESOURCES_API: Mapping[str, Mapping[str, tuple[int, str]]] = {
    "ListPodResourcesRequest": {},
    "ContainerDevices": {"resource_name": (1, "string"), "device_ids": (2, "string*")},
    "ContainerResources": {"name": (1, "string"), "devices": (2, "ContainerDevices*")},
    "PodResources": {
        "name": (1, "string"),
        "namespace": (2, "string"),
        "containers": (3, "ContainerResources*"),
    },
    "ListPodResourcesResponse": {"pod_resources": (1, "PodResources*")},
}
_SCALARS = {
    "bool": FieldDescriptorProto.TYPE_BOOL,
    "int32": FieldDescriptorProto.TYPE_INT32,
    "int64": FieldDescriptorProto.TYPE_INT64,
    "string": FieldDescriptorProto.TYPE_STRING,
}


class Messages:
    """The classes of an API's messages, by name: `messages["RegisterRequest"]`.

    Args:
        package: the protobuf package of the API.
        described: the number and the type of each field, by message. A star marks a repeated field. "map" is a map from
            strings to strings.
    """

    def __init__(
        self, package: str, described: Mapping[str, Mapping[str, tuple[int, str]]]
    ) -> None:
        file = FileDescriptorProto(
            name=f"maidenhair/{package}.proto",
            package=package,
            syntax="proto3",
            message_type=[_message(package, *each) for each in described.items()],
        )
        pool = DescriptorPool()
        pool.Add(file)
        self._classes = {
            name: GetMessageClass(pool.FindMessageTypeByName(f"{package}.{name}"))
            for name in described
        }

    def __getitem__(self, name: str) -> Any:
        """Return the class of a message; raise KeyError if there is none of that name."""
        return self._classes[name]


def plugin_messages() -> Messages:
    """Return the messages of the device plugin API."""
    return Messages("v1beta1", _PLUGIN_API)


def pod_resources_messages() -> Messages:
    """Return the messages of the pod-resources API."""
    return Messages("v1", _POD_RESOURCES_API)


def _message(package: str, name: str, fields: Mapping[str, tuple[int, str]]) -> DescriptorProto:
    message = DescriptorProto(name=name)
    for field, (number, kind) in fields.items():
        described = message.field.add(name=field, number=number)
        described.label = FieldDescriptorProto.LABEL_OPTIONAL
        if kind == "map":
            _add_map(message, field)
            kind = f"{name}.{_entry(field)}*"
        if kind.endswith("*"):
            described.label = FieldDescriptorProto.LABEL_REPEATED
        kind = kind.rstrip("*")
        if kind in _SCALARS:
            described.type = _SCALARS[kind]
        else:
            described.type = FieldDescriptorProto.TYPE_MESSAGE
            described.type_name = f".{package}.{kind}"
    return message


def _add_map(message: DescriptorProto, field: str) -> None:
    """Add the message of a map's entries. Protobuf encodes a map as repeated entries."""
    entry = message.nested_type.add(name=_entry(field))
    entry.options.map_entry = True
    for number, name in enumerate(("key", "value"), start=1):
        entry.field.add(
            name=name,
            number=number,
            type=FieldDescriptorProto.TYPE_STRING,
            label=FieldDescriptorProto.LABEL_OPTIONAL,
        )


def _entry(field: str) -> str:
    return "".join(part.capitalize() for part in field.split("_")) + "Entry"
