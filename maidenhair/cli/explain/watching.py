"""Explain an object again whenever its explanation changes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack

from maidenhair.errors import ApiRefused
from maidenhair.kube import Kube, Object
from maidenhair.kube.diagnosis.explanation import Explanation, explain_object
from maidenhair.kube.watch.watched import WatchedObject, WatchedObjects


def changes(kube: Kube, subject: Object) -> Iterator[Explanation]:
    """Yield the explanation of an object, and again whenever it changes, without an end.

    The object is watched, and the pods and events of its namespace as far as the account may watch them.

    Raises:
        KubernetesError: the object could not be read or watched.
    """
    changed = threading.Event()
    metadata = subject["metadata"]
    namespace = metadata.get("namespace")
    kind = (subject["apiVersion"], subject["kind"])
    with ExitStack() as stack:
        watched = stack.enter_context(WatchedObject(kube, *kind, metadata["name"], namespace))
        stack.enter_context(watched.on_change(changed.set))
        for other in ("Pod", "Event"):
            if namespace is not None:
                _watch(kube, other, namespace, stack, changed)
        last = ""
        while True:
            changed.clear()
            explained = explain_object(kube, subject)
            if str(explained) != last:
                last = str(explained)
                yield explained
            changed.wait()


def _watch(
    kube: Kube, kind: str, namespace: str, stack: ExitStack, changed: threading.Event
) -> None:
    try:
        watched = stack.enter_context(WatchedObjects(kube, "v1", kind, namespace))
    except ApiRefused:
        # The account may not watch them. The changes of the object itself are still seen.
        return
    stack.enter_context(watched.on_change(changed.set))
