"""Applying several manifests: their order, and what is waited for between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from maidenhair.errors import ApiRefused, ConfigurationError, WaitStopped
from maidenhair.kube.apply import apply_all
from maidenhair.kube.objects import Object


def named(kind: str, name: str, api_version: str = "v1", **fields: Any) -> dict[str, Any]:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, **fields}


def definition(plural: str = "widgets") -> dict[str, Any]:
    versions = [{"name": "v1", "served": True}, {"name": "v2", "served": False}]
    spec = {"group": "example.com", "names": {"kind": "Widget"}, "versions": versions}
    return named("CustomResourceDefinition", plural, "apiextensions.k8s.io/v1", spec=spec)


class SlowApi:
    """An API server that does what it was asked only after some more requests.

    Args:
        established: the answers to requests for a definition's conditions.
        refusals: the statuses of the first answers to requests for a list.
    """

    def __init__(self, established: list[dict[str, str]], refusals: tuple[int, ...] = ()) -> None:
        self.log: list[str] = []
        self._conditions: Iterator[dict[str, str]] = iter(established)
        self._last = established[-1]
        self._refusals = list(refusals)

    def apply(self, manifest: Mapping[str, Any]) -> Object:
        self.log.append(f"apply {manifest['kind']} {manifest['metadata']['name']}")
        return dict(manifest)

    def get(self, api_version: str, kind: str, name: str, namespace: str | None = None) -> Object:
        self.log.append(f"get {kind}")
        self._last = next(self._conditions, self._last)
        status = [{"type": key, "status": value} for key, value in self._last.items()]
        return {"status": {"conditions": status}}

    def list(self, api_version: str, kind: str, **selectors: str) -> list[Object]:
        self.log.append(f"list {kind} ({api_version})")
        if self._refusals:
            raise ApiRefused("list", self._refusals.pop(0), "Busy", "not yet")
        return []


def test_objects_wait_until_their_kind_is_established_and_served() -> None:
    api = SlowApi([{"Established": "False"}, {"Established": "True"}], refusals=(404, 429, 503))
    apply_all(api, [named("Widget", "a", "example.com/v1"), definition()])  # type: ignore[arg-type]
    assert list(dict.fromkeys(api.log)) == [
        "apply CustomResourceDefinition widgets",
        "get CustomResourceDefinition",
        "list Widget (example.com/v1)",
        "apply Widget a",
    ]
    assert api.log.count("list Widget (example.com/v1)") == 4


def test_a_definition_whose_names_are_refused_ends_the_wait() -> None:
    api = SlowApi([{"Established": "False", "NamesAccepted": "False"}])
    with pytest.raises(WaitStopped, match="its names are refused"):
        apply_all(api, [definition()])  # type: ignore[arg-type]


def test_objects_of_an_aggregated_api_come_after_its_service() -> None:
    api = SlowApi([{}], refusals=(503,))
    service = named("APIService", "v1.metrics", "apiregistration.k8s.io/v1", spec={"group": "m.io"})
    apply_all(
        api,  # type: ignore[arg-type]
        [named("Thing", "a", "m.io/v1"), service, named("Deployment", "server", "apps/v1")],
    )
    assert list(dict.fromkeys(api.log)) == [
        "apply Deployment server",
        "apply APIService v1.metrics",
        "list Thing (m.io/v1)",
        "apply Thing a",
    ]


def test_a_pod_waits_until_its_new_namespace_accepts_pods() -> None:
    api = SlowApi([{}])
    pod = named("Pod", "a")
    pod["metadata"]["namespace"] = "new"
    apply_all(api, [pod, named("Namespace", "new")])  # type: ignore[arg-type]
    assert api.log == ["apply Namespace new", "get ServiceAccount", "apply Pod a"]


def test_nothing_is_applied_if_a_manifest_is_no_object() -> None:
    api = SlowApi([{}])
    with pytest.raises(ConfigurationError, match="manifest 2: it is text"):
        apply_all(api, [named("ConfigMap", "a"), "text"])  # type: ignore[arg-type, list-item]
    assert api.log == []
