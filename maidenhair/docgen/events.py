"""The page of run events: docs/events.md, generated from their types."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Sequence
from typing import Any, get_args, get_type_hints

from msgspec import NODEFAULT, Struct
from msgspec.structs import fields

from maidenhair.events import VERSION, Division, PlannedStep
from maidenhair.events.encoding import EVENT_TYPES, type_name

INTRODUCTION = f"""# Run events

A [run](glossary.md#run) appends its facts to `artifacts/<run>/events.jsonl` as they happen: its
[plan](glossary.md#plan), and the start and the end of each [spec](glossary.md#spec) and step. Such a fact is a
[run event](glossary.md#run-event). A dry run writes none. The setting [`artifacts`](reference/options.md#artifacts)
chooses the folder. `maidenhair merge` [merges the events of shards](running.md#run-in-shards). This page is generated
from the code by `make docs`.

## Format

- The file contains one JSON object per line, in UTF-8. A run only appends to it, at once. If the run is killed, its
  events are in the file. At most the last line is incomplete, and readers leave it out.
- Each line has `version` ({VERSION}), `type` and `time`, the seconds since 1970 when it was written. A field that has
  its default value is left out.
- Within a version, types and fields are only added. Readers ignore those that they do not know, and refuse another
  version.
- `run_started` is the first event, the plan follows, and `run_ended` is the last event. For each `spec_planned` there
  is exactly one `spec_ended`. If one is missing, the run was killed or still runs.
- If the file cannot be written, the run goes on, warns at once, and fails at its end.

`jq` reads the file. For example, this prints the failed specs of a run:

```
jq -r 'select(.type == "spec_ended" and .outcome == "failed") | .spec' artifacts/<run>/events.jsonl
```

## Types
"""


def events_page() -> str:
    """Return the content of docs/events.md."""
    lines = [INTRODUCTION]
    for kind in EVENT_TYPES:
        lines += [f"### {type_name(kind)}", "", *_about(kind)]
    lines += ["## Objects in fields", ""]
    for part in (Division, PlannedStep):
        lines += [f"### {part.__name__}", "", *_about(part)]
    return "\n".join(lines).rstrip() + "\n"


def _about(kind: type[Any]) -> Iterator[str]:
    """Yield the lines about a type: its description and a table of its fields."""
    meanings = {}
    for base in reversed(kind.__mro__):
        if issubclass(base, Struct):
            meanings.update(_attributes(inspect.getdoc(base) or ""))
    yield (inspect.getdoc(kind) or "").split("\n\n")[0].replace("\n", " ")
    yield ""
    yield "| field | type | default | meaning |"
    yield "|---|---|---|---|"
    hints = get_type_hints(kind)
    for each in fields(kind):
        if each.name == "time":
            continue
        default = "required" if each.default is NODEFAULT else f"`{_json(each.default)}`"
        if each.default_factory is not NODEFAULT:
            default = "`{}`"
        yield f"| `{each.name}` | {_type(hints[each.name])} | {default} | {meanings[each.name]} |"
    yield ""


def _attributes(docstring: str) -> dict[str, str]:
    """Return the descriptions in the section `Attributes` of a docstring, by name."""
    _, _, section = docstring.partition("Attributes:\n")
    found = re.findall(r"(?m)^ {4}(\w+): (.+(?:\n {5,}.+)*)", section.partition("\n\n")[0])
    return {name: _sentence(re.sub(r"\s+", " ", text)) for name, text in found}


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _json(default: object) -> str:
    if default is None:
        return "null"
    if isinstance(default, bool):
        return str(default).lower()
    return '""' if default == "" else "[]" if default == () else str(default)


def _type(hint: Any) -> str:
    """Return the JSON type of an annotation."""
    parts: Sequence[Any] = get_args(hint)
    names = {str: "string", int: "number", float: "number", bool: "boolean", type(None): "null"}
    if hint in names:
        return names[hint]
    if hint in (Division, PlannedStep):
        return f"[{hint.__name__}](#{hint.__name__.lower()})"
    if all(isinstance(part, str) for part in parts):
        return "string"
    text = str(hint)
    if text.startswith("tuple"):
        return f"list of {_type(parts[0]).replace('list of', 'lists of')}"
    if "Mapping" in text:
        return "object"
    return " or ".join(map(_type, parts))


if __name__ == "__main__":
    print(events_page(), end="")
