"""The rights that a run needs, and the manifests that grant them: the same, no more and no less."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from maidenhair.kube.rbac.access_review import subject_of
from maidenhair.kube.rbac.permissions import (
    BINDING_RIGHTS,
    FRAMEWORK,
    RUN_NAMESPACE,
    SPEC_ROLE,
    Permissions,
    Right,
    rights,
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


def needed(rights: Iterable[Right]) -> Granted:
    return {(each.verb, each.group, each.resource, each.name) for each in rights}


def test_the_manifests_grant_what_a_run_needs_and_no_more() -> None:
    in_leases = [right for right in WHOLE.run if right.namespace]
    everywhere = [right for right in WHOLE.run if not right.namespace]
    outside = needed([*everywhere, *BINDING_RIGHTS, *WHOLE.discovery])

    assert granted(find("ClusterRole", "maidenhair-run")) == outside
    assert granted(find("Role", "maidenhair-run")) == needed(in_leases)
    assert granted(find("ClusterRole", SPEC_ROLE)) == needed(WHOLE.spec)
    assert {right.namespace for right in in_leases} == {RUN_NAMESPACE}


def test_nothing_binds_the_role_of_specs_beforehand() -> None:
    bound = [
        each["roleRef"]["name"]
        for each in manifests()
        if each["kind"].endswith("Binding") and "roleRef" in each
    ]

    assert bound == ["maidenhair-run", "maidenhair-run"]


def test_no_right_is_a_wildcard_or_reads_secrets() -> None:
    rules = [rule for each in manifests() for rule in each.get("rules", [])]

    assert rules
    for rule in rules:
        assert "*" not in rule["verbs"] + rule["resources"] + rule["apiGroups"]
        assert "secrets" not in rule["resources"]


def test_admission_looks_at_the_label_of_runs_and_at_the_account_that_is_made() -> None:
    policy = find("ValidatingAdmissionPolicy", "maidenhair-own-namespaces")["spec"]
    account = find("ServiceAccount", "maidenhair")["metadata"]

    [condition] = policy["matchConditions"]
    user = f"system:serviceaccount:{account['namespace']}:{account['name']}"
    assert condition["expression"] == f"request.userInfo.username == '{user}'"
    assert policy["validations"][0]["expression"] == f"'{RUN_LABEL}' in variables.labels"
    assert subject_of(user) == {
        "kind": "ServiceAccount",
        "namespace": account["namespace"],
        "name": account["name"],
    }


def test_rights_of_several_systems_are_one_list_in_which_what_is_required_stays_so() -> None:
    optional = rights("list", "apps", "deployments", "show why", required=False)
    required = rights("get list", "apps", "deployments", "see Widgets")
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


def test_rights_in_another_namespace_or_to_one_object_are_others() -> None:
    everywhere = rights("get", "", "pods", "see")
    named = rights("get", "", "pods", "see", name="one")
    inside = rights("get", "", "pods", "see", namespace="web")

    merged = Permissions(run=everywhere).merged(Permissions(run=named), Permissions(run=inside))
    assert merged.run == (*everywhere, *named, *inside)


def test_a_run_without_systems_asks_for_nothing_of_theirs() -> None:
    every = [*FRAMEWORK.run, *FRAMEWORK.spec, *FRAMEWORK.discovery, *BINDING_RIGHTS]
    every += [right for group in FRAMEWORK.optional.values() for right in group]

    theirs = needed(skytorch.PERMISSIONS.spec) | needed(skytorch.PERMISSIONS.discovery)
    theirs |= needed(devices.PERMISSIONS.discovery)
    shared = {each for each in needed(every) & theirs if each[0] != "list"}
    assert shared == set()
    assert set(FRAMEWORK.optional) == {"accounts"}


def test_a_right_is_told_in_words() -> None:
    assert str(Right("list", "", "pods/log", "read", "web")) == 'list pods/log in namespace "web"'
    named = Right("get", "apps", "deployments", "see", name="operator")
    assert str(named) == 'get deployments.apps "operator"'


def test_a_user_is_bound_as_one() -> None:
    assert subject_of("ada")["kind"] == "User"
    assert subject_of("ada")["name"] == "ada"
