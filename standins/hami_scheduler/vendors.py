"""The vendors of shared devices: their resources, annotations and rules."""

from __future__ import annotations

from dataclasses import dataclass

PREFIX = "hami.io/"


@dataclass(frozen=True)
class Vendor:
    """The resources, annotations and rules of one vendor's devices.

    Attributes:
        device_type: HAMi's name of the device type in shares, for example "NVIDIA".
        count: the resource for the number of devices.
        register: the annotations of nodes that list devices. The first one that exists counts.
        to_allocate: the annotation of pods with the shares that no plugin has allocated yet.
        allocated: the annotation of pods with all shares.
        handshake: the annotation of nodes for the handshake between device plugin and scheduler.
        memory: the resource for memory of each device in MiB; "" if there is none.
        percentage: the resource for memory of each device in percent; "" if there is none.
        cores: the resource for compute units of each device in percent; "" if there is none.
        use_type: the annotation of pods that lists allowed models; "" if there is none.
        nouse_type: the annotation of pods that lists models that are not allowed; "" if there is none.
        use_id: the annotation of pods that lists allowed ids; "" if there is none.
        nouse_id: the annotation of pods that lists ids that are not allowed; "" if there is none.
        numa_bind: the annotation of pods that requires all devices of a container on one NUMA node.
        mode: the annotation of pods that requires a mode of devices.
        default_cores: the compute units of a request that does not set them, in percent.
        shares_memory: whether shares have a limit of memory.
        implied_count: whether a request for memory or cores alone means one device.
        memory_steps: the possible sizes of shares in MiB, to which requests are rounded up; empty for any size.
        equal_shares: whether all shares of a device must have the same size.
        others: resources that only the device plugin uses.
    """

    device_type: str
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
        """All resources of the vendor."""
        named = (self.count, self.memory, self.percentage, self.cores, *self.others)
        return tuple(name for name in named if name)


VENDORS: tuple[Vendor, ...] = (
    Vendor(
        device_type="NVIDIA",
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
        device_type="DCU",
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
        device_type="XPU",
        count="kunlunxin.com/vxpu",
        memory="kunlunxin.com/vxpu-memory",
        # The contract has the first name, HAMi's source the second.
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
        device_type="AMD",
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
        device_type="Vastai",
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
        device_type="Biren",
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

BY_DEVICE_TYPE = {vendor.device_type: vendor for vendor in VENDORS}
