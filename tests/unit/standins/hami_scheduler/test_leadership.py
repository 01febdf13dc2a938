"""The leader among several replicas of the stand-in."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hami_scheduler.leadership import ROLE, Leadership, Replica

from .hami_cluster import Cluster, pod


class Elections(Cluster):
    """A cluster with a Lease that a holder has."""

    holder = ""

    async def lease(self, namespace: str, name: str) -> dict[str, Any] | None:
        return {"spec": {"holderIdentity": self.holder}} if self.holder else None


def role(cluster: Elections, *holders: str, lease: str = "hami-scheduler") -> str | None:
    """Return the label of the pod `one` after its replica has seen these holders of the Lease."""

    async def look() -> None:
        leadership = Leadership(cluster, Replica("lab", "one", lease))
        for cluster.holder in holders:
            await leadership.check()

    asyncio.run(look())
    labels: dict[str, str] = cluster.pods["lab", "one"]["metadata"].get("labels") or {}
    return labels.get(ROLE)


@pytest.mark.parametrize(
    ("holders", "expected"),
    [
        (("one_5f2c",), "leader"),
        (("two_77aa",), "follower"),
        (("one-more_5f2c",), "follower"),
        (("",), "follower"),
        (("two_77aa", "one_5f2c"), "leader"),
        (("one_5f2c", "two_77aa"), "follower"),
    ],
)
def test_the_replica_whose_pod_holds_the_lease_leads(
    holders: tuple[str, ...], expected: str
) -> None:
    assert role(Elections(pod("one")), *holders) == expected


def test_a_replica_leads_if_there_is_no_election() -> None:
    assert role(Elections(pod("one")), "two_77aa", lease="") == "leader"
