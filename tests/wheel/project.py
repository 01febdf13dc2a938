"""A project of another user in a folder of its own: a feature, its steps, and hooks."""

from __future__ import annotations

from pathlib import Path

ENVIRONMENT = """\
from maidenhair import install_hooks
install_hooks(globals())
"""
CLUSTER_FEATURE = """\
Feature: Objects
  Scenario: A ConfigMap can be read
    When ConfigMap "colours" is created
    Then ConfigMap "colours" exists

  @use.with_nodes=yes
  Scenario: A pod becomes Running
    When pod "still" is created
    Then pod "still" is Running
"""
CLUSTER_STEPS = """\
from behave import then, when
from hamcrest import equal_to, not_none

from maidenhair import eventually


@when('ConfigMap "{name}" is created')
def create_config_map(context, name):
    context.spec.inventory.apply(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"a": "b"}}
    )


@when('pod "{name}" is created')
def create_pod(context, name):
    pause = {"name": "pause", "image": "maidenhair.dev/pause:1"}
    context.spec.inventory.apply(
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {"containers": [pause]}}
    )


@then('ConfigMap "{name}" exists')
def config_map_exists(context, name):
    kube, namespace = context.spec.kube, context.spec.namespace
    eventually(lambda: kube.get("v1", "ConfigMap", name, namespace), not_none(), within=10)


@then('pod "{name}" is Running')
def pod_is_running(context, name):
    kube, namespace = context.spec.kube, context.spec.namespace
    phase = lambda: kube.get("v1", "Pod", name, namespace)["status"]["phase"]
    eventually(phase, equal_to("Running"), within=60)
"""
PLAIN_FEATURE = """\
Feature: Waiting
  Scenario: A value comes true
    When a value is set soon
    Then the value becomes true

  Scenario: A value stays false
    Then the value stays false
"""
PLAIN_STEPS = """\
import threading

from behave import then, when
from hamcrest import equal_to

import maidenhair.kube
from maidenhair import consistently, eventually


@when("a value is set soon")
def set_soon(context):
    context.value = threading.Event()
    timer = threading.Timer(0.05, context.value.set)
    timer.start()
    context.add_cleanup(timer.join)


@then("the value becomes true")
def becomes_true(context):
    eventually(context.value.is_set, equal_to(True), within=10)


@then("the value stays false")
def stays_false(context):
    consistently(lambda: False, equal_to(False), during=0.1)
"""


def write_project(folder: Path, feature: str, steps: str, environment: str = "") -> Path:
    """Write a project into a folder, and return the folder."""
    (folder / "features" / "steps").mkdir(parents=True)
    (folder / "features" / "own.feature").write_text(feature)
    (folder / "features" / "steps" / "own.py").write_text(steps)
    if environment:
        (folder / "features" / "environment.py").write_text(environment)
    return folder
