"""Settings of a Compute, as a program gives them and as they are in what serves it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from maidenhair.kube import Kube
from maidenhair.kube.matchers import equal_quantity, matches_tree
from maidenhair.kube.watch.watched import WatchedObject
from maidenhair.waiting import eventually

PREPARED_SECONDS = 60.0


@dataclass(frozen=True)
class Settings:
    """Settings of a Compute.

    Attributes:
        labels: labels of all that serves it.
        variables: environment variables of the server.
        resources: what the server requests, and is limited to.
    """

    labels: Mapping[str, str]
    variables: Mapping[str, str]
    resources: Mapping[str, str]

    @property
    def options(self) -> dict[str, Any]:
        """Return them as arguments of the SDK's Compute."""
        return {
            "labels": dict(self.labels),
            "env": dict(self.variables),
            "resources": dict(self.resources),
        }

    @property
    def stateful_set(self) -> dict[str, Any]:
        """Return what is in the StatefulSet of the Compute, as a partial tree."""
        resources = {name: equal_quantity(amount) for name, amount in self.resources.items()}
        container = {
            "name": "server",
            "env": [{"name": name, "value": value} for name, value in self.variables.items()],
            "resources": {"requests": resources, "limits": resources},
        }
        metadata = {"labels": dict(self.labels)}
        template = {"metadata": metadata, "spec": {"containers": [container]}}
        return {"metadata": metadata, "spec": {"template": template}}


def wait_until_prepared(kube: Kube, namespace: str, name: str, settings: Settings) -> None:
    """Wait until the StatefulSet of a Compute has its settings.

    Raises:
        WaitTimedOut: it has not; the text tells what differs.
    """
    with WatchedObject(kube, "apps/v1", "StatefulSet", name, namespace) as watched:
        eventually(
            watched,
            matches_tree(settings.stateful_set),
            within=PREPARED_SECONDS,
            described_as=f"StatefulSet {namespace}/{name} to have the settings of its Compute",
        )
