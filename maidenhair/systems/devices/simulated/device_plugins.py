"""The device plugins of simulated nodes: what they tell HAMi, and give pods."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from maidenhair.errors import ApiRefused, DevicesError, KubernetesError
from maidenhair.kube import Kube, Object
from maidenhair.kube.watch.watched import WatchedObjects
from maidenhair.systems.devices.concurrent import do_each
from maidenhair.systems.devices.hami.allocation import allocate, is_being_bound
from maidenhair.systems.devices.hami.protocol import NODE
from maidenhair.systems.devices.simulated.node import SimulatedNode

REPORT_SECONDS = 30.0
END_SECONDS = 10.0


class SimulatedPlugins:
    """Threads that tell HAMi of nodes' devices, and give pods there what was chosen; a context manager.

    Args:
        kube: the API.
        namespace: the namespace of the pods.
        awake: gives the nodes whose plugins do their work.
        report_every: seconds between two reports of a node's devices.
    """

    def __init__(
        self,
        kube: Kube,
        namespace: str,
        awake: Callable[[], Iterable[SimulatedNode]],
        report_every: float = REPORT_SECONDS,
    ) -> None:
        self._kube = kube
        self._awake = awake
        self._report_every = report_every
        self._pods = WatchedObjects(kube, "v1", "Pod", namespace)
        self._ended, self._woken = threading.Event(), threading.Event()
        # Two, as many nodes take long to report, and a scheduler waits a second for what was chosen to be given.
        self._threads = [
            threading.Thread(target=work, name=f"device-plugins-{work.__name__}", daemon=True)
            for work in (self._report, self._give)
        ]
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Begin."""
        self._stack.enter_context(self._pods)
        self._stack.enter_context(self._pods.on_change(self.look))
        for thread in self._threads:
            thread.start()
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
        for thread in self._threads:
            thread.join(END_SECONDS)
        self._stack.close()

    def look(self) -> None:
        """Look at the pods again."""
        self._woken.set()

    def _report(self) -> None:
        while not self._ended.wait(self._report_every):
            for node in self._awake():
                if self._ended.is_set():
                    return
                with _told():
                    annotations = {"annotations": node.registration(datetime.now(UTC))}
                    self._kube.patch("v1", "Node", node.full_name, {"metadata": annotations})

    def _give(self) -> None:
        while not self._ended.is_set():
            self._woken.wait(self._report_every)
            self._woken.clear()
            with _told():
                self._give_all()

    def _give_all(self) -> None:
        awake = {node.full_name: node for node in self._awake()}
        waiting = []
        for pod in self._pods.read():
            node = awake.get(pod["spec"].get("nodeName", ""))
            if node is not None and _is_waiting(pod, node):
                waiting.append((pod, node))
        if waiting:
            # Every node has plugins of its own, which wait for no other's.
            do_each(self._give_to, waiting)

    def _give_to(self, waiting: tuple[Object, SimulatedNode]) -> None:
        pod, node = waiting
        name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
        with _told():
            for profile in node.devices:
                others = [each for each in node.devices if each is not profile]
                while True:
                    # What was heard of may be older than what was just given.
                    found = self._kube.get("v1", "Pod", name, namespace)
                    if found is None:
                        return
                    given = allocate(self._kube, found, profile, others)
                    if given is None:
                        break
                    if given.is_last:
                        return


@contextmanager
def _told() -> Iterator[None]:
    """Tell of what a device plugin would tell of, and try again at the next change; the others go on."""
    try:
        yield
    except (KubernetesError, DevicesError) as error:
        if isinstance(error, ApiRefused) and error.status == 404:
            # The node, or the pod, was taken away meanwhile.
            return
        logging.getLogger(__name__).warning("simulated device plugin: %s", error)


def _is_waiting(pod: Object, node: SimulatedNode) -> bool:
    annotations = pod["metadata"].get("annotations") or {}
    return is_being_bound(annotations) and annotations.get(NODE) == node.full_name
