"""Steps about the metrics of a Compute that a program follows."""

from __future__ import annotations

from typing import Any

from behave import given, then
from hamcrest import equal_to

from maidenhair.systems.skytorch.stack.readiness import serving
from maidenhair.systems.skytorch.workloads.commands import WITH_GPU, WITH_GPU_ENVIRONMENT
from maidenhair.waiting import eventually

WITHIN_SECONDS = 30.0


@given('a ready Compute named "{name}" with a simulated GPU, whose metrics a program follows')
def submit_with_gpu(context: Any, name: str) -> None:
    context.snapshots = []
    compute = context.skytorch.through_sdk(name)
    compute.submit(
        context.skytorch.server_image,
        command=list(WITH_GPU),
        env=dict(WITH_GPU_ENVIRONMENT),
        on_metrics=context.snapshots.append,
    )
    # The SDK asks for metrics once, when it connects: not before the Gateway leads to the server.
    with serving(compute.view):
        compute.become_ready()


@then("the program is told these metrics, again and again")
def is_told_metrics(context: Any) -> None:
    wanted = {row["metric"]: (float(row["value"]), row["unit"]) for row in context.table}
    for _ in range(2):
        context.snapshots.clear()
        eventually(
            lambda: measured(context.snapshots),
            equal_to(wanted),
            within=WITHIN_SECONDS,
            described_as="the metrics that the program was told",
        )


def measured(snapshots: list[Any]) -> dict[str, tuple[float, str]]:
    return {each.name: (each.value, each.unit) for one in snapshots for each in one.metrics}
