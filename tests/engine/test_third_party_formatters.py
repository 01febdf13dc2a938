"""Formatters of other projects report the same names, statuses and counts as under behave.

The formatter of BehaveX is none of behave's: it reads the report of BehaveX's own runner.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import RUNNER, Suite, copied

Read = Callable[[Path], Any]
TITLE = """
    for formatter in context._runner.formatters:
        if formatter.name == "html-pretty":
            context.formatter = formatter
            context.formatter.set_title(title="A title of ours")
"""
EMBED = """

def after_scenario(context, scenario):
    if hasattr(context, "formatter"):
        context.formatter.embed("text/plain", f"notes of {scenario.name}", "the notes")
"""


def read_allure(output: Path) -> Any:
    """Return each scenario with its status, and the name and the status of each of its steps."""
    results = [json.loads(path.read_text()) for path in output.glob("*-result.json")]
    return sorted(
        [
            [
                result["fullName"],
                result["status"],
                result.get("statusDetails", {}).get("message"),
                sorted(f"{label['name']} {label['value']}" for label in stable(result["labels"])),
                [[step["name"], step["status"]] for step in result.get("steps", ())],
                [each["type"] for each in result.get("attachments", ())],
            ]
            for result in results
        ],
        key=repr,
    )


def stable(labels: list[dict[str, str]]) -> list[dict[str, str]]:
    """Leave out the labels that name processes and threads."""
    return [label for label in labels if label["name"] not in ("host", "thread")]


def read_modern(output: Path) -> Any:
    """Return the features in the data beside the page, without times and the addresses of objects."""

    def stable(value: Any) -> Any:
        if isinstance(value, dict):
            left_out = ("duration", "traceback")
            return {key: stable(inner) for key, inner in value.items() if key not in left_out}
        return [stable(inner) for inner in value] if isinstance(value, list) else value

    data = json.loads(output.with_suffix(".json").read_text())
    return stable(data["execution"]["features"])


def read_pretty(output: Path) -> Any:
    """Return the page without times, identifiers and paths."""
    page = output.read_text().replace(str(output.parent), "FOLDER")
    page = re.sub(r"\d+\.\d+|\d\d:\d\d:\d\d|\d{4}-\d\d-\d\d", "N", page)
    page = re.sub(r'(id|onclick|for|href)="[^"]*"', r"\1", page)
    return page[page.index("<body") :].splitlines()


FORMATTERS: dict[str, tuple[tuple[str, ...], Read]] = {
    "allure_behave.formatter:AllureFormatter": ((), read_allure),
    "behave_html_pretty_formatter:PrettyHTMLFormatter": ((), read_pretty),
    "behave_modern_html_report.formatter:ModernHTMLFormatter": (
        ("-D", "bmr.json_sidecar=true"),
        read_modern,
    ),
}


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("formatter", FORMATTERS)
def test_a_formatter_reports_what_it_reports_under_behave(
    tmp_path: Path, formatter: str, jobs: str
) -> None:
    expected = report(tmp_path / "behave", formatter)
    assert expected
    assert report(tmp_path / "engine", formatter, *RUNNER, "-j", jobs) == expected


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_hooks_use_the_pretty_formatter_as_its_manual_says(tmp_path: Path, jobs: str) -> None:
    formatter = "behave_html_pretty_formatter:PrettyHTMLFormatter"

    def page(folder: Path, *options: str) -> tuple[bool, Counter[str]]:
        suite = copied("parity", folder)
        environment = suite.folder / "environment.py"
        text = environment.read_text().replace('    print("before all")\n', TITLE, 1) + EMBED
        environment.write_text(text)
        run(suite, formatter, *options)
        text = (suite.folder / "report").read_text()
        return "<title>A title of ours" in text, Counter(re.findall(r"notes of [a-z ]+", text))

    expected = page(tmp_path / "behave")
    assert expected[0] and expected[1]
    assert page(tmp_path / "engine", *RUNNER, "-j", jobs) == expected


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_calls_of_allure_are_reported_as_under_behave(tmp_path: Path, jobs: str) -> None:
    expected = allure_calls(tmp_path / "behave")
    assert [name for name, *_ in expected] == ["attaches", "breaks", "describes", "fails", "nests"]
    assert allure_calls(tmp_path / "engine", *RUNNER, "-j", jobs) == expected


def allure_calls(folder: Path, *options: str) -> Any:
    """Return what the Allure report has of a suite that calls allure in steps and hooks."""
    suite = copied("allure", folder)
    run(suite, "allure_behave.formatter:AllureFormatter", *options)
    output = suite.folder / "report"
    results = [json.loads(path.read_text()) for path in output.glob("*-result.json")]

    def content(attachment: dict[str, str]) -> list[str]:
        data = (output / attachment["source"]).read_text()
        suffix = Path(attachment["source"]).suffix
        return [attachment["name"], attachment.get("type", ""), suffix, data]

    def tree(step: dict[str, Any]) -> list[Any]:
        message = step.get("statusDetails", {}).get("message")
        parameters = [[each["name"], each["value"]] for each in step.get("parameters", ())]
        attachments = list(map(content, step.get("attachments", ())))
        inner = list(map(tree, step.get("steps", ())))
        return [step["name"], step["status"], message, parameters, attachments, inner]

    def described(result: dict[str, Any]) -> list[Any]:
        links = [[each["type"], each["url"], each["name"]] for each in result.get("links", ())]
        texts = [result.get("description"), result.get("descriptionHtml")]
        return [*tree(result), links, texts]

    return sorted(map(described, results), key=repr)


def report(folder: Path, formatter: str, *options: str) -> Any:
    more, read = FORMATTERS[formatter]
    suite = copied("parity", folder)
    run(suite, formatter, *more, *options)
    return read(suite.folder / "report")


def run(suite: Suite, formatter: str, *options: str) -> None:
    command = [sys.executable, "-m", "behave", ".", "--no-color", "-f", formatter, "-o", "report"]
    ended = suite.end(suite.popen([*command, *options]))
    assert ended.code == 1, ended.out + ended.err
