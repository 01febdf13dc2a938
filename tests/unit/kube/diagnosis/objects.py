"""An API with a few objects, for tests of explanations."""

from __future__ import annotations

from typing import Any, cast

from maidenhair.errors import ApiRefused
from maidenhair.kube import Kube, Object
from maidenhair.kube.api_resources import Resource
from maidenhair.kube.diagnosis.knowledge import NO_KNOWLEDGE, Knowledge
from maidenhair.kube.objects import Objects

VERBS = frozenset({"delete", "get", "list"})


class FewObjects:
    """An API that has a few objects.

    Args:
        objects: the objects.
        knowledge: the additions of systems.
        logs: the logs of containers, by pod.
        forbidden: the kinds that the account may not read.
    """

    def __init__(
        self,
        *objects: Object,
        knowledge: Knowledge = NO_KNOWLEDGE,
        logs: dict[str, str] | None = None,
        forbidden: tuple[str, ...] = (),
    ) -> None:
        self.knowledge = knowledge
        self._objects = objects
        self._logs = logs or {}
        self._forbidden = forbidden

    @property
    def discovery(self) -> FewObjects:
        """Return the kinds of the objects."""
        return self

    def all(self) -> list[Resource]:
        """Return the kinds of the objects."""
        kinds = {(each["apiVersion"], each["kind"]): is_namespaced(each) for each in self._objects}
        return [Resource(*kind, kind[1].lower(), space, VERBS) for kind, space in kinds.items()]

    def list(self, api_version: str, kind: str, namespace: str | None = None) -> Objects:
        """Return the objects of a kind."""
        if kind in self._forbidden:
            raise ApiRefused(f"list {kind}", 403, "Forbidden", "not for you")
        return [
            each
            for each in self._objects
            if (each["apiVersion"], each["kind"]) == (api_version, kind)
            and namespace in (None, each["metadata"].get("namespace"))
        ]

    def get(
        self, api_version: str, kind: str, name: str, namespace: str | None = None
    ) -> Object | None:
        """Return an object."""
        found = self.list(api_version, kind, namespace)
        return next((each for each in found if each["metadata"]["name"] == name), None)

    def pod_logs(self, namespace: str, pod: str, *arguments: Any, **limits: Any) -> str:
        """Return the log of a pod."""
        return self._logs.get(pod, "")


def api(*objects: Object, **more: Any) -> Kube:
    """Return an API that has a few objects."""
    return cast(Kube, FewObjects(*objects, **more))


def is_namespaced(manifest: Object) -> bool:
    """Return whether an object has a namespace."""
    return "namespace" in manifest["metadata"]


def made(
    api_version: str, kind: str, name: str, /, namespace: str | None = "n", **fields: Any
) -> Object:
    """Return an object that exists."""
    metadata = {"name": name, "uid": f"{kind}-{name}", "creationTimestamp": "2026-01-31T12:00:00Z"}
    metadata |= {"namespace": namespace} if namespace else {}
    metadata |= fields.pop("metadata", {})
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields}


def widget(name: str = "w", **fields: Any) -> Object:
    """Return a custom resource."""
    return made("example.com/v1", "Widget", name, **fields)


def owned_by(owner: Object, **more: Any) -> Object:
    """Return the metadata of an object with an owner."""
    reference = {name: owner[name] for name in ("apiVersion", "kind")}
    reference |= {name: owner["metadata"][name] for name in ("name", "uid")}
    return {"ownerReferences": [reference], **more}


def failed_pod(name: str = "p", **fields: Any) -> Object:
    """Return a pod whose container has ended with exit code 3."""
    ended = {"terminated": {"exitCode": 3, "reason": "Error"}}
    statuses = [{"name": "c", "image": "i", "state": ended, "restartCount": 0}]
    status = {"phase": "Failed", "containerStatuses": statuses}
    spec = {"containers": [{"name": "c", "image": "i"}]}
    return made("v1", "Pod", name, **{"spec": spec, "status": status, **fields})


def event(involved: Object, reason: str, message: str, at: str = "2026-01-31T12:00:05Z") -> Object:
    """Return a Warning event of an object."""
    metadata = involved["metadata"]
    about = {"kind": involved["kind"], "name": metadata["name"], "uid": metadata["uid"]}
    return made(
        "v1",
        "Event",
        f"{metadata['name']}.{reason}",
        namespace=metadata.get("namespace", "default"),
        involvedObject=about,
        type="Warning",
        reason=reason,
        message=message,
        lastTimestamp=at,
    )
