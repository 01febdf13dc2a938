"""Objects that the API refuses, as steps create and expect them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from maidenhair.errors import ApiRefused, KubernetesError
from maidenhair.steps.answers import is_accepted, is_forbidden, is_refused
from maidenhair.steps.refusals import attempt_to_create, check_accepted, refusal_of

REFUSAL = ApiRefused("create Pod web", 403, "Forbidden", "exceeded quota: two")


class Context(SimpleNamespace):
    """Attributes of a scenario, as behave's context has them."""

    def __contains__(self, name: str) -> bool:
        return name in vars(self)


def refuse(error: Exception = REFUSAL) -> None:
    raise error


@pytest.fixture
def context() -> Any:
    return Context()


def test_a_created_object_is_accepted(context: Any) -> None:
    created: list[str] = []
    attempt_to_create(context, "Pod", "web", lambda: created.append("web"))
    assert created == ["web"]
    check_accepted(context, "Pod", "web")
    with pytest.raises(AssertionError, match="the API's refusal of Pod web"):
        is_refused(context, "Pod", "web", "quota")


def test_a_refusal_is_for_a_later_step_to_expect(context: Any) -> None:
    attempt_to_create(context, "Pod", "web", refuse)
    assert refusal_of(context, "Pod", "web") is REFUSAL
    assert refusal_of(context, "Pod", "other") is None
    is_refused(context, "Pod", "web", "exceeded quota")
    with pytest.raises(AssertionError, match="exceeded quota: two"):
        is_refused(context, "Pod", "web", "must be an integer")


def test_a_step_that_needs_a_refused_object_fails_with_the_refusal(context: Any) -> None:
    attempt_to_create(context, "Pod", "web", refuse)
    with pytest.raises(AssertionError, match=r"there is no Pod web: .*exceeded quota: two"):
        check_accepted(context, "Pod", "web")
    check_accepted(context, "Service", "web")


def test_an_error_that_is_no_refusal_fails_the_step(context: Any) -> None:
    with pytest.raises(KubernetesError, match="no answer"):
        attempt_to_create(context, "Pod", "web", lambda: refuse(KubernetesError("no answer")))


def test_refusals_of_other_clients_count_where_a_step_names_them(context: Any) -> None:
    class OtherRefusal(Exception):
        status = 422

    attempt_to_create(context, "Pod", "web", lambda: refuse(OtherRefusal("bad")), OtherRefusal)
    is_refused(context, "Pod", "web", "bad")
    with pytest.raises(AssertionError, match="the API's refusal of Pod web"):
        is_accepted(context, "Pod", "web")


def test_a_refusal_because_of_permissions_names_the_account(context: Any) -> None:
    context.spec = SimpleNamespace(namespace="lab")
    text = 'User "system:serviceaccount:lab:guest" cannot create'
    attempt_to_create(context, "Pod", "web", lambda: refuse(ApiRefused("create", 403, "F", text)))
    attempt_to_create(context, "Pod", "bad", lambda: refuse(ApiRefused("create", 422, "I", text)))

    is_forbidden(context, "Pod", "web", "guest")
    with pytest.raises(AssertionError, match="status"):
        is_forbidden(context, "Pod", "bad", "guest")
    with pytest.raises(AssertionError):
        is_forbidden(context, "Pod", "web", "admin")
