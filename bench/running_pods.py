"""The pods that begin to run during a measurement."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from maidenhair.kube import Kube
from maidenhair.kube.transport import EventStream


@contextmanager
def running_pods(kube: Kube) -> Iterator[set[str]]:
    """Yield the uids of pods that began to run, a set that grows until the `with` block ends.

    Args:
        kube: reads the pods of all namespaces.
    """
    _, version = kube.list_with_version("v1", "Pod")
    pods: set[str] = set()
    watch = _Watch(kube, version, pods)
    thread = threading.Thread(target=watch.follow, daemon=True)
    thread.start()
    try:
        yield pods
    finally:
        watch.end()
        thread.join()


class _Watch:
    """Follows the pods of all namespaces, for longer than one request may last."""

    def __init__(self, kube: Kube, version: str, pods: set[str]) -> None:
        self._kube = kube
        self._version = version
        self._pods = pods
        self._ended = False
        self._stream: EventStream = kube.watch("v1", "Pod", resource_version=version)

    def follow(self) -> None:
        """Keep the uid of every pod that runs, until `end`."""
        while not self._ended:
            for _, pod in self._stream:
                self._version = pod["metadata"]["resourceVersion"]
                if (pod.get("status") or {}).get("phase") == "Running":
                    self._pods.add(pod["metadata"]["uid"])
            if not self._ended:
                self._stream = self._kube.watch("v1", "Pod", resource_version=self._version)

    def end(self) -> None:
        """End `follow`, from another thread."""
        self._ended = True
        self._stream.close()
