"""Suites made at random: features, and what their hooks, fixtures and steps do."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

SUITE = Path(__file__).parents[1] / "suites" / "generated"
TEXTS = (
    "plain",
    "Grüße ☃ 漢字",
    "<&>'",
    "%s {x} $1",
    "a\\\\b",
    "x" * 300,
    "two  spaces",
    "#no comment",
    "bell \x07 and escape \x1b[1m",
    "no character \ufffe",
)
ERRORS = (
    "assertion",
    "assertion without text",
    "special assertion",
    "value",
    "key",
    "empty",
    "numbers",
    "file",
    "unicode",
    "time",
    "stop",
    "local class",
    "two arguments",
    "not picklable",
    "not loadable",
    "slots",
    "group",
    "caused",
    "noted",
    "long",
    "not ASCII",
    "pending",
    "warning",
)
TAGS = ("a", "b", "c.d", "wip", "fixture.thing", "größe")
OTHER_FORMATS = (
    "json.pretty",
    "pretty",
    "progress",
    "progress2",
    "progress3",
    "rerun",
    "steps",
    "steps.bad",
    "steps.catalog",
    "steps.code",
    "steps.doc",
    "steps.missing",
    "steps.usage",
    "tags",
    "tags.location",
)
STOPS = ("aborts", "interrupts", "exits")
"""The actions of a step that stops the run."""
Action = tuple[str, str]
Hooks = dict[str, dict[str, list[Action]]]


@dataclass(frozen=True)
class GeneratedSuite:
    """A suite, and the options of its runs.

    Attributes:
        features: the text of each feature file.
        hooks: the actions of each hook, by the first word of the element, the tag, or the place of the step.
        reporter: whether `before_all` adds a reporter.
        options: options of behave.
        stop: how the run stops early: an action, or the option --stop. Empty if it does not.
    """

    features: tuple[str, ...]
    hooks: Hooks
    reporter: bool
    options: tuple[str, ...]
    stop: str = ""

    @property
    def files(self) -> dict[str, str]:
        """Return the text of each file that is not the same in all suites."""
        features = {f"features/f{n}.feature": text for n, text in enumerate(self.features)}
        hooks = {**self.hooks, "reporter": self.reporter}
        return {**features, "hooks.json": json.dumps(hooks, indent=1, ensure_ascii=False)}

    @property
    def hooks_unselected_features(self) -> bool:
        """Whether there are hooks of features and rules, of which --name leaves some without a spec."""
        hooks = {
            f"{when}_{what}" for when in ("before", "after") for what in ("feature", "rule", "tag")
        }
        return "--name" in self.options and not hooks.isdisjoint(self.hooks)

    def write(self, folder: Path) -> None:
        """Write the suite into a new folder."""
        shutil.copytree(SUITE, folder)
        for name, text in self.files.items():
            (folder / name).write_text(text)


@dataclass(frozen=True)
class _Element:
    """A part of a feature: its lines, its first words, and the places of its steps."""

    lines: tuple[str, ...]
    words: tuple[str, ...]
    places: tuple[str, ...]


def suites() -> st.SearchStrategy[GeneratedSuite]:
    """Return a strategy of suites."""
    return _suites()


@st.composite
def _suites(draw: st.DrawFn) -> GeneratedSuite:
    features = [draw(_feature(number)) for number in range(draw(st.integers(1, 3)))]
    stop = draw(st.sampled_from(("", "", "", "", "", "--stop", *STOPS)))
    texts = ["\n".join(feature.lines) + "\n" for feature in features]
    if stop in STOPS:
        step = f'    When it "{stop}" with "the reason"'
        texts[0] += f"  Scenario: stop here\n    Given it passes\n{step}\n    Then it passes\n"
    words = [word for feature in features for word in feature.words]
    places = [place for feature in features for place in feature.places]
    return GeneratedSuite(
        tuple(texts),
        draw(_hooks(words, places)),
        draw(st.booleans()),
        (*draw(_options(words)), *((stop,) if stop == "--stop" else ())),
        stop,
    )


@st.composite
def _options(draw: st.DrawFn, words: Sequence[str]) -> tuple[str, ...]:
    choices = (
        (),
        ("--no-capture",),
        ("--no-capture-hooks",),
        ("--no-skipped",),
        ("--show-skipped",),
        ("--dry-run",),
        ("--verbose",),
        ("--tags", "@a"),
        ("--tags", "not @b"),
        ("--name", f"{words[-1]} "),
        ("--no-logcapture",),
        ("-D", "place=here"),
        ("--no-multiline",),
        ("--show-source",),
        ("--capture-hooks", "--logging-level", "DEBUG"),
    )
    chosen = [draw(st.sampled_from(choices)), draw(st.sampled_from(choices))]
    options = [option for each in dict.fromkeys(chosen) for option in each]
    other = draw(st.sampled_from(OTHER_FORMATS))
    return (*options, "-f", other, "-o", f"reports/{other}")


@st.composite
def _hooks(draw: st.DrawFn, words: Sequence[str], places: Sequence[str]) -> Hooks:
    hooks: Hooks = {}
    for _ in range(draw(st.integers(0, 5))):
        name = draw(
            st.sampled_from(("feature", "rule", "scenario", "scenario", "step", "step", "tag"))
        )
        if name == "tag":
            key = draw(st.sampled_from(TAGS))
        elif name == "step":
            if not places:
                continue
            key = draw(st.sampled_from(places))
        else:
            of_kind = [word for word in words if word[0] in {"scenario": "so"}.get(name, name[0])]
            if not of_kind:
                continue
            key = draw(st.sampled_from(of_kind))
        hook = f"{draw(st.sampled_from(('before', 'after')))}_{name}"
        hooks.setdefault(hook, {}).setdefault(key, []).append(draw(_hook_action(hook)))
    if draw(st.integers(0, 7)) == 0:
        hook = draw(st.sampled_from(("before_all", "after_all")))
        action = draw(
            st.sampled_from((("prints", "all"), ("fails", "value"), ("cleans up", "all")))
        )
        hooks[hook] = {"run": [action]}
    return hooks


def _hook_action(hook: str) -> st.SearchStrategy[Action]:
    actions = [*_COMMON]
    if hook in ("before_scenario", "before_feature", "before_rule"):
        actions += ["skips", "cleans up", "cleans up with"]
        actions += [
            "uses a fixture",
            "uses a fixture that fails",
            "uses a fixture that fails later",
        ]
    if hook in ("before_scenario", "after_scenario"):
        actions += ["renames", "tags", "describes"]
    if hook == "before_scenario":
        actions += ["continues", "continues", "remembers"]
    if hook in ("before_step", "after_step"):
        actions += ["renames", "attaches", "skips", "cleans up"]
    if hook in ("before_tag", "after_tag"):
        actions = ["prints", "logs", "fails"]
    return st.sampled_from(actions).flatmap(_with_argument)


_COMMON = ("fails", "prints", "logs", "prints errors", "prints without end")


def _with_argument(action: str) -> st.SearchStrategy[Action]:
    arguments: st.SearchStrategy[str] = st.sampled_from(TEXTS[:4])
    if action in ("fails", "cleans up with"):
        arguments = st.sampled_from(ERRORS)
    return arguments.map(lambda argument: (action, argument))


@st.composite
def _feature(draw: st.DrawFn, number: int) -> _Element:
    prefix = f"f{number}"
    lines = [*draw(_tags()), f"Feature: {prefix} {draw(_text())}"]
    if draw(st.booleans()):
        lines += ["  A description", "  of two lines"]
    parts = [draw(_background(0))] if draw(st.integers(0, 2)) == 0 else []
    parts += [draw(_item(f"{number}{index}", 2)) for index in range(draw(st.integers(0, 3)))]
    for index in range(draw(st.integers(0, 1))):
        parts.append(draw(_rule(f"{number}{index}")))
    if not any(part.words for part in parts):
        parts.append(draw(_scenario(f"s{number}only", 2)))
    return _joined(lines, [prefix], parts)


@st.composite
def _rule(draw: st.DrawFn, number: str) -> _Element:
    lines = [f"  {line}" for line in draw(_tags())] + [f"  Rule: r{number} {draw(_text())}"]
    parts = [draw(_background(2))] if draw(st.integers(0, 2)) == 0 else []
    parts += [draw(_item(f"{number}r{index}", 4)) for index in range(draw(st.integers(1, 2)))]
    return _joined(lines, [f"r{number}"], parts)


def _joined(lines: list[str], words: list[str], parts: Sequence[_Element]) -> _Element:
    return _Element(
        (*lines, *(line for part in parts for line in part.lines)),
        (*words, *(word for part in parts for word in part.words)),
        tuple(place for part in parts for place in part.places),
    )


@st.composite
def _background(draw: st.DrawFn, indent: int) -> _Element:
    space = " " * indent
    name = draw(st.sampled_from(("", " a name")))
    steps = draw(st.lists(_step(), min_size=1, max_size=2))
    lines = [f"{space}  Background:{name}", *_indented(steps, indent + 4)]
    return _Element(tuple(lines), (), ())


def _item(number: str, indent: int) -> st.SearchStrategy[_Element]:
    scenario = _scenario(f"s{number}", indent)
    return st.one_of(scenario, scenario, _outline(f"o{number}", indent))


@st.composite
def _scenario(draw: st.DrawFn, word: str, indent: int) -> _Element:
    space = " " * indent
    lines = [f"{space}{line}" for line in draw(_tags())]
    lines.append(f"{space}Scenario: {word} {draw(_text())}")
    if draw(st.integers(0, 4)) == 0:
        lines.append(f"{space}  described")
    steps = draw(st.lists(_step(), max_size=4))
    places = tuple(f"{word}#{index}" for index in range(len(steps)))
    return _Element((*lines, *_indented(steps, indent + 2)), (word,), places)


@st.composite
def _outline(draw: st.DrawFn, word: str, indent: int) -> _Element:
    space = " " * indent
    tags = [*draw(_tags()), *draw(st.sampled_from(([], ["@row.<x>"])))]
    lines = [f"{space}{line}" for line in tags]
    lines.append(f"{space}Scenario Outline: {word} <x> {draw(_text())}")
    steps = [*draw(st.lists(_step(), max_size=2)), ['Then it "<does>" with "<x>"']]
    lines += _indented(steps, indent + 2)
    rows = st.sampled_from(
        (("prints", "x"), ("fails", "value"), ("skips", "why"), ("prints", "y z"))
    )
    for number in range(draw(st.integers(1, 2))):
        lines += [f"{space}  {line}" for line in draw(_tags())]
        lines += [f"{space}  Examples: e{number}", f"{space}    | does | x |"]
        for does, argument in draw(st.lists(rows, min_size=1, max_size=2)):
            lines.append(f"{space}    | {does} | {argument} |")
    places = tuple(f"{word}#{index}" for index in range(len(steps)))
    return _Element(tuple(lines), (word,), places)


def _tags() -> st.SearchStrategy[list[str]]:
    tags = st.lists(st.sampled_from(TAGS), max_size=2, unique=True)
    return st.one_of(
        st.just([]), tags.map(lambda some: [" ".join(f"@{tag}" for tag in some)] if some else [])
    )


def _text() -> st.SearchStrategy[str]:
    return st.sampled_from(TEXTS)


def _indented(steps: Sequence[Sequence[str]], indent: int) -> list[str]:
    return [" " * indent + line for step in steps for line in step]


@st.composite
def _step(draw: st.DrawFn) -> list[str]:
    keyword = draw(st.sampled_from(("Given", "When", "Then", "And", "*")))
    if keyword == "And":
        keyword = "Given"
    phrase, *rest = draw(st.one_of(st.just(["it passes"]), _acting(), st.sampled_from(_PHRASES)))
    return [f"{keyword} {phrase}", *rest]


def _acting() -> st.SearchStrategy[list[str]]:
    fixed: list[Any] = [
        ("cleans up", "this"),
        ("recalls", "it"),
        ("remembers", "a value"),
        ("uses a fixture", "of a step"),
        ("uses a fixture that fails", "x"),
        ("uses a fixture that fails later", "x"),
    ]
    texts = (
        "prints",
        "prints errors",
        "logs",
        "skips",
        "attaches",
        "attaches text",
        "renames",
        "tags",
    )
    texts += ("describes", "prints without end", "warns", "continues")
    said = st.tuples(st.sampled_from(texts), _text())
    failed = st.tuples(
        st.sampled_from(("fails", "fails", "cleans up with")), st.sampled_from(ERRORS)
    )
    acts = st.one_of(said, failed, st.sampled_from(fixed))
    return acts.map(lambda act: [f'it "{act[0]}" with "{act[1]}"'])


_PHRASES: tuple[list[str], ...] = (
    ["it is not defined"],
    ["it runs 2 steps and then one that passes"],
    ["it runs 1 steps and then one that fails"],
    ["it runs 0 steps and then one that is undefined"],
    ["it weighs 3 kg and 0.5 more"],
    ["it converts this"],
    ["it waits asynchronously and then passes"],
    ["it waits asynchronously and then fails"],
    ["it shows its text", '  """', "  one", "    two ☃", '  """'],
    ["it shows its table", "  | a | b |", "  | 1 | x y |", r"  | \| |  |"],
    ["it shows what the context has"],
)
