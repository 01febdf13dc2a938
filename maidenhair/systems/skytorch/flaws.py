"""The known flaws of SkyTorch's SDK, by the releases that have them."""

from __future__ import annotations

from maidenhair.systems.capability import Findings
from maidenhair.systems.flaw import Flaw
from maidenhair.systems.skytorch.sdk.release import sdk_release


def _in_release(findings: Findings) -> str | None:
    """Name the SDK on this machine, if it is a release with the flaw."""
    release = sdk_release()
    return f"SkyTorch {release}" if release in ("0.1.0", "0.2.0") else None


FLAWS = (
    Flaw(
        "skytorch.flaw.later-training",
        "After a training in a process, torch cannot train there on a Compute that is created later.",
        _in_release,
    ),
)
"""Scenarios with these tags describe the right behaviour. They are expected to fail with these releases."""
