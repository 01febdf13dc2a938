"""The permissions that a run needs are exactly those that the manifests grant."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from maidenhair.kube.rbac.access_review import rbac_subject
from maidenhair.kube.rbac.permissions import (
    BINDING_PERMISSIONS,
    FRAMEWORK,
    RUN_NAMESPACE,
    SPEC_ROLE,
    Permission,
    Permissions,
    permissions_for,
)
from maidenhair.kube.run.labels import RUN_LABEL
from maidenhair.systems.devices import permissions as devices
from maidenhair.systems.skytorch import permissions as skytorch

MANIFESTS = Path(__file__).resolve().parents[4] / "manifests" / "rbac"
WHOLE = FRAMEWORK.merged(skytorch.PERMISSIONS, devices.PERMISSIONS)
Granted = set[tuple[str, str, str, str | None]]


def manifests() -> list[dict[str, Any]]:
    kustomization = yaml.safe_load((MANIFESTS / "kustomization.yaml").read_text())
    texts = [(MANIFESTS / name).read_text() for name in kustomization["resources"]]
    return [each for text in texts for each in yaml.safe_load_all(text)]


def find(kind: str, name: str) -> dict[str, Any]:
    [found] = [
        each for each in manifests() if each["kind"] == kind and each["metadata"]["name"] == name
    ]
    return found


def granted(role: dict[str, Any]) -> Granted:
    return {
        (verb, group, resource, name)
        for rule in role["rules"]
        for verb in rule["verbs"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for name in rule.get("resourceNames", [None])
    }


def needed(permissions_for: Iterable[Permission]) -> Granted:
    return {(each.verb, each.group, each.resource, each.name) for each in permissions_for}


def test_the_manifests_grant_the_permissions_of_a_run_and_no_more() -> None:
    in_leases = [permission for permission in WHOLE.run if permission.namespace]
    everywhere = [permission for permission in WHOLE.run if not permission.namespace]
    outside = needed([*everywhere, *BINDING_PERMISSIONS, *WHOLE.discovery])

    assert granted(find("ClusterRole", "maidenhair-run")) == outside
    assert granted(find("Role", "maidenhair-run")) == needed(in_leases)
    assert granted(find("ClusterRole", SPEC_ROLE)) == needed(WHOLE.spec)
    assert {permission.namespace for permission in in_leases} == {RUN_NAMESPACE}


def test_the_manifests_do_not_bind_the_role_of_specs() -> None:
    bound = [
        each["roleRef"]["name"]
        for each in manifests()
        if each["kind"].endswith("Binding") and "roleRef" in each
    ]

    assert bound == ["maidenhair-run", "maidenhair-run"]


def test_no_permission_is_a_wildcard_or_reads_secrets() -> None:
    rules = [rule for each in manifests() for rule in each.get("rules", [])]

    assert rules
    for rule in rules:
        assert "*" not in rule["verbs"] + rule["resources"] + rule["apiGroups"]
        assert "secrets" not in rule["resources"]


def test_the_admission_policy_checks_the_label_of_runs_for_the_account_of_the_manifests() -> None:
    policy = find("ValidatingAdmissionPolicy", "maidenhair-own-namespaces")["spec"]
    account = find("ServiceAccount", "maidenhair")["metadata"]

    [condition] = policy["matchConditions"]
    user = f"system:serviceaccount:{account['namespace']}:{account['name']}"
    assert condition["expression"] == f"request.userInfo.username == '{user}'"
    assert policy["validations"][0]["expression"] == f"'{RUN_LABEL}' in variables.labels"
    assert rbac_subject(user) == {
        "kind": "ServiceAccount",
        "namespace": account["namespace"],
        "name": account["name"],
    }


def test_merged_permissions_are_listed_once_and_stay_required() -> None:
    optional = permissions_for("list", "apps", "deployments", "show why", required=False)
    required = permissions_for("get list", "apps", "deployments", "see Widgets")
    gears = Permissions(run=required, spec=required, optional={"a": required, "b": optional})
    merged = Permissions(spec=optional, discovery=optional, optional={"a": optional}).merged(
        gears, gears
    )

    assert merged.run == required
    assert set(merged.spec) == set(required)
    assert len(merged.spec) == len(required)
    assert merged.discovery == optional
    assert {name: set(group) for name, group in merged.optional.items()} == {
        "a": set(required),
        "b": set(optional),
    }


def test_permissions_in_another_namespace_or_on_one_object_are_different_permissions() -> None:
    everywhere = permissions_for("get", "", "pods", "see")
    named = permissions_for("get", "", "pods", "see", name="one")
    inside = permissions_for("get", "", "pods", "see", namespace="web")

    merged = Permissions(run=everywhere).merged(Permissions(run=named), Permissions(run=inside))
    assert merged.run == (*everywhere, *named, *inside)


def test_a_run_without_systems_needs_no_permissions_of_systems() -> None:
    every = [*FRAMEWORK.run, *FRAMEWORK.spec, *FRAMEWORK.discovery, *BINDING_PERMISSIONS]
    every += [permission for group in FRAMEWORK.optional.values() for permission in group]

    theirs = needed(skytorch.PERMISSIONS.spec) | needed(skytorch.PERMISSIONS.discovery)
    theirs |= needed(devices.PERMISSIONS.discovery)
    shared = {each for each in needed(every) & theirs if each[0] != "list"}
    assert shared == set()
    assert set(FRAMEWORK.optional) == {"accounts"}


def test_a_permission_is_formatted_with_its_namespace_and_name() -> None:
    assert (
        str(Permission("list", "", "pods/log", "read", "web")) == 'list pods/log in namespace "web"'
    )
    named = Permission("get", "apps", "deployments", "see", name="operator")
    assert str(named) == 'get deployments.apps "operator"'


def test_a_user_that_is_no_service_account_is_bound_as_a_user() -> None:
    assert rbac_subject("ada")["kind"] == "User"
    assert rbac_subject("ada")["name"] == "ada"
