"""Functions whose source the SDK sends to Computes, and the training and views on this machine."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from maidenhair.errors import ConfigurationError
from maidenhair.systems.skytorch.workloads import round_trip, training
from maidenhair.systems.skytorch.workloads.functions import call_described, fail, make_tensors
from tests.conftest import imported

torch = imported("torch")


def sent(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function as a Compute gets it, from its source alone."""
    namespace: dict[str, Any] = {}
    exec(inspect.getsource(function), namespace)
    return namespace[function.__name__]  # type: ignore[no-any-return]


def test_a_function_needs_only_its_own_source(capsys: pytest.CaptureFixture[str]) -> None:
    made = sent(make_tensors)(2)

    assert made["ones"].tolist() == [[1, 1], [1, 1]]
    assert made["numbers"].tolist() == [0, 1]
    written = capsys.readouterr()
    assert written.out == "making 2 rows\n"
    assert written.err == "no device was named\n"


def test_a_failing_function_raises_its_message() -> None:
    with pytest.raises(ValueError, match="no data"):
        sent(fail)("no data")


def test_training_is_the_same_each_time_and_learns() -> None:
    first, second = training._trained("cpu", 20), training._trained("cpu", 20)

    assert [loss.item() for loss in first["losses"]] == [loss.item() for loss in second["losses"]]
    assert first["losses"][-1] < first["losses"][0] / 2
    assert len(first["losses"]) == 20
    assert len(first["gradients"]) == len(first["parameters"]) == 4


def test_a_matrix_is_changed_through_views_of_itself() -> None:
    matrix, column, corner, *_ = round_trip._changed("cpu")

    assert column.tolist() == [0, 100, 100, 100]
    assert torch.equal(matrix[:, 1], column)
    assert torch.equal(matrix[2:, ::2], corner)


def test_a_function_that_is_not_known_is_reported() -> None:
    nothing: Any = None
    with pytest.raises(
        ConfigurationError, match="no function that sings; choose one of: makes tensors"
    ):
        call_described(nothing, nothing, "sings")
