"""Compares the report of a run by the engine with that of a run by behave.

What may differ is documented in docs/engine.md, under "Differences from behave":

- times;
- the form of control characters in JUnit reports;
- the reason of a spec before which the run stopped, which only the engine has;
- frames of three functions of behave's in tracebacks, which the engine replaces;
- the empty list that a refused attachment leaves in behave's JSON;
- hooks of features and rules run in each worker that takes a scenario of them, and with several workers not at all if
  no scenario of them is selected.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

from maidenhair.engine.text import escape

from .runs import Report, without_times

_FRAME = re.compile(r'[ |]*  File "')
# The engine runs cleanups, and passes attachments on, without these functions of behave's.
_REPLACED = re.compile(
    r'behave/(runner.py", line \d+, in (_do_cleanups|attach)|formatter/json.py", line \d+, in embedding)$'
)
TIMES = ("time", "timestamp", "hostname")


def differences(behave: Report, engine: Report, jobs: int) -> list[str]:
    """Describe how a run by the engine differs from one by behave; the list is empty if it does not."""
    found = []
    if behave.code != engine.code:
        found.append(f"exit code: behave {behave.code}, engine {engine.code}\n{engine.err[-2000:]}")
    texts = _texts(behave), _texts(engine)
    for name in behave.junit:
        if behave.junit[name] is None and engine.junit.get(name) is not None:
            # behave's report is no XML if it contains control characters.
            del texts[0][name], texts[1][name]
    for name in sorted({*texts[0], *texts[1]}):
        found += difference(name, texts[0].get(name, ""), texts[1].get(name, ""))
    traces = _specs(behave.trace), _specs(engine.trace)
    for owner in sorted({*traces[0], *traces[1]}):
        found += difference(
            f"hooks of {owner}", *("\n".join(each.get(owner, ())) for each in traces)
        )
    return found + list(_container_differences(behave, engine, jobs))


def defects(engine: Report) -> list[str]:
    """Describe what is wrong with the report of a run that stopped early, whose specs depend on the moment."""
    found = []
    if engine.code not in (0, 1) or "Traceback (most recent call last)" in engine.err:
        found.append(f"the run ended with {engine.code}\n{engine.err[-2000:]}")
    if isinstance(_parsed(engine.files["json"]), str):
        found.append(f"no JSON\n{engine.files['json'][-2000:]}")
    return found + [f"{name} is no XML" for name, root in engine.junit.items() if root is None]


def _texts(report: Report) -> dict[str, str]:
    """Return all reports as texts that can be compared."""
    texts = {name: _comparable(text) for name, text in report.files.items()}
    texts |= {name: _xml(root) for name, root in report.junit.items()}
    texts["json"] = comparable_json(_parsed(report.files["json"]))
    texts["trace"] = comparable_json(
        [json.loads(line) for line in report.files["trace"].splitlines()]
    )
    for feature in report.reporter:
        for scenario in feature.get("scenarios", ()):
            if scenario["status"] == "untested":
                scenario["skip_reason"] = None
    texts["late reporter"] = comparable_json(report.reporter)
    return {name: text for name, text in texts.items() if text}


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        return f"no JSON: {error}\n{text}"


def comparable_json(value: Any) -> str:
    """Return a value as JSON that can be compared line by line."""

    def stable(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                key: stable(inner)
                for key, inner in value.items()
                if key != "duration" and (key, inner) != ("embeddings", [])
            }
        if isinstance(value, list):
            return [stable(inner) for inner in value]
        return _comparable(value).splitlines() if isinstance(value, str) else value

    return json.dumps(stable(value), indent=1, ensure_ascii=False)


def _comparable(text: str) -> str:
    lines, dropping = [], False
    for line in without_times(text).splitlines():
        entry = _FRAME.match(line)
        if entry is not None:
            dropping = _REPLACED.search(line) is not None
        elif re.match(r"[ |]*    ", line) is None:
            dropping = False
        if not dropping:
            lines.append(line)
    return "\n".join(lines)


def _xml(root: ElementTree.Element | None) -> str:
    if root is None:
        return "not well-formed"
    for skipped in root.iterfind("testcase[@status='untested']/skipped"):
        skipped.attrib.pop("message", None)
    for element in root.iter():
        for name in TIMES:
            if name in element.attrib:
                element.set(name, "X")
    ElementTree.indent(root)
    text = _comparable(ElementTree.tostring(root, encoding="unicode"))
    return re.sub(r"U\+(\d{4,5})", lambda found: escape(chr(int(found[1]))), text)


def difference(name: str, behave: str, engine: str) -> list[str]:
    """Return the lines in which two texts differ, under a heading; none if they are equal."""
    lines = difflib.unified_diff(
        behave.splitlines(), engine.splitlines(), "behave", "engine", lineterm="", n=1
    )
    text = "\n".join(lines)
    return [f"{name}:\n{text}"] if text else []


def _specs(trace: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Return the events of each scenario in their order."""
    events: dict[str, list[str]] = {}
    for line in trace:
        if line["owner"].startswith("scenario"):
            events.setdefault(line["owner"], []).append(_event(line))
    return events


def _event(line: dict[str, Any]) -> str:
    details = {key: value for key, value in line.items() if key not in ("process", "owner")}
    return json.dumps(details, ensure_ascii=False)


def _container_differences(behave: Report, engine: Report, jobs: int) -> Iterator[str]:
    """Compare the hooks around scenarios; each worker calls those of the features that it takes scenarios of."""
    expected = _containers(behave.trace)
    (once,) = expected.values() or ({},)
    for process, owners in _containers(engine.trace).items():
        for owner, events in owners.items():
            times = len(events) // max(1, len(once.get(owner, ())))
            if events != once.get(owner, []) * times or (jobs == 1 and times != 1):
                yield from difference(
                    f"hooks of {owner} in process {process}",
                    "\n".join(once.get(owner, ())),
                    "\n".join(events),
                )
    called = {owner for owners in _containers(engine.trace).values() for owner in owners}
    with_specs = {owner for owner in once if jobs == 1 or _has_specs(owner, behave.trace)}
    for owner in with_specs - called:
        yield f"hooks of {owner}: not called by the engine"


def _has_specs(owner: str, trace: list[dict[str, Any]]) -> bool:
    """Return whether hooks around scenarios were called while the element was open."""
    events = [line["owner"] for line in trace]
    inside = events[events.index(owner) : len(events) - events[::-1].index(owner)]
    return any(each.startswith("scenario") for each in inside)


def _containers(trace: list[dict[str, Any]]) -> dict[int, dict[str, list[str]]]:
    found: dict[int, dict[str, list[str]]] = {}
    for line in trace:
        if not line["owner"].startswith("scenario"):
            of_process = found.setdefault(line["process"], {})
            of_process.setdefault(line["owner"], []).append(_event(line))
    return found
