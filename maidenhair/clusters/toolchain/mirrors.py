"""Mirrors of the hosts that releases come from."""

from __future__ import annotations

from urllib.parse import urlsplit

from maidenhair.errors import ConfigurationError


def parse_mirrors(text: str) -> dict[str, str]:
    """Return what to ask instead: the beginning of an official URL, and what stands in its place.

    Args:
        text: pairs such as "https://dl.k8s.io=https://mirror.example/k8s", separated by spaces.

    Raises:
        ConfigurationError: a part is no such pair.
    """
    mirrors = {}
    for pair in text.split():
        official, _, mirror = pair.partition("=")
        if not all(urlsplit(url).scheme in ("http", "https") for url in (official, mirror)):
            raise ConfigurationError(
                f"MAIDENHAIR_MIRRORS: {pair!r} is no pair of URLs; "
                "wanted are pairs such as https://dl.k8s.io=https://mirror.example/k8s"
            )
        mirrors[official.rstrip("/")] = mirror.rstrip("/")
    return mirrors
