"""Amounts of resources, as Kubernetes writes them."""

from __future__ import annotations

from decimal import Decimal


def parse_quantity(quantity: str) -> Decimal:
    """Return the number that a quantity such as "500m", "2" or "1Gi" means.

    Raises:
        ValueError: it is no quantity.
    """
    # The kubernetes package takes a third of a second to import, and most commands need no quantity.
    from kubernetes.utils.quantity import parse_quantity as parse

    parsed: Decimal = parse(quantity)
    return parsed
