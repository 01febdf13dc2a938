"""Computes that are driven through the SDK as one Cluster."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from maidenhair.systems.skytorch.sdk.drivers import SETTLE_SECONDS, SdkDriven, await_ready
from maidenhair.systems.skytorch.sdk.session import SdkSession
from maidenhair.waiting import eventually

WAITING_SECONDS = 60


class DrivenCluster:
    """Computes driven through the SDK as one Cluster."""

    def __init__(self, sdk: SdkSession, computes: Sequence[SdkDriven]) -> None:
        self._sdk = sdk
        self._computes = computes
        self._cluster = sdk.cluster(*(each.compute for each in computes))

    @property
    def names(self) -> list[str]:
        """Return the names of its Computes, as iterating over it gives them."""
        return [compute.name for compute in self._cluster]

    @property
    def indexed_names(self) -> list[str]:
        """Return the names of its Computes, as its length and its indices give them."""
        return [self._cluster[index].name for index in range(len(self._cluster))]

    def enter(self) -> None:
        """Begin to use the Cluster, as `async with` does: wait until all its Computes are ready."""
        self._await_ready("entering the Cluster", self._cluster.__aenter__())

    def leave(self) -> None:
        """End the use of the Cluster, as the end of `async with` does: its Computes are deleted.

        Raises:
            ExceptionGroup: the SDK's, of the failures of its Computes.
        """
        self._sdk.run("leaving the Cluster", self._cluster.__aexit__(None, None, None))

    def become_ready(self) -> None:
        """Wait until all its Computes are ready; raises like `await_ready`."""
        self._await_ready(
            "waiting for the Cluster", self._cluster.ready(timeout=int(WAITING_SECONDS))
        )

    def says_ready(self) -> bool:
        """Return whether the SDK says that it is ready."""
        ready = self._sdk.call("asking whether the Cluster is ready", self._cluster.is_ready)
        return bool(ready)

    def wait_for(self, seconds: int) -> None:
        """Have the SDK wait for its readiness, watched by nobody; raises what the SDK raises."""
        within = seconds + SETTLE_SECONDS
        self._sdk.run("waiting for the Cluster", self._cluster.ready(timeout=seconds), within)

    def wait_while(self, happening: Callable[[], None]) -> None:
        """Do something once the SDK watches its Computes, and have it wait on; raises what the SDK raises."""
        before = [each.resource for each in self._cluster]
        waiting = self._sdk.start(self._cluster.ready(timeout=WAITING_SECONDS))
        try:
            eventually(
                # The SDK keeps what its watches tell it of each Compute.
                lambda: [
                    each.name
                    for each, known in zip(self._cluster, before, strict=True)
                    if each.resource is known
                ],
                [],
                within=SETTLE_SECONDS,
                described_as="no Compute of the Cluster to be unwatched by the SDK",
            )
            happening()
            self._sdk.finish("waiting for the Cluster", waiting, WAITING_SECONDS + SETTLE_SECONDS)
        finally:
            waiting.cancel()

    def delete(self) -> None:
        """Delete its Computes, without waiting for that."""
        self._sdk.run("deleting the Cluster", self._cluster.delete())

    def _await_ready(self, doing: str, coroutine: Any) -> None:
        await_ready(self._sdk, doing, coroutine, [each.view for each in self._computes])
