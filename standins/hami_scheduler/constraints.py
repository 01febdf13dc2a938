"""A pod's annotations that select devices, and its policies for nodes and devices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hami_scheduler.protocol import DEVICE_POLICY, NODE_POLICY, WEIGHTS, Device, FormatError
from hami_scheduler.vendors import Vendor

BINPACK, SPREAD, NUMA, MUTEX = "binpack", "spread", "numa", "mutex"
TOPOLOGY = "topology-aware"
POLICIES = (BINPACK, SPREAD)
ONLINE, OFFLINE = "online", "offline"
SOFT = "hami-core"
TRUE = ("1", "t", "true")


@dataclass(frozen=True)
class Constraints:
    """A pod's constraints on the devices of one vendor.

    Attributes:
        use_types: parts of the allowed models, in upper case; None for all models.
        nouse_types: parts of the models that are not allowed, in upper case.
        use_ids: lists of allowed ids, each of which must contain a device's.
        nouse_ids: the ids that are not allowed.
        mode: the required mode; None for any mode.
        numa_bind: whether all devices of a container must be on one NUMA node.
        soft: whether the pod asks for shares without templates.
        quality: the quality of service that the pod asks for.
        application: the class of the pod's application.
    """

    use_types: tuple[str, ...] | None = None
    nouse_types: tuple[str, ...] = ()
    use_ids: tuple[tuple[str, ...], ...] = ()
    nouse_ids: tuple[str, ...] = ()
    mode: str | None = None
    numa_bind: bool = False
    soft: bool = False
    quality: str = ""
    application: str = ""

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
        if any(device.id not in listed for listed in self.use_ids):
            return False
        return device.id not in self.nouse_ids


def constraints_of(annotations: Mapping[str, str], vendor: Vendor) -> Constraints:
    """Return the constraints in a pod's annotations on a vendor's devices."""
    return Constraints(
        use_types=_types(annotations, vendor.use_type),
        nouse_types=_types(annotations, vendor.nouse_type) or (),
        use_ids=tuple(listed for use, _ in vendor.ids if (listed := _list(annotations, use))),
        nouse_ids=tuple(id for _, no in vendor.ids for id in _list(annotations, no) or ()),
        mode=annotations.get(vendor.mode) if vendor.mode else None,
        numa_bind=bool(vendor.numa_bind) and annotations.get(vendor.numa_bind, "").lower() in TRUE,
        soft=bool(vendor.soft_mode) and annotations.get(vendor.soft_mode) == SOFT,
        quality=annotations.get(vendor.quality, "") if vendor.quality else "",
        application=application_of(annotations, vendor),
    )


def application_of(annotations: Mapping[str, str], vendor: Vendor) -> str:
    """Return the class of a pod's application for a vendor's devices; "" if it has none."""
    return annotations.get(vendor.application, "") if vendor.application else ""


@dataclass(frozen=True)
class Weights:
    """The weights of the parts of a device's score.

    Attributes:
        slot: the weight of the used shares.
        core: the weight of the used compute units.
        memory: the weight of the used memory.
    """

    slot: int = 1
    core: int = 1
    memory: int = 1


def weights_of(annotations: Mapping[str, str]) -> Weights:
    """Return a pod's weights of the parts of a device's score.

    Raises:
        FormatError: the annotation is not a list such as "slot=1,core=1,memory=3".
    """
    text = annotations.get(WEIGHTS)
    if text is None:
        return Weights()
    parts = [part.strip().partition("=")[::2] for part in text.split(",")]
    found = {name.strip(): value.strip() for name, value in parts}
    if len(parts) != len(found) or set(found) != {"slot", "core", "memory"}:
        raise FormatError(
            f'invalid {WEIGHTS} annotation "{text}": expected slot, core, and memory weights'
        )
    if not all(value.isdigit() for value in found.values()):
        raise FormatError(f'invalid {WEIGHTS} annotation "{text}": a weight must be an integer')
    return Weights(**{name: int(value) for name, value in found.items()})


def node_policy(annotations: Mapping[str, str], default: str) -> str:
    """Return a pod's policy for nodes, or the default. An unknown policy is that of "binpack"."""
    policy = annotations.get(NODE_POLICY, default)
    return SPREAD if policy == SPREAD else BINPACK


def device_policy(annotations: Mapping[str, str], default: str) -> str:
    """Return a pod's policy for the devices of a node, or the default."""
    return annotations.get(DEVICE_POLICY, default)


def contains(policy: str, name: str) -> bool:
    """Return whether a policy, which may be a list, contains a name."""
    return name in (part.strip() for part in policy.split(","))


def _types(annotations: Mapping[str, str], key: str) -> tuple[str, ...] | None:
    listed = _list(annotations, key)
    return None if listed is None else tuple(each.upper() for each in listed)


def _list(annotations: Mapping[str, str], key: str) -> tuple[str, ...] | None:
    """Return the values in an annotation, which commas separate; None if there are none."""
    parts = (part.strip() for part in annotations.get(key, "").split(",")) if key else ()
    listed = tuple(part for part in parts if part)
    return listed or None
