"""The Lease of a run, which the run renews while it is alive."""

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
    """The content of a run's Lease.

    Attributes:
        run_id: the id of the run.
        holder: the process of the run; None if the Lease does not identify one.
        renewed: the time of the last renewal, by the holder's clock.
        duration: the time after `renewed` at which the Lease lapses.
    """

    run_id: str
    holder: ProcessIdentity | None
    renewed: datetime
    duration: timedelta

    @classmethod
    def of(cls, lease: Object) -> LeaseRecord:
        """Parse a Lease object."""
        spec = lease.get("spec") or {}
        renewed = spec.get("renewTime") or lease["metadata"]["creationTimestamp"]
        return cls(
            lease["metadata"]["labels"][RUN_LABEL],
            ProcessIdentity.parse(spec.get("holderIdentity") or ""),
            datetime.fromisoformat(renewed),
            timedelta(seconds=spec.get("leaseDurationSeconds") or DURATION_SECONDS),
        )

    def has_lapsed(self, now: datetime) -> bool:
        """Return whether the Lease has lapsed, judged by the local clock.

        Args:
            now: the current time.
        """
        return now > self.renewed + self.duration


class RunLease:
    """The Lease of a run. A context manager that creates it, renews it in a thread, and deletes it.

    Args:
        kube: the API client.
        run_id: the id of the run.
        renew_every: seconds between renewals.
    """

    def __init__(self, kube: Kube, run_id: str, renew_every: float = RENEW_SECONDS) -> None:
        self._kube = kube
        self._run_id = run_id
        self._renew_every = renew_every
        self._ended = threading.Event()
        self._thread = threading.Thread(
            target=self._renew_until_ended, name=f"lease {run_id}", daemon=True
        )

    def __enter__(self) -> Self:
        """Create the Lease, and its namespace if that is missing.

        Raises:
            KubernetesError: the Lease could not be created.
        """
        self._ensure_namespace()
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

    def _ensure_namespace(self) -> None:
        # Not applied, because a run does not need the permission to patch namespaces.
        if self._kube.get("v1", "Namespace", RUN_NAMESPACE) is not None:
            return
        labels = {"app.kubernetes.io/managed-by": "maidenhair"}
        metadata = {"name": RUN_NAMESPACE, "labels": labels}
        try:
            self._kube.create({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
        except ApiRefused as refused:
            # 409: another run created it at the same time.
            if refused.status != 409:
                raise

    def _renew_until_ended(self) -> None:
        while not self._ended.wait(self._renew_every):
            try:
                self._renew()
            except KubernetesError:
                # The API may be available again before the Lease lapses.
                continue

    def _renew(self) -> None:
        # Applied rather than patched, because that restores a deleted Lease.
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
