"""What a cluster can do, and what a spec says it needs.

A spec names a capability in an active tag of behave's, such as `@use.with_nodes=yes`; a hyphen in the
capability is an underscore in the tag.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

from behave.tag_matcher import ActiveTagMatcher

from maidenhair.errors import ConfigurationError

NOTHING_KNOWN: Mapping[str, str] = MappingProxyType({})
_ACTIVE_TAG = re.compile(r"(?P<prefix>use|not)\.with_(?P<category>[^=]+)=(?P<value>.*)")


def reason_to_skip(
    tags: Iterable[str], available: Collection[str], lacking: Mapping[str, str] = NOTHING_KNOWN
) -> str | None:
    """Return why a spec with these tags cannot run on a cluster, or None when it can.

    Args:
        tags: the spec's tags and those of its feature.
        available: the cluster's capabilities.
        lacking: every other capability that there is, and why the cluster lacks it.

    Raises:
        ConfigurationError: a tag names a capability that neither the framework nor an active system has, or a value
            other than yes.
    """
    # Of several reasons always the same one: behave gives tags in no order.
    for tag in sorted(tags):
        named = _ACTIVE_TAG.fullmatch(tag)
        if named is None:
            continue
        capability = _capability(tag, named, {*available, *lacking})
        provided = {named["category"]: "yes" if capability in available else "no"}
        if ActiveTagMatcher(provided).should_skip_with_tags([tag]):
            verb = "lacks" if named["prefix"] == "use" else "has"
            why = f": {lacking[capability]}" if capability in lacking else ""
            return f"the cluster {verb} the capability {capability} (@{tag}){why}"
    return None


def _capability(tag: str, named: re.Match[str], known: Collection[str]) -> str:
    capability = named["category"].replace("_", "-")
    if capability not in known:
        raise ConfigurationError(
            f"@{tag}: there is no capability {capability!r}; the framework and the active systems have: "
            f"{', '.join(sorted(known))}"
        )
    if named["value"] != "yes":
        raise ConfigurationError(
            f"@{tag}: the value is always yes; write use.with_ or not.with_ before it"
        )
    return capability
