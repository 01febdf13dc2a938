"""Objects as phrases name them: the types of the fields in phrases, and the objects behind them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from behave import register_type
from parse import with_pattern

from maidenhair.kube.named_object import NamedObject
from maidenhair.steps.refusals import check_accepted

KIND = r"(?:pod|[A-Z]\w*)"
OBJECT = rf'{KIND} "[^"]+"'


@with_pattern(KIND)
def parse_kind(text: str) -> str:
    """Read a kind such as "StatefulSet" or "pod"."""
    return "Pod" if text == "pod" else text


@with_pattern(r'[^"]+')
def parse_name(text: str) -> str:
    """Read one name, and not what follows it."""
    return text


@with_pattern(rf"{OBJECT}(?:(?:, {OBJECT})* and {OBJECT})?")
def parse_objects(text: str) -> list[tuple[str, str]]:
    """Read objects such as 'Service "web"' or 'Service "web" and pod "web-0"' as pairs of a kind and a name."""
    found = re.findall(rf'({KIND}) "([^"]+)"', text)
    return [(parse_kind(kind), name) for kind, name in found]


register_type(Kind=parse_kind, Name=parse_name, Objects=parse_objects)


def named(context: Any, kind: str, name: str) -> NamedObject:
    """Return an object of the spec's namespace, of the namespace in `name`, or of no namespace, by its kind.

    Raises:
        AssertionError: the API refused the object in this scenario.
    """
    check_accepted(context, kind, name)
    return NamedObject(context.spec.kube, kind, name, context.spec.namespace)


def all_named(context: Any, objects: Sequence[tuple[str, str]]) -> list[NamedObject]:
    """Return the objects of a phrase."""
    return [named(context, kind, name) for kind, name in objects]
