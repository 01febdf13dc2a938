"""Names, labels and annotations of the objects that a run creates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

RUN_LABEL = "maidenhair.dev/run"
SPEC_LABEL = "maidenhair.dev/spec"
NAMESPACE_LABEL = "maidenhair.dev/namespace"
"""Names the spec's namespace on objects that a spec creates outside it."""
RETAINED_LABEL = "maidenhair.dev/retained"
"""Names, on a Lease, the namespace that sweeps do not remove."""
OUTSIDE_LABEL = "maidenhair.dev/outside"
"""Marks objects in namespaces that are not the spec's own, because these objects are not deleted with its namespace."""
OWNER_PREFIX = "owner.maidenhair.dev/"
"""Begins the annotations that name the owners of an object outside: the namespace of a spec, or `run.` and a run's id.
The value is the id of the run."""
LEAVE_ANNOTATION = "maidenhair.dev/leave"
"""Marks objects that stay when their last owner leaves them."""
ORDER_ANNOTATION = "maidenhair.dev/made"
"""Numbers the objects of a spec in order of creation, because sweeps remove them in reverse order."""
LONGEST = 63


def namespace_name(spec_name: str, token: str) -> str:
    """Return an RFC 1123 label that resembles the spec's name and ends with `token`.

    Args:
        spec_name: the spec's name, any text.
        token: lower-case letters and digits.
    """
    prefix = _slug(spec_name.lower(), LONGEST - len(token) - 1) or "spec"
    # Some names derived from it must be RFC 1035 labels, which begin with a letter.
    if not prefix[0].isalpha():
        prefix = _slug(f"spec-{prefix}", LONGEST - len(token) - 1)
    return f"{prefix}-{token}"


def run_id_of(labelled: Mapping[str, Any]) -> str:
    """Return the id of the run that created an object, from its label."""
    return str(labelled["metadata"]["labels"][RUN_LABEL])


def belongs_to(current: Mapping[str, Any], run_id: str) -> bool:
    """Return whether an object has the label of a run."""
    return bool((current["metadata"].get("labels") or {}).get(RUN_LABEL) == run_id)


def owners_of(current: Mapping[str, Any]) -> dict[str, str]:
    """Return the owners of an object outside the namespaces of specs: the ids of their runs, by owner."""
    annotations = current["metadata"].get("annotations") or {}
    return {
        key.removeprefix(OWNER_PREFIX): str(run_id)
        for key, run_id in annotations.items()
        if key.startswith(OWNER_PREFIX)
    }


def owner_of_run(run_id: str) -> str:
    """Return the owner of a run's own objects. No namespace has such a name, because it contains a dot."""
    return f"run.{run_id}"


def is_left(current: Mapping[str, Any]) -> bool:
    """Return whether an object stays when its last owner leaves it."""
    return LEAVE_ANNOTATION in (current["metadata"].get("annotations") or {})


def creation_order(current: Mapping[str, Any]) -> tuple[str, int]:
    """Return a key that sorts objects in order of creation."""
    metadata = current["metadata"]
    made = str((metadata.get("annotations") or {}).get(ORDER_ANNOTATION, ""))
    return str(metadata.get("creationTimestamp") or ""), int(made) if made.isdecimal() else 0


def label_value(text: str) -> str:
    """Return `text` as a label value: at most 63 letters, digits and dashes; possibly empty."""
    return _slug(text, LONGEST)


def _slug(text: str, longest: int) -> str:
    dashed = re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-")
    if len(dashed) <= longest:
        return dashed
    whole_words = dashed[: longest + 1].rpartition("-")[0]
    return (whole_words or dashed[:longest]).strip("-")
