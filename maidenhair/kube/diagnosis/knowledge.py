"""What systems under test add to diagnostics and explanations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import TypeVar

from maidenhair.kube.diagnosis.causes.cause import Rule
from maidenhair.kube.diagnosis.facts import PickPods
from maidenhair.kube.diagnosis.related_objects import RelatedObjects
from maidenhair.kube.objects import Object

T = TypeVar("T")

FindRelated = Callable[[RelatedObjects, Object], None]
"""Looks up the objects that explain one."""


@dataclass(frozen=True)
class Knowledge:
    """What systems under test add to diagnostics and explanations; empty by default.

    Attributes:
        kinds: apiVersion and kind of what is collected and described of a failed spec, before Kubernetes' own kinds.
        owners: the kinds whose objects are explained rather than Kubernetes' own workloads, if there are any.
        namespaces: the namespaces of the systems, collected besides the spec's own.
        rules: rules of causes, tried after those of absent and stopped workloads, before all others of the subject.
        around: by kind, looks up the objects that explain an object of that kind.
        pods: by kind, picks an object's current pods out of those of its namespace. Without an entry an object's pods
            are those whose owner references or whose labels, by its selector, lead to it.

    Example:
        >>> from maidenhair.kube.diagnosis.causes.cause import Cause
        >>> from maidenhair.kube.diagnosis.facts import facts_from
        >>> from maidenhair.kube.diagnosis.rules import likely_cause
        >>> def paused(facts):
        ...     if facts.subject["kind"] == "Widget" and facts.subject["spec"].get("paused"):
        ...         return Cause("the Widget is paused")
        >>> widgets = Knowledge(kinds=(("example.com/v1", "Widget"),), owners=("Widget",), rules=(paused,))
        >>> widget = {"kind": "Widget", "metadata": {"name": "w", "uid": "1"}, "spec": {"paused": True}}
        >>> likely_cause(facts_from(widget, [], []), widgets).sentence
        'the Widget is paused'
    """

    kinds: tuple[tuple[str, str], ...] = ()
    owners: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    related: Mapping[str, FindRelated] = field(default_factory=dict)
    pods: Mapping[str, PickPods] = field(default_factory=dict)

    def merged(self, *others: Knowledge) -> Knowledge:
        """Return this knowledge and that of others as one; of two entries for a kind the last one holds."""
        every = (self, *others)
        return Knowledge(
            kinds=_union(each.kinds for each in every),
            owners=_union(each.owners for each in every),
            namespaces=_union(each.namespaces for each in every),
            rules=_union(each.rules for each in every),
            related={kind: look for each in every for kind, look in each.related.items()},
            pods={kind: pick for each in every for kind, pick in each.pods.items()},
        )


NO_KNOWLEDGE = Knowledge()


def _union(groups: Iterable[tuple[T, ...]]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(groups)))
