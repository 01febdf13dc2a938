"""The Lease by which a run shows that it lives."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

from maidenhair._util.process_identity import ProcessIdentity
from maidenhair.errors import ApiRefused, KubernetesError
from maidenhair.kube.client import Kube
from maidenhair.kube.objects import Object
from maidenhair.kube.rbac.permissions import RUN_NAMESPACE
from maidenhair.kube.run.labels import RUN_LABEL

API_VERSION = "coordination.k8s.io/v1"
KIND = "Lease"
DURATION_SECONDS = 15
RENEW_SECONDS = 5.0


@dataclass(frozen=True)
class LeaseRecord:
    """What a run's Lease says.

    Attributes:
        run_id: the run.
        holder: its process, or None when the Lease does not tell.
        renewed: when it was last renewed, by its holder's clock.
        duration: how long it lasts from then.
    """

    run_id: str
    holder: ProcessIdentity | None
    renewed: datetime
    duration: timedelta

    @classmethod
    def of(cls, lease: Object) -> LeaseRecord:
        """Return what a Lease object says."""
        spec = lease.get("spec") or {}
        renewed = spec.get("renewTime") or lease["metadata"]["creationTimestamp"]
        return cls(
            lease["metadata"]["labels"][RUN_LABEL],
            ProcessIdentity.parse(spec.get("holderIdentity") or ""),
            datetime.fromisoformat(renewed),
            timedelta(seconds=spec.get("leaseDurationSeconds") or DURATION_SECONDS),
        )

    def has_lapsed(self, now: datetime) -> bool:
        """Return whether it was not renewed in time, judged by our clock."""
        return now > self.renewed + self.duration


class RunLease:
    """A run's Lease: made on entering, renewed by a thread, deleted on leaving.

    Args:
        kube: the API.
        run_id: the run.
        renew_every: seconds between renewals.
    """

    def __init__(self, kube: Kube, run_id: str, renew_every: float = RENEW_SECONDS) -> None:
        self._kube = kube
        self._run_id = run_id
        self._renew_every = renew_every
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep, name=f"lease {run_id}", daemon=True)

    def __enter__(self) -> Self:
        """Make the Lease, and its namespace where it is missing.

        Raises:
            KubernetesError: it could not be made.
        """
        self._make_namespace()
        self._renew()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Delete the Lease."""
        self._ended.set()
        self._thread.join()
        self._kube.delete(API_VERSION, KIND, lease_name(self._run_id), RUN_NAMESPACE)

    def _make_namespace(self) -> None:
        # Not applied: to change namespaces is a right that a run does not otherwise need.
        if self._kube.get("v1", "Namespace", RUN_NAMESPACE) is not None:
            return
        labels = {"app.kubernetes.io/managed-by": "maidenhair"}
        metadata = {"name": RUN_NAMESPACE, "labels": labels}
        try:
            self._kube.create({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
        except ApiRefused as refused:
            # Another run was faster.
            if refused.status != 409:
                raise

    def _keep(self) -> None:
        while not self._ended.wait(self._renew_every):
            try:
                self._renew()
            except KubernetesError:
                # The API may come back before the Lease lapses: the next turn tries again.
                continue

    def _renew(self) -> None:
        # Applied rather than patched, so that a Lease somebody deleted comes back.
        self._kube.apply(
            {
                "apiVersion": API_VERSION,
                "kind": KIND,
                "metadata": {
                    "name": lease_name(self._run_id),
                    "namespace": RUN_NAMESPACE,
                    "labels": {RUN_LABEL: self._run_id},
                },
                "spec": {
                    "holderIdentity": str(ProcessIdentity.current()),
                    "leaseDurationSeconds": DURATION_SECONDS,
                    "renewTime": datetime.now(UTC).isoformat(timespec="microseconds"),
                },
            }
        )


def lease_name(run_id: str) -> str:
    """Return the name of a run's Lease."""
    return f"run-{run_id}"
