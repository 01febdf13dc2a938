"""Vendors of devices, each described by a data file: what pods ask for, what nodes tell, what containers get."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from maidenhair._util.data import package_folder
from maidenhair.errors import ConfigurationError

FOLDER = package_folder("maidenhair.systems.devices") / "vendors"
FORMATS = ("json", "text")


@dataclass(frozen=True)
class Device:
    """One device of a node.

    Attributes:
        id: what it is known by everywhere, such as "GPU-…".
        index: its place on its node, from 0.
        model: what its vendor calls it, such as "NVIDIA-A100-PCIE-40GB".
        memory: its memory, in MiB.
        cores: its compute units, in percent of a whole device.
        numa: the NUMA node that it is attached to.
        healthy: whether it works.
    """

    id: str
    index: int
    model: str
    memory: int
    cores: int
    numa: int
    healthy: bool = True


@dataclass(frozen=True)
class Sharing:
    """How HAMi is told of a vendor's devices, and tells what it gave of them.

    Attributes:
        type: the vendor's devices as HAMi calls them, such as "NVIDIA".
        handshake: the annotation of nodes in which plugin and scheduler shake hands.
        register: the annotation of nodes that lists the devices.
        format: how it lists them, "json" or "text".
        to_allocate: the annotation of pods that lists what they are to get.
        allocated: the annotation of pods that lists what they got.
        shares: how many containers at most share a device.
        use_type, nouse_type, use_id, nouse_id: the annotations of pods that choose devices; None where there is none.
    """

    type: str
    handshake: str
    register: str
    format: str
    to_allocate: str
    allocated: str
    shares: int
    use_type: str | None = None
    nouse_type: str | None = None
    use_id: str | None = None
    nouse_id: str | None = None


@dataclass(frozen=True)
class VendorProfile:
    """A vendor of devices.

    Attributes:
        name: what files and commands call it, such as "nvidia".
        title: what people call it, such as "NVIDIA".
        resource: the resource that counts devices, such as "nvidia.com/gpu".
        memory_resource: the resource that asks for memory of a device (in MiB where HAMi shares it); None where
            there is none.
        percentage_resource: the resource that asks for a share of a device's memory, in percent.
        cores_resource: the resource that asks for compute units, in percent.
        tool: the vendor's tool that lists devices, such as "nvidia-smi".
        model: what the vendor calls the simulated devices.
        prefix: what their ids begin with.
        count: how many a simulated node has.
        memory: the memory of each, in MiB.
        cores: the compute units of each, in percent.
        numa: the NUMA nodes that they are attached to, taken in turns.
        environment: variables of containers: `{ids}` and `{indices}` stand for those of the devices, joined by
            commas, `{memory}` and `{cores}` for the limits of a share, and a `{i}` in the name makes one variable
            for each device. A variable whose limit is not set is left out.
        files: files of containers, for each device; `{index}` stands for the device's.
        sharing: how HAMi shares its devices; None where it does not.
        text: the text of its data file.
    """

    name: str
    title: str
    resource: str
    tool: str
    model: str
    prefix: str
    count: int
    memory: int
    cores: int
    numa: tuple[int, ...]
    memory_resource: str | None = None
    percentage_resource: str | None = None
    cores_resource: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict, hash=False)
    files: tuple[str, ...] = ()
    sharing: Sharing | None = None
    text: str = field(default="", repr=False, compare=False)

    def devices(self, node: str, count: int | None = None) -> tuple[Device, ...]:
        """Return the simulated devices of a node, always the same for the same node.

        Args:
            node: the node's name.
            count: how many; the profile's count by default.
        """
        return tuple(
            Device(
                id=self.prefix + _id(f"{self.name}/{node}/{index}"),
                index=index,
                model=self.model,
                memory=self.memory,
                cores=self.cores,
                numa=self.numa[index % len(self.numa)],
            )
            for index in range(self.count if count is None else count)
        )


def load_profile(file: Path) -> VendorProfile:
    """Return the profile of a data file; the file's name is the vendor's.

    Raises:
        ConfigurationError: the file cannot be read, or lacks or misspells something; the text names it.
    """
    try:
        text = file.read_text()
    except OSError as error:
        raise ConfigurationError(f"cannot read the vendor profile {file}: {error}") from error
    return parse_profile(file.stem, text, str(file))


def parse_profile(name: str, text: str, where: str | None = None) -> VendorProfile:
    """Return the profile of a vendor from the text of its data file.

    Args:
        name: the vendor's name.
        text: the text.
        where: what messages call the file; the vendor's name by default.

    Raises:
        ConfigurationError: the text lacks or misspells something.
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
            f"the vendor profile {where or name} is not one: {error}"
        ) from error


def vendor_profiles(folder: Path = FOLDER) -> Mapping[str, VendorProfile]:
    """Return the profiles of a folder, by name; those of the package by default.

    Raises:
        ConfigurationError: as `load_profile`, or two profiles name the same resource.
    """
    profiles = {file.stem: load_profile(file) for file in sorted(folder.glob("*.toml"))}
    resources: dict[str, str] = {}
    for name, profile in profiles.items():
        other = resources.setdefault(profile.resource, name)
        if other != name:
            raise ConfigurationError(f"{other} and {name} both have {profile.resource}")
    return MappingProxyType(profiles)


def vendor(title: str) -> VendorProfile:
    """Return the package's profile of a vendor, by its name or title.

    Raises:
        ConfigurationError: there is none; the text names those there are.
    """
    profiles = vendor_profiles()
    for profile in profiles.values():
        if title in (profile.name, profile.title):
            return profile
    known = ", ".join(sorted(profile.title for profile in profiles.values()))
    raise ConfigurationError(f"there is no vendor {title!r}; there are {known}")


def _profile(name: str, text: str, data: Mapping[str, Any]) -> VendorProfile:
    values = dict(data)
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
        raise ValueError("count, memory and numa of devices must not be empty")
    if profile.sharing is not None and profile.sharing.format not in FORMATS:
        raise ValueError(f"the format of sharing is one of {', '.join(FORMATS)}")
    return profile


def _id(text: str) -> str:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]))
