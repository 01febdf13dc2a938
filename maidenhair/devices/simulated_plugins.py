"""The device plugins of simulated nodes: what they tell HAMi, and give pods."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from datetime import datetime
from types import TracebackType
from typing import Self

from maidenhair.devices.allocation import allocate, is_being_bound
from maidenhair.devices.annotations import NODE
from maidenhair.devices.profile import VendorProfile
from maidenhair.devices.simulated_node import SimulatedNode
from maidenhair.errors import DevicesError, KubernetesError
from maidenhair.kube import Kube, Object
from maidenhair.kube.watching import WatchedObjects

REPORT_SECONDS = 30.0
END_SECONDS = 10.0


class SimulatedPlugins:
    """A thread that tells HAMi every 30 s of nodes' devices, and gives pods there what was chosen; a context manager.

    Args:
        kube: the API.
        namespace: the namespace of the pods.
        awake: gives the nodes whose plugins do their work.
    """

    def __init__(
        self, kube: Kube, namespace: str, awake: Callable[[], Iterable[SimulatedNode]]
    ) -> None:
        self._kube = kube
        self._awake = awake
        self._pods = WatchedObjects(kube, "v1", "Pod", namespace)
        self._ended, self._woken = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._work, name="device-plugins", daemon=True)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Begin."""
        self._stack.enter_context(self._pods)
        self._stack.enter_context(self._pods.on_change(self.look))
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End."""
        self._ended.set()
        self.look()
        self._thread.join(END_SECONDS)
        self._stack.close()

    def look(self) -> None:
        """Look at the pods again."""
        self._woken.set()

    def _work(self) -> None:
        while not self._ended.is_set():
            if not self._woken.wait(REPORT_SECONDS):
                self._try(self._report)
            self._woken.clear()
            self._try(self._give_all)

    def _try(self, work: Callable[[], None]) -> None:
        try:
            work()
        except (KubernetesError, DevicesError) as error:
            # As a device plugin would: told, and tried again at the next change.
            logging.getLogger(__name__).warning("simulated device plugin: %s", error)

    def _report(self) -> None:
        for node in self._awake():
            annotations = {"annotations": node.registration(datetime.now())}
            self._kube.patch("v1", "Node", node.full_name, {"metadata": annotations})

    def _give_all(self) -> None:
        awake = {node.full_name: node for node in self._awake()}
        for pod in self._pods.read():
            node = awake.get(pod["spec"].get("nodeName", ""))
            if node is not None and _is_waiting(pod, node):
                self._give(pod, list(node.devices))

    def _give(self, pod: Object, profiles: list[VendorProfile]) -> None:
        name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
        for profile in profiles:
            others = [each for each in profiles if each is not profile]
            while True:
                # What was heard of may be older than what was just given.
                found = self._kube.get("v1", "Pod", name, namespace)
                if found is None or allocate(self._kube, found, profile, others) is None:
                    break


def _is_waiting(pod: Object, node: SimulatedNode) -> bool:
    annotations = pod["metadata"].get("annotations") or {}
    return is_being_bound(annotations) and annotations.get(NODE) == node.full_name
