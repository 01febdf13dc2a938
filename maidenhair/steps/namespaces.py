"""Phrases for limits of the spec's namespace."""

from __future__ import annotations

from typing import Any

from behave import given

from maidenhair.kube.namespace_limits import limit, limit_containers


@given("a ResourceQuota for the namespace")
def quota(context: Any) -> None:
    """Create a ResourceQuota from a table with the columns "resource" and "amount"."""
    hard = {row["resource"]: row["amount"] for row in context.table}
    limit(context.spec.kube, context.spec.inventory, hard)


@given("a LimitRange for the containers of the namespace")
def limit_range(context: Any) -> None:
    """Create LimitRanges from a table with the columns "limit" ("default" or "max"), "resource" and "amount"."""
    spec = context.spec
    for row in context.table:
        amounts = {row["resource"]: row["amount"]}
        limit_containers(spec.kube, spec.inventory, row["limit"], amounts)
