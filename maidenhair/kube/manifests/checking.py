"""Check that documents are objects of the API, and name those that are not."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from maidenhair.errors import ConfigurationError

_TYPES = {
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "text",
    list: "a list",
    tuple: "a list",
    dict: "a mapping",
    type(None): "empty",
    datetime.date: "a date",
    datetime.datetime: "a time",
    bytes: "binary data",
}
HOW_TO_READ = "read files with maidenhair.kube.read_manifests, which reads YAML as kubectl does"


@dataclass(frozen=True)
class Place:
    """The place of a document: its file, number and first line, both counted from 1.

    Attributes:
        source: the file, or empty for manifests that were passed as objects.
        number: the number of the document in the file; 0 for a manifest that was passed alone.
        line: the first line of the document; 0 if unknown.
        items: the numbers of the item in nested Lists.
    """

    source: str
    number: int
    line: int = 0
    items: tuple[int, ...] = ()

    def __str__(self) -> str:
        """Return the place as text, for example `web.yaml, document 2 (line 14), item 3`."""
        if not self.source:
            name = f"manifest {self.number}" if self.number else "this manifest"
        else:
            name = f"{self.source}, document {self.number}"
        line = f" (line {self.line})" if self.line else ""
        return name + line + "".join(f", item {each}" for each in self.items)

    def item(self, number: int) -> Place:
        """Return the place of an item of a List."""
        return Place(self.source, self.number, self.line, (*self.items, number))


_ALONE = Place("", 0)


class Manifest(dict[str, Any]):
    """A manifest that knows its place in a file.

    Attributes:
        place: the place.
    """

    def __init__(self, content: Mapping[str, Any], place: Place) -> None:
        super().__init__(content)
        self.place = place


def check_manifests(manifests: Iterable[Any]) -> list[dict[str, Any]]:
    """Check manifests and return them. Lists are replaced by their items, and empty manifests are left out.

    Raises:
        ConfigurationError: manifests are no objects of the API; the text names each of them.
    """
    if isinstance(manifests, Mapping):
        manifests = [manifests]
    return check_documents(
        [
            (each.place if isinstance(each, Manifest) else Place("", number), each)
            for number, each in enumerate(manifests, 1)
        ]
    )


def check_manifest(manifest: Any) -> dict[str, Any]:
    """Check one manifest and return it.

    Raises:
        ConfigurationError: it is no object of the API, or a List; the text says what to change.
    """
    if isinstance(manifest, Manifest):
        return manifest
    if isinstance(manifest, Mapping) and len(found := check_documents([(_ALONE, manifest)])) == 1:
        return found[0]
    seen = "a List" if isinstance(manifest, Mapping) and manifest else _type(manifest)
    raise ConfigurationError(
        f"cannot use {seen} as one manifest; apply_all takes any number of manifests"
    )


def check_documents(
    documents: Iterable[tuple[Place, Any]], problems: Iterable[str] = ()
) -> list[dict[str, Any]]:
    """Check documents as `check_manifests` does, each with its place.

    Args:
        documents: the places and the contents.
        problems: problems that were found before; they are reported with those found here.
    """
    found = list(problems)
    checked: list[dict[str, Any]] = []
    for place, content in documents:
        try:
            for each in _objects(place, content):
                checked.append(each)
        except _BadDocuments as bad:
            found += bad.args
    if found:
        raise ConfigurationError("\n  ".join(["cannot use manifests:", *found]))
    return checked


def items_of(content: Mapping[str, Any]) -> list[Any] | None:
    """Return the items of a List, each with its kind, or None for any other document.

    An object of a kind whose name ends in "List" is no List: it has a name.
    """
    metadata, kind, items = (
        content.get("metadata"),
        str(content.get("kind", "")),
        content.get("items"),
    )
    if isinstance(metadata, Mapping) and (metadata.get("name") or metadata.get("generateName")):
        return None
    is_plain = kind == "List" and content.get("apiVersion", "v1") == "v1" and items is None
    if is_plain or (kind.endswith("List") and isinstance(items, list)):
        return [_with_kind_of(content, each) for each in items or ()]
    return None


class _BadDocuments(Exception):
    """Documents that are no objects; the arguments are texts, one for each."""


def _objects(place: Place, content: Any) -> Iterator[Manifest]:
    """Yield the objects of a document: itself, or the items of a List."""
    if content is None or content == {}:
        return
    problem = _problem_of_type(content)
    if problem:
        raise _BadDocuments(f"{place}: {problem}")
    items = items_of(content)
    if items is None:
        metadata = content.get("metadata")
        checked = {**content, "metadata": {} if metadata is None else metadata}
        problem = _problem_of_object(checked)
        if problem:
            raise _BadDocuments(f"{place}: {problem}")
        yield Manifest(_plain(checked), place)
        return
    bad: list[str] = []
    for number, item in enumerate(items, 1):
        try:
            yield from _objects(place.item(number), item)
        except _BadDocuments as error:
            bad += error.args
    if bad:
        raise _BadDocuments(*bad)


def _with_kind_of(parent: Mapping[str, Any], item: Any) -> Any:
    """Return an item with the kind of its List, for example ConfigMap in a ConfigMapList."""
    if not isinstance(item, Mapping) or parent["kind"] == "List":
        return item
    version = {"apiVersion": parent["apiVersion"]} if "apiVersion" in parent else {}
    return {**version, "kind": parent["kind"].removesuffix("List"), **item}


def _problem_of_type(content: Any) -> str | None:
    if not isinstance(content, Mapping):
        return (
            f"it is {_type(content)}, not an object; an object begins with apiVersion and kind, and `---` separates "
            "objects"
        )
    for field, example in (("kind", "ConfigMap"), ("apiVersion", "v1")):
        value = content.get(field)
        if value is None or value == "":
            return f"it has no `{field}`; add one, for example `{field}: {example}`"
        if not isinstance(value, str):
            return (
                f"`{field}` is {_shown(value)}; it must be text, for example `{field}: {example}`"
            )
    if content["kind"] == "List" and content["apiVersion"] == "v1":
        items = content.get("items")
        if items is not None and not isinstance(items, list):
            return f"`items` of the List is {_type(items)}; write a list of objects"
    return None


def _problem_of_object(content: Mapping[str, Any]) -> str | None:
    subject, metadata = content["kind"], content["metadata"]
    if not isinstance(metadata, Mapping):
        return f"`metadata` of this {subject} is {_type(metadata)}; write `metadata: {{name: …}}`"
    for field in ("name", "generateName", "namespace"):
        value = metadata.get(field)
        if value is not None and not isinstance(value, str):
            return f"metadata.{field} of this {subject} is {_shown(value)}; quote it"
    name = metadata.get("name") or metadata.get("generateName")
    # Reviews are answered, not stored, so they need no name.
    if not name and not subject.endswith("Review"):
        return f"this {subject} has no metadata.name; add one, or a metadata.generateName"
    subject = f"{subject} {name}" if name else subject
    for field in ("labels", "annotations"):
        texts = metadata.get(field)
        if texts is not None and not isinstance(texts, Mapping):
            return f"metadata.{field} of {subject} is {_type(texts)}; write a mapping"
        for key, value in (texts or {}).items():
            if value is not None and not isinstance(value, str):
                return f"metadata.{field}[{key}] of {subject} is {_shown(value)}; quote it"
    try:
        bad = next(_unusable(content, ""), None)
    except RecursionError:
        bad = "it is nested too deeply, or contains itself"
    return f"{subject}: {bad}" if bad else None


def _unusable(value: Any, path: str) -> Iterator[str]:
    """Yield descriptions of values that JSON does not have."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            if not isinstance(key, str | bool | int | float):
                yield f"a key of {path or 'the object'} is {_shown(key)}; quote it"
            yield from _unusable(each, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple):
        for number, each in enumerate(value):
            yield from _unusable(each, f"{path}[{number}]")
    elif isinstance(value, float) and not math.isfinite(value):
        yield f"{path} is {value}, which JSON cannot express; quote it"
    elif value is not None and not isinstance(value, str | bool | int | float):
        yield f"{path} is {_shown(value)}; quote it, or {HOW_TO_READ}"


def _plain(value: Any) -> Any:
    """Return a value with keys that are text, as kubectl converts them."""
    if isinstance(value, Mapping):
        return {_key(key): _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def _key(key: Any) -> str:
    return str(key).lower() if isinstance(key, bool) else str(key)


def _type(value: Any) -> str:
    return _TYPES.get(type(value), f"a {type(value).__name__}")


def _shown(value: Any) -> str:
    shown = repr(value) if isinstance(value, str) else str(value)
    if value is None or isinstance(value, Mapping | list):
        return _type(value)
    return f"{shown[:60]}, {_type(value)}"
