"""The components of a cluster: found on the machine, or made once and kept in a per-user cache.

`components` declares the framework's own; a system under test declares its own beside its code, with the makers here.
"""

from maidenhair.clusters.toolchain.model import Tool
from maidenhair.clusters.toolchain.toolchain import Toolchain

__all__ = ["Tool", "Toolchain"]
