"""The base of all run events, and the version of their format.

Within version 1, types and fields are only added, and an added field has a default. A field that has its default value
is not written.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from msgspec import Struct, field

VERSION = 1
"""The version of the format. A change that would break readers makes it 2."""


class RunEvent(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Base of all run events.

    Attributes:
        time: when it was published, in seconds since 1970. A worker's steps are published when their attempt ends.
    """

    time: float = field(default_factory=time.time)


class UnknownEvent(RunEvent, frozen=True, gc=False):
    """An event whose type a later release added.

    Attributes:
        type: the type.
        fields: the fields.
    """

    type: str
    fields: Mapping[str, object]
