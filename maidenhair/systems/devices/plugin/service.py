"""The gRPC service that kubelet calls, over one offer that may change at any time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import grpc

from maidenhair.errors import DevicesError, KubernetesError
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
"""How long kubelet is given to hear that nothing is offered any more."""
OPTIONS = {"pre_start_required": True, "get_preferred_allocation_available": True}
"""What kubelet is told at registration, and whenever it asks."""
TOLD = "told kubelet of"
"""Begins what is printed whenever kubelet was told what is offered."""
Given = list[tuple[Device, Limits]]
Choose = Callable[[Offer, Sequence[str]], Given]


class Context(Protocol):
    """What is used of gRPC's context of a call."""

    def is_active(self) -> bool:
        """Return whether the caller still waits."""

    def add_callback(self, callback: Callable[[], None]) -> bool:
        """Call back when the call ends."""

    def abort(self, code: grpc.StatusCode, details: str) -> None:
        """End the call by an error."""


def whole(offer: Offer, ids: Sequence[str]) -> Given:
    """Give the devices that kubelet chose, whole."""
    return [(device, WHOLE) for device in offer.chosen(ids)]


class DevicePlugin:
    """Answers kubelet's calls.

    Args:
        offer: what is offered at first.
        host_files: where the files lie that stand for devices: the folder as kubelet sees it.
        own_files: the same folder as this process sees it.
        choose: what decides which devices a container gets, and how much of them.
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
        self._heard: dict[int, int] = {}

    @property
    def offer(self) -> Offer:
        """What is offered, or was offered last."""
        return self._last

    def change(self, offer: Offer) -> None:
        """Offer something else from now on; kubelet is told at once."""
        with self._changed:
            self._offer = self._last = offer
            self._number += 1
            self._changed.notify_all()

    def withdraw(self) -> None:
        """Offer nothing any more, and end the streams once kubelet has heard of it."""
        with self._changed:
            self._offer = None
            self._number += 1
            self._changed.notify_all()
            self._changed.wait_for(self._all_heard, WITHDRAWN_SECONDS)

    def handler(self) -> grpc.GenericRpcHandler:
        """Return what a gRPC server is given to serve this."""
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
        """Say that there are preferences, and that containers want to be announced before they start."""
        return self._messages["DevicePluginOptions"](**OPTIONS)

    def list_and_watch(self, request: Any, context: Context) -> Iterator[Any]:
        """Yield what is offered, now and whenever it changes, until kubelet goes or nothing is offered any more."""
        stream = id(context)

        def wake() -> None:
            with self._changed:
                self._heard.pop(stream, None)
                self._changed.notify_all()

        with self._changed:
            self._heard[stream] = -1
        context.add_callback(wake)
        while context.is_active():
            with self._changed:
                number, offer = self._number, self._offer
            yield self._list(offer)
            # gRPC comes back for more once the message before was sent.
            print(f"{TOLD} {len(offer.units) if offer else 0} devices", flush=True)
            with self._changed:
                if stream in self._heard:
                    self._heard[stream] = number
                self._changed.notify_all()
                if offer is None:
                    return
                while self._number == number and context.is_active():
                    self._changed.wait()

    def prefer(self, request: Any, context: Context) -> Any:
        """Return which devices lie together best."""
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
        """Return what containers are to be given with devices that kubelet chose."""
        offer = self._last
        try:
            responses = [
                self._allocated(offer, self._choose(offer, each.devices_ids))
                for each in request.container_requests
            ]
        except (DevicesError, KubernetesError) as error:
            print(f"refused to allocate: {error}", flush=True)
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
            raise
        return self._messages["AllocateResponse"](container_responses=responses)

    def pre_start(self, request: Any, context: Context) -> Any:
        """Let a container start whose devices are healthy, or refuse it."""
        try:
            broken = [
                each.id for each in self._last.chosen(request.devices_ids) if not each.healthy
            ]
        except DevicesError as error:
            broken = [str(error)]
        if broken:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, f"not healthy: {', '.join(broken)}")
        return self._messages["PreStartContainerResponse"]()

    def _all_heard(self) -> bool:
        return all(number >= self._number for number in self._heard.values())

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

    def _allocated(self, offer: Offer, given: Given) -> dict[str, Any]:
        profile, mounts = offer.profile, []
        for device, _ in given:
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
        print(f"allocated {', '.join(device.id for device, _ in given)}", flush=True)
        return {"envs": variables(profile, given), "mounts": mounts}


def _serialized(message: Any) -> bytes:
    serialized: bytes = message.SerializeToString()
    return serialized
