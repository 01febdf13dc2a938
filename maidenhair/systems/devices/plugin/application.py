"""The plugin as a process: follows its ConfigMap, serves kubelet, and leaves nothing behind when it is told to end."""

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
from maidenhair.systems.devices.plugin.offer import Offer
from maidenhair.systems.devices.plugin.service import DevicePlugin
from maidenhair.systems.devices.plugin.shared_node import SharedNode
from maidenhair.systems.devices.real.plugin_state import from_data

Object = dict[str, Any]
LOOK_SECONDS = 0.1
"""How often it is looked whether kubelet was restarted: a file's status is cheap."""
RETRY_SECONDS = 0.5
CRASHED = 70
FILES_FOLDER = Path("/var/lib/maidenhair-devices")
"""Where the plugin's own container sees the files that stand for devices."""


@dataclass(frozen=True)
class Surroundings:
    """Where a plugin runs.

    Attributes:
        node: the node's name.
        config_map: the name of the ConfigMap that tells what to offer.
        host_files: the folder of the node for the files that stand for devices.
    """

    node: str
    config_map: str
    host_files: Path

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Surroundings:
        """Return what the variables of a pod say."""
        return cls(
            environment["NODE_NAME"], environment["CONFIG_MAP"], Path(environment["HOST_FILES"])
        )


def run(surroundings: Surroundings, api: PodApi) -> None:
    """Offer what the ConfigMap tells until SIGTERM comes."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    told = Told(surroundings, api)
    offer = told.first()
    sharing = SharedNode(api, surroundings.node)
    plugin = DevicePlugin(offer, surroundings.host_files, FILES_FOLDER, sharing.choose)
    kubelet = Kubelet(plugin, f"maidenhair-{offer.profile.name}.sock", FOLDER)
    follow = threading.Thread(target=told.follow, args=(plugin.change,), daemon=True)
    follow.start()
    while not stop.is_set():
        kubelet.keep_registered()
        sharing.keep_reported(plugin.offer)
        stop.wait(LOOK_SECONDS)
    plugin.withdraw()
    kubelet.stop()
    sharing.withdraw()
    for each in FILES_FOLDER.iterdir():
        each.unlink() if each.is_file() else shutil.rmtree(each)


class Told:
    """What the ConfigMap tells a plugin.

    Args:
        surroundings: where the plugin runs.
        api: the API.
    """

    def __init__(self, surroundings: Surroundings, api: PodApi) -> None:
        self._node = surroundings.node
        self._name = surroundings.config_map
        self._api = api
        self._path = f"/api/v1/namespaces/{api.namespace}/configmaps"
        self._crashes: int | None = None
        self._version = ""

    def first(self) -> Offer:
        """Return what is to be offered at first.

        Raises:
            KubernetesError: the ConfigMap could not be had.
            DevicesError: it tells nothing of the kind.
        """
        found = self._api.read(f"{self._path}/{self._name}")
        return self._read(found)

    def follow(self, change: Callable[[Offer], None]) -> None:
        """Call `change` with what is to be offered, whenever that changes; never return."""
        while True:
            try:
                self._follow_once(change)
            except KubernetesError as error:
                print(error, flush=True)
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
            # As a plugin dies that is killed: nothing is withdrawn, nothing cleared away.
            os._exit(CRASHED)
        if self._version != (version := found["metadata"]["resourceVersion"]):
            self._version = version
            change(offer)

    def _read(self, found: Object) -> Offer:
        profile, state = from_data(found["data"])
        if self._crashes is None:
            self._crashes = state.crashes
        return Offer(profile, state, self._node)
