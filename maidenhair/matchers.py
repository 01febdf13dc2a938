"""PyHamcrest matchers for what waits look at: objects of the Kubernetes API, parts of them, and sequences.

Example:
    >>> from hamcrest import assert_that
    >>> from maidenhair import matchers
    >>> widget = {"kind": "Widget", "spec": {"size": 3, "colour": "grey"}}
    >>> assert_that(widget, matchers.matches_tree({"spec": {"size": 3}}))
    >>> assert_that(widget, matchers.matches_tree({"spec": {"colour": "red"}}))
    Traceback (most recent call last):
    AssertionError: ...spec.colour was "grey", expected "red"...
"""

from maidenhair.kube.matchers import (
    equal_quantity,
    exact_sequence,
    has_annotations,
    has_condition,
    has_event,
    has_jmespath,
    has_labels,
    has_log_line,
    is_absent,
    is_owned_by,
    is_present,
    matches_tree,
    quantity_at_least,
    quantity_at_most,
    satisfies_cel,
)
from maidenhair.waiting.matchers import has_in_order

__all__ = [
    "equal_quantity",
    "exact_sequence",
    "has_annotations",
    "has_condition",
    "has_event",
    "has_in_order",
    "has_jmespath",
    "has_labels",
    "has_log_line",
    "is_absent",
    "is_owned_by",
    "is_present",
    "matches_tree",
    "quantity_at_least",
    "quantity_at_most",
    "satisfies_cel",
]
