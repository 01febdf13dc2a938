"""Find a kind by the names that kubectl takes: kind, plural, singular or short name, with or without its group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from maidenhair.errors import ApiRefused, ConfigurationError
from maidenhair.kube.api_resources import Discovery, Resource

MOST_SIMILAR = 5
SIMILARITY = 0.6


def find_kind(discovery: Discovery, name: str) -> Resource:
    """Return the kind that a name means. Case does not matter.

    Args:
        discovery: the kinds that the server serves.
        name: for example "Deployment", "deployments", "deploy", "deployments.apps" or "deployments.v1.apps".

    Raises:
        ConfigurationError: there is no such kind. The message names similar ones.
        ApiUnreachable: the server did not answer.
    """
    served = discovery.all()
    first, _, rest = name.lower().partition(".")
    found = next((each for each in served if _means(each, first, rest)), None)
    if found is None and rest:
        found = _in_version(discovery, served, first, rest)
    if found is not None:
        return found
    similar = get_close_matches(name.lower(), set(_all_names(served)), MOST_SIMILAR, SIMILARITY)
    hint = f"similar kinds: {', '.join(similar)}" if similar else "no kind has a similar name"
    raise ConfigurationError(
        f"the API server at {discovery.server} serves no kind {name!r}; {hint}"
    )


def qualified_name(resource: Resource) -> str:
    """Return the plural name of a kind with its group, for example "deployments.apps"."""
    return ".".join(filter(None, (resource.plural, _group(resource))))


def _means(resource: Resource, name: str, group: str) -> bool:
    names = (resource.plural, resource.singular, resource.kind.lower(), *resource.short_names)
    return name in names and group in ("", _group(resource))


def _in_version(
    discovery: Discovery, served: Iterable[Resource], name: str, rest: str
) -> Resource | None:
    """Return a kind that is named with its version, for example "deployments.v1.apps"."""
    version, _, group = rest.partition(".")
    for each in served:
        if _means(each, name, group) and _group(each) == group:
            try:
                return discovery.resource("/".join(filter(None, (group, version))), each.kind)
            except ApiRefused:
                return None
    return None


def _group(resource: Resource) -> str:
    return resource.api_version.rpartition("/")[0]


def _all_names(served: Iterable[Resource]) -> Iterator[str]:
    for each in served:
        yield from (each.singular, each.plural, *each.short_names)
        if _group(each):
            yield qualified_name(each)
