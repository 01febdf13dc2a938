"""Steps about the shares of devices that HAMi chooses for pods, and what it tells of them."""

from __future__ import annotations

from typing import Any

from behave import given, register_type, then, when
from hamcrest import (
    assert_that,
    equal_to,
    greater_than,
    has_length,
    none,
    not_,
)
from parse import with_pattern

from maidenhair.suite.outcome import outcome_of
from maidenhair.systems.devices import vendor
from maidenhair.systems.devices.hami.protocol import BIND_PHASE, CORDON
from maidenhair.systems.devices.quota import limit
from maidenhair.systems.devices.simulated.fleet_pods import wait_for_some
from maidenhair.systems.devices.simulated.race import race
from maidenhair.systems.devices.simulated.sharing import (
    choosing_devices,
    devices_of,
    given_shares,
    hold,
    kill_scheduler,
    left_to_allocate,
    let_down,
    numa_nodes_of,
    told_node,
    wait_for_annotation,
    wait_until_held,
)
from steps.fleet_pod import ask, copies, pod


@with_pattern("devices?")
def parse_word(text: str) -> str:
    """Read the word for devices, of one or of several."""
    return text


register_type(Word=parse_word)


@given('the device plugins of "{node}" do not answer')
def silence(context: Any, node: str) -> None:
    context.devices.fleet.silence(node)


@when('the device plugins of "{node}" answer again')
def rouse(context: Any, node: str) -> None:
    context.devices.fleet.rouse(node)


@when('"{node}" tells of its devices no more')
def withdraw(context: Any, node: str) -> None:
    context.devices.fleet.withdraw(node)


@when('device {index:d} of "{node}" is cordoned')
def cordon_device(context: Any, index: int, node: str) -> None:
    fleet = context.devices.fleet
    fleet.annotate(node, {CORDON: fleet.device(node, index).id})


@given('"{node}" has been held for longer than anybody may')
def held_for_long(context: Any, node: str) -> None:
    hold(context.devices.fleet, node)


@given('the scheduler has waited too long for an answer from "{node}"')
def asked_long_ago(context: Any, node: str) -> None:
    let_down(context.devices.fleet, node)


@given('a quota of {amount:d} MiB of "{resource}" for the pods of the namespace')
def quota_of_shares(context: Any, amount: int, resource: str) -> None:
    limit(context.spec.kube, context.spec.inventory, {f"limits.{resource}": str(amount)})


@when('a pod "{name:Pod}" that wants device {index:d} of "{node}" asks for')
def ask_for_device(context: Any, name: str, index: int, node: str) -> None:
    fleet = context.devices.fleet
    [profile] = fleet.nodes[node].devices
    ids = [fleet.device(node, index).id]
    ask(context, name, annotations=choosing_devices(profile, ids, wanted=True))


@when('a pod "{name:Pod}" that wants none of the devices of "{node}" asks for')
def ask_for_others(context: Any, name: str, node: str) -> None:
    [[profile, devices]] = context.devices.fleet.nodes[node].devices.items()
    ids = [each.id for each in devices]
    ask(context, name, annotations=choosing_devices(profile, ids, wanted=False))


@when("the scheduler of HAMi is killed")
def kill(context: Any) -> None:
    kill_scheduler(context.spec.kube)


@when("{pods:d} pods race {rounds:d} times for what only one of them can have")
def let_race(context: Any, pods: int, rounds: int) -> None:
    spec = context.spec
    limits = {row["resource"]: row["amount"] for row in context.table}
    context.winners = race(spec.kube, spec.namespace, context.devices.fleet, limits, pods, rounds)


@then("each time just one of them got it")
def one_got_it(context: Any) -> None:
    assert_that(set(context.winners), equal_to({1}), "the numbers of those who got it")


@then('"{name}" gets {memory:d} MiB of {count:d} "{title}" {word:Word}')
def gets_memory(context: Any, name: str, memory: int, count: int, title: str, word: str) -> None:
    shares = given_shares(pod(context, name), vendor(title))
    assert_that([each.memory for each in shares], equal_to([memory] * count), "MiB of memory")
    assert_that({each.id for each in shares}, has_length(count), "the devices")


@then('"{name}" gets {cores:d} percent of the compute units of {count:d} "{title}" {word:Word}')
def gets_cores(context: Any, name: str, cores: int, count: int, title: str, word: str) -> None:
    shares = given_shares(pod(context, name), vendor(title))
    assert_that([each.cores for each in shares], equal_to([cores] * count), "percent of units")


@then('container {number:d} of "{name}" gets {memory:d} MiB of {count:d} "{title}" {word:Word}')
def container_gets(
    context: Any, number: int, name: str, memory: int, count: int, title: str, word: str
) -> None:
    shares = pod(context, name).shares(vendor(title))[number - 1]
    assert_that([each.memory for each in shares], equal_to([memory] * count), "MiB of memory")


@then('"{name}" has device {index:d} of "{node}"')
def has_device(context: Any, name: str, index: int, node: str) -> None:
    fleet = context.devices.fleet
    device = fleet.device(node, index).id
    assert_that(devices_of(pod(context, name), fleet), equal_to({device}), "the devices")


@then('"{one}" and "{other}" share one device')
def share_device(context: Any, one: str, other: str) -> None:
    first, second = (devices_of(pod(context, name), context.devices.fleet) for name in (one, other))
    assert_that(first, has_length(1), f"the devices of {one}")
    assert_that(second, equal_to(first), f"the devices of {other}")


@then('"{one}" and "{other}" share no device')
def share_no_device(context: Any, one: str, other: str) -> None:
    first, second = (devices_of(pod(context, name), context.devices.fleet) for name in (one, other))
    assert_that(len(first & second), equal_to(0), "devices that both have")
    assert_that(len(first | second), greater_than(1), "their devices")


@then('{running:d} of the {count:d} copies of "{name}" run, each with a device of its own')
def some_run(context: Any, running: int, count: int, name: str) -> None:
    spec = context.spec
    everybody = copies(count, name)
    found = wait_for_some(spec.kube, spec.namespace, everybody, running)
    for each in set(everybody) - set(found):
        assert_that(pod(context, each).wait_until_told("no available node"), none(), each)
    devices = [devices_of(pod(context, each), context.devices.fleet) for each in found]
    assert_that(set().union(*devices), has_length(running), "their devices")


@then('"{name}" has devices of one NUMA node')
def one_numa_node(context: Any, name: str) -> None:
    assert_that(numa_nodes_of(pod(context, name), context.devices.fleet), has_length(1))


@then('"{name}" is left to the scheduler "{scheduler}"')
def left_to_scheduler(context: Any, name: str, scheduler: str) -> None:
    found = pod(context, name).present()
    assert_that(found["spec"]["schedulerName"], equal_to(scheduler), "the scheduler")


@then('"{name}" asks for {amount:d} of "{resource}"')
def asks_for(context: Any, name: str, amount: int, resource: str) -> None:
    [container] = pod(context, name).present()["spec"]["containers"]
    limits = container["resources"]["limits"]
    assert_that(limits.get(resource), equal_to(str(amount)), f"{resource} that {name} asks for")


@then('"{name}" passes "{value}" to its container in "{variable}"')
def passes(context: Any, name: str, value: str, variable: str) -> None:
    [container] = pod(context, name).present()["spec"]["containers"]
    variables = {each["name"]: each.get("value") for each in container.get("env") or []}
    assert_that(variables.get(variable), equal_to(value), variable)


@then('"{name}" tells the node "{node}", and has nothing more to be given')
def tells_node(context: Any, name: str, node: str) -> None:
    user, fleet = pod(context, name), context.devices.fleet
    wait_for_annotation(user, BIND_PHASE, "success")
    told, when_chosen = told_node(user, fleet)
    assert_that(told, equal_to(node), "the node that it tells")
    assert_that(when_chosen, greater_than(0), "when that was chosen")
    assert_that(left_to_allocate(user, fleet), equal_to([]), "what it is still to be given")


@then('"{name}" tells that its binding came to "{phase}"')
def tells_phase(context: Any, name: str, phase: str) -> None:
    wait_for_annotation(pod(context, name), BIND_PHASE, phase)


@then('"{name}" holds "{node}"')
def holds(context: Any, name: str, node: str) -> None:
    wait_until_held(context.spec.kube, context.devices.fleet, node, by=name)


@then('nothing holds "{node}"')
def nothing_holds(context: Any, node: str) -> None:
    wait_until_held(context.spec.kube, context.devices.fleet, node, by=None)


@then('"{name}" is told "{reason}"')
def is_told(context: Any, name: str, reason: str) -> None:
    pod(context, name).wait_for_event(reason)


@then('"{name}" is refused, or stays pending, for want of quota')
def lacks_quota(context: Any, name: str) -> None:
    refusal: Any = outcome_of(context).error
    if refusal is not None:
        # Where admission knows of the quota, it need not come to scheduling.
        assert_that(refusal.message.lower().count("quota"), greater_than(0), "the refusal")
        return
    pod(context, name).wait_for_event("FilteringFailed")
    found = pod(context, name).present()
    assert_that("nodeName" in found["spec"], not_(equal_to(True)), f"that {name} has a node")
