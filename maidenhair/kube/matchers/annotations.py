"""Objects with annotations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hamcrest.core.base_matcher import BaseMatcher

from maidenhair.kube.matchers.base import MaybeObject
from maidenhair.kube.matchers.metadata import HasPairs


def has_annotations(annotations: Mapping[str, Any]) -> BaseMatcher[MaybeObject]:
    """Match an object that has annotations, among others.

    Args:
        annotations: values or matchers by key; None expects that there is no such annotation.
    """
    return HasPairs("annotations", annotations)
