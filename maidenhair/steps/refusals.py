"""The objects that the API refused in a scenario."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from maidenhair.errors import ApiRefused


def attempt_to_create(
    context: Any,
    kind: str,
    name: str,
    create: Callable[[], object],
    *errors: type[Exception],
) -> None:
    """Create or change an object, which the API may refuse.

    The scenario goes on after a refusal, so that a later step can expect it. Steps that need the object call
    `check_accepted`.

    Args:
        context: behave's context.
        kind: the object's kind.
        name: its name.
        create: creates it.
        errors: refusals of other clients than `context.spec.kube`, which have an attribute `status`.

    Example:
        >>> attempt_to_create(context, "Widget", "blue", lambda: context.spec.inventory.apply(widget))
        >>> refusal_of(context, "Widget", "blue") is None
        True
    """
    refusals: tuple[type[Exception], ...] = (ApiRefused, *errors)
    try:
        create()
    except refusals as refusal:
        if "refusals" not in context:
            context.refusals = {}
        context.refusals[kind, name] = refusal


def refusal_of(context: Any, kind: str, name: str) -> Exception | None:
    """Return the error with which the API refused an object in this scenario; None if it did not."""
    refusals: dict[tuple[str, str], Exception] = context.refusals if "refusals" in context else {}
    return refusals.get((kind, name))


def check_accepted(context: Any, kind: str, name: str) -> None:
    """Check that the API did not refuse an object.

    Raises:
        AssertionError: it did; the text has the API's message.
    """
    refusal = refusal_of(context, kind, name)
    if refusal is not None:
        raise AssertionError(f"there is no {kind} {name}: {refusal}")
