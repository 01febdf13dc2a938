"""The resources of device plugins, and their vendors."""

from __future__ import annotations

import re
from collections.abc import Mapping

VENDORS: Mapping[str, tuple[str, str]] = {
    "nvidia.com": ("NVIDIA", r"gpu|mig-.+"),
    "cambricon.com": ("Cambricon", r"mlu|vmlu"),
    "hygon.com": ("Hygon", r"dcu|dcunum"),
    "metax-tech.com": ("MetaX", r"gpu|sgpu"),
    "enflame.com": ("Enflame", r"gcu|vgcu|drs-gcu"),
    "kunlunxin.com": ("Kunlunxin", r"xpu|vxpu"),
    "huawei.com": ("Ascend", r"Ascend[^-]+(-\d+)?"),
    "vastaitech.com": ("Vastai", r"va"),
    "birentech.com": ("Biren", r"gpu"),
    "amd.com": ("AMD", r"gpu"),
    "aws.amazon.com": ("AWS Neuron", r"neuron|neuroncore"),
    "iluvatar.ai": ("Iluvatar", r".*gpu"),
    "mthreads.com": ("Moore Threads", r"vgpu|gpu"),
}
"""By domain: the vendor's title, and a pattern of the resources that count devices. Others are memory and cores."""

# Resources with a slash that no device plugin registered.
_OF_KUBERNETES = re.compile(r"(.*\.)?kubernetes\.io/")


def device_resources(allocatable: Mapping[str, str]) -> dict[str, int]:
    """Return the resources that device plugins registered, with their counts.

    Args:
        allocatable: the allocatable resources of a node.
    """
    return {
        resource: int(count)
        for resource, count in allocatable.items()
        # Extended resources are whole numbers.
        if "/" in resource and not _OF_KUBERNETES.match(resource) and count.isdecimal()
    }


def vendor_of(resource: str) -> str:
    """Return the title of a resource's vendor, or the resource's domain if the vendor is unknown."""
    domain = resource.partition("/")[0]
    return VENDORS[domain][0] if domain in VENDORS else domain


def is_device(resource: str) -> bool:
    """Return whether a resource counts accelerators of a known vendor."""
    domain, _, name = resource.partition("/")
    return domain in VENDORS and re.fullmatch(VENDORS[domain][1], name) is not None
