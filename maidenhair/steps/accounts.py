"""Steps about service accounts: what they may do, and what the API forbids them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from behave import given

from maidenhair.kube.rbac.service_accounts import Rule, grant


@given('service account "{name}" may')
def allow(context: Any, name: str) -> None:
    """Each row has verbs, resources such as "deployments.apps", and perhaps the name of the only object."""
    grant(context.spec.inventory, name, [rule_of(row.as_dict()) for row in context.table])


def rule_of(cells: Mapping[str, str]) -> Rule:
    """Return the rule of a Role from a row of the table."""
    resource, _, group = cells["resources"].partition(".")
    rule = {"apiGroups": [group], "resources": [resource], "verbs": cells["verbs"].split(", ")}
    return {**rule, "resourceNames": [cells["name"]]} if cells.get("name") else rule
