"""Redaction of secrets in texts and objects."""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode
from typing import Any

import pytest

from maidenhair.kube.diagnosis.redaction import LAST_APPLIED, REDACTED, Redactor

PASSWORD = 'corr"ect horse/9+'
LINES = "first-line-of-it\nsecond-line-of-it"
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlcm5ldGVzIn0.c2lnbmF0dXJl"


def encoded(text: str) -> str:
    return b64encode(text.encode()).decode()


def secret(**values: str) -> dict[str, Any]:
    data = {key: encoded(value) for key, value in values.items()}
    return {"kind": "Secret", "metadata": {"name": "s"}, "type": "Opaque", "data": data}


REDACTOR = Redactor([secret(password=PASSWORD, lines=LINES, pin="4711")])


@pytest.mark.parametrize(
    "planted",
    [
        PASSWORD,
        encoded(PASSWORD),
        encoded(PASSWORD).rstrip("="),
        urlsafe_b64encode(PASSWORD.encode()).decode(),
        r"corr\"ect horse/9+",
        "corr%22ect%20horse%2F9%2B",
        "second-line-of-it",
        TOKEN,
    ],
)
def test_a_secret_is_redacted_in_every_form(planted: str) -> None:
    redacted = REDACTOR.text(f"before ({planted}) behind")

    assert planted not in redacted
    assert REDACTED in redacted
    assert redacted.startswith("before (")
    assert redacted.endswith("behind")


@pytest.mark.parametrize("before", range(4))
def test_a_secret_inside_an_encoded_text_is_redacted(before: int) -> None:
    planted = encoded("x" * before + PASSWORD + "behind it")

    redacted = REDACTOR.text(planted)
    assert REDACTED in redacted
    # Characters that also encode neighbouring text may remain: at most two at each end.
    left = redacted.replace(REDACTED, "")
    assert len(left) <= len(planted) - len(PASSWORD)


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("Authorization: Bearer abc.def-123", f"Authorization: Bearer {REDACTED}"),
        ("authorization: basic YWRhOmxvdmVsYWNl", f"authorization: basic {REDACTED}"),
        ("  client-key-data: LS0tLS1CRUdJTg==", f"  client-key-data: {REDACTED}"),
        ("  token: abcdef", f"  token: {REDACTED}"),
        ('{"password": "hunter22", "x": 1}', f'{{"password": "{REDACTED}", "x": 1}}'),
        ("DB_PASSWORD=hunter22 done", f"DB_PASSWORD={REDACTED} done"),
        ("postgres://ada:hunter22@db/x", f"postgres://ada:{REDACTED}@db/x"),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nafter",
            f"{REDACTED}\nafter",
        ),
    ],
)
def test_texts_that_look_like_credentials_are_redacted(text: str, redacted: str) -> None:
    assert Redactor([]).text(text) == redacted


@pytest.mark.parametrize(
    "text",
    [
        'MountVolume.SetUp failed for volume "x" : secret "web-tls" not found',
        "volumes:\n- secret:\n    secretName: web-tls",
        "automountServiceAccountToken: true",
        "tokens: 4711 of 8000; the pin was 4711",
        "https://example.com:8080/a@b",
        "basic features of it",
    ],
)
def test_texts_without_secrets_are_unchanged(text: str) -> None:
    assert REDACTOR.text(text) == text


def test_the_secrets_in_an_object_are_redacted_and_its_structure_is_unchanged() -> None:
    env = [
        {"name": "PIN", "value": "4711"},
        {"name": "API_KEY", "value": "literal"},
        {"name": "FROM", "valueFrom": {"secretKeyRef": {"name": "s", "key": "password"}}},
        {"name": "MODE", "value": "fast"},
    ]
    metadata = {
        "name": "p",
        "managedFields": [{}],
        "annotations": {LAST_APPLIED: PASSWORD, "a": "b"},
    }
    cleaned = REDACTOR.manifest({"kind": "Pod", "metadata": metadata, "spec": {"env": env}})

    assert cleaned["metadata"] == {"name": "p", "annotations": {"a": "b"}}
    assert [each.get("value") for each in cleaned["spec"]["env"]] == [
        REDACTED,
        REDACTED,
        None,
        "fast",
    ]
    assert cleaned["spec"]["env"][2] == env[2]
    assert REDACTOR.manifest(secret(any="x"))["data"] == {"any": REDACTED}


def test_the_namespace_in_the_secret_of_a_service_account_is_not_redacted() -> None:
    token = {
        **secret(namespace="my-space", token="opaque-token"),
        "type": "kubernetes.io/service-account-token",
    }

    assert Redactor([token]).text("my-space: opaque-token") == f"my-space: {REDACTED}"
