"""A component that is ready for use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Tool:
    """A component that is ready for use.

    Attributes:
        name: the component's name, such as "kubelet".
        path: the executable, or the folder where the component is one (its name tells).
        version: the component's version without a leading "v", or "unknown" for one the user set.
        source: where it came from, in words.
        environment: variables that its processes need, such as LD_LIBRARY_PATH.
    """

    name: str
    path: Path
    version: str
    source: str
    environment: Mapping[str, str] = field(default_factory=dict)
