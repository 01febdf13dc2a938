"""Pods on simulated nodes that have completed."""

from __future__ import annotations

import logging
import threading
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from maidenhair.errors import ApiRefused, KubernetesError
from maidenhair.kube import Kube, Object
from maidenhair.kube.watch.watched import WatchedObjects

END_SECONDS = 10.0
SUCCEEDED = "Succeeded"


class CompletedPods:
    """Sets the phase of pods to Succeeded, and keeps it: a context manager.

    KWOK may start a pod twice. The second start, with what KWOK knew before the first one, can come after the pod has
    completed, and makes it Running again.

    Args:
        kube: the API.
        namespace: the namespace of the pods.
    """

    def __init__(self, kube: Kube, namespace: str) -> None:
        self._kube = kube
        self._namespace = namespace
        self._pods = WatchedObjects(kube, "v1", "Pod", namespace)
        # By UID, because a later pod of the same name has not completed.
        self._completed: set[str] = set()
        self._woken = threading.Event()
        self._ended = False
        self._thread = threading.Thread(target=self._keep, name="completed-pods", daemon=True)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Watch pods from the first completed pod on."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop the thread and the watch."""
        if self._completed:
            self._ended = True
            self._woken.set()
            self._thread.join(END_SECONDS)
        self._stack.close()

    def add(self, name: str) -> None:
        """Set a pod's phase to Succeeded, like a kubelet when all containers have ended without an error.

        Raises:
            KubernetesError: the API refused the change.
        """
        self._completed.add(self._complete(name)["metadata"]["uid"])
        if not self._thread.is_alive():
            self._stack.enter_context(self._pods)
            self._stack.enter_context(self._pods.on_change(self._woken.set))
            self._thread.start()
        self._woken.set()

    def _complete(self, name: str) -> Object:
        status = {"phase": SUCCEEDED}
        return self._kube.patch_status("v1", "Pod", name, status, namespace=self._namespace)

    def _keep(self) -> None:
        while self._woken.wait() and not self._ended:
            self._woken.clear()
            try:
                for pod in self._pods.read():
                    found, phase = pod["metadata"], pod["status"].get("phase")
                    if found["uid"] in self._completed and phase != SUCCEEDED:
                        self._complete(found["name"])
            except KubernetesError as error:
                # The pod or the namespace was deleted meanwhile.
                if not (isinstance(error, ApiRefused) and error.status == 404):
                    logging.getLogger(__name__).warning(
                        "A completed pod may be Running again: %s", error
                    )
