"""Redact secrets in diagnostics: the values of Secrets, and texts that look like credentials."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterable, Iterator
from typing import Any

from maidenhair.kube.diagnosis.redaction.credentials import names_a_secret, redact_credentials
from maidenhair.kube.diagnosis.redaction.forms import encoded_forms, plain_forms
from maidenhair.kube.diagnosis.redaction.search import Search
from maidenhair.kube.diagnosis.redaction.structure import IDENTITY, is_plain_setting, public_words
from maidenhair.kube.objects import SERVICE_ACCOUNT_TOKEN, Object

REDACTED = "<redacted>"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
HELM_RELEASE = "helm.sh/release.v1"
"""The type of Secrets in which helm saves a whole chart. Such a payload is too large to search for, and is not read."""
MOST_VALUES = 256
"""How many values of a Secret are searched for in all forms. Others are searched for as they are and in base64."""
LONGEST_ENCODED = 8192
"""The longest value, in characters, that is searched for in all forms."""


class Redactor:
    """Redact secrets in texts and objects.

    Values are found as they are, in base64 at any offset, and in the escapes of JSON, URLs, shells and HTML. A value
    that is also the name, namespace or kind of an object stays readable. So does a plain setting, for example
    `mode: enabled`.

    Args:
        secrets: the Secrets whose values are redacted.
        subjects: the objects whose names, namespaces and kinds stay readable.
        fields: whether `text` also redacts values whose names say that they are secret, such as `token=…`.

    Example:
        >>> secret = {"kind": "Secret", "metadata": {"name": "db"}, "stringData": {"password": "a&b-c-d"}}
        >>> Redactor([secret]).text('connecting with {"key": "a\\\\u0026b-c-d"}')
        'connecting with {"key": "<redacted>"}'
    """

    def __init__(
        self, secrets: Iterable[Object], subjects: Iterable[Object] = (), fields: bool = True
    ) -> None:
        self._fields = fields
        known = list(secrets)
        public = public_words([*known, *subjects])
        self._whole: set[str] = set()
        searched: set[str] = set()
        for secret in known:
            values = [value for value in _values_of(secret) if value not in public]
            self._whole.update(values)
            for number, value in enumerate(values):
                searched |= plain_forms(value)
                if number < MOST_VALUES and len(value) <= LONGEST_ENCODED:
                    searched |= encoded_forms(value)
        self._search = Search(searched)

    def text(self, text: str) -> str:
        """Return a text with secrets redacted."""
        if text.strip() in self._whole:
            return REDACTED
        return redact_credentials(self._search.replace(text, REDACTED), REDACTED, self._fields)

    def manifest(self, subject: Object) -> Object:
        """Return an object with secrets redacted, without managed fields and kubectl's last-applied annotation."""
        metadata = {
            key: value for key, value in subject["metadata"].items() if key != "managedFields"
        }
        annotations = metadata.get("annotations") or {}
        if LAST_APPLIED in annotations:
            rest = {key: value for key, value in annotations.items() if key != LAST_APPLIED}
            metadata["annotations"] = rest
        cleaned: Object = {**subject, "metadata": metadata}
        if subject.get("kind") == "Secret":
            for field in ("data", "stringData"):
                if field in subject:
                    cleaned[field] = dict.fromkeys(subject[field] or {}, REDACTED)
        redacted: Object = self._value(cleaned)
        return redacted

    def _value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self._value(each) for each in value]
        if not isinstance(value, dict):
            return value
        # A name-value pair, for example an environment variable, whose name suggests a secret.
        name = value.get("name")
        if isinstance(name, str) and "value" in value and names_a_secret(name):
            value = {**value, "value": REDACTED}
        return {key: self._field(str(key), each) for key, each in value.items()}

    def _field(self, key: str, value: Any) -> Any:
        if not isinstance(value, str):
            return self._value(value)
        if key in IDENTITY:
            return value
        return REDACTED if names_a_secret(key) else self.text(value)


def _values_of(secret: Object) -> Iterator[str]:
    """Yield the values of a Secret that are searched for, each as it is and as Kubernetes saves it."""
    if secret.get("type") == HELM_RELEASE:
        return
    entries = [(key, str(value).strip()) for key, value in (secret.get("stringData") or {}).items()]
    for key, saved in (secret.get("data") or {}).items():
        if secret.get("type") == SERVICE_ACCOUNT_TOKEN and key != "token":
            # The namespace's name and the CA certificate are not secret.
            continue
        encoded = str(saved).strip()
        try:
            data = b64decode(encoded)
        except NotBase64:
            entries.append((key, encoded))
            continue
        text = data.decode("utf-8", errors="ignore").strip()
        if not is_plain_setting(key, text):
            # Binary data is found only in its encoded form.
            yield from filter(None, (text, encoded))
    yield from (value for key, value in entries if value and not is_plain_setting(key, value))
