"""The redaction of what specs say, with Secrets that come and go."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from maidenhair.errors import ApiUnreachable
from maidenhair.suite.redaction import Redaction


class FakeKube:
    """Has the Secrets of each namespace."""

    def __init__(self) -> None:
        self.observe: Any = None
        self.secrets: dict[str, list[dict[str, Any]]] = {}
        self.lists = 0
        self.is_down = False

    def credentials(self) -> list[str]:
        return ["token-of-mine"]

    def list(self, _: str, kind: str, namespace: str) -> list[dict[str, Any]]:
        assert kind == "Secret"
        self.lists += 1
        if self.is_down:
            raise ApiUnreachable("list Secret: no answer")
        return self.secrets.get(namespace, [])


@pytest.fixture
def kube() -> FakeKube:
    return FakeKube()


@pytest.fixture
def redaction(kube: FakeKube) -> Redaction:
    fake: Any = kube
    return Redaction(fake)


def secret(name: str, **values: str) -> dict[str, Any]:
    return {"kind": "Secret", "metadata": {"name": name, "namespace": "lab"}, "stringData": values}


def spec(*namespaces: str, objects: tuple[dict[str, Any], ...] = ()) -> Any:
    inventory = SimpleNamespace(objects=list(objects))
    return SimpleNamespace(namespaces=namespaces, has_namespace=True, inventory=inventory)


def scenario(failed: bool = False, output: tuple[str, ...] = ()) -> Any:
    status = SimpleNamespace(has_failed=lambda: failed)
    captured = SimpleNamespace(captures=output)
    return SimpleNamespace(status=status, captured=captured, all_steps=())


CONTEXT: Any = SimpleNamespace(config=SimpleNamespace(capture_stdout=True))


def test_values_of_secrets_in_all_namespaces_of_the_spec_are_redacted(
    kube: FakeKube, redaction: Redaction
) -> None:
    kube.secrets = {"lab": [secret("db", password="lab-password")]}
    kube.secrets["other"] = [secret("db", password="other-password")]
    redaction.begin(spec("lab", "other"))

    text = redaction("lab-password and other-password of Secret lab/db, token-of-mine")
    assert text == "<redacted> and <redacted> of Secret lab/db, <redacted>"


def test_a_secret_that_appears_later_is_redacted_from_then_on(
    kube: FakeKube, redaction: Redaction
) -> None:
    redaction.begin(spec("lab"))
    assert redaction("late-password") == "late-password"
    kube.secrets["lab"] = [secret("db", password="late-password")]
    assert redaction("late-password") == "<redacted>"


def test_a_secret_that_the_spec_made_and_deleted_is_redacted(
    kube: FakeKube, redaction: Redaction
) -> None:
    redaction.begin(spec("lab"))
    kube.observe(secret("gone", password="short-lived"))
    kube.observe({"kind": "SecretList", "items": [secret("also", password="also-gone")]})
    kube.observe({"kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"key": "plain-text"}})
    redaction.end(CONTEXT, scenario())

    assert kube.lists == 0
    assert redaction("short-lived also-gone plain-text") == "<redacted> <redacted> plain-text"


def test_secrets_of_a_failed_spec_are_known_after_its_namespace_is_deleted(
    kube: FakeKube, redaction: Redaction
) -> None:
    kube.secrets["lab"] = [secret("db", password="the-password")]
    redaction.begin(spec("lab"))
    redaction.end(CONTEXT, scenario(failed=True))
    kube.secrets.clear()

    assert redaction("the-password") == "<redacted>"


@pytest.mark.parametrize(
    ("ended", "lists"),
    [(scenario(), 0), (scenario(output=("out",)), 1), (scenario(failed=True), 1)],
)
def test_secrets_are_read_only_for_specs_that_say_something(
    ended: Any, lists: int, kube: FakeKube, redaction: Redaction
) -> None:
    redaction.begin(spec("lab"))
    redaction.end(CONTEXT, ended)
    assert kube.lists == lists


def test_secrets_of_one_spec_are_not_those_of_the_next(
    kube: FakeKube, redaction: Redaction
) -> None:
    redaction.begin(spec("lab"))
    kube.observe(secret("db", password="the-password"))
    redaction.end(CONTEXT, scenario())
    redaction.begin(spec("lab"))
    assert redaction("the-password") == "the-password"


def test_names_of_objects_and_plain_settings_stay_readable(
    kube: FakeKube, redaction: Redaction
) -> None:
    kube.secrets["lab"] = [secret("db", user="widget-maker", mode="enabled", key="laboratory-1")]
    widget = {"kind": "Widget", "metadata": {"name": "laboratory-1", "namespace": "lab"}}
    redaction.begin(spec("lab", objects=(widget,)))
    text = "Widget lab/laboratory-1 of widget-maker is enabled; token: absent, Secret: default"
    assert redaction(text) == text


def test_an_api_that_does_not_respond_delays_no_text_twice_and_withholds_none(
    kube: FakeKube, redaction: Redaction
) -> None:
    redaction.begin(spec("lab"))
    kube.observe(secret("db", password="the-password"))
    kube.is_down = True
    assert redaction("connection refused, the-password") == "connection refused, <redacted>"
    assert redaction("again") == "again"
    assert kube.lists == 1
