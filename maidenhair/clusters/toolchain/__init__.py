"""The components of a cluster: found on the machine, or made once and kept in a per-user cache."""

from maidenhair.clusters.toolchain.model import Tool
from maidenhair.clusters.toolchain.toolchain import Toolchain

__all__ = ["Tool", "Toolchain"]
