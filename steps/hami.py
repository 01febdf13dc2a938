"""Steps about HAMi: its scheduler, what it writes on nodes, and its releases by helm."""

from __future__ import annotations

from typing import Any

from behave import given, step, then, when
from hamcrest import (
    assert_that,
    contains_string,
    empty,
    has_entries,
    has_item,
    has_length,
    not_none,
)

from maidenhair.errors import DevicesError
from maidenhair.suite.outcome import attempt, outcome_of
from maidenhair.systems.devices.hami.installation import Installation
from maidenhair.systems.devices.hami.metrics import quota_key, read_metrics
from maidenhair.systems.devices.hami.plan import merged
from maidenhair.systems.devices.hami.quota import limit_shares
from maidenhair.systems.devices.hami.second_release import (
    kill_leader,
    own_values,
    remains_of,
    second_release,
    value_at,
)
from maidenhair.systems.devices.pods.pod_settings import resolve
from maidenhair.systems.devices.simulated.sharing import (
    expire_handshake,
    kill_scheduler,
    lock_half_as_long,
    lock_until_expired,
    wait_until_locked,
)
from maidenhair.waiting import eventually

WITHIN_SECONDS = 60.0


@given('the handshake of node "{node:Name}" has expired')
def has_expired(context: Any, node: str) -> None:
    expire_handshake(context.devices.fleet, node)


@given('the lock of node "{node:Name}" has expired')
def lock_has_expired(context: Any, node: str) -> None:
    lock_until_expired(context.devices.fleet, node)


@given('pod "{name:Name}" has had the lock of node "{node:Name}" for half the default time')
def has_had_lock(context: Any, name: str, node: str) -> None:
    devices = context.devices
    lock_half_as_long(context.spec.kube, devices.fleet, node, devices.pod(name))


@given("a ResourceQuota of shared devices for the namespace")
def limit_devices(context: Any) -> None:
    """Create a ResourceQuota from a table with the columns "resource" and "amount"."""
    spec, hard = context.spec, {row["resource"]: row["amount"] for row in context.table}
    placement = context.devices.nodes.placement
    limit_shares(spec.kube, spec.inventory, spec.namespace, hard, placement)


@when("HAMi's scheduler is killed")
def kill(context: Any) -> None:
    kill_scheduler(context.spec.kube)


@then('node "{node:Name}" is locked by pod "{name:Name}"')
def is_locked(context: Any, node: str, name: str) -> None:
    wait_until_locked(context.spec.kube, context.devices.fleet, node, by=name)


@then('node "{node:Name}" is not locked')
def is_not_locked(context: Any, node: str) -> None:
    wait_until_locked(context.spec.kube, context.devices.fleet, node, by=None)


@then("HAMi's metrics include")
def metrics_include(context: Any) -> None:
    """The columns are "metric", "of" (a device, or the resource of a quota) and "value"."""
    spec, nodes = context.spec, context.devices.nodes

    def key(of: str) -> str:
        id = resolve(of, nodes)
        return id if id != of else quota_key(spec.namespace, of)

    wanted = {(row["metric"], key(row["of"])): float(row["value"]) for row in context.table}
    eventually(
        lambda: read_metrics(spec.kube, spec.kubectl),
        has_entries(wanted),
        within=WITHIN_SECONDS,
        described_as="HAMi's metrics of devices and quotas",
    )


@step('HAMi release "{name:Name}" is installed')
def install(context: Any, name: str) -> None:
    """Install or upgrade a release in the namespace; each row of a table has the path of a value, and the value."""
    release = context.devices.releases.get(name) or prepare(context, name)
    values = own_values(release)
    for path, value in context.table or ():
        values = merged(values, value_at(path, value))
    context.outcome = attempt(lambda: release.install(values), DevicesError)
    if not context.table and context.outcome.error:
        # Later steps need this release: only values of a table may be refused.
        raise context.outcome.error


@when('the leader of HAMi release "{name:Name}" is killed')
def kill_leader_of(context: Any, name: str) -> None:
    """Kill the pod, and wait until the release's Service leads to another one."""
    kill_leader(context.devices.releases[name])


@when('HAMi release "{name:Name}" is uninstalled')
def uninstall(context: Any, name: str) -> None:
    context.devices.releases[name].uninstall()


@then('the webhook of HAMi release "{name:Name}" admits pods of the namespace only')
def webhook_is_limited(context: Any, name: str) -> None:
    [configuration] = context.devices.releases[name].webhooks()
    selectors = [each["namespaceSelector"]["matchLabels"] for each in configuration["webhooks"]]
    assert_that(selectors, has_item({"kubernetes.io/metadata.name": context.spec.namespace}))


@then('helm refuses HAMi release "{name:Name}": "{message:Name}"')
def is_refused(context: Any, name: str, message: str) -> None:
    refusal = outcome_of(context).error
    assert_that(refusal, not_none(), f"helm's refusal of release {name}")
    assert_that(str(refusal), contains_string(message))


@then('nothing of HAMi release "{name:Name}" is left')
def nothing_is_left(context: Any, name: str) -> None:
    release = context.devices.releases[name]
    assert_that(release.helm.releases(release.namespace), has_length(0), "helm's releases")
    eventually(
        lambda: remains_of(release),
        empty(),
        within=WITHIN_SECONDS,
        described_as=f"nothing of HAMi release {name} to be left",
    )


def prepare(context: Any, name: str) -> Installation:
    """Return a release for the spec's namespace. It is uninstalled when the spec ends."""
    spec = context.spec
    kubeconfig = spec.kubeconfig("helm", namespace=spec.namespace)
    home = kubeconfig.parent / "helm-home"
    plan, helm = context.devices.hami, spec.cluster.helm
    release = second_release(spec.kube, plan, helm, kubeconfig, home, spec.namespace)
    spec.cleanups.add(f"uninstall the HAMi release {name}", release.uninstall)
    context.devices.releases[name] = release
    return release
