"""Which vendors' devices features were tried with, from the results of a run; `make docs-devices` makes the page."""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maidenhair.errors import DevicesError
from maidenhair.systems.devices.vendor_profile import VendorProfile, vendor_profiles

HEAD = """\
# Vendors and features

Made by `make docs-devices` from a run of `features/devices`: how many specs of a feature passed with devices of a
vendor. A spec of several vendors counts for each. Do not change it by hand.
"""
PASSED, SKIPPED = "passed", "skipped"


@dataclass(frozen=True)
class Result:
    """What became of a spec: its feature's name, the vendors that it names, and its status."""

    feature: str
    vendors: frozenset[str]
    status: str


def read_results(file: Path, profiles: Mapping[str, VendorProfile]) -> list[Result]:
    """Return the results of specs that name a vendor or its resources, from behave's JSON report of a run.

    Args:
        file: the report.
        profiles: the vendors, by name.

    Raises:
        DevicesError: it is no such report.
    """
    try:
        return list(_results(json.loads(file.read_text()), profiles))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DevicesError(f"{file} is no JSON report of behave's: {error!r}") from error


def table(results: Iterable[Result], profiles: Mapping[str, VendorProfile]) -> str:
    """Return a table in Markdown: a row for each vendor, a column for each feature.

    A cell tells how many specs passed, "3 of 4" where not all that ran did; specs that were skipped do not count.
    """
    counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    features: dict[str, None] = {}
    for result in results:
        if result.status == SKIPPED:
            continue
        features.setdefault(result.feature)
        for name in result.vendors:
            count = counts[name, result.feature]
            count[0] += result.status == PASSED
            count[1] += 1
    lines = [["Vendor", *features], ["---"] * (1 + len(features))]
    for name, profile in profiles.items():
        cells = [_cell(*counts[name, feature]) for feature in features]
        lines.append([profile.title, *cells])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def main() -> None:
    """Print the page for the report whose path is the command's argument."""
    profiles = vendor_profiles()
    print(f"{HEAD}\n{table(read_results(Path(sys.argv[1]), profiles), profiles)}", end="")


def _results(report: Any, profiles: Mapping[str, VendorProfile]) -> Iterator[Result]:
    for feature in report:
        background: list[Any] = []
        for element in feature.get("elements", ()):
            if element["type"] == "background":
                background = element["steps"]
                continue
            named = frozenset(_named([*background, *element["steps"]], profiles))
            if named:
                yield Result(feature["name"], named, element["status"])


def _named(steps: Iterable[Any], profiles: Mapping[str, VendorProfile]) -> Iterator[str]:
    """Yield the vendors that steps name, by title or resource, in their text or in the cells of their tables."""
    text = "\n".join(_texts(steps))
    # Of titles that begin alike the longer one is meant.
    titles = sorted((each.title for each in profiles.values()), key=len, reverse=True)
    found = set(re.findall(rf"(?<!\w)(?:{'|'.join(map(re.escape, titles))})(?!\w)", text))
    for name, profile in profiles.items():
        if profile.title in found or profile.resource in text:
            yield name


def _texts(steps: Iterable[Any]) -> Iterator[str]:
    for step in steps:
        yield step["name"]
        table = step.get("table") or {}
        yield from table.get("headings", ())
        for row in table.get("rows", ()):
            yield from row


def _cell(passed: int, ran: int) -> str:
    if not ran:
        return ""
    return str(passed) if passed == ran else f"{passed} of {ran}"


if __name__ == "__main__":
    main()
