"""Objects that satisfy a rule in CEL, the Common Expression Language of Kubernetes' own policies."""

from __future__ import annotations

from typing import Any

from hamcrest.core.base_matcher import BaseMatcher
from hamcrest.core.description import Description

from maidenhair.errors import ConfigurationError
from maidenhair.kube.matchers.texts import render_short

NAMES = ("object", "self")
ERRORS = (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError)


def satisfies_cel(rule: str) -> BaseMatcher[Any]:
    """Match an object that exists and satisfies a rule; in a partial tree the rule is about the value there.

    Args:
        rule: a CEL expression that gives true, in which the value is called `object`, as in a
            ValidatingAdmissionPolicy, or `self`, as in a CustomResourceDefinition. Of Kubernetes' own functions
            (`quantity`, `isURL`, …) it knows none, nor optional fields (`.?`): `has(…)` asks for a field.

    Raises:
        ConfigurationError: the package that evaluates CEL is not installed.
        ValueError: the rule cannot be read, or speaks of something else than the value.

    Example:
        >>> satisfies_cel("object.spec.size > 2").matches({"spec": {"size": 3}})
        True
    """
    return SatisfiesCel(rule)


class SatisfiesCel(BaseMatcher[Any]):
    """Matches an object that satisfies a rule in CEL."""

    def __init__(self, rule: str) -> None:
        self._rule = rule
        self._program = _compiled(rule)

    def _matches(self, item: Any) -> bool:
        try:
            return item is not None and self._program.execute(dict.fromkeys(NAMES, item)) is True
        except ERRORS:
            return False

    def describe_to(self, description: Description) -> None:
        """Tell what is expected."""
        description.append_text(f"an object that satisfies `{self._rule}`")

    def describe_mismatch(self, item: Any, mismatch_description: Description) -> None:
        """Tell what the rule gives, or why it gives nothing."""
        if item is None:
            mismatch_description.append_text("it did not exist")
            return
        try:
            result = f"gave {render_short(self._program.execute(dict.fromkeys(NAMES, item)))}"
        except LookupError as error:
            result = f"failed: there is no `{error.args[0]}`"
        except ERRORS as error:
            result = f"failed: {error}"
        mismatch_description.append_text(f"`{self._rule}` {result}")

    def describe_match(self, item: Any, match_description: Description) -> None:
        """Tell what the rule gives."""
        match_description.append_text(f"`{self._rule}` gave true")


def _compiled(rule: str) -> Any:
    try:
        import cel
    except ImportError as error:
        raise ConfigurationError(
            f"the rule `{rule}` is written in CEL, which nothing installed here evaluates; "
            "install the package's extra `cel`"
        ) from error
    try:
        program = cel.compile(rule)
    except ValueError as error:
        raise ValueError(f"no CEL expression: {rule}: {error}") from error
    # Names that do not exist show in an evaluation alone, and in one of any value.
    try:
        program.execute(dict.fromkeys(NAMES))
    except RuntimeError as error:
        raise ValueError(f"no CEL rule about `object` or `self`: {rule}: {error}") from error
    except ERRORS:
        # What a rule asks of a real object, null need not have.
        return program
    return program
