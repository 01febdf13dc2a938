"""Match Deployments that are rolled out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hamcrest.core.base_matcher import BaseMatcher
from hamcrest.core.description import Description


def is_rolled_out() -> BaseMatcher[Mapping[str, Any] | None]:
    """Match a Deployment with at least one replica, whose replicas are all updated and available."""
    return _IsRolledOut()


class _IsRolledOut(BaseMatcher[Mapping[str, Any] | None]):
    def _matches(self, item: Mapping[str, Any] | None) -> bool:
        if item is None:
            return False
        status, desired = item.get("status") or {}, item["spec"].get("replicas", 1)
        current = status.get("observedGeneration", 0) >= item["metadata"]["generation"]
        counts = [status.get(f"{kind}Replicas", 0) for kind in ("updated", "available")]
        total = status.get("replicas", 0)
        # A Deployment that a killed run left with 0 replicas does not count as rolled out.
        full = total == desired > 0 and all(count == desired for count in counts)
        return bool(current and full)

    def describe_to(self, description: Description) -> None:
        """Describe the expected Deployment."""
        description.append_text("a Deployment with all its pods available")

    def describe_mismatch(
        self, item: Mapping[str, Any] | None, mismatch_description: Description
    ) -> None:
        """Describe the number of available and updated pods."""
        if item is None:
            mismatch_description.append_text("it did not exist")
            return
        status, desired = item.get("status") or {}, item["spec"].get("replicas", 1)
        available, updated = status.get("availableReplicas", 0), status.get("updatedReplicas", 0)
        text = f"{available}/{desired} pods were available, {updated} of its current version"
        mismatch_description.append_text(text)
