"""The vendors of shared devices: their resources, annotations and rules, from data files."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("vendors")
CAPACITY, SGPU, DRS = "capacity", "sgpu", "drs"


@dataclass(frozen=True, eq=False)
class Vendor:
    """The resources, annotations and rules of one vendor's devices.

    Attributes:
        device_type: HAMi's name of the device type in shares, for example "NVIDIA".
        count, memory, percentage, cores: the resources; "" if the vendor has none.
        format: the format of the register annotation: "json", "text", "sgpu" or "drs"; "capacity" if the devices follow
            from the node's capacity.
        register, handshake, lock: annotations of nodes; "" if the vendor has none.
        to_allocate, allocated: annotations of pods with shares; `to_allocate` is "" if the vendor has none.
        use_type, nouse_type: annotations of pods with allowed models and models that are not; "" if there are none.
        ids: pairs of annotations of pods with allowed ids, and ids that are not.
        numa_bind: the annotation of pods that requires all devices of a container on one NUMA node.
        mode: the annotation of pods that requires a mode of devices.
        cordon: the annotation of nodes that lists devices which no pod gets.
        pair_scores: the annotation of nodes with the scores of the links between devices.
        node_losses, node_scores: the annotations of nodes with what it costs, or gains, to take a number of devices.
        id: the pattern of the ids of devices that follow from the node's capacity.
        card_cores: the compute units of such a device.
        card_memory: the memory of such a device in MiB; None if it follows from the node's capacity.
        shares: the maximum number of shares of such a device.
        memory_unit: the MiB in one unit of the memory resource.
        quota_unit: the MiB in one unit of a quota of memory; 0 if it is that of the resource.
        has_suffix: whether the memory is a number of bytes with a suffix, or else of GiB.
        whole_cores: the quantity of the resource for compute units that is a whole device.
        cores_are_mask: whether the compute units of a share are a mask with a bit for each.
        records: further annotations of pods, with placeholders.
        default_cores: the compute units of a request that does not set them, in percent.
        is_optional: whether the scheduler knows the vendor only if an option enables it.
        is_alone: whether a used device takes no other share, whatever its size.
        counts_shares_only: whether shares have neither memory nor compute units.
        implied_count: whether a request for memory or cores alone means one device.
        limits_only: whether requests without limits are ignored.
        totals: whether memory and cores are totals of all devices of a container.
        cores_of_device: whether shares list compute units of the device instead of percent.
        names_model: whether shares name the model instead of the device type.
        quota_at_filtering: whether quotas are checked when a node is chosen as well.
        one_device: whether all containers of a pod must share one device.
        equal_shares: whether all shares of a device must have the same size.
        is_gone_with_capacity: whether the devices are gone when the node's capacity is 0.
        follows_allocatable: whether a change of the node's allocatable devices is seen without a handshake.
        keeps_handshake: whether a handshake without an answer stays on the node.
        neighbours: whether several devices of a container must be neighbours.
        counts: the possible numbers of devices of a container; empty for any.
        per_module: the devices of a module, which containers get as a whole; 0 if they get single devices.
        wings: whether the devices of a container must be in one half of the node's devices.
        memory_sizes: the possible sizes of shares in MiB, to which requests are rounded up; empty for any.
        legal_memory: the possible quantities of the memory resource; empty for any.
        templates: the sizes of parts in MiB by the template's name, to which the webhook rounds up.
        capacity: the largest memory in MiB that the webhook accepts; 0 for any.
        whole_memory: the memory in MiB of a whole device, if it is less than that.
        profiles: the ids of the possible parts, by name, for example "1g.6gb".
        soft_mode: the annotation of pods that asks for shares without templates.
        soft_node: the annotation of nodes that allow it.
        quality: the annotation of pods with the quality of service.
        application: the annotation of pods with the class of the application.
        unhealthy: the reason of a broken device.
        others: resources that only the device plugin uses.
        counted_by_kubernetes: resources that kube-scheduler counts.
    """

    device_type: str
    count: str
    format: str
    allocated: str
    memory: str = ""
    percentage: str = ""
    cores: str = ""
    register: str = ""
    handshake: str = ""
    lock: str = "hami.io/mutex.lock"
    to_allocate: str = ""
    use_type: str = ""
    nouse_type: str = ""
    ids: tuple[tuple[str, str], ...] = ()
    numa_bind: str = ""
    mode: str = ""
    cordon: str = ""
    pair_scores: str = ""
    node_losses: str = ""
    node_scores: str = ""
    id: str = ""
    card_cores: int = 100
    card_memory: int | None = None
    shares: int = 1
    memory_unit: int = 1
    quota_unit: int = 0
    has_suffix: bool = False
    whole_cores: int = 100
    cores_are_mask: bool = False
    records: Mapping[str, str] = field(default_factory=dict)
    default_cores: int = 0
    is_optional: bool = False
    is_alone: bool = False
    counts_shares_only: bool = False
    implied_count: bool = False
    limits_only: bool = False
    totals: bool = False
    cores_of_device: bool = False
    names_model: bool = False
    quota_at_filtering: bool = False
    one_device: bool = False
    equal_shares: bool = False
    is_gone_with_capacity: bool = False
    follows_allocatable: bool = False
    keeps_handshake: bool = False
    neighbours: bool = False
    counts: tuple[int, ...] = ()
    per_module: int = 0
    wings: bool = False
    memory_sizes: tuple[int, ...] = ()
    legal_memory: tuple[int, ...] = ()
    templates: Mapping[str, int] = field(default_factory=dict)
    capacity: int = 0
    whole_memory: int = 0
    profiles: Mapping[str, str] = field(default_factory=dict)
    soft_mode: str = ""
    soft_node: str = ""
    quality: str = ""
    application: str = ""
    unhealthy: str = "CardNotHealth"
    others: tuple[str, ...] = ()
    counted_by_kubernetes: tuple[str, ...] = ()

    @property
    def resources(self) -> tuple[str, ...]:
        """All resources of the vendor."""
        named = (self.count, self.memory, self.percentage, self.cores, *self.others)
        return tuple(name for name in named if name)

    @property
    def is_registered(self) -> bool:
        """Whether an annotation of the node lists the devices."""
        return self.format != CAPACITY


def parse_vendors(text: str) -> list[Vendor]:
    """Parse a vendor's data file: its own chip, and other chips with the rules of their tables."""
    data = tomllib.loads(text)
    chips = data.pop("chips", {})
    own = data["sharing"]["type"]
    vendors = [_vendor(data)]
    for chip, changes in chips.items():
        made = json.loads(json.dumps(data).replace(own, chip))
        made["devices"]["memory"] = changes["memory"]
        made["sharing"]["rules"] |= {"templates": {}, **changes.get("rules", {})}
        vendors.append(_vendor(made))
    return vendors


def _vendor(data: dict[str, Any]) -> Vendor:
    sharing, devices = dict(data["sharing"]), data["devices"]
    rules: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in sharing.pop("rules", {}).items()
    }
    pairs = [(rules.pop("use_id", ""), rules.pop("nouse_id", ""))]
    # Nodes list the possible instances of their devices, so only simulated nodes read them here.
    rules.pop("instances", None)
    pairs.append((rules.pop("other_use_id", ""), rules.pop("other_nouse_id", "")))
    for only_for_nodes in ("whole", "names_count_or_share"):
        sharing.pop(only_for_nodes, None)
    return Vendor(
        device_type=sharing.pop("type"),
        count=data["resource"],
        memory=data.get("memory_resource", ""),
        percentage=data.get("percentage_resource", ""),
        cores=data.get("cores_resource", ""),
        ids=tuple(pair for pair in pairs if any(pair)),
        id=devices.get("id", ""),
        card_cores=devices["cores"],
        card_memory=rules.pop("registered_memory", None),
        has_suffix=bool(sharing.pop("memory_suffix", "")),
        **sharing,
        **rules,
    )


def _load() -> tuple[Vendor, ...]:
    files = sorted(FOLDER.glob("*.toml"))
    return tuple(vendor for file in files for vendor in parse_vendors(file.read_text()))


VENDORS: tuple[Vendor, ...] = _load()
BY_DEVICE_TYPE = {vendor.device_type: vendor for vendor in VENDORS}
