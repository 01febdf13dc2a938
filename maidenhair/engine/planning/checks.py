"""Checks of the features before a run: tags, missing steps, misspelt keywords and equal names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from maidenhair.config.engine import EngineSettings
from maidenhair.engine.model import Container, Feature, Outline, Scenario, Selectable
from maidenhair.engine.planning.misspelt import swallowed_lines
from maidenhair.engine.planning.tags import PREFIX, similar_form
from maidenhair.engine.step_functions import StepRegistry
from maidenhair.errors import ConfigurationError


@dataclass(frozen=True)
class Finding:
    """A suspicious place in a feature file.

    Attributes:
        file: the feature file; empty if the finding is about none.
        line: the line.
        text: the problem, and how to solve it.
        is_error: whether the settings make it an error.
    """

    file: str
    line: int
    text: str
    is_error: bool

    def __str__(self) -> str:
        """Return the place and the problem in one line."""
        return f"{self.file}:{self.line}: {self.text}" if self.file else self.text


def check(
    features: Sequence[Feature], settings: EngineSettings, registry: StepRegistry
) -> list[Finding]:
    """Return the suspicious places of the features.

    Args:
        features: the features of the run.
        settings: `strict_tags` and `strict` decide which findings are errors.
        registry: the step functions of the suite.

    Raises:
        ConfigurationError: a finding is an error. The message names each of them.
    """

    def has_step(text: str) -> bool:
        functions = registry.steps.values()
        return any(function.match(text) for each in functions for function in each)

    findings = list(_check_tags(features, settings.strict_tags))
    for feature in features:
        places = [
            *swallowed_lines(feature, has_step),
            *_check_steps(feature),
            *_check_names(feature),
        ]
        places.sort()
        findings += [
            Finding(feature.filename, line, text, settings.strict) for line, text in places
        ]
    errors = [str(finding) for finding in findings if finding.is_error]
    if errors:
        raise ConfigurationError("\n".join(errors))
    return findings


def items_of(container: Container) -> Iterator[Scenario | Outline]:
    """Yield the scenarios and outlines of a feature or rule, in order."""
    for item in container.run_items:
        if item.type == "rule":
            yield from items_of(item)
        else:
            yield item


def _check_tags(features: Sequence[Feature], strict: bool) -> Iterator[Finding]:
    seen: set[str] = set()
    for feature in features:
        for element in _tagged(feature):
            for tag in element.tags:
                if tag in seen:
                    continue
                seen.add(tag)
                form = similar_form(str(tag))
                if form is not None:
                    line = getattr(tag, "line", None) or element.line
                    yield Finding(feature.filename, line, _explain(tag, form), strict)


def _tagged(feature: Feature) -> Iterator[Selectable]:
    yield feature
    yield from feature.iter_rules()
    yield from feature.walk_scenarios()


def _explain(tag: str, form: str) -> str:
    family = tag.partition(".")[0]
    return (
        f"@{tag} is an ordinary tag without effect on the run. The engine reads {form}. "
        f"To make a mistake in it an error, write @{PREFIX}{family}"
    )


def _check_steps(feature: Feature) -> Iterator[tuple[int, str]]:
    for item in items_of(feature):
        kind = "Scenario outline" if item.type == "scenario_outline" else "Scenario"
        if not item.steps:
            yield item.line, f'{kind} "{item.name}" has no steps of its own, so it checks nothing'
        elif item.type == "scenario_outline" and not item.scenarios:
            yield item.line, f'Scenario outline "{item.name}" has no examples, so it never runs'


def _check_names(feature: Feature) -> Iterator[tuple[int, str]]:
    first: dict[str, int] = {}
    for item in items_of(feature):
        line = first.setdefault(item.name, item.line)
        if line != item.line:
            yield (
                item.line,
                f'Scenario "{item.name}" has the same name as the one in line {line}. '
                "Rename one of them: the history and the reports identify a spec by its file and name",
            )
