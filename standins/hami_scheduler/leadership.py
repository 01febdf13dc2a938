"""Whether this replica of the scheduler leads: the kube-scheduler of its pod then holds the Lease of the election.

The Service of the scheduler selects the leader's pod by its label.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from hami_scheduler.api import Api, ApiError

LOG = logging.getLogger(__name__)
ROLE = "hami.io/scheduler-role"
LEADER, FOLLOWER = "leader", "follower"
PERIOD = 2.0
"""Seconds between two looks at the Lease."""


@dataclass(frozen=True)
class Replica:
    """A replica of the scheduler.

    Attributes:
        namespace: the namespace of its pod and of the Lease.
        pod: the name of its pod; "" if it is not known, so that it has no label.
        lease: the name of the Lease; "" if there is no election, so that each replica leads.
    """

    namespace: str = ""
    pod: str = ""
    lease: str = ""

    @classmethod
    def of(cls, environment: Mapping[str, str], lease: str) -> Replica:
        """Return the replica that environment variables of its pod describe."""
        return cls(environment.get("POD_NAMESPACE", ""), environment.get("POD_NAME", ""), lease)


class Leadership:
    """Keeps the label of a replica's pod up to date.

    Args:
        api: the API.
        replica: the replica.
    """

    def __init__(self, api: Api, replica: Replica) -> None:
        self._api = api
        self._replica = replica
        self._role = ""

    async def run(self) -> None:
        """Label the pod whenever its role changes, until the task is cancelled."""
        while self._replica.pod:
            try:
                await self.check()
            except ApiError as error:
                # The next look tries again.
                LOG.info("%s", error)
            await asyncio.sleep(PERIOD)

    async def check(self) -> None:
        """Look who leads, and label the pod if its role has changed."""
        replica = self._replica
        role = LEADER if await self._leads() else FOLLOWER
        if role == self._role:
            return
        pod = await self._api.pod(replica.namespace, replica.pod)
        if pod is not None:
            await self._api.annotate_pod(pod, {}, {ROLE: role})
            self._role = role

    async def _leads(self) -> bool:
        replica = self._replica
        if not replica.lease:
            return True
        lease = await self._api.lease(replica.namespace, replica.lease)
        holder = ((lease or {}).get("spec") or {}).get("holderIdentity") or ""
        # The identity of a kube-scheduler is its host's name, which is that of the pod, and a unique id.
        return str(holder).rpartition("_")[0] == replica.pod
