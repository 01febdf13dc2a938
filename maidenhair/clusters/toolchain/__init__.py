"""The components of a cluster: found on this machine, or downloaded or built once into a per-user cache.

`components` declares those of the framework. A system under test declares its own beside its code, with the makers
from here.
"""

from maidenhair.clusters.toolchain.model import Tool
from maidenhair.clusters.toolchain.toolchain import Toolchain

__all__ = ["Tool", "Toolchain"]
