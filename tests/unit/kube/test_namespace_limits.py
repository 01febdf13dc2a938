"""When a new LimitRange counts as enforced."""

from __future__ import annotations

from typing import Any, cast

import pytest

from maidenhair.errors import ApiRefused, WaitTimedOut
from maidenhair.kube import Kube
from maidenhair.kube import namespace_limits as module
from maidenhair.kube.namespace_limits import LIMIT_RANGER, limit_containers
from maidenhair.kube.run.inventory import Inventory

AMOUNTS = {"example.com/gadget": "1"}
ADMITTED = "LimitRanger plugin set: example.com/gadget limit for container probe"
REFUSED = "exceeded quota: limits, requested: requests.example.com/gadget=1"


class Admission:
    """An API that answers dry runs of pods from a list, the last answer again and again."""

    def __init__(self, *answers: str | ApiRefused) -> None:
        self.answers = list(answers)

    def apply(self, manifest: dict[str, Any]) -> dict[str, Any]:
        return {**manifest, "metadata": {**manifest["metadata"], "namespace": "blue"}}

    def create(self, manifest: dict[str, Any], dry_run: bool) -> dict[str, Any]:
        assert dry_run
        assert manifest["metadata"]["namespace"] == "blue"
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, ApiRefused):
            raise answer
        return {"metadata": {"annotations": {LIMIT_RANGER: answer}} if answer else {}}


def apply(api: Admission) -> None:
    limit_containers(cast(Kube, api), cast(Inventory, api), "default", AMOUNTS)


@pytest.mark.parametrize(
    "enforced",
    [ADMITTED, ApiRefused("create Pod", 403, "Forbidden", REFUSED)],
    ids=["default", "refusal"],
)
def test_a_limit_range_is_enforced_when_admission_applies_it(enforced: str | ApiRefused) -> None:
    api = Admission("", "", enforced)
    apply(api)
    assert api.answers == [enforced]


def test_a_limit_range_that_is_never_enforced_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HONOURED_SECONDS", 0.2)
    with pytest.raises(WaitTimedOut, match="LimitRange blue/limits-default to be enforced"):
        apply(Admission("LimitRanger plugin set: cpu limit for container probe"))
