"""The plugin's process: it follows its ConfigMap, serves kubelet, and removes everything of its own on SIGTERM."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maidenhair.errors import KubernetesError
from maidenhair.systems.devices.plugin.api import PodApi
from maidenhair.systems.devices.plugin.kubelet import FOLDER, Kubelet
from maidenhair.systems.devices.plugin.log import log
from maidenhair.systems.devices.plugin.offer import Offer
from maidenhair.systems.devices.plugin.service import DevicePlugin
from maidenhair.systems.devices.plugin.shared_node import SharedNode
from maidenhair.systems.devices.real.plugin_state import from_data

Object = dict[str, Any]
CHECK_SECONDS = 0.1
"""Seconds between two checks whether kubelet was restarted. A check reads the status of a file."""
RETRY_SECONDS = 0.5
CRASHED = 70
FILES_FOLDER = Path("/var/lib/maidenhair-devices")
"""The folder for device files, as a path in the plugin's container."""


@dataclass(frozen=True)
class PluginEnvironment:
    """The settings of a plugin, from the environment variables of its container.

    Attributes:
        node: the node's name in the cluster.
        config_map: the name of the ConfigMap with the devices to offer.
        host_files: the folder for device files, as a path on the node.
    """

    node: str
    config_map: str
    host_files: Path

    @classmethod
    def of(cls, variables: Mapping[str, str]) -> PluginEnvironment:
        """Read the settings from environment variables; raise KeyError if one is missing."""
        return cls(variables["NODE_NAME"], variables["CONFIG_MAP"], Path(variables["HOST_FILES"]))


def run(environment: PluginEnvironment, api: PodApi) -> None:
    """Offer the devices of the ConfigMap to kubelet until SIGTERM.

    Args:
        environment: the settings of the plugin.
        api: the API.

    Raises:
        KubernetesError: the ConfigMap could not be read at first.
        DevicesError: the ConfigMap is malformed.
    """
    # Not an Event: its `set`, in a handler that interrupts its `wait`, would wait for its lock for ever.
    received: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: received.append(number))
    source = OfferSource(environment, api)
    offer = source.first()
    sharing = SharedNode(api, environment.node)
    plugin = DevicePlugin(offer, environment.host_files, FILES_FOLDER, sharing.choose)
    kubelet = Kubelet(plugin, f"maidenhair-{offer.profile.name}.sock", FOLDER)
    follow = threading.Thread(target=source.follow, args=(plugin.change,), daemon=True)
    follow.start()
    while not received:
        kubelet.keep_registered()
        sharing.keep_reported(plugin.offer)
        time.sleep(CHECK_SECONDS)
    plugin.withdraw()
    kubelet.stop()
    sharing.withdraw()
    for each in FILES_FOLDER.iterdir():
        each.unlink() if each.is_file() else shutil.rmtree(each)


class OfferSource:
    """The offer in a plugin's ConfigMap.

    Args:
        environment: the settings of the plugin.
        api: the API.
    """

    def __init__(self, environment: PluginEnvironment, api: PodApi) -> None:
        self._node = environment.node
        self._name = environment.config_map
        self._api = api
        self._path = f"/api/v1/namespaces/{api.namespace}/configmaps"
        self._crashes: int | None = None
        self._version = ""

    def first(self) -> Offer:
        """Read the ConfigMap, and return its offer.

        Raises:
            KubernetesError: the ConfigMap could not be read.
            DevicesError: the ConfigMap is malformed.
        """
        found = self._api.read(f"{self._path}/{self._name}")
        return self._read(found)

    def follow(self, change: Callable[[Offer], None]) -> None:
        """Watch the ConfigMap, and call `change` with each new offer. Never return."""
        while True:
            try:
                self._follow_once(change)
            except KubernetesError as error:
                log(error)
                time.sleep(RETRY_SECONDS)

    def _follow_once(self, change: Callable[[Offer], None]) -> None:
        only = f"metadata.name={self._name}"
        listed = self._api.read(self._path, fieldSelector=only)
        for each in listed["items"]:
            self._note(each, change)
        version = listed["metadata"]["resourceVersion"]
        for event in self._api.watch(self._path, fieldSelector=only, resourceVersion=version):
            if event["type"] in ("ADDED", "MODIFIED"):
                self._note(event["object"], change)
            elif event["type"] == "ERROR":
                return

    def _note(self, found: Object, change: Callable[[Offer], None]) -> None:
        offer = self._read(found)
        if offer.state.crashes != self._crashes:
            # Like a plugin that is killed: without withdrawing the offer or removing files.
            os._exit(CRASHED)
        if self._version != (version := found["metadata"]["resourceVersion"]):
            self._version = version
            change(offer)

    def _read(self, found: Object) -> Offer:
        profile, state = from_data(found["data"])
        if self._crashes is None:
            self._crashes = state.crashes
        return Offer(profile, state, self._node)
