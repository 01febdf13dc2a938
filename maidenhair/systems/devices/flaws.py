"""The known flaws of HAMi, by the versions that have them."""

from __future__ import annotations

from collections.abc import Callable

from maidenhair.systems.capability import Findings
from maidenhair.systems.devices.discovery import NAME, DevicesFindings
from maidenhair.systems.flaw import Flaw


def _in(*versions: str) -> Callable[[Findings], str | None]:
    """Return a function that names HAMi and its version, if it is one of these."""

    def found_in(findings: Findings) -> str | None:
        hami = findings.of(NAME, DevicesFindings).hami
        return f"HAMi {hami.version}" if hami is not None and hami.version in versions else None

    return found_in


FLAWS = (
    Flaw(
        "hami.flaw.init-container-bypasses-quota",
        "After an init container without devices, the quota counts too little of a device that two containers share.",
        _in("2.10.0"),
    ),
    Flaw(
        "hami.flaw.phantom-use",
        "After each change of a pod that fits on no node, it uses the devices that its annotations record.",
        _in("2.10.0"),
    ),
    Flaw(
        "hami.flaw.vanished-registration",
        "Pods get devices whose registration is gone from a node while kubelet offers them.",
        _in("2.10.0"),
    ),
    Flaw(
        "hami.flaw.late-cordon",
        "Pods get a cordoned device until its plugin registers the next time.",
        _in("2.10.0"),
    ),
    Flaw(
        "hami.flaw.lock-expiry",
        "The value scheduler.nodeLockExpire of the chart has no effect.",
        _in("2.10.0"),
    ),
    Flaw(
        "hami.flaw.expired-devices-return",
        "Pods get devices that HAMi has removed from a node again after its next look at the node.",
        _in("2.10.0"),
    ),
)
"""Scenarios with these tags describe the right behaviour. They are expected to fail with these versions."""
