"""The page of results: one row for each combination of versions. A new result replaces the row of the same versions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tests.matrix.cell import Result

HEAD = """\
# Versions

All features with combinations of SkyTorch, Kubernetes and Python, each in a fresh copy of the checkout. The version of
Python decides that of SkyTorch: 0.1.0 with 3.11, 0.2.0 with later ones. `make e2e-matrix` runs all combinations and
renews this page. `MATRIX="--python=3.12 --kubernetes=1.36"` runs some, and keeps the other rows. The minutes include
the set-up, so they depend on what was in the cache.

| SkyTorch | Kubernetes | Python | result | minutes | date |
|---|---|---|---|---:|---|
"""


def rows(page: str) -> Iterator[Result]:
    """Yield the results of a page that `page` made."""
    for line in page.splitlines():
        cells = [each.strip() for each in line.strip("|").split("|")]
        if len(cells) != 6 or not cells[4].isdigit():
            continue
        skytorch, kubernetes, python, result, minutes, date = cells
        passed = not result.startswith("**")
        yield Result(python, skytorch, kubernetes, result.strip("*"), passed, int(minutes), date)


def page(before: str, results: Iterable[Result]) -> str:
    """Return the page with new results and with those of a page before that are not replaced.

    Example:
        >>> new = Result("3.12.1", "0.2.0", "1.36.3", "9 passed, 0 failed, 0 skipped", True, 8, "2026-11-30")
        >>> page("", [new]).splitlines()[-1]
        '| 0.2.0 | 1.36.3 | 3.12.1 | 9 passed, 0 failed, 0 skipped | 8 | 2026-11-30 |'
    """
    by_versions = {each.versions: each for each in [*rows(before), *results]}
    lines = [_row(by_versions[versions]) for versions in sorted(by_versions)]
    return HEAD + "".join(f"{line}\n" for line in lines)


def _row(each: Result) -> str:
    text = each.result.replace("|", "/")
    shown = text if each.passed else f"**{text}**"
    cells = [*each.versions, shown, str(each.minutes), each.date]
    return f"| {' | '.join(cells)} |"
