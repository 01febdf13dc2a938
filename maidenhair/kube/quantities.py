"""Kubernetes quantities."""

from __future__ import annotations

from decimal import Decimal


def parse_quantity(quantity: str) -> Decimal:
    """Return the value of a quantity, for example "500m", "2" or "1Gi".

    Raises:
        ValueError: the text is not a quantity.
    """
    # The kubernetes package takes a third of a second to import, and most commands need no quantity.
    from kubernetes.utils.quantity import parse_quantity as parse

    parsed: Decimal = parse(quantity)
    return parsed
