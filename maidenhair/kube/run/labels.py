"""Names and labels of what a run creates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

RUN_LABEL = "maidenhair.dev/run"
SPEC_LABEL = "maidenhair.dev/spec"
NAMESPACE_LABEL = "maidenhair.dev/namespace"
"""Says of what a spec made outside of its namespace which namespace that is."""
KEPT_LABEL = "maidenhair.dev/kept"
"""Says of a Lease which namespace it keeps from being swept."""
MADE_ANNOTATION = "maidenhair.dev/made"
"""Counts what a spec made, in order, for sweeps to remove it in reverse."""
LONGEST = 63


def namespace_name(spec_name: str, token: str) -> str:
    """Return an RFC 1123 label that a reader recognises the spec by, made unique by `token`.

    Args:
        spec_name: the spec's name, any text.
        token: lower-case letters and digits.
    """
    prefix = _slug(spec_name.lower(), LONGEST - len(token) - 1) or "spec"
    # A digit may begin an RFC 1123 label but not an RFC 1035 one, which some names made of it need.
    if not prefix[0].isalpha():
        prefix = _slug(f"spec-{prefix}", LONGEST - len(token) - 1)
    return f"{prefix}-{token}"


def run_of(labelled: Mapping[str, Any]) -> str:
    """Return the run that made an object, which carries the label that says so."""
    return str(labelled["metadata"]["labels"][RUN_LABEL])


def is_of(there: Mapping[str, Any], run_id: str) -> bool:
    """Return whether an object carries the label of a run."""
    return bool((there["metadata"].get("labels") or {}).get(RUN_LABEL) == run_id)


def label_value(text: str) -> str:
    """Return `text` as a label's value: at most 63 letters, digits and dashes; it may be empty."""
    return _slug(text, LONGEST)


def _slug(text: str, longest: int) -> str:
    dashed = re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-")
    if len(dashed) <= longest:
        return dashed
    whole_words = dashed[: longest + 1].rpartition("-")[0]
    return (whole_words or dashed[:longest]).strip("-")
