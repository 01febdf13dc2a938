"""Texts that look like credentials, although no Secret has their value: keys, tokens, passwords with their name."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

_NAMES = (
    r"(?:pass(?:word|wd|phrase)|token|(?<![a-z0-9])secret"
    r"|(?:api|access|secret|private|client)[_-]?key(?:-data)?)"
)
_FIELD_NAME = re.compile(rf".*{_NAMES}", re.I | re.S)


@dataclass(frozen=True)
class _Shape:
    """A shape of a credential.

    Attributes:
        hints: lower-case texts. The shape is searched for only in a text with one of them, which saves time.
        pattern: the credential; its group `prefix` is not redacted.
        is_field: whether only the name before it says that it is a credential.
    """

    hints: tuple[str, ...]
    pattern: re.Pattern[str]
    is_field: bool = False


_SHAPES = (
    _Shape(
        ("private key",),
        re.compile(
            r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.S
        ),
    ),
    # JSON Web Tokens, for example of ServiceAccounts: two parts begin with the base64 of '{"'.
    _Shape(("eyj",), re.compile(r"eyJ[\w-]{5,}\.eyJ[\w-]{5,}\.[\w-]*")),
    _Shape(
        ("bearer", "authorization"),
        re.compile(r"(?P<prefix>\b(?:Bearer|Authorization\W{1,4}Basic)[ \t]+)[\w.~+/=-]{6,}", re.I),
    ),
    _Shape(
        ("passw", "passphrase", "token", "secret", "key"),
        re.compile(
            rf"(?P<prefix>{_NAMES}\\?[\"']?[ \t]*[:=][ \t]*\\?[\"']?)"
            r"(?!<redacted>|(?:true|false|none|null)\b)[^\s\"'\\,;&}]{3,}",
            re.I,
        ),
        is_field=True,
    ),
    # Credentials in a URL.
    _Shape(("://",), re.compile(r"(?P<prefix>://[^\s/:@]{0,256}:)[^\s/@]{1,1024}(?=@)")),
)


def names_a_secret(field: str) -> bool:
    """Return whether the name of a field or variable says that its value is a secret, for example `DB_PASSWORD`."""
    return _FIELD_NAME.fullmatch(field) is not None


def redact_credentials(text: str, replacement: str, fields: bool = True) -> str:
    """Replace everything that looks like a credential.

    Args:
        text: the text.
        replacement: the text that each credential becomes.
        fields: whether to replace values whose names say that they are secret, such as `token=…`.
    """
    lowered = text.lower()
    replace = _replace_with(replacement)
    for shape in _SHAPES:
        if shape.is_field and not fields:
            continue
        if any(hint in lowered for hint in shape.hints):
            text = shape.pattern.sub(replace, text)
    return text


def _replace_with(replacement: str) -> Callable[[re.Match[str]], str]:
    def replace(found: re.Match[str]) -> str:
        return found.groupdict().get("prefix", "") + replacement

    return replace
