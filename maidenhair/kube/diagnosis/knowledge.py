"""Kinds, rules and lookups that systems under test add to diagnostics and explanations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import TypeVar

from maidenhair.kube.diagnosis.causes.cause import Rule
from maidenhair.kube.diagnosis.facts import PickPods
from maidenhair.kube.diagnosis.related_objects import RelatedObjects
from maidenhair.kube.diagnosis.terminal import TerminalRule
from maidenhair.kube.objects import Object

T = TypeVar("T")

FindRelated = Callable[[RelatedObjects, Object], None]
"""Looks up the objects that are related to an object."""


@dataclass(frozen=True)
class Knowledge:
    """The additions of systems under test to diagnostics and explanations. All are empty by default.

    Attributes:
        kinds: apiVersion and kind of objects to collect and describe for a failed spec, before the kinds of Kubernetes.
        owners: the kinds to explain instead of the workloads of Kubernetes, if the namespace has objects of them.
        namespaces: the namespaces of the systems, collected in addition to the spec's.
        rules: rules for causes, tried after those for absent and stopped workloads and before all other rules.
        related: by kind, looks up the related objects of an object.
        pods: by kind, selects an object's current pods from the pods of its namespace. For other kinds the pods are
            found by owner references or the object's selector.
        terminal: rules for states from which objects do not recover; waits that use `stop_when_hopeless` end there.
        recovering: kinds that recover by themselves from states that count as terminal for other custom resources.

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
    terminal: tuple[TerminalRule, ...] = ()
    recovering: tuple[str, ...] = ()

    def merged(self, *others: Knowledge) -> Knowledge:
        """Return the union of this knowledge and others. If two have an entry for a kind, the last one applies."""
        every = (self, *others)
        return Knowledge(
            kinds=_union(each.kinds for each in every),
            owners=_union(each.owners for each in every),
            namespaces=_union(each.namespaces for each in every),
            rules=_union(each.rules for each in every),
            related={kind: look for each in every for kind, look in each.related.items()},
            pods={kind: pick for each in every for kind, pick in each.pods.items()},
            terminal=_union(each.terminal for each in every),
            recovering=_union(each.recovering for each in every),
        )


NO_KNOWLEDGE = Knowledge()


def _union(groups: Iterable[tuple[T, ...]]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(groups)))
