"""Redact secrets in diagnostics: the values of Secrets, and texts that look like credentials."""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

from maidenhair.kube.objects import SERVICE_ACCOUNT_TOKEN, Object

REDACTED = "<redacted>"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
SHORTEST = 6
"""The shortest value that is redacted inside a text. Shorter values would match by accident; only whole texts match."""

_KEYS = r"[\w-]*(?:api|access|secret|private|client)[_-]?key(?:-data)?"
_NAMES = rf"(?:[\w-]*(?:pass(?:word|wd|phrase)|token)|(?:[\w-]*[_-])?secret|{_KEYS})"
_SECRET_NAME = re.compile(rf"(?:.*\.)?{_NAMES}", re.I)
_PATTERNS = (
    re.compile(
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.S
    ),
    # JSON Web Tokens, for example of ServiceAccounts: two parts begin with the base64 of '{"'.
    re.compile(r"\beyJ[\w-]{5,}\.eyJ[\w-]{5,}\.[\w-]*"),
    re.compile(r"(?P<prefix>\b(?:Bearer|Authorization\W{1,4}Basic)[ \t]+)[\w.~+/=-]{6,}", re.I),
    re.compile(
        rf"(?P<prefix>(?<![\w-]){_NAMES}\\?[\"']?[ \t]*[:=][ \t]*\\?[\"']?)"
        r"(?!<redacted>|(?:true|false|none|null)\b)[^\s\"'\\,;&}]{3,}",
        re.I,
    ),
    # Credentials in a URL.
    re.compile(r"(?P<prefix>\b[a-z][\w+.-]{0,30}://[^\s/:@]+:)[^\s/@]+(?=@)", re.I),
)


class Redactor:
    """Redact secrets in texts and objects.

    Args:
        secrets: the Secrets whose values are redacted, in plain text, base64, JSON and URL encoding.
    """

    def __init__(self, secrets: Iterable[Object]) -> None:
        values = {value for each in secrets for value in _values_of(each) if value}
        self._whole = values
        variants = {form for value in values for form in _forms(value)}
        # Longest first, because one value may be part of another.
        ordered = sorted(variants, key=len, reverse=True)
        self._anywhere = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def text(self, text: str) -> str:
        """Return a text with secrets redacted."""
        if text.strip() in self._whole:
            return REDACTED
        if self._anywhere is not None:
            text = self._anywhere.sub(REDACTED, text)
        for pattern in _PATTERNS:
            text = pattern.sub(_replacement, text)
        return text

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
        if isinstance(name, str) and "value" in value and _SECRET_NAME.fullmatch(name):
            value = {**value, "value": REDACTED}
        return {
            key: REDACTED
            if isinstance(each, str) and _SECRET_NAME.fullmatch(str(key))
            else self._value(each)
            for key, each in value.items()
        }


def _replacement(found: re.Match[str]) -> str:
    return found.groupdict().get("prefix", "") + REDACTED


def _values_of(secret: Object) -> Iterator[str]:
    for key, encoded in (secret.get("data") or {}).items():
        if secret.get("type") == SERVICE_ACCOUNT_TOKEN and key != "token":
            # The namespace's name and the CA certificate are not secret.
            continue
        # Binary data is found only in its encoded form.
        yield b64decode(encoded).decode("utf-8", errors="ignore").strip()
        yield encoded.strip()
    yield from (str(value).strip() for value in (secret.get("stringData") or {}).values())


def _forms(value: str) -> Iterator[str]:
    """Return the forms in which a value may appear in a text: plain, its longer lines, and encoded."""
    if len(value) < SHORTEST:
        return
    yield value
    yield json.dumps(value)[1:-1]
    yield quote(value, safe="")
    if "\n" in value:
        yield from (
            line.strip() for line in value.splitlines() if len(line.strip()) >= 2 * SHORTEST
        )
    yield from _encoded(value.encode())


def _encoded(value: bytes) -> Iterator[str]:
    """Return the base64 of a value, and the parts of it that also appear in the base64 of any surrounding text."""
    yield b64encode(value).decode().rstrip("=")
    for before in range(3):
        whole = b64encode(bytes(before) + value).decode().rstrip("=")
        # The first and the last characters depend on the surrounding text.
        begin = (0, 2, 3)[before]
        certain = whole[begin : (before + len(value)) // 3 * 4]
        if len(certain) >= SHORTEST:
            yield certain
            yield certain.replace("+", "-").replace("/", "_")
