"""The features as a reader meets them: few phrases, titles that are statements, descriptions that say why."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from typing import Any

import pytest
from behave.model import Feature
from behave.parser import parse_file

from maidenhair.docgen.traceability import read_scenarios
from tests.project import ROOT

LIBRARY = "maidenhair/steps/"
MOST_PHRASES_OF_OURS = 200
MOST_OF_ONE_FEATURE = 0.40
"""The largest part of the phrases that only one feature may use. A phrase for one feature needs a reason."""

# The alternatives of these types are names of things, not phrases.
NAMES = {"Devices", "Vendor"}
LIST = """
import json
from dataclasses import asdict

from behave.matchers import ParseMatcher

from maidenhair.engine.list_steps import phrases

found = [asdict(each) for each in phrases(["features"])]
patterns = {name: parse.pattern for name, parse in ParseMatcher.TYPE_REGISTRY.items() if hasattr(parse, "pattern")}
print(json.dumps({"phrases": found, "patterns": patterns}))
"""

AUXILIARIES = "are can cannot do does has have is may"
VERBS = """
accept answer arrive bind change choose come compute control displace drop equal fail find fit forbid forget gain get
give go keep know last lead learn leave limit list make move multiply name need occupy offer outlive overlap outlast
pass reach read receive record refuse release repeat replace report request return run say schedule see serve share
show stay succeed take train use wait write
"""
"""The verbs of titles, in the plural. A new verb is added here, so that nobody forgets to write one."""

FINITE = {
    *AUXILIARIES.split(),
    *VERBS.split(),
    *(f"{verb}{'es' if verb.endswith(('o', 's', 'sh', 'ch')) else 's'}" for verb in VERBS.split()),
}
IMPERATIVES = (
    *(
        "assert",
        "check",
        "create",
        "delete",
        "ensure",
        "given",
        "if",
        "make",
        "run",
        "see",
        "should",
    ),
    *("show", "test", "then", "try", "use", "verify", "when"),
)
NO_STATEMENT = re.compile(rf"(?i)(?:{'|'.join(IMPERATIVES)})\b")
OUTSIDE_OF_PROSE = re.compile(r'<[^>]*>|"[^"]*"|\([^)]*\)')


@cache
def listed() -> dict[str, Any]:
    """Return the phrases of the suite and the patterns of their types. Another process loads the steps."""
    done = subprocess.run(
        [sys.executable, "-c", LIST], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def counted(phrase: dict[str, Any], patterns: dict[str, str]) -> int:
    """Return the number of phrases that one text stands for: each alternative of a type counts."""
    types = set(re.findall(r"\{\w+:(\w+)\}", phrase["text"])) - NAMES
    product = 1
    for each in types:
        product *= len(top_level_alternatives(patterns.get(each, "")))
    return product


def top_level_alternatives(pattern: str) -> list[str]:
    """Split a regular expression at each "|" that is not in parentheses."""
    parts, depth = [""], 0
    for character in pattern:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "|" and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def features() -> dict[str, Feature]:
    """Return the features by their paths below `features`."""
    folder = ROOT / "features"
    return {
        str(file.relative_to(folder)): parse_file(str(file))
        for file in sorted(folder.rglob("*.feature"))
    }


FEATURES = features()
TITLES = {
    f"{file}: {title}": title
    for file, feature in FEATURES.items()
    for title in [feature.name, *(rule.name for rule in feature.rules)]
}
SCENARIOS = {name: name.partition(": ")[2] for name in read_scenarios(ROOT / "features")}


def faults(title: str) -> list[str]:
    """Return the reasons why a title is no statement, as far as its words show them."""
    words = re.findall(r"[a-z']+", OUTSIDE_OF_PROSE.sub("", title))
    reasons = {
        "say what is so, not what to do": NO_STATEMENT.match(title) is not None,
        "write no full stop": title.endswith((".", "!", "?")),
        "write a verb; if there is one, add it to VERBS": FINITE.isdisjoint(words),
    }
    return [reason for reason, applies in reasons.items() if applies]


def test_the_phrases_of_this_suite_are_few() -> None:
    found = listed()
    own = [each for each in found["phrases"] if not each["module"].startswith(LIBRARY)]

    assert sum(counted(each, found["patterns"]) for each in own) < MOST_PHRASES_OF_OURS


@pytest.mark.parametrize("library", [True, False], ids=["with the library's", "of ours alone"])
def test_most_phrases_serve_several_features(library: bool) -> None:
    found = listed()
    weights = {
        (each["kind"], each["text"]): (counted(each, found["patterns"]), len(each["features"]))
        for each in found["phrases"]
        if library or not each["module"].startswith(LIBRARY)
    }
    single = sum(weight for weight, features in weights.values() if features == 1)

    assert single / sum(weight for weight, _ in weights.values()) < MOST_OF_ONE_FEATURE


def test_alternatives_of_a_type_count_as_phrases() -> None:
    phrase = {"text": 'the {thing:Thing} of {vendor:Vendor} "{name:Name}"'}

    assert (
        counted(phrase, {"Thing": "lock|hand(?:shake|le)", "Vendor": "a|b", "Name": '[^"]+'}) == 2
    )


def test_titles_are_unique() -> None:
    assert [title for title, count in Counter(TITLES.values()).items() if count > 1] == []
    assert [title for title, count in Counter(SCENARIOS.values()).items() if count > 1] == []


def test_the_titles_of_scenarios_are_statements() -> None:
    found = {name: faults(title) for name, title in SCENARIOS.items()}

    assert {name: each for name, each in found.items() if each} == {}


@pytest.mark.parametrize(
    ("title", "count"),
    [
        ("A pod runs", 0),
        ("Check that a pod runs", 1),
        ("Create a Compute", 2),
        ("The deletion of a Compute", 1),
        ('The size "runs"', 1),
        ("A suspended Compute has no pod.", 1),
    ],
)
def test_a_title_that_is_no_statement_is_found(title: str, count: int) -> None:
    assert len(faults(title)) == count


@pytest.mark.parametrize("file", FEATURES)
def test_a_feature_says_what_its_subject_is_and_why_it_matters(file: str) -> None:
    text = " ".join(FEATURES[file].description)

    assert len(re.findall(r"\.(?= [A-Z]|$)", text)) >= 2, "write two sentences below the title"
