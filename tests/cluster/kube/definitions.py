"""CustomResourceDefinitions for tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from maidenhair.kube import Kube, Object
from maidenhair.kube.matchers import is_absent
from maidenhair.kube.watch.watched import WatchedObject
from maidenhair.waiting import eventually

GROUP = "waits.tests.maidenhair.dev"
DEFINITIONS = "apiextensions.k8s.io/v1", "CustomResourceDefinition"
WITHIN = 60.0


def definition(
    kind: str, scope: str = "Namespaced", plural: str = "", version: str = "v1"
) -> Object:
    """Return the definition of a kind without a schema, with a status subresource."""
    plural = plural or f"{kind.lower()}s"
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    served = {
        "name": version,
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema},
        "subresources": {"status": {}},
    }
    return {
        "apiVersion": DEFINITIONS[0],
        "kind": DEFINITIONS[1],
        "metadata": {"name": f"{plural}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "names": {"plural": plural, "singular": kind.lower(), "kind": kind},
            "scope": scope,
            "versions": [served],
        },
    }


def remove(kube: Kube, removed: Object) -> None:
    """Delete a definition, and wait until it is gone."""
    name = removed["metadata"]["name"]
    with WatchedObject(kube, *DEFINITIONS, name) as watched:
        kube.delete(*DEFINITIONS, name)
        eventually(watched, is_absent(), within=WITHIN)


@contextmanager
def served(kube: Kube, made: Object) -> Iterator[None]:
    """Have a definition, whose kind is served, while the context is entered."""
    kube.apply_all([made])
    try:
        names = made["spec"]["names"]
        version = f"{made['spec']['group']}/{made['spec']['versions'][0]['name']}"
        eventually(lambda: kube.list(version, names["kind"]), [], within=WITHIN)
        yield
    finally:
        remove(kube, made)
