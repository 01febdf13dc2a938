"""The forms in which a value can appear in a text: plain, and in the encodings that logs and manifests use."""

from __future__ import annotations

import html
import json
import re
import shlex
from base64 import b64encode
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

SHORTEST = 6
"""The shortest value, in characters, that is redacted inside a text. Shorter values would match by accident."""
_GO_JSON = str.maketrans({"<": r"\u003c", ">": r"\u003e", "&": r"\u0026"})
"""The characters that Go's encoder of JSON escapes besides those that JSON requires."""


def plain_forms(value: str) -> set[str]:
    """Return the value, its longer lines, and its base64 as parts of any longer base64."""
    if len(value) < SHORTEST:
        return set()
    lines = {line.strip() for line in value.splitlines()} if "\n" in value else set()
    forms = {value, *(line for line in lines if len(line) >= 2 * SHORTEST)}
    return forms | set(_base64(value.encode()))


def encoded_forms(value: str) -> set[str]:
    """Return the value as JSON, URL, shell, HTML and hexadecimal text, each with the variants of common encoders."""
    if len(value) < SHORTEST:
        return set()
    in_json = set(_json(value))
    data = value.encode()
    return {
        *in_json,
        # A line of a log that is JSON often quotes other JSON.
        *(
            json.dumps(each, ensure_ascii=ascii_only)[1:-1]
            for each in in_json
            for ascii_only in (True, False)
        ),
        *_url(value),
        *_shell(value),
        html.escape(value),
        html.escape(value, quote=False),
        html.escape(value).replace("&#x27;", "&#39;").replace("&quot;", "&#34;"),
        data.hex(),
        data.hex().upper(),
    }


def _json(value: str) -> Iterator[str]:
    for ascii_only in (True, False):
        escaped = json.dumps(value, ensure_ascii=ascii_only)[1:-1]
        yield escaped
        yield escaped.translate(_GO_JSON)
        yield escaped.replace("/", r"\/")


def _url(value: str) -> Iterator[str]:
    for encoded in (quote(value, safe=""), quote(value), quote_plus(value)):
        yield encoded
        yield re.sub("%..", lambda found: found[0].lower(), encoded)


def _shell(value: str) -> Iterator[str]:
    yield shlex.quote(value).removeprefix("'").removesuffix("'")
    yield value.replace("'", r"'\''")
    yield re.sub(r"([^\w@%+=:,./-])", r"\\\1", value)
    yield re.sub(r'(["$`\\])', r"\\\1", value)


def _base64(value: bytes) -> Iterator[str]:
    """Yield the base64 of a value, and the parts of it that also appear in the base64 of any surrounding text."""
    yield b64encode(value).decode().rstrip("=")
    for before in range(3):
        whole = b64encode(bytes(before) + value).decode().rstrip("=")
        # The first and the last characters depend on the surrounding text.
        begin = (0, 2, 3)[before]
        certain = whole[begin : (before + len(value)) // 3 * 4]
        if len(certain) >= SHORTEST:
            yield certain
            yield certain.replace("+", "-").replace("/", "_")
