"""What is asked of the API server about an account, and what follows from its answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

import pytest

from maidenhair.errors import ApiRefused
from maidenhair.kube import Kube, Object
from maidenhair.kube.rbac.access_review import look_at_access, must_bind
from maidenhair.kube.rbac.namespace_role_binding import SpecAccess
from maidenhair.kube.rbac.permissions import BINDING_RIGHTS, FRAMEWORK, Permissions, Right, rights
from maidenhair.kube.run.run import Run
from maidenhair.kube.watch.informer import Scope
from tests.unit.kube.watch.remembered import Remembered

WIDGETS = Permissions(
    run=rights("get", "", "secrets", "see keys"),
    spec=rights("create", "example.com", "widgets", "work with Widgets"),
    discovery=rights("list", "example.com", "belts", "see belts", required=False),
    optional={"fast-widgets": rights("patch", "example.com", "belts", "speed belts up")},
)
WHOLE = FRAMEWORK.merged(WIDGETS)


class FakeApi:
    """An API server whose account has all rights but those, which it has in one namespace at most."""

    def __init__(self, *denied: Right, bound_in: str | None = None) -> None:
        self.made: list[Mapping[str, Any]] = []
        self.asked_inside: list[str] = []
        self._denied = {self._key(vars(right)) for right in denied}
        self._bound_in = bound_in

    def create(self, manifest: Mapping[str, Any]) -> Object:
        if manifest["kind"] == "SelfSubjectReview":
            return {"status": {"userInfo": {"username": "ada"}}}
        if manifest["kind"] != "SelfSubjectAccessReview":
            self.made.append(manifest)
            return dict(manifest)
        asked = manifest["spec"]["resourceAttributes"]
        suffix = f"/{asked['subresource']}" if asked["subresource"] else ""
        key = self._key({**asked, "resource": asked["resource"] + suffix})
        inside = bool(self._bound_in) and asked["namespace"] == self._bound_in
        if inside:
            self.asked_inside.append(f"{asked['verb']} {asked['resource']}")
        return {"status": {"allowed": inside or key not in self._denied}}

    @property
    def informers(self) -> FakeApi:
        return self

    @contextmanager
    def following(self, scope: Scope) -> Iterator[Remembered]:
        yield Remembered([{"metadata": {"name": "default", "namespace": scope.namespace}}])

    @staticmethod
    def _key(right: Mapping[str, Any]) -> tuple[str, ...]:
        return tuple(right[field] or "" for field in ("verb", "group", "resource", "name"))


def kube(*denied: Right, bound_in: str | None = None) -> Kube:
    return cast("Kube", FakeApi(*denied, bound_in=bound_in))


def test_an_account_with_all_rights_lacks_none_and_binds_nothing() -> None:
    access = look_at_access(kube(), WHOLE)

    assert (access.user, access.missing, access.binds) == ("ada", (), False)
    assert access.lacking == {"accounts": (), "fast-widgets": ()}


def test_what_is_missing_is_told_of_the_framework_and_of_systems() -> None:
    denied = (FRAMEWORK.run[0], *WIDGETS.run, *WIDGETS.discovery)
    access = look_at_access(kube(*denied), WHOLE)

    assert set(access.missing) == set(denied)
    assert set(access.required) == {FRAMEWORK.run[0], *WIDGETS.run}


def test_optional_rights_are_told_by_the_name_of_their_group_and_are_not_missing() -> None:
    access = look_at_access(kube(*WIDGETS.optional["fast-widgets"]), WHOLE)

    assert access.lacking["fast-widgets"] == WIDGETS.optional["fast-widgets"]
    assert access.lacking["accounts"] == ()
    assert access.missing == ()


def test_a_system_whose_permissions_are_not_passed_is_not_asked_about() -> None:
    access = look_at_access(kube(*WIDGETS.run, *WIDGETS.spec))

    assert access.missing == ()
    assert set(access.lacking) == {"accounts"}


def test_rights_in_specs_can_be_bound_unless_that_is_denied_too() -> None:
    bindable, denied = kube(*WIDGETS.spec), kube(*WIDGETS.spec, *BINDING_RIGHTS)

    assert must_bind(bindable, WHOLE)
    assert not must_bind(bindable, FRAMEWORK)
    assert not must_bind(denied, WHOLE)
    assert look_at_access(bindable, WHOLE).missing == ()
    assert look_at_access(denied, WHOLE).missing == WIDGETS.spec


def test_the_role_is_bound_in_a_namespace_where_a_system_needs_more() -> None:
    api = FakeApi(*WIDGETS.spec, bound_in="web")
    SpecAccess(cast("Kube", api), WHOLE).ensure("web", {"run": "r"})

    [binding] = api.made
    assert binding["metadata"] == {"name": "maidenhair", "namespace": "web", "labels": {"run": "r"}}
    assert binding["subjects"][0]["name"] == "ada"
    assert "create widgets" in api.asked_inside

    api = FakeApi(*WIDGETS.spec, bound_in="web")
    SpecAccess(cast("Kube", api), FRAMEWORK).ensure("web", {})
    assert api.made == []


def test_a_run_binds_for_the_permissions_that_it_is_given() -> None:
    for permissions, kinds in (
        (WHOLE, ["Namespace", "RoleBinding"]),
        (FRAMEWORK, ["Namespace"]),
    ):
        api = FakeApi(*WIDGETS.spec, bound_in="shared-r1")
        run = Run(cast("Kube", api), "r1", permissions=permissions)

        assert run.shared_namespace() == "shared-r1"
        assert [each["kind"] for each in api.made] == kinds


def test_a_binding_that_is_refused_is_an_error() -> None:
    class Refusing(FakeApi):
        def create(self, manifest: Mapping[str, Any]) -> Object:
            if manifest["kind"] == "RoleBinding":
                raise ApiRefused("create RoleBinding", 403, "Forbidden", "no")
            return super().create(manifest)

    with pytest.raises(ApiRefused):
        SpecAccess(cast("Kube", Refusing(*WIDGETS.spec)), WHOLE).ensure("web", {})
