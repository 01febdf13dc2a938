"""Steps about HAMi as a chart that helm installs, beside the one that the cluster has."""

from __future__ import annotations

from typing import Any

from behave import given, then, when
from hamcrest import assert_that, contains_string, empty, has_item, has_length, is_, not_none

from maidenhair.errors import DevicesError
from maidenhair.kube.matchers import has_event
from maidenhair.kube.watch.watched import WatchedObjects
from maidenhair.suite.outcome import attempt, outcome_of
from maidenhair.systems.devices.hami.second_release import (
    arguments_of,
    left_of,
    own_values,
    second_release,
    unplaceable_pod,
    value_at,
)
from maidenhair.waiting import eventually

WITHIN_SECONDS = 60.0
POD = "demanding"


@given("a second release of HAMi in the namespace of this scenario")
@when("a second release of HAMi is installed in the namespace of this scenario")
def install(context: Any) -> None:
    _prepare(context).install(own_values(context.release))


@when("a pod that asks its scheduler for more than any device has is submitted")
def ask_for_too_much(context: Any) -> None:
    spec, release = context.spec, context.release
    context.pod = spec.inventory.apply(
        unplaceable_pod(POD, release.release, context.skytorch.server_image)
    )


@then("the scheduler of that release tells that no node meets what the pod asks for")
def scheduler_answers(context: Any) -> None:
    spec = context.spec
    told = has_event("FilteringFailed", message="no available node", about=context.pod)
    with WatchedObjects(spec.kube, "v1", "Event", spec.namespace) as events:
        eventually(events, told, within=WITHIN_SECONDS)


@then("its webhook looks at the pods of that namespace alone")
def webhook_is_limited(context: Any) -> None:
    [configuration] = context.release.webhooks()
    selectors = [each["namespaceSelector"]["matchLabels"] for each in configuration["webhooks"]]
    assert_that(selectors, has_item({"kubernetes.io/metadata.name": context.spec.namespace}))


@when("the release is upgraded to fill nodes evenly")
def upgrade(context: Any) -> None:
    policy = {"defaultSchedulerPolicy": {"nodeSchedulerPolicy": "spread"}}
    values = own_values(context.release)
    context.release.install({**values, "scheduler": {**values["scheduler"], **policy}})


@then("its scheduler fills nodes evenly")
def fills_evenly(context: Any) -> None:
    eventually(
        lambda: arguments_of(context.release),
        has_item("--node-scheduler-policy=spread"),
        within=WITHIN_SECONDS,
        described_as="the command line of the scheduler",
    )


@when('a second release of HAMi is installed with "{path}" set to "{value}"')
def install_wrongly(context: Any, path: str, value: str) -> None:
    release = _prepare(context)
    context.outcome = attempt(lambda: release.install(value_at(path, value)), DevicesError)


@then('helm refuses it and names "{name}"')
def is_refused(context: Any, name: str) -> None:
    refusal = outcome_of(context).error
    assert_that(refusal, is_(not_none()), "what helm said")
    assert_that(str(refusal), contains_string(name))


@when("the release is uninstalled")
def uninstall(context: Any) -> None:
    context.release.uninstall()


@then("helm lists no release in the namespace")
def no_release(context: Any) -> None:
    release = context.release
    assert_that(release.helm.releases(release.namespace), has_length(0), "the releases")


@then("nothing of the release is left on the cluster")
def nothing_is_left(context: Any) -> None:
    eventually(
        lambda: left_of(context.release),
        empty(),
        within=WITHIN_SECONDS,
        described_as="what is left of the release",
    )


def _prepare(context: Any) -> Any:
    """Return the second release, which goes when the scenario ends."""
    spec = context.spec
    cluster, plan = spec.cluster, context.devices.hami
    kubeconfig = spec.kubeconfig("helm", namespace=spec.namespace)
    release = second_release(
        spec.kube, plan, cluster.helm, kubeconfig, kubeconfig.parent / "helm-home", spec.namespace
    )
    spec.cleanups.add("uninstall the second release of HAMi", release.uninstall)
    context.release = release
    return release
