"""The device plugins of simulated nodes: they report devices to HAMi and allocate the shares that HAMi chose."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import cache
from types import TracebackType
from typing import Self

from maidenhair.errors import ApiRefused, DevicesError, KubernetesError
from maidenhair.kube import Kube, Object
from maidenhair.kube.watch.watched import WatchedObjects
from maidenhair.systems.devices.concurrent import do_each
from maidenhair.systems.devices.hami.allocation import allocate, is_being_bound
from maidenhair.systems.devices.hami.protocol import NODE, parse_shares
from maidenhair.systems.devices.simulated.node import SimulatedNode
from maidenhair.systems.devices.simulated.states import NodeStates
from maidenhair.systems.devices.vendor_profile import VendorProfile, vendor_profiles

REPORT_SECONDS = 30.0
END_SECONDS = 10.0


class SimulatedPlugins:
    """Threads that report the devices of simulated nodes and allocate the devices of pods: a context manager.

    Args:
        kube: the API.
        namespace: the namespace of the pods.
        states: the nodes.
        report_every: seconds between two reports of a node's devices.
    """

    def __init__(
        self,
        kube: Kube,
        namespace: str,
        states: NodeStates,
        report_every: float = REPORT_SECONDS,
    ) -> None:
        self._kube = kube
        self._states = states
        self._report_every = report_every
        self._pods = WatchedObjects(kube, "v1", "Pod", namespace)
        self._ended, self._woken = threading.Event(), threading.Event()
        # Two threads: reporting many nodes takes long, but a scheduler waits only a second for an allocation.
        self._threads = [
            threading.Thread(target=work, name=f"device-plugins-{work.__name__}", daemon=True)
            for work in (self._report, self._allocate)
        ]
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Watch the pods and start the threads."""
        self._stack.enter_context(self._pods)
        self._stack.enter_context(self._pods.on_change(self.check_pods))
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop the threads and the watch."""
        self._ended.set()
        self.check_pods()
        for thread in self._threads:
            thread.join(END_SECONDS)
        self._stack.close()

    def check_pods(self) -> None:
        """Check soon, in the background, which pods wait for devices."""
        self._woken.set()

    def _report(self) -> None:
        while not self._ended.wait(self._report_every):
            for name in [node.name for node in self._states.active()]:
                if self._ended.is_set():
                    return
                with _errors_logged(), self._states.reported(name) as node:
                    if node is not None:
                        annotations = {"annotations": node.registration(datetime.now(UTC))}
                        self._kube.patch("v1", "Node", node.full_name, {"metadata": annotations})

    def _allocate(self) -> None:
        while not self._ended.is_set():
            self._woken.wait(self._report_every)
            self._woken.clear()
            with _errors_logged():
                self._allocate_all()

    def _allocate_all(self) -> None:
        pods = self._pods.read()
        # After the pods: a plugin that was stopped before a pod was created does not respond to it.
        active = {node.full_name: node for node in self._states.active()}
        waiting = []
        for pod in pods:
            node = active.get(pod["spec"].get("nodeName", ""))
            if node is not None and _is_waiting(pod, node):
                waiting.append((pod, node))
        if waiting:
            # Real nodes have separate plugins, which do not wait for each other.
            do_each(self._allocate_for, waiting)

    def _allocate_for(self, waiting: tuple[Object, SimulatedNode]) -> None:
        pod, node = waiting
        name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
        with _errors_logged():
            profiles = _allocating(pod, node)
            for profile in profiles:
                others = [each for each in profiles if each is not profile]
                while True:
                    # The watch may deliver an older state than the one after the last allocation.
                    found = self._kube.get("v1", "Pod", name, namespace)
                    if found is None:
                        return
                    allocation = allocate(self._kube, found, profile, others)
                    if allocation is None:
                        break
                    if allocation.is_last:
                        return


@contextmanager
def _errors_logged() -> Iterator[None]:
    """Log an error, so that the plugins of other nodes continue. The next change or report tries again."""
    try:
        yield
    except (KubernetesError, DevicesError) as error:
        if isinstance(error, ApiRefused) and error.status == 404:
            # The node or the pod was deleted meanwhile.
            return
        logging.getLogger(__name__).warning(
            "A simulated device plugin failed and will try again: %s", error
        )


def _is_waiting(pod: Object, node: SimulatedNode) -> bool:
    annotations = pod["metadata"].get("annotations") or {}
    return is_being_bound(annotations) and annotations.get(NODE) == node.full_name


@cache
def _known_profiles() -> tuple[VendorProfile, ...]:
    return tuple(vendor_profiles().values())


def _allocating(pod: Object, node: SimulatedNode) -> list[VendorProfile]:
    """Return the profiles whose devices a node's plugins allocate to a pod.

    HAMi lists the devices of a chip under a similar chip if the pod requests that one.
    """
    annotations = pod["metadata"].get("annotations") or {}
    own = {device.id for devices in node.devices.values() for device in devices}
    similar = [
        profile
        for profile in _known_profiles()
        if profile not in node.devices
        and profile.sharing
        and any(
            share.id in own
            for shares in parse_shares(annotations.get(profile.sharing.to_allocate, ""))
            for share in shares
        )
    ]
    return [*node.devices, *similar]
