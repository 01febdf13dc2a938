"""The examples of causes in docs/causes/: objects as they are when each cause is found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from maidenhair.errors import ConfigurationError
from maidenhair.kube.diagnosis.facts import Facts, facts_from
from maidenhair.kube.objects import Object

EXAMPLES = Path("docs/causes")
NAMESPACE = "shop"
CREATED = "2026-01-31T12:00:00Z"
WITHOUT_NAMESPACE = frozenset(
    {
        "CustomResourceDefinition",
        "GatewayClass",
        "IngressClass",
        "Namespace",
        "Node",
        "StorageClass",
    }
)


@dataclass(frozen=True)
class Example:
    """An object and the objects around it, for which a rule finds a cause.

    Attributes:
        rule: the name of the rule, with its module, for example "jobs.suspended".
        facts: the facts.
    """

    rule: str
    facts: Facts

    def applies(self, rule: Callable[..., Any]) -> bool:
        """Return whether a rule for the object, or for a pod of it, finds a cause."""
        takes_pod = rule.__code__.co_argcount == 2
        arguments = [(pod,) for pod in self.facts.pods] if takes_pod else [()]
        return any(rule(self.facts, *each) is not None for each in arguments)


def read_examples(folder: Path = EXAMPLES) -> list[Example]:
    """Read all examples.

    Raises:
        ConfigurationError: a file is not YAML, or an example has no subject.
    """
    return [each for file in sorted(folder.glob("*.yaml")) for each in _examples_in(file)]


def _examples_in(file: Path) -> Iterator[Example]:
    try:
        content: Mapping[str, list[Object]] = yaml.safe_load(file.read_text(encoding="utf-8"))
        for rule, examples in content.items():
            for each in examples:
                yield Example(rule, _facts(each))
    except (yaml.YAMLError, AttributeError, KeyError, TypeError) as error:
        raise ConfigurationError(
            f"{file}: {type(error).__name__}: {error}; write a list of examples with `subject` for each rule"
        ) from error


def _facts(example: Object) -> Facts:
    subject = _object(example["subject"])
    own = {name: subject[name] for name in ("apiVersion", "kind")}
    owner = {**own, "name": subject["metadata"]["name"], "uid": subject["metadata"].get("uid")}
    pods = [_object(each, owner) for each in example.get("pods", ())]
    if subject["kind"] == "Pod":
        pods.append(subject)
    around = [subject, *pods]
    return facts_from(
        subject,
        pods,
        [_event(each, around) for each in example.get("events", ())],
        [_object(each) for each in example.get("nodes", ())],
        [_object(each) for each in example.get("related", ())],
        example.get("known", ()),
    )


def _object(short: Object, owner: Object | None = None) -> Object:
    kind, name = short["kind"], short["name"]
    metadata = {"name": name, "creationTimestamp": CREATED, **short.get("metadata", {})}
    if kind not in WITHOUT_NAMESPACE:
        metadata["namespace"] = NAMESPACE
    if short.get("exists", True):
        metadata["uid"] = f"{kind}-{name}"
    if owner is not None:
        metadata["ownerReferences"] = [owner]
    fields = {key: value for key, value in short.items() if key not in ("name", "exists")}
    return {"apiVersion": "v1", **fields, "metadata": metadata}


def _event(short: Object, around: Iterable[Object]) -> Object:
    kind, name = short["of"].split()
    uid = next(
        (
            each["metadata"].get("uid")
            for each in around
            if (each["kind"], each["metadata"]["name"]) == (kind, name)
        ),
        None,
    )
    involved = {"kind": kind, "name": name, "uid": uid, "fieldPath": short.get("field")}
    return {
        "kind": "Event",
        "metadata": {"name": f"{name}.1", "creationTimestamp": CREATED},
        "type": short.get("type", "Warning"),
        "reason": short["reason"],
        "message": short["message"],
        "involvedObject": involved,
        "lastTimestamp": CREATED,
    }
