"""Names and labels of the objects that a run creates."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maidenhair.kube.run.labels import label_value, namespace_name

RFC_1123 = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
LABEL_VALUE = re.compile(r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?")


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        ("Suspend and resume", "suspend-and-resume-abc123"),
        ("A tensor, bit for bit!", "a-tensor-bit-for-bit-abc123"),
        ("2 Computes side by side", "spec-2-computes-side-by-side-abc123"),
        ("矩阵", "spec-abc123"),
        (
            "A managed Compute computes a matrix product equal to the local one and is gone",
            "a-managed-compute-computes-a-matrix-product-equal-to-the-abc123",
        ),
        ("x" * 100, "x" * 56 + "-abc123"),
    ],
)
def test_a_namespace_is_named_after_its_spec(spec: str, name: str) -> None:
    assert namespace_name(spec, "abc123") == name


@given(st.text())
def test_any_spec_gives_a_name_and_a_label_that_the_api_takes(spec: str) -> None:
    name = namespace_name(spec, "abc123")
    assert RFC_1123.fullmatch(name)
    assert len(name) <= 63
    assert name.endswith("-abc123")
    label = label_value(spec)
    assert LABEL_VALUE.fullmatch(label)
    assert len(label) <= 63
