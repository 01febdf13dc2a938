"""The page of causes: docs/causes.md, generated from the rules and from the examples in docs/causes/."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from maidenhair.docgen.cause_examples import Example, read_examples
from maidenhair.errors import ConfigurationError
from maidenhair.kube.diagnosis.causes.cause import Cause
from maidenhair.kube.diagnosis.knowledge import NO_KNOWLEDGE, Knowledge
from maidenhair.kube.diagnosis.rules import all_rules, find_cause
from maidenhair.systems.registry import known_systems, load_systems

AnyRule = Callable[..., Cause | None]

INTRODUCTION = """# Causes

The [diagnostics](failures.md) of a failed spec begin with the likely causes, and the message of a failed
[wait](waits.md) ends with one. `maidenhair explain KIND/NAME` [prints the cause](failures.md#explain-an-object) for any
object. Evidence follows each cause: conditions, events, and the last lines of the container's log. This page is
generated from the rules and from the examples in `docs/causes/` by `make docs`.

The rules are tried in this order: deletion, the pods of the object, rules for its kind, the objects that it owns, what
the object itself reports, and the objects that own it. A [system](glossary.md#system) adds rules of its own, which are
functions from `maidenhair.kube.Facts` to a `maidenhair.kube.Cause`:
[writing a system](writing-a-system.md) describes them.

- "ends waits" means that only a change from outside can help, so that a wait with `stop_when_hopeless` ends at once.
- "ends waits with patience" means that other pods or nodes may help. A wait with `patience` ends after that time.
"""


def causes_page(
    rules: Sequence[tuple[str, AnyRule]], knowledge: Knowledge, examples: Iterable[Example]
) -> str:
    """Return the content of docs/causes.md.

    Args:
        rules: the names and the functions of all rules.
        knowledge: the additions of systems, whose rules are among `rules`.
        examples: the examples, at least one of each rule.

    Raises:
        ConfigurationError: a rule has no example, or finds no cause in its example; or an example has no rule.
    """
    found: dict[str, list[Example]] = {name: [] for name, _ in rules}
    for each in examples:
        if each.rule not in found:
            raise ConfigurationError(f"docs/causes: there is no rule {each.rule}")
        found[each.rule].append(each)
    lines = [INTRODUCTION]
    modules: list[str] = []
    for name, rule in sorted(rules, key=lambda each: _place(each, rules)):
        if rule.__module__ not in modules:
            modules.append(rule.__module__)
            lines += [f"## {_subject_of(rule)}", ""]
        lines += _about(name, rule, found[name], knowledge)
    return "\n".join(lines).rstrip() + "\n"


def rules_of(knowledge: Knowledge) -> list[tuple[str, AnyRule]]:
    """Return the names and the functions of the rules of Kubernetes and of systems."""
    return [(rule_name(rule), rule) for rule in (*all_rules(), *knowledge.rules)]


def knowledge_of_systems() -> Knowledge:
    """Return the knowledge of all installed systems."""
    return NO_KNOWLEDGE.merged(*(each.knowledge() for each in load_systems(known_systems())))


def rule_name(rule: AnyRule) -> str:
    """Return the name of a rule with its module or its system, for example "jobs.suspended"."""
    package, _, module = rule.__module__.rpartition(".")
    system = package.rpartition(".")[2] if ".systems." in rule.__module__ else module
    return f"{system}.{rule.__name__}"


def _place(rule: tuple[str, AnyRule], rules: Sequence[tuple[str, AnyRule]]) -> tuple[int, int]:
    """Return the place of a rule on the page: by module, in the order in which the rules are tried."""
    modules = list(dict.fromkeys(each.__module__ for _, each in rules))
    return modules.index(rule[1].__module__), rules.index(rule)


def _about(
    name: str, rule: AnyRule, examples: list[Example], knowledge: Knowledge
) -> Iterator[str]:
    if not examples:
        raise ConfigurationError(f"docs/causes: the rule {name} has no example; add one")
    first_line = (inspect.getdoc(rule) or "").splitlines()[0]
    text = first_line.removeprefix("Detect ").split(". ")[0]
    yield f"### {text[:1].upper()}{text[1:]}".rstrip(".")
    yield ""
    for each in examples:
        cause = find_cause(each.facts, knowledge).cause
        if cause is None or not each.applies(rule):
            raise ConfigurationError(
                f"docs/causes: the rule {name} finds no cause in its example; correct the example"
            )
        yield f"> {cause.sentence}"
        yield ""
        if effect := _effect(cause):
            yield effect
            yield ""


def _effect(cause: Cause) -> str:
    parts = ["ends waits"] if cause.hopeless else []
    parts += ["ends waits with patience"] if cause.lacks_capacity else []
    parts += ["with the last lines of the container's log"] if cause.crashed else []
    return f"({'; '.join(parts)})" if parts else ""


def _subject_of(rule: Callable[..., Any]) -> str:
    """Return what a module of rules is about: the first sentence of its docstring."""
    return (sys.modules[rule.__module__].__doc__ or "").split(".")[0]


if __name__ == "__main__":
    known = knowledge_of_systems()
    print(causes_page(rules_of(known), known, read_examples()), end="")
