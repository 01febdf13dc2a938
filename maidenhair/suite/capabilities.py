"""The capabilities that a spec needs: active tags of behave such as `@use.with_multi_node=yes`.

A hyphen in the name of a capability is an underscore in the tag.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

from behave.tag_matcher import ActiveTagMatcher

from maidenhair.errors import ConfigurationError

NONE_LACKING: Mapping[str, str] = MappingProxyType({})
_ACTIVE_TAG = re.compile(r"(?P<prefix>use|not)\.with_(?P<category>[^=]+)=(?P<value>.*)")


def reason_to_skip(
    tags: Iterable[str], available: Collection[str], lacking: Mapping[str, str] = NONE_LACKING
) -> str | None:
    """Return why a spec with these tags cannot run on a cluster, or None if it can.

    Args:
        tags: the tags of the spec and of its feature.
        available: the cluster's capabilities.
        lacking: every other known capability, and why the cluster lacks it.

    An active tag that names no capability and has another value than yes, for example `@use.with_browser=chrome`,
    belongs to the suite.

    Raises:
        ConfigurationError: a tag names an unknown capability with the value yes, or a known one with another value.
    """
    # Sorted, so that the reason is always the same: behave's tags have no order.
    for tag in sorted(tags):
        named = _ACTIVE_TAG.fullmatch(tag)
        if named is None:
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
