"""The page of run events comes from their types."""

from __future__ import annotations

import re

from msgspec.structs import fields

from maidenhair.docgen.events import events_page
from maidenhair.events import Division, PlannedStep
from maidenhair.events.encoding import EVENT_TYPES, type_name
from tests.project import ROOT

PAGE = (ROOT / "docs/events.md").read_text()


def test_the_page_is_what_the_code_gives() -> None:
    assert events_page() == PAGE, "run `make docs`"


def test_every_field_of_every_type_has_a_meaning() -> None:
    rows = re.findall(r"(?m)^### (\S+)$|^\| `(\w+)` \| [^|]+ \| [^|]+ \| (\S.+) \|$", PAGE)
    found: dict[str, list[str]] = {}
    for heading, name, _ in rows:
        if heading:
            found[heading] = []
        else:
            found[list(found)[-1]].append(name)

    kinds = {type_name(kind): kind for kind in EVENT_TYPES}
    kinds |= {part.__name__: part for part in (Division, PlannedStep)}
    assert found == {
        name: [each.name for each in fields(kind) if each.name != "time"]
        for name, kind in kinds.items()
    }
