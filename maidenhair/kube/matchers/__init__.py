"""PyHamcrest matchers for objects, events, logs and quantities of Kubernetes. Each describes a value on one line."""

from maidenhair.kube.matchers.cel_rule import satisfies_cel
from maidenhair.kube.matchers.condition import has_condition
from maidenhair.kube.matchers.event import has_event
from maidenhair.kube.matchers.existence import is_absent, is_present
from maidenhair.kube.matchers.jmespath_value import has_jmespath
from maidenhair.kube.matchers.log_line import has_log_line
from maidenhair.kube.matchers.metadata import has_annotations, has_labels
from maidenhair.kube.matchers.owner import is_owned_by
from maidenhair.kube.matchers.quantity import (
    equal_quantity,
    quantity_at_least,
    quantity_at_most,
)
from maidenhair.kube.matchers.sequence import exact_sequence
from maidenhair.kube.matchers.tree import matches_tree

__all__ = [
    "equal_quantity",
    "exact_sequence",
    "has_annotations",
    "has_condition",
    "has_event",
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
