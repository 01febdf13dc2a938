"""A pod's annotations that select devices, and its policies for nodes and devices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hami_scheduler.protocol import DEVICE_POLICY, NODE_POLICY, Device
from hami_scheduler.vendors import Vendor

BINPACK, SPREAD = "binpack", "spread"
POLICIES = (BINPACK, SPREAD)
TRUE = ("1", "t", "true")


@dataclass(frozen=True)
class Constraints:
    """A pod's constraints on the devices of one vendor.

    Attributes:
        use_types: parts of the allowed models, in upper case; None for all models.
        nouse_types: parts of the models that are not allowed, in upper case.
        use_ids: the allowed ids; None for all ids.
        nouse_ids: the ids that are not allowed.
        mode: the required mode; None for any mode.
        numa_bind: whether all devices of a container must be on one NUMA node.
    """

    use_types: tuple[str, ...] | None = None
    nouse_types: tuple[str, ...] = ()
    use_ids: tuple[str, ...] | None = None
    nouse_ids: tuple[str, ...] = ()
    mode: str | None = None
    numa_bind: bool = False

    def allow_type(self, device: Device) -> bool:
        """Return whether the model and the mode of a device are allowed."""
        if self.mode is not None and device.mode not in self.mode:
            return False
        type = device.type.upper()
        if self.use_types is not None and not any(each in type for each in self.use_types):
            return False
        return not any(each in type for each in self.nouse_types)

    def allow_id(self, device: Device) -> bool:
        """Return whether the id of a device is allowed."""
        if self.use_ids is not None and device.id not in self.use_ids:
            return False
        return device.id not in self.nouse_ids


def constraints_of(annotations: Mapping[str, str], vendor: Vendor) -> Constraints:
    """Return the constraints in a pod's annotations on a vendor's devices."""
    return Constraints(
        use_types=_types(annotations, vendor.use_type),
        nouse_types=_types(annotations, vendor.nouse_type) or (),
        use_ids=_list(annotations, vendor.use_id),
        nouse_ids=_list(annotations, vendor.nouse_id) or (),
        mode=annotations.get(vendor.mode) if vendor.mode else None,
        numa_bind=bool(vendor.numa_bind) and annotations.get(vendor.numa_bind, "").lower() in TRUE,
    )


def node_policy(annotations: Mapping[str, str], default: str) -> str:
    """Return a pod's policy for nodes, or the default."""
    return _policy(annotations, NODE_POLICY, default)


def device_policy(annotations: Mapping[str, str], default: str) -> str:
    """Return a pod's policy for the devices of a node, or the default."""
    return _policy(annotations, DEVICE_POLICY, default)


def _policy(annotations: Mapping[str, str], key: str, default: str) -> str:
    policy = annotations.get(key, "").strip()
    return policy if policy in POLICIES else default


def _types(annotations: Mapping[str, str], key: str) -> tuple[str, ...] | None:
    listed = _list(annotations, key)
    return None if listed is None else tuple(each.upper() for each in listed)


def _list(annotations: Mapping[str, str], key: str) -> tuple[str, ...] | None:
    """Return the values in an annotation, which commas separate; None if there are none."""
    parts = (part.strip() for part in annotations.get(key, "").split(",")) if key else ()
    listed = tuple(part for part in parts if part)
    return listed or None
