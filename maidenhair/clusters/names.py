"""What a cluster may be called."""

from __future__ import annotations

import re

from maidenhair.errors import ConfigurationError

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?")


def check_cluster_name(name: str) -> None:
    """Let a name pass that can be a cluster's with every provider.

    Raises:
        ConfigurationError: it cannot.
    """
    if not _NAME.fullmatch(name):
        raise ConfigurationError(
            f"cluster name {name!r}: use lower-case letters, digits and '-', 40 characters at most"
        )
