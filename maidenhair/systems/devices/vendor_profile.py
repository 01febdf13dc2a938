"""Vendors of devices. A data file describes the resources, node annotations and container environment of each."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from maidenhair._util.data import package_folder
from maidenhair.errors import ConfigurationError
from maidenhair.systems.devices.vendor_chips import chips_of

FOLDER = package_folder("maidenhair.systems.devices") / "vendors"
CAPACITY = "capacity"
FORMATS = ("json", "text", "sgpu", "drs", CAPACITY)


@dataclass(frozen=True)
class Device:
    """One device of a node.

    Attributes:
        id: the id, unique in the cluster, for example "GPU-…".
        index: the device's index among the vendor's devices of the node, from 0.
        model: the vendor's name of the model, for example "NVIDIA-A100-PCIE-40GB".
        memory: the memory, in MiB.
        cores: the compute units: 100 if requests are percentages, otherwise their number.
        numa: the NUMA node of the device.
        healthy: whether the device works.
        mode: "hami-core", or "mig" for a device that is divided into instances.
    """

    id: str
    index: int
    model: str
    memory: int
    cores: int
    numa: int
    healthy: bool = True
    mode: str = "hami-core"


@dataclass(frozen=True)
class Sharing:
    """How HAMi shares a vendor's devices.

    Attributes:
        type: HAMi's name of the device type in annotations of pods, for example "NVIDIA".
        format: how HAMi learns of the devices: "json", "text", "sgpu" or "drs" for a register annotation of that
            format; "capacity" if it derives them from the node's capacity.
        allocated: the annotation of pods with all shares that HAMi chose.
        shares: the maximum number of containers that share a device.
        handshake: the annotation of nodes for the handshake between device plugin and scheduler; "" if there is none.
        register: the annotation of nodes that lists the devices; "" if there is none.
        to_allocate: the annotation of pods with the shares that no plugin has allocated yet; "" if there is none.
        lock: the annotation of nodes that locks them during a binding; "" if there is none.
        memory_unit, memory_suffix: the MiB in one unit of the memory resource, and what follows a number of units.
        whole, whole_cores: the quantities of the resources for devices and compute units that are a whole device.
        cores_are_mask: whether a share's compute units are a mask with a bit for each unit.
        names_count_or_share: whether a request for a share omits the counting resource.
        rules, records: what only the scheduler needs: rules, and further annotations of pods with placeholders.
    """

    type: str
    format: str
    allocated: str
    shares: int
    handshake: str = ""
    register: str = ""
    to_allocate: str = ""
    lock: str = "hami.io/mutex.lock"
    memory_unit: int = 1
    memory_suffix: str = ""
    whole: int = 1
    whole_cores: int = 100
    cores_are_mask: bool = False
    names_count_or_share: bool = False
    rules: Mapping[str, Any] = field(default_factory=dict, hash=False)
    records: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def is_registered(self) -> bool:
        """Whether an annotation of the node lists the devices."""
        return self.format != CAPACITY

    @property
    def units(self) -> int:
        """The number of units of the counting resource that a node offers for a device."""
        return self.shares if self.is_registered else 1

    def memory_quantity(self, memory: int) -> str:
        """Return the quantity of the memory resource for a number of MiB, rounded down to whole units."""
        return f"{memory // self.memory_unit}{self.memory_suffix}"

    def cores_quantity(self, percent: int) -> str:
        """Return the quantity of the resource for compute units for a percentage."""
        return str(percent * self.whole_cores // 100)

    def percentage(self, cores: int, device: Device) -> int:
        """Return the compute units of a share, as in the annotation of a pod, in percent of its device."""
        return (cores.bit_count() if self.cores_are_mask else cores) * 100 // device.cores


@dataclass(frozen=True)
class VendorProfile:
    """A vendor of devices.

    Attributes:
        name: the name in files and commands, for example "nvidia".
        title: the name in features and messages, for example "NVIDIA".
        resource: the resource that counts devices, for example "nvidia.com/gpu".
        memory_resource: the resource for memory of each device (in MiB if HAMi shares it); None if there is none.
        percentage_resource: the resource for memory of each device in percent; None if there is none.
        cores_resource: the resource for compute units of each device in percent; None if there is none.
        tool: the vendor's tool that lists devices, for example "nvidia-smi".
        model: the model of the simulated devices.
        count: the default number of devices of a node.
        memory: the memory of each device, in MiB.
        cores: the compute units of each device: 100 if requests are percentages, otherwise their number.
        prefix, id: the prefix of the devices' ids, which a digest follows, or the ids with `{node}` and `{index}`.
        numa: the NUMA nodes of the devices, in turns.
        environment: the variables of containers. `{ids}` and `{indices}` are replaced by those of the devices, joined
            by commas, and `{memory}` and `{cores}` by the limits of a share. A name with `{i}` makes one variable for
            each device. A variable whose limit is not set is omitted.
        files: the files in containers for each device; `{index}` is replaced by the device's index.
        sharing: how HAMi shares the devices; None if it does not share them.
        chip_of: the name of the vendor, if this is another chip of a vendor's file; "" otherwise.
        text: the text of the data file.
    """

    name: str
    title: str
    resource: str
    tool: str
    model: str
    count: int
    memory: int
    cores: int
    numa: tuple[int, ...]
    prefix: str = ""
    id: str = ""
    memory_resource: str | None = None
    percentage_resource: str | None = None
    cores_resource: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict, hash=False)
    files: tuple[str, ...] = ()
    sharing: Sharing | None = None
    chip_of: str = ""
    text: str = field(default="", repr=False, compare=False)

    @property
    def resources(self) -> tuple[str, ...]:
        """All resources of the vendor."""
        shares = (self.memory_resource, self.percentage_resource, self.cores_resource)
        return (self.resource, *filter(None, shares))

    def devices(self, node: str, count: int | None = None) -> tuple[Device, ...]:
        """Return the simulated devices of a node. They are always the same for the same node.

        Args:
            node: the node's name in the cluster.
            count: the number of devices. Default: the profile's count.
        """
        return tuple(
            Device(
                id=self._id(node, index),
                index=index,
                model=self.model,
                memory=self.memory,
                cores=self.cores,
                numa=self.numa[index % len(self.numa)],
            )
            for index in range(self.count if count is None else count)
        )

    def quantities(self, devices: Sequence[Device], shared: bool) -> dict[str, str]:
        """Return the resources of a node that has these devices.

        If HAMi shares them (`shared`) and knows them by an annotation, the node offers a unit of the resource for each
        possible share. Otherwise HAMi derives the devices from these quantities.
        """
        sharing = self.sharing if shared else None
        if sharing is None:
            return {self.resource: str(len(devices))}
        found = {self.resource: str(len(devices) * sharing.units)}
        if sharing.is_registered:
            return found
        if self.memory_resource:
            found[self.memory_resource] = sharing.memory_quantity(sum(e.memory for e in devices))
        if self.cores_resource:
            found[self.cores_resource] = str(len(devices) * sharing.whole_cores)
        return found

    def _id(self, node: str, index: int) -> str:
        if self.id:
            return self.id.format(node=node, index=index)
        return self.prefix + _digest(f"{self.name}/{node}/{index}")


def load_profile(file: Path) -> VendorProfile:
    """Read the profile of a vendor from a data file. The file's name is the vendor's name.

    Raises:
        ConfigurationError: the file cannot be read, or a field is missing, unknown or malformed.
    """
    try:
        text = file.read_text()
    except OSError as error:
        raise ConfigurationError(f"cannot read the vendor profile {file}: {error}") from error
    return parse_profile(file.stem, text, str(file))


def parse_profile(name: str, text: str, where: str | None = None) -> VendorProfile:
    """Parse the text of a vendor's data file, in TOML. `where` names the file in messages; default: the vendor's name.

    Raises:
        ConfigurationError: the text is no TOML, or a field is missing, unknown or malformed.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(
            f"cannot read the vendor profile {where or name}: {error}"
        ) from error
    try:
        return _profile(name, text, data)
    except (TypeError, KeyError, ValueError) as error:
        raise ConfigurationError(
            f"malformed vendor profile {where or name}: {error}; compare it with {FOLDER / 'nvidia.toml'}"
        ) from error


def vendor_profiles(folder: Path = FOLDER) -> Mapping[str, VendorProfile]:
    """Return the profiles of a folder, chips included, by the vendor's name. Default: the folder of the package.

    Raises:
        ConfigurationError: a file is malformed, or two profiles have the same resource.
    """
    files = sorted(folder.glob("*.toml"))
    profiles = {each.name: each for file in files for each in _chips(load_profile(file))}
    resources: dict[str, str] = {}
    for name, profile in profiles.items():
        other = resources.setdefault(profile.resource, name)
        if other != name:
            raise ConfigurationError(
                f"the vendor profiles {other} and {name} in {folder} both have the resource "
                f"{profile.resource}; change one of them"
            )
    return MappingProxyType(profiles)


def vendor(title: str) -> VendorProfile:
    """Return the package's profile of a vendor by its title or name. Raise ConfigurationError if there is none.

    Example:
        >>> vendor("NVIDIA").resource
        'nvidia.com/gpu'
    """
    profiles = vendor_profiles()
    for profile in profiles.values():
        if title in (profile.name, profile.title):
            return profile
    known = ", ".join(sorted(profile.title for profile in profiles.values()))
    raise ConfigurationError(f"unknown vendor {title!r}; the vendors are {known}")


def _chips(profile: VendorProfile) -> list[VendorProfile]:
    """Return the profile of a data file, and those of the other chips that it describes."""
    others = chips_of(tomllib.loads(profile.text)) if profile.sharing is not None else ()
    made = [_profile(chip.lower(), profile.text, data) for chip, data in others]
    return [profile, *(replace(each, chip_of=profile.name) for each in made)]


def _profile(name: str, text: str, data: Mapping[str, Any]) -> VendorProfile:
    values = {key: value for key, value in data.items() if key != "chips"}
    sharing = values.pop("sharing", None)
    devices = values.pop("devices")
    profile = VendorProfile(
        name=name,
        text=text,
        sharing=None if sharing is None else Sharing(**sharing),
        **{**values, "files": tuple(values.get("files", ()))},
        **{**devices, "numa": tuple(devices["numa"])},
    )
    if profile.count < 1 or profile.memory < 1 or not profile.numa:
        raise ValueError(
            "count and memory of devices must be at least 1, and numa must not be empty"
        )
    if profile.sharing is not None and profile.sharing.format not in FORMATS:
        raise ValueError(f"the format of sharing must be one of {', '.join(FORMATS)}")
    return profile


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]))
