"""The claims that Computes name, which belong to none of them."""

from __future__ import annotations

from typing import Any

from hamcrest.core.matcher import Matcher

from maidenhair.kube import Kube, Object
from maidenhair.kube.watch.watched import WatchedObject
from maidenhair.systems.skytorch.api.owned_objects import CHANGE_SECONDS
from maidenhair.waiting import eventually

KIND = "PersistentVolumeClaim"


def wait_for_claim(
    kube: Kube, namespace: str, name: str, matcher: Matcher[Any], wanted: str
) -> Object:
    """Wait until a claim is as wanted, and return it.

    Args:
        kube: the API.
        namespace: the claim's namespace.
        name: its name; it need not exist yet.
        matcher: what it has to match.
        wanted: the same in words that follow its name, such as "to exist".

    Raises:
        WaitTimedOut: it did not become so.
        KubernetesError: the API could not be used.
    """
    described_as = f"{KIND} {namespace}/{name} {wanted}"
    with WatchedObject(kube, "v1", KIND, name, namespace) as claim:
        found = eventually(claim, matcher, within=CHANGE_SECONDS, described_as=described_as)
    return found or {}
