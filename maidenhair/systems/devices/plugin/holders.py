"""A program that prints the pods that have devices, from kubelet's pod-resources API, as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import grpc

from maidenhair.systems.devices.plugin.messages import POD_RESOURCES, pod_resources_messages

SOCKET = Path("/var/lib/kubelet/pod-resources/kubelet.sock")
ANSWER_SECONDS = 10.0


def holders(socket: Path = SOCKET) -> dict[str, dict[str, str]]:
    """Return the pods that have devices.

    Args:
        socket: the socket of kubelet's pod-resources API.

    Returns:
        The name of the pod that has a device, by namespace and by the device's id.

    Raises:
        grpc.RpcError: kubelet did not answer.
    """
    messages = pod_resources_messages()
    with grpc.insecure_channel(f"unix://{socket}") as channel:
        list_pods = channel.unary_unary(
            f"/{POD_RESOURCES}/List",
            request_serializer=_serialized,
            response_deserializer=messages["ListPodResourcesResponse"].FromString,
        )
        answer = list_pods(messages["ListPodResourcesRequest"](), timeout=ANSWER_SECONDS)
    found: dict[str, dict[str, str]] = {}
    for pod in answer.pod_resources:
        for container in pod.containers:
            for devices in container.devices:
                of_namespace = found.setdefault(pod.namespace, {})
                of_namespace.update(dict.fromkeys(devices.device_ids, pod.name))
    return found


def _serialized(message: Any) -> bytes:
    serialized: bytes = message.SerializeToString()
    return serialized


if __name__ == "__main__":
    print(json.dumps(holders()))
