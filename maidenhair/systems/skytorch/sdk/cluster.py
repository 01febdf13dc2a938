"""Computes driven through the SDK as one Cluster."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from maidenhair.systems.skytorch.sdk.drivers import SETTLE_SECONDS, SdkDriven, await_ready
from maidenhair.systems.skytorch.sdk.session import SdkSession
from maidenhair.waiting import eventually

WAITING_SECONDS = 60


class DrivenCluster:
    """Computes driven through the SDK as one Cluster.

    Args:
        sdk: the session that the Computes belong to.
        computes: the Computes.
    """

    def __init__(self, sdk: SdkSession, computes: Sequence[SdkDriven]) -> None:
        self._sdk = sdk
        self._computes = computes
        self._cluster = sdk.cluster(*(each.compute for each in computes))

    @property
    def names(self) -> list[str]:
        """Return the names of its Computes in the order of iteration."""
        return [compute.name for compute in self._cluster]

    @property
    def indexed_names(self) -> list[str]:
        """Return the names of its Computes in the order of their indices."""
        return [self._cluster[index].name for index in range(len(self._cluster))]

    def enter(self) -> None:
        """Enter the Cluster's `async with` block: wait until all its Computes are ready. Raises like `await_ready`."""
        self._await_ready("entering the Cluster", self._cluster.__aenter__())

    def leave(self) -> None:
        """Leave the Cluster's `async with` block, which deletes its Computes.

        Raises:
            ExceptionGroup: the SDK failed to delete some of the Computes.
        """
        self._sdk.run("leaving the Cluster", self._cluster.__aexit__(None, None, None))

    def become_ready(self) -> None:
        """Wait until all its Computes are ready. Raises like `await_ready`."""
        self._await_ready(
            "waiting for the Cluster", self._cluster.ready(timeout=int(WAITING_SECONDS))
        )

    def says_ready(self) -> bool:
        """Return whether the SDK reports the Cluster as ready."""
        ready = self._sdk.call("checking whether the Cluster is ready", self._cluster.is_ready)
        return bool(ready)

    def wait_for(self, seconds: int) -> None:
        """Let the SDK wait until the Cluster is ready, without a second wait beside it.

        Args:
            seconds: the time limit of the SDK.

        Raises:
            Exception: any error of the SDK.
        """
        within = seconds + SETTLE_SECONDS
        self._sdk.run("waiting for the Cluster", self._cluster.ready(timeout=seconds), within)

    def wait_while(self, happening: Callable[[], None]) -> None:
        """Let the SDK wait until the Cluster is ready, and call a function as soon as the SDK watches its Computes.

        Args:
            happening: the function to call.

        Raises:
            Exception: any error of the SDK.
        """
        before = [each.resource for each in self._cluster]
        waiting = self._sdk.start(self._cluster.ready(timeout=WAITING_SECONDS))
        try:
            eventually(
                # The SDK stores the object that its watch reports in `resource`.
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
        """Delete its Computes without waiting until they are gone."""
        self._sdk.run("deleting the Cluster", self._cluster.delete())

    def _await_ready(self, action: str, coroutine: Any) -> None:
        await_ready(self._sdk, action, coroutine, [each.view for each in self._computes])
