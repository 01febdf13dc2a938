"""The capabilities that a spec needs: active tags of behave such as `@use.with_multi_node=yes`.

A hyphen in the name of a capability is an underscore in the tag. `@use.with_kubernetes.min=1.36` and
`@use.with_kubernetes.max=1.36` name the oldest and the newest version of Kubernetes that fits.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from types import MappingProxyType

from behave.tag_matcher import ActiveTagMatcher, ValueObject

from maidenhair.errors import ConfigurationError

NONE_LACKING: Mapping[str, str] = MappingProxyType({})
_ACTIVE_TAG = re.compile(r"(?P<prefix>use|not)\.with_(?P<category>[^=]+)=(?P<value>.*)")

_VERSION = re.compile(r"v?\d+\.\d+(\.\d+)?")
_LIMITS: Mapping[str, Callable[[tuple[int, ...], tuple[int, ...]], bool]] = {
    "kubernetes.min": operator.ge,
    "kubernetes.max": operator.le,
}
"""How the cluster's version must compare with that of a tag, by the tag's category."""


def reason_to_skip(
    tags: Iterable[str],
    available: Collection[str],
    lacking: Mapping[str, str] = NONE_LACKING,
    version: str = "",
) -> str | None:
    """Return why a spec with these tags cannot run on a cluster, or None if it can.

    Args:
        tags: the tags of the spec and of its feature.
        available: the cluster's capabilities.
        lacking: every other known capability, and why the cluster lacks it.
        version: the version of the cluster's Kubernetes, such as "v1.36.3". If it is empty, every version fits.

    An active tag that names no capability and has another value than yes, for example `@use.with_browser=chrome`,
    belongs to the suite.

    Raises:
        ConfigurationError: a tag names an unknown capability with the value yes, a known one with another value, or no
            version of Kubernetes.
    """
    # Sorted, so that the reason is always the same: behave's tags have no order.
    for tag in sorted(tags):
        named = _ACTIVE_TAG.fullmatch(tag)
        if named is None:
            continue
        if named["category"] in _LIMITS:
            if _excludes(tag, named, version):
                return f"the cluster's Kubernetes is {version} (@{tag})"
            continue
        known = {*available, *lacking}
        if named["value"] != "yes" and named["category"].replace("_", "-") not in known:
            continue
        capability = _capability(tag, named, known)
        provided = {named["category"]: "yes" if capability in available else "no"}
        if ActiveTagMatcher(provided).should_skip_with_tags([tag]):
            verb = "lacks" if named["prefix"] == "use" else "has"
            why = f": {lacking[capability]}" if capability in lacking else ""
            return f"the cluster {verb} the capability {capability} (@{tag}){why}"
    return None


def _excludes(tag: str, named: re.Match[str], version: str) -> bool:
    """Return whether a tag excludes a version. "1.36" in a tag means every patch of it."""
    if not _VERSION.fullmatch(named["value"]):
        raise ConfigurationError(
            f"@{tag}: {named['value']!r} is no version of Kubernetes; write for example 1.36"
        )
    found = _VERSION.match(version)
    if found is None:
        return False
    fits = _LIMITS[named["category"]]

    def compare(own: str, limit: str) -> bool:
        numbers = _numbers(limit)
        return fits(_numbers(own)[: len(numbers)], numbers)

    limit = ValueObject(found.group(), compare)
    return bool(ActiveTagMatcher({named["category"]: limit}).should_skip_with_tags([tag]))


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.removeprefix("v").split(".")))


def capability_of(tag: str) -> str:
    """Return the name of the capability that an active tag names, or "" for another tag."""
    named = _ACTIVE_TAG.fullmatch(tag)
    return named["category"].replace("_", "-") if named else ""


def _capability(tag: str, named: re.Match[str], known: Collection[str]) -> str:
    capability = named["category"].replace("_", "-")
    if capability not in known:
        raise ConfigurationError(
            f"@{tag}: there is no capability {capability!r}; the framework and the active systems have: "
            f"{', '.join(sorted(known))}"
        )
    if named["value"] != "yes":
        raise ConfigurationError(
            f"@{tag}: the value must be yes; write @use.with_…=yes or @not.with_…=yes"
        )
    return capability
