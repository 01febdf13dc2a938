"""Steps about limits on the devices of a namespace."""

from __future__ import annotations

from typing import Any

from behave import given

from maidenhair.systems.devices.quota import limit, limit_containers


@given("a ResourceQuota for the namespace")
def quota(context: Any) -> None:
    hard = {row["resource"]: row["amount"] for row in context.table}
    limit(context.spec.kube, context.spec.inventory, hard)


@given("a LimitRange for the containers of the namespace")
def limit_range(context: Any) -> None:
    for row in context.table:
        limit_containers(context.spec.inventory, row["limit"], {row["resource"]: row["amount"]})
