"""Match Kubernetes quantities by their numeric value."""

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
    """Match a quantity with the same value: "1Gi" matches "1024Mi", 0.5 matches "500m".

    Args:
        quantity: the expected quantity.

    Raises:
        ValueError: `quantity` is not a quantity.

    Example:
        >>> equal_quantity("1Gi").matches("1024Mi")
        True
    """
    return ComparesQuantity(quantity, operator.eq, "equal to")


def quantity_at_least(quantity: Quantity) -> BaseMatcher[Any]:
    """Match a quantity that is equal to `quantity` or larger.

    Args:
        quantity: the smallest quantity that matches.

    Raises:
        ValueError: `quantity` is not a quantity.

    Example:
        >>> quantity_at_least("500m").matches("1")
        True
    """
    return ComparesQuantity(quantity, operator.ge, "of at least")


def quantity_at_most(quantity: Quantity) -> BaseMatcher[Any]:
    """Match a quantity that is equal to `quantity` or smaller.

    Args:
        quantity: the largest quantity that matches.

    Raises:
        ValueError: `quantity` is not a quantity.

    Example:
        >>> quantity_at_most("500m").matches("1")
        False
    """
    return ComparesQuantity(quantity, operator.le, "of at most")


class ComparesQuantity(BaseMatcher[Any]):
    """Match a quantity by comparison with another."""

    def __init__(
        self, quantity: Quantity, compare: Callable[[Decimal, Decimal], bool], relation: str
    ) -> None:
        amount = _amount(quantity)
        if amount is None:
            raise ValueError(f"not a quantity: {quantity!r}; write a number such as 500m, 2 or 1Gi")
        self._quantity = quantity
        self._amount = amount
        self._compare = compare
        self._relation = relation

    def _matches(self, item: Any) -> bool:
        amount = _amount(item)
        return amount is not None and self._compare(amount, self._amount)

    def describe_to(self, description: Description) -> None:
        """Describe the expected quantity."""
        description.append_text(f"a quantity {self._relation} {self._quantity}")

    def describe_mismatch(self, item: Any, mismatch_description: Description) -> None:
        """Describe the actual quantity, or say that the value is not a quantity."""
        if _amount(item) is None:
            mismatch_description.append_text(f"was {render_short(item)}, which is not a quantity")
        else:
            mismatch_description.append_text(f"was {item}")

    def describe_match(self, item: Any, match_description: Description) -> None:
        """Describe the actual quantity."""
        match_description.append_text(f"was {item}")


def _amount(quantity: Any) -> Decimal | None:
    if isinstance(quantity, bool) or not isinstance(quantity, str | int | float | Decimal):
        return None
    try:
        # `str` gives the decimal number as written, not the nearest binary fraction.
        amount = parse_quantity(str(quantity))
    except ValueError:
        return None
    return amount if amount.is_finite() else None
