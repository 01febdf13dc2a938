"""Redaction of secrets in texts and objects."""

from __future__ import annotations

import re
import shlex
from base64 import b64encode, urlsafe_b64encode
from typing import Any

import pytest

from maidenhair.kube.diagnosis.redaction import REDACTED, Redactor, search
from maidenhair.kube.diagnosis.redaction.redactor import LAST_APPLIED

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


AWKWARD = "p&ss<word>/=+42'\"$é"


@pytest.mark.parametrize(
    "form",
    [
        r"p\u0026ss\u003cword\u003e/=+42'\"$é",
        r"p&ss<word>/=+42'\"$\u00e9",
        r"p&ss<word>\/=+42'\"$\u00e9",
        r"p\\u0026ss\\u003cword\\u003e/=+42'\\\"$é",
        "p%26ss%3Cword%3E%2F%3D%2B42%27%22%24%C3%A9",
        "p%26ss%3cword%3e%2f%3d%2b42%27%22%24%c3%a9",
        "p&amp;ss&lt;word&gt;/=+42&#39;&#34;$é",
        "p&amp;ss&lt;word&gt;/=+42&#x27;&quot;$é",
        shlex.quote(AWKWARD),
        r"p\&ss\<word\>/=+42\'\"\$é",
        AWKWARD.encode().hex(),
        AWKWARD.encode().hex().upper(),
        encoded(encoded(AWKWARD)),
        encoded("user:" + AWKWARD),
    ],
)
def test_no_encoding_of_a_secret_remains(form: str) -> None:
    redacted = Redactor([secret(password=AWKWARD)]).text(f"before {form} behind")
    assert re.fullmatch(r"before '?[\w=]{0,9}<redacted>[\w=]{0,4}'? behind", redacted), redacted


SETTINGS = {"user": "default", "mode": "rolling-update", "password": "p&ss<word>/=+42"}


def test_a_word_of_a_secret_does_not_hide_structure() -> None:
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "trainer", "namespace": "default"},
        "spec": {"strategy": "rolling-update", "containers": [{"name": "swordfish"}]},
    }
    secrets = [secret(**SETTINGS), secret(password="trainer", token="swordfish")]
    redactor = Redactor(secrets, [pod])
    assert redactor.manifest(pod) == pod
    line = "Normal Pod default/trainer: Created container swordfish, default and rolling-update"
    assert redactor.text(line) == line
    assert redactor.text("with p&ss<word>/=+42") == f"with {REDACTED}"


@pytest.mark.parametrize("key", ["password", "token", "db-credentials", "AUTH"])
def test_a_plain_word_is_a_secret_if_its_key_says_so(key: str) -> None:
    assert Redactor([secret(**{key: "swordfish"})]).text("try swordfish") == f"try {REDACTED}"


def test_a_fragment_of_a_long_value_is_redacted_as_far_as_it_goes() -> None:
    value = "".join(f"{number:04x}-" for number in range(0, 60000, 7))
    fragment = value[5000:9000]
    redacted = Redactor([secret(blob=value)]).text(f"a {fragment} z, {encoded(value)} end")
    assert redacted == f"a {REDACTED} z, {REDACTED} end"


def test_padding_in_a_long_value_does_not_hide_other_data() -> None:
    value = "=" * 4000 + "".join(f"{number:04x}" for number in range(400))
    row = "=" * 100
    assert Redactor([secret(blob=value)]).text(row) == row


def test_the_payload_of_a_helm_release_is_not_searched_for() -> None:
    release = {**secret(release="H4sIAAAA-release-payload"), "type": "helm.sh/release.v1"}
    text = "H4sIAAAA-release-payload"
    assert Redactor([release]).text(text) == text
    assert Redactor([release]).manifest(release)["data"] == {"release": REDACTED}


def test_data_that_is_not_base64_is_a_value_as_it_stands() -> None:
    broken = {"kind": "Secret", "metadata": {"name": "s"}, "data": {"a": "swordfish-7"}}
    assert Redactor([broken]).text("my swordfish-7") == f"my {REDACTED}"


@pytest.mark.parametrize("block", range(1, 40))
def test_a_value_on_the_edge_of_a_block_is_redacted(
    block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "BLOCK", block)
    found = search.Search(["secret", "secrets of state", "cret"])
    assert found.replace("no secret, secrets of state, crets", "…") == "no …, …, …s"


def test_values_that_only_follow_a_name_stay_readable_on_request() -> None:
    text = (
        f"Secret: already exists, token: absent, {PASSWORD}, Bearer abcdefgh, postgres://me:mine@db"
    )
    redacted = Redactor([secret(password=PASSWORD)], fields=False).text(text)

    start = "Secret: already exists, token: absent, <redacted>, "
    assert redacted == f"{start}Bearer <redacted>, postgres://me:<redacted>@db"
