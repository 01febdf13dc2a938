"""Quantities of resources, compared by what they amount to."""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hamcrest.core.base_matcher import BaseMatcher
from hamcrest.core.description import Description

from maidenhair.kube.matchers.texts import render_short
from maidenhair.kube.quantities import parse_quantity

Quantity = str | int | float | Decimal


def equal_quantity(quantity: Quantity) -> BaseMatcher[Any]:
    """Match as much as `quantity`: 1Gi is 1024Mi, 0.5 is 500m.

    Raises:
        ValueError: it is no quantity.

    Example:
        >>> equal_quantity("1Gi").matches("1024Mi")
        True
    """
    return ComparesQuantity(quantity, operator.eq, "equal to")


def quantity_at_least(quantity: Quantity) -> BaseMatcher[Any]:
    """Match as much as `quantity`, or more.

    Raises:
        ValueError: it is no quantity.

    Example:
        >>> quantity_at_least("500m").matches("1")
        True
    """
    return ComparesQuantity(quantity, operator.ge, "of at least")


def quantity_at_most(quantity: Quantity) -> BaseMatcher[Any]:
    """Match as much as `quantity`, or less.

    Raises:
        ValueError: it is no quantity.

    Example:
        >>> quantity_at_most("500m").matches("1")
        False
    """
    return ComparesQuantity(quantity, operator.le, "of at most")


class ComparesQuantity(BaseMatcher[Any]):
    """Matches a quantity that compares in a certain way with another."""

    def __init__(
        self, quantity: Quantity, compare: Callable[[Decimal, Decimal], bool], relation: str
    ) -> None:
        amount = _amount(quantity)
        if amount is None:
            raise ValueError(f"no quantity: {quantity!r}; it is a number such as 500m, 2 or 1Gi")
        self._quantity = quantity
        self._amount = amount
        self._compare = compare
        self._relation = relation

    def _matches(self, item: Any) -> bool:
        amount = _amount(item)
        return amount is not None and self._compare(amount, self._amount)

    def describe_to(self, description: Description) -> None:
        """Tell what is expected."""
        description.append_text(f"a quantity {self._relation} {self._quantity}")

    def describe_mismatch(self, item: Any, mismatch_description: Description) -> None:
        """Tell the quantity, or that it is none."""
        if _amount(item) is None:
            mismatch_description.append_text(f"was {render_short(item)}, which is no quantity")
        else:
            mismatch_description.append_text(f"was {item}")

    def describe_match(self, item: Any, match_description: Description) -> None:
        """Tell the quantity."""
        match_description.append_text(f"was {item}")


def _amount(quantity: Any) -> Decimal | None:
    if isinstance(quantity, bool) or not isinstance(quantity, str | int | float | Decimal):
        return None
    try:
        # Of a float what it is written as is meant, not the binary fraction next to it.
        amount = parse_quantity(str(quantity))
    except ValueError:
        return None
    return amount if amount.is_finite() else None
