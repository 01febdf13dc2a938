"""Phrases for pods: they run, keep running, or stay Pending."""

from __future__ import annotations

from typing import Any

from behave import then
from hamcrest import assert_that, equal_to, none, not_none

from maidenhair.kube.pod import Pod
from maidenhair.steps import names  # noqa: F401  the type Name
from maidenhair.steps.refusals import check_accepted


@then('pod "{name:Name}" is Running')
def is_running(context: Any, name: str) -> None:
    """Wait until a pod of the spec's namespace is Running."""
    assert_that(pod(context, name).wait_until_running(), not_none(), "the node")


@then('pod "{name:Name}" is still Running, without a restart')
def is_still_running(context: Any, name: str) -> None:
    """Check that a pod is Running and none of its containers was restarted."""
    running = pod(context, name)
    running.wait_until_running()
    statuses = running.present()["status"]["containerStatuses"]
    assert_that({each["restartCount"] for each in statuses}, equal_to({0}), "restarts")


@then('pod "{name:Name}" stays Pending with reason "{reason:Name}"')
def stays_pending(context: Any, name: str, reason: str) -> None:
    """Wait until no node fits a pod for a reason, of which an event or condition of the pod has a part."""
    assert_that(pod(context, name).wait_until_pending(reason), none(), "the node")


def pod(context: Any, name: str) -> Pod:
    """Return a pod of the spec's namespace that the API did not refuse."""
    check_accepted(context, "Pod", name)
    return Pod(context.spec.kube, context.spec.namespace, name)
