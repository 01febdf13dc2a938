"""A kind is found by every name that kubectl takes."""

from __future__ import annotations

from typing import cast

import pytest

from maidenhair.errors import ApiRefused, ConfigurationError
from maidenhair.kube.api_resources import Discovery, Resource
from maidenhair.kube.kind_names import find_kind

VERBS = frozenset({"get", "list"})
SERVED = (
    Resource("v1", "Service", "services", True, VERBS, "service", ("svc",)),
    Resource("apps/v1", "Deployment", "deployments", True, VERBS, "deployment", ("deploy",)),
    Resource("serving.example.com/v1", "Service", "services", True, VERBS, "service", ("ksvc",)),
)


class Served:
    """The kinds of a server."""

    server = "https://here"

    def all(self) -> list[Resource]:
        return list(SERVED)

    def resource(self, api_version: str, kind: str) -> Resource:
        if not api_version.endswith("v1beta1"):
            raise ApiRefused("find", 404, "NotFound", "no such version")
        return Resource(api_version, kind, "", True, VERBS)


KINDS = cast(Discovery, Served())


@pytest.mark.parametrize(
    ("name", "api_version"),
    [
        ("Deployment", "apps/v1"),
        ("deployments", "apps/v1"),
        ("DEPLOY", "apps/v1"),
        ("deployment.apps", "apps/v1"),
        ("svc", "v1"),
        ("service", "v1"),
        ("ksvc", "serving.example.com/v1"),
        ("services.serving.example.com", "serving.example.com/v1"),
        ("deployments.v1beta1.apps", "apps/v1beta1"),
    ],
)
def test_a_kind_is_found_by_its_names(name: str, api_version: str) -> None:
    assert find_kind(KINDS, name).api_version == api_version


@pytest.mark.parametrize(
    ("name", "similar"),
    [
        ("deploment", "similar kinds: deployment, deployments"),
        ("deployments.v3.apps", "similar kinds: deployments.apps"),
        ("zebra", "no kind has a similar name"),
    ],
)
def test_a_kind_that_is_not_served_is_refused_with_similar_ones(name: str, similar: str) -> None:
    with pytest.raises(ConfigurationError, match=f"serves no kind '{name}'; {similar}"):
        find_kind(KINDS, name)
