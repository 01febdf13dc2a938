"""The gRPC service that kubelet calls. Its offer may change at any time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import grpc

from maidenhair.errors import DevicesError, KubernetesError
from maidenhair.systems.devices.plugin.log import log
from maidenhair.systems.devices.plugin.messages import (
    DEVICE_PLUGIN,
    HEALTHY,
    UNHEALTHY,
    plugin_messages,
)
from maidenhair.systems.devices.plugin.offer import Offer
from maidenhair.systems.devices.real.container_view import WHOLE, Limits, content, paths, variables
from maidenhair.systems.devices.vendor_profile import Device

WITHDRAWN_SECONDS = 2.0
"""Seconds to wait until kubelet has received the empty list of a withdrawn offer."""
OPTIONS = {"pre_start_required": True, "get_preferred_allocation_available": True}
"""The options of the plugin in its registration and in `GetDevicePluginOptions`."""
SENT = "sent kubelet a list of"
"""The prefix of the log line after each list of devices that kubelet received."""
Allocated = list[tuple[Device, Limits]]
Choose = Callable[[Offer, Sequence[str]], Allocated]


class Context(Protocol):
    """The part of gRPC's context of a call that the service uses."""

    def is_active(self) -> bool:
        """Return whether the call has not ended."""

    def add_callback(self, callback: Callable[[], None]) -> bool:
        """Call `callback` when the call ends; return False if it has ended already."""

    def abort(self, code: grpc.StatusCode, details: str) -> None:
        """End the call with an error."""


def whole(offer: Offer, ids: Sequence[str]) -> Allocated:
    """Return the devices of the units that kubelet chose, without limits."""
    return [(device, WHOLE) for device in offer.chosen(ids)]


class DevicePlugin:
    """The device plugin service: answers kubelet's calls.

    Args:
        offer: the devices to offer at first.
        host_files: the folder for device files, as a path on the node.
        own_files: the same folder, as a path in this process's container.
        choose: returns a container's devices and limits, for an offer and the ids of the units that kubelet chose.
    """

    def __init__(
        self, offer: Offer, host_files: Path, own_files: Path, choose: Choose = whole
    ) -> None:
        self._messages = plugin_messages()
        self._offer: Offer | None = offer
        self._last = offer
        self._host_files = host_files
        self._own_files = own_files
        self._choose = choose
        self._changed = threading.Condition()
        self._number = 0
        self._received: dict[int, int] = {}

    @property
    def offer(self) -> Offer:
        """The current offer, or the last one if it was withdrawn."""
        return self._last

    def change(self, offer: Offer) -> None:
        """Replace the offer, and send the new list to kubelet at once."""
        with self._changed:
            self._offer = self._last = offer
            self._number += 1
            self._changed.notify_all()

    def withdraw(self) -> None:
        """Withdraw the offer: send an empty list to kubelet, wait until it has received it, and end the streams."""
        with self._changed:
            self._offer = None
            self._number += 1
            self._changed.notify_all()
            self._changed.wait_for(self._all_received, WITHDRAWN_SECONDS)

    def handler(self) -> grpc.GenericRpcHandler:
        """Return the gRPC handler of the service."""
        messages = self._messages

        def unary(call: Callable[[Any, Any], Any], request: str) -> grpc.RpcMethodHandler:
            return grpc.unary_unary_rpc_method_handler(
                call, messages[request].FromString, _serialized
            )

        return grpc.method_handlers_generic_handler(
            DEVICE_PLUGIN,
            {
                "GetDevicePluginOptions": unary(self.options, "Empty"),
                "ListAndWatch": grpc.unary_stream_rpc_method_handler(
                    self.list_and_watch, messages["Empty"].FromString, _serialized
                ),
                "GetPreferredAllocation": unary(self.prefer, "PreferredAllocationRequest"),
                "Allocate": unary(self.allocate, "AllocateRequest"),
                "PreStartContainer": unary(self.pre_start, "PreStartContainerRequest"),
            },
        )

    def options(self, request: Any, context: Context) -> Any:
        """Answer GetDevicePluginOptions: kubelet calls GetPreferredAllocation and PreStartContainer."""
        return self._messages["DevicePluginOptions"](**OPTIONS)

    def list_and_watch(self, request: Any, context: Context) -> Iterator[Any]:
        """Answer ListAndWatch: yield the list of units now and after each change, until the offer is withdrawn."""
        stream = id(context)

        def wake() -> None:
            with self._changed:
                self._received.pop(stream, None)
                self._changed.notify_all()

        with self._changed:
            self._received[stream] = -1
        context.add_callback(wake)
        while context.is_active():
            with self._changed:
                number, offer = self._number, self._offer
            yield self._list(offer)
            # gRPC asks for the next message after it has sent the one before.
            log(f"{SENT} {len(offer.units) if offer else 0} devices")
            with self._changed:
                if stream in self._received:
                    self._received[stream] = number
                self._changed.notify_all()
                if offer is None:
                    return
                while self._number == number and context.is_active():
                    self._changed.wait()

    def prefer(self, request: Any, context: Context) -> Any:
        """Answer GetPreferredAllocation: return units on few NUMA nodes."""
        offer = self._last
        responses = [
            {
                "deviceIDs": offer.preferred(
                    each.available_deviceIDs, each.must_include_deviceIDs, each.allocation_size
                )
            }
            for each in request.container_requests
        ]
        return self._messages["PreferredAllocationResponse"](container_responses=responses)

    def allocate(self, request: Any, context: Context) -> Any:
        """Answer Allocate: return the variables and files of each container, or refuse the allocation."""
        offer = self._last
        try:
            responses = [
                self._allocated(offer, self._choose(offer, each.devices_ids))
                for each in request.container_requests
            ]
        except (DevicesError, KubernetesError) as error:
            log(f"refused an allocation: {error}")
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
            raise
        return self._messages["AllocateResponse"](container_responses=responses)

    def pre_start(self, request: Any, context: Context) -> Any:
        """Answer PreStartContainer: refuse the start of a container that has a broken device."""
        try:
            broken = [
                each.id for each in self._last.chosen(request.devices_ids) if not each.healthy
            ]
        except DevicesError as error:
            broken = [str(error)]
        if broken:
            context.abort(
                grpc.StatusCode.FAILED_PRECONDITION, f"devices not healthy: {', '.join(broken)}"
            )
        return self._messages["PreStartContainerResponse"]()

    def _all_received(self) -> bool:
        return all(number >= self._number for number in self._received.values())

    def _list(self, offer: Offer | None) -> Any:
        devices = [
            {
                "ID": unit.id,
                "health": HEALTHY if unit.device.healthy else UNHEALTHY,
                "topology": {"nodes": [{"ID": unit.device.numa}]},
            }
            for unit in (offer.units if offer else ())
        ]
        return self._messages["ListAndWatchResponse"](devices=devices)

    def _allocated(self, offer: Offer, allocated: Allocated) -> dict[str, Any]:
        profile, mounts = offer.profile, []
        for device, _ in allocated:
            for path in paths(profile, device):
                name = path.strip("/").replace("/", "_")
                self._own_files.mkdir(parents=True, exist_ok=True)
                (self._own_files / name).write_text(content(profile, device))
                mounts.append(
                    {
                        "container_path": path,
                        "host_path": str(self._host_files / name),
                        "read_only": True,
                    }
                )
        log(f"allocated {', '.join(device.id for device, _ in allocated)}")
        return {"envs": variables(profile, allocated), "mounts": mounts}


def _serialized(message: Any) -> bytes:
    serialized: bytes = message.SerializeToString()
    return serialized
