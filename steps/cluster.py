"""Steps about a Cluster of Computes."""

from __future__ import annotations

from typing import Any

from behave import given, when

from maidenhair.skytorch.driving import DrivenCluster, SdkDriven


@given('a managed Cluster of "{first}" and "{second}"')
def enter_cluster(context: Any, first: str, second: str) -> None:
    spec = context.spec
    computes = []
    for name in (first, second):
        compute = SdkDriven(spec.sdk, spec.view(name))
        compute.submit(spec.server_image)
        spec.computes[name] = compute
        computes.append(compute)
    context.cluster = DrivenCluster(spec.sdk, computes)
    context.cluster.enter()


@when("the use of the Cluster ends")
def leave_cluster(context: Any) -> None:
    context.cluster.leave()
