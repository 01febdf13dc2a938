"""Reviews of an account by the API server, and the bindings that follow from them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import pytest

from maidenhair.errors import ApiRefused
from maidenhair.kube import Kube, Object
from maidenhair.kube.rbac.access_review import (
    creates_namespaces,
    needs_binding,
    review_access,
)
from maidenhair.kube.rbac.namespace_role_binding import SpecAccess
from maidenhair.kube.rbac.permissions import (
    BINDING_PERMISSIONS,
    FRAMEWORK,
    Permission,
    Permissions,
    permissions_for,
)
from maidenhair.kube.run.run import Run
from tests.unit.kube.watch.remembered import RememberedInformers

WIDGETS = Permissions(
    run=permissions_for("get", "", "secrets", "see keys"),
    spec=permissions_for("create", "example.com", "widgets", "work with Widgets"),
    discovery=permissions_for("list", "example.com", "belts", "see belts", required=False),
    optional={"fast-widgets": permissions_for("patch", "example.com", "belts", "speed belts up")},
)
WHOLE = FRAMEWORK.merged(WIDGETS)


class FakeApi:
    """An API server whose account has all permissions except some, which it has in one namespace at most."""

    namespace = "team"

    def __init__(self, *denied: Permission, bound_in: str | None = None) -> None:
        self.created: list[Mapping[str, Any]] = []
        self.reviewed_inside: list[str] = []
        self._denied = {self._key(vars(permission)) for permission in denied}
        self._bound_in = bound_in

    def create(self, manifest: Mapping[str, Any]) -> Object:
        if manifest["kind"] == "SelfSubjectReview":
            return {"status": {"userInfo": {"username": "ada"}}}
        if manifest["kind"] != "SelfSubjectAccessReview":
            self.created.append(manifest)
            return dict(manifest)
        attributes = manifest["spec"]["resourceAttributes"]
        suffix = f"/{attributes['subresource']}" if attributes["subresource"] else ""
        key = self._key({**attributes, "resource": attributes["resource"] + suffix})
        inside = bool(self._bound_in) and attributes["namespace"] == self._bound_in
        if inside:
            self.reviewed_inside.append(f"{attributes['verb']} {attributes['resource']}")
        return {"status": {"allowed": inside or key not in self._denied}}

    @property
    def informers(self) -> RememberedInformers:
        return RememberedInformers(
            lambda scope: [{"metadata": {"name": "default", "namespace": scope.namespace}}]
        )

    @staticmethod
    def _key(permission: Mapping[str, Any]) -> tuple[str, ...]:
        return tuple(permission[field] or "" for field in ("verb", "group", "resource", "name"))


def kube(*denied: Permission, bound_in: str | None = None) -> Kube:
    return cast("Kube", FakeApi(*denied, bound_in=bound_in))


def test_an_account_with_all_permissions_lacks_none_and_needs_no_binding() -> None:
    access = review_access(kube(), WHOLE)

    assert (access.user, access.missing, access.needs_binding) == ("ada", (), False)
    assert access.missing_optional == {"accounts": (), "fast-widgets": ()}


def test_missing_permissions_of_the_framework_and_of_systems_are_reported() -> None:
    denied = (FRAMEWORK.run[0], *WIDGETS.run, *WIDGETS.discovery)
    access = review_access(kube(*denied), WHOLE)

    assert set(access.missing) == set(denied)
    assert set(access.required) == {FRAMEWORK.run[0], *WIDGETS.run}


def test_optional_permissions_are_reported_by_group_and_are_not_missing() -> None:
    access = review_access(kube(*WIDGETS.optional["fast-widgets"]), WHOLE)

    assert access.missing_optional["fast-widgets"] == WIDGETS.optional["fast-widgets"]
    assert access.missing_optional["accounts"] == ()
    assert access.missing == ()


def test_permissions_of_a_system_that_are_not_passed_are_not_reviewed() -> None:
    access = review_access(kube(*WIDGETS.run, *WIDGETS.spec))

    assert access.missing == ()
    assert set(access.missing_optional) == {"accounts"}


def test_permissions_of_specs_can_be_bound_unless_that_is_denied_too() -> None:
    bindable, denied = kube(*WIDGETS.spec), kube(*WIDGETS.spec, *BINDING_PERMISSIONS)

    assert needs_binding(bindable, WHOLE)
    assert not needs_binding(bindable, FRAMEWORK)
    assert not needs_binding(denied, WHOLE)
    assert review_access(bindable, WHOLE).missing == ()
    assert review_access(denied, WHOLE).missing == WIDGETS.spec


def test_the_role_is_bound_in_a_namespace_where_a_system_needs_more() -> None:
    api = FakeApi(*WIDGETS.spec, bound_in="web")
    SpecAccess(cast("Kube", api), WHOLE).ensure("web", {"run": "r"})

    [binding] = api.created
    assert binding["metadata"] == {"name": "maidenhair", "namespace": "web", "labels": {"run": "r"}}
    assert binding["subjects"][0]["name"] == "ada"
    assert "create widgets" in api.reviewed_inside

    api = FakeApi(*WIDGETS.spec, bound_in="web")
    SpecAccess(cast("Kube", api), FRAMEWORK).ensure("web", {})
    assert api.created == []


def test_a_run_binds_if_its_permissions_require_it() -> None:
    for permissions, kinds in (
        (WHOLE, ["Namespace", "RoleBinding"]),
        (FRAMEWORK, ["Namespace"]),
    ):
        api = FakeApi(*WIDGETS.spec, bound_in="shared-r1")
        run = Run(cast("Kube", api), "r1", permissions=permissions)

        assert run.shared_namespace() == "shared-r1"
        assert [each["kind"] for each in api.created] == kinds


def test_a_refused_binding_is_an_error() -> None:
    class Refusing(FakeApi):
        def create(self, manifest: Mapping[str, Any]) -> Object:
            if manifest["kind"] == "RoleBinding":
                raise ApiRefused("create RoleBinding", 403, "Forbidden", "no")
            return super().create(manifest)

    with pytest.raises(ApiRefused):
        SpecAccess(cast("Kube", Refusing(*WIDGETS.spec)), WHOLE).ensure("web", {})


SHARED = Permissions(shared=WIDGETS.spec)
[NO_NAMESPACES] = filter(creates_namespaces, FRAMEWORK.run)


def test_specs_share_the_namespace_of_the_context_if_the_account_may_create_none() -> None:
    account = kube(NO_NAMESPACES, *WIDGETS.spec, bound_in="team")
    access = review_access(account, WHOLE.merged(SHARED))

    assert (access.shared_namespace, access.required) == ("team", ())
    assert review_access(kube(), WHOLE.merged(SHARED)).shared_namespace is None


@pytest.mark.parametrize(
    ("account", "permissions"),
    [
        (kube(NO_NAMESPACES, *WIDGETS.spec), WHOLE.merged(SHARED)),
        (kube(NO_NAMESPACES, *WIDGETS.spec, bound_in="team"), WHOLE),
    ],
)
def test_specs_share_no_namespace_in_which_they_can_do_nothing(
    account: Kube, permissions: Permissions
) -> None:
    access = review_access(account, permissions)

    assert access.shared_namespace is None
    assert NO_NAMESPACES in access.required
