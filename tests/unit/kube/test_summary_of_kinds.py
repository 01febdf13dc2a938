"""Finding a kind without its group: which requests it takes."""

from __future__ import annotations

from typing import Any

import pytest

from maidenhair.errors import ApiRefused
from maidenhair.kube.api_resources import SUMMARY, Discovery
from maidenhair.kube.transport import Request
from tests.unit.memory_api import KINDS, MemoryTransport


class Summarizing(MemoryTransport):
    """An API server in memory that summarizes its groups, possibly late."""

    def __init__(self) -> None:
        super().__init__()
        self.paths: list[str] = []
        self.is_late = False

    def send(self, request: Request) -> Any:
        """Return the answer to a request."""
        self.paths.append(request.path)
        if request.accept != SUMMARY:
            return super().send(request)
        versions = [each for each in KINDS if ("/" in each) == (request.path == "/apis")]
        items = [summarized(each) for each in versions if not self.is_late]
        return {"kind": "APIGroupDiscoveryList", "items": items}


def summarized(api_version: str) -> dict[str, Any]:
    group, _, version = api_version.rpartition("/")
    resources = [
        {
            "resource": plural,
            "responseKind": {"group": "", "version": "", "kind": kind},
            "scope": "Cluster" if kind == "Namespace" else "Namespaced",
            "singularResource": kind.lower(),
            "verbs": ["get", "list"],
        }
        for plural, kind in KINDS[api_version].items()
    ]
    bare = {"resource": "tokens", "scope": "Cluster", "verbs": [], "subresources": []}
    return {
        "metadata": {"name": group} if group else {},
        "versions": [{"version": version, "resources": [bare, *resources]}, {"version": "v0"}],
    }


@pytest.mark.parametrize(
    ("kind", "version", "plural", "namespaced"),
    [
        ("Namespace", "v1", "namespaces", False),
        ("Widget", "example.com/v1", "widgets", True),
    ],
)
def test_a_kind_is_found_in_the_summary(
    kind: str, version: str, plural: str, namespaced: bool
) -> None:
    api = Summarizing()
    discovery = Discovery(api)  # type: ignore[arg-type]
    found = discovery.resource_of_kind(kind)

    assert discovery.resource_of_kind(kind) == found
    assert (found.api_version, found.plural, found.namespaced) == (version, plural, namespaced)
    assert found.verbs == {"get", "list"}
    assert api.paths == ["/api", "/apis"]


def test_a_kind_that_a_late_summary_lacks_is_found_in_its_group() -> None:
    api = Summarizing()
    api.is_late = True

    assert Discovery(api).resource_of_kind("Widget").api_version == "example.com/v1"  # type: ignore[arg-type]


def test_a_kind_that_nothing_serves_is_refused() -> None:
    with pytest.raises(ApiRefused, match="similar kinds: Widget"):
        Discovery(Summarizing()).resource_of_kind("Wigdet")  # type: ignore[arg-type]
