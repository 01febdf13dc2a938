"""The vendors whose devices are shared, as a table: resources, annotations, and how shares are counted."""

from __future__ import annotations

from dataclasses import dataclass

PREFIX = "hami.io/"


@dataclass(frozen=True)
class Vendor:
    """What one vendor's devices are asked for by, and where they are written down.

    Attributes:
        word: HAMi's word for the type of device, which shares name.
        count: the resource that asks for devices.
        register: the annotations of nodes that list devices; the first that is there counts.
        to_allocate: the annotation of pods that lists what is still to be handed to containers.
        allocated: the annotation of pods that lists all that containers get.
        handshake: the annotation of nodes by which plugin and scheduler tell each other that they live.
        memory: the resource that asks for MiB of each device, "" for none.
        percentage: the resource that asks for percents of each device's memory, "" for none.
        cores: the resource that asks for percents of each device's compute units, "" for none.
        use_type: the annotation of pods that lists the types to take; likewise the next three.
        numa_bind: the annotation of pods that wants all devices of a container at one NUMA node.
        mode: the annotation of pods that chooses the mode of devices.
        default_cores: the percents of compute units of who does not say.
        shares_memory: whether memory is counted at all.
        implied_count: whether who asks for memory or cores alone gets one device.
        memory_steps: the sizes that shares can have, in MiB; each is rounded up. Empty for any size.
        equal_shares: whether all shares of one device have the same size.
        others: resources that are left to the device plugin.
    """

    word: str
    count: str
    register: tuple[str, ...]
    to_allocate: str
    allocated: str
    handshake: str = ""
    memory: str = ""
    percentage: str = ""
    cores: str = ""
    use_type: str = ""
    nouse_type: str = ""
    use_id: str = ""
    nouse_id: str = ""
    numa_bind: str = ""
    mode: str = ""
    default_cores: int = 0
    shares_memory: bool = True
    implied_count: bool = False
    memory_steps: tuple[int, ...] = ()
    equal_shares: bool = False
    others: tuple[str, ...] = ()

    @property
    def resources(self) -> tuple[str, ...]:
        """All resources by which the vendor's devices are asked for."""
        named = (self.count, self.memory, self.percentage, self.cores, *self.others)
        return tuple(name for name in named if name)


VENDORS: tuple[Vendor, ...] = (
    Vendor(
        word="NVIDIA",
        count="nvidia.com/gpu",
        memory="nvidia.com/gpumem",
        percentage="nvidia.com/gpumem-percentage",
        cores="nvidia.com/gpucores",
        others=("nvidia.com/priority",),
        register=("hami.io/node-nvidia-register",),
        handshake="hami.io/node-handshake",
        to_allocate="hami.io/vgpu-devices-to-allocate",
        allocated="hami.io/vgpu-devices-allocated",
        use_type="nvidia.com/use-gputype",
        nouse_type="nvidia.com/nouse-gputype",
        use_id="nvidia.com/use-gpuuuid",
        nouse_id="nvidia.com/nouse-gpuuuid",
        numa_bind="nvidia.com/numa-bind",
        mode="nvidia.com/vgpu-mode",
        implied_count=True,
    ),
    Vendor(
        word="DCU",
        count="hygon.com/dcunum",
        memory="hygon.com/dcumem",
        cores="hygon.com/dcucores",
        register=("hami.io/node-dcu-register",),
        handshake="hami.io/node-handshake-dcu",
        to_allocate="hami.io/dcu-devices-to-allocate",
        allocated="hami.io/dcu-devices-allocated",
        use_type="hygon.com/use-dcutype",
        nouse_type="hygon.com/nouse-dcutype",
        use_id="hygon.com/use-gpuuuid",
        nouse_id="hygon.com/nouse-gpuuuid",
    ),
    Vendor(
        word="XPU",
        count="kunlunxin.com/vxpu",
        memory="kunlunxin.com/vxpu-memory",
        # The contract has one name, HAMi's source the other.
        register=("hami.io/node-register-xpu", "hami.io/node-xpu-register"),
        handshake="hami.io/node-handshake-xpu",
        to_allocate="hami.io/xpu-devices-to-allocate",
        allocated="hami.io/xpu-devices-allocated",
        use_id="hami.io/use-xpu-uuid",
        nouse_id="hami.io/no-use-xpu-uuid",
        memory_steps=(24576, 49152, 98304),
        equal_shares=True,
    ),
    Vendor(
        word="AMD",
        count="amd.com/gpu",
        memory="amd.com/gpumem",
        cores="amd.com/gpucores",
        register=("hami.io/node-amd-register",),
        handshake="hami.io/node-handshake-amd",
        to_allocate="hami.io/amd-devices-to-allocate",
        allocated="hami.io/amd-devices-allocated",
        use_type="amd.com/use-gputype",
        nouse_type="amd.com/nouse-gputype",
        use_id="amd.com/use-gpu-uuid",
        nouse_id="amd.com/nouse-gpu-uuid",
        default_cores=100,
    ),
    Vendor(
        word="Vastai",
        count="vastaitech.com/va",
        register=("hami.io/node-va-register",),
        handshake="hami.io/node-handshake-va",
        to_allocate="hami.io/Vastai-devices-to-allocate",
        allocated="hami.io/Vastai-devices-allocated",
        use_id="vastaitech.com/use-gpuuuid",
        nouse_id="vastaitech.com/nouse-gpuuuid",
        shares_memory=False,
    ),
    Vendor(
        word="Biren",
        count="birentech.com/gpu",
        register=("hami.io/node-biren-register",),
        handshake="hami.io/node-handshake-biren",
        to_allocate="hami.io/Biren-devices-to-allocate",
        allocated="hami.io/Biren-devices-allocated",
        use_id="birentech.com/use-gpuuuid",
        nouse_id="birentech.com/nouse-gpuuuid",
        shares_memory=False,
    ),
)

BY_WORD = {vendor.word: vendor for vendor in VENDORS}
