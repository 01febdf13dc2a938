"""Steps about the tables that kubectl shows."""

from __future__ import annotations

from typing import Any

from behave import then
from hamcrest import all_of, has_entries, has_item, matches_regexp
from hamcrest.core.matcher import Matcher

from maidenhair.waiting import eventually

ANYTHING = "*"
WITHIN_SECONDS = 30.0


@then('"kubectl {arguments}" shows')
def kubectl_shows(context: Any, arguments: str) -> None:
    """Each row has cells by the titles of kubectl's columns; "*" stands for any text that kubectl knows."""
    rows = [has_cells(row.as_dict()) for row in context.table]
    eventually(
        lambda: context.spec.kubectl.table(*arguments.split()),
        all_of(*(has_item(row) for row in rows)),
        within=WITHIN_SECONDS,
        described_as=f"the table of kubectl {arguments}",
    )


def has_cells(cells: dict[str, str]) -> Matcher[Any]:
    """Return the matcher of a row with these cells."""
    # kubectl writes what it does not know as <none>, <unknown> or <invalid>.
    known = matches_regexp(r"^[^<]+$")
    wanted: dict[str, Any] = {
        title: known if cell == ANYTHING else cell for title, cell in cells.items()
    }
    return has_entries(wanted)
