"""Phrases for objects of the kinds that every cluster has."""

from __future__ import annotations

from typing import Any

from behave import register_type, then, when
from hamcrest import assert_that, contains_string, not_none
from parse import with_pattern

from maidenhair.kube.diagnosis.explain import stop_when_hopeless
from maidenhair.kube.matchers import has_event, is_absent
from maidenhair.kube.watch.watched import WatchedObject, WatchedObjects
from maidenhair.steps.refusals import check_accepted, refusal_of
from maidenhair.waiting import eventually

GONE_SECONDS = 60.0
EVENT_SECONDS = 90.0
KINDS = {
    "pod": ("v1", "Pod"),
    "ConfigMap": ("v1", "ConfigMap"),
    "Secret": ("v1", "Secret"),
    "Service": ("v1", "Service"),
    "PersistentVolumeClaim": ("v1", "PersistentVolumeClaim"),
    "Deployment": ("apps/v1", "Deployment"),
    "StatefulSet": ("apps/v1", "StatefulSet"),
    "DaemonSet": ("apps/v1", "DaemonSet"),
    "Job": ("batch/v1", "Job"),
}
"""The apiVersion and kind of each kind that phrases name."""


@with_pattern("|".join(KINDS))
def parse_kind(text: str) -> tuple[str, str]:
    """Read the name of a kind."""
    return KINDS[text]


@with_pattern(r'[^"]+')
def parse_name(text: str) -> str:
    """Read one name, and not what follows it."""
    return text


register_type(Kind=parse_kind, Name=parse_name)


@when('{kind:Kind} "{name:Name}" is deleted')
def delete(context: Any, kind: tuple[str, str], name: str) -> None:
    """Delete an object of the spec's namespace, and wait until it is gone."""
    check_accepted(context, kind[1], name)
    context.spec.kube.delete(*kind, name, context.spec.namespace)
    wait_until_gone(context, kind, name)


@then('{kind:Kind} "{name:Name}" is gone')
def is_gone(context: Any, kind: tuple[str, str], name: str) -> None:
    """Wait until an object of the spec's namespace is gone."""
    check_accepted(context, kind[1], name)
    wait_until_gone(context, kind, name)


@then('{kind:Kind} "{name:Name}" has the event "{reason:Name}"')
def has_the_event(context: Any, kind: tuple[str, str], name: str, reason: str) -> None:
    """Wait until an object has an event of a reason."""
    check_accepted(context, kind[1], name)
    spec = context.spec
    subject = {
        "apiVersion": kind[0],
        "kind": kind[1],
        "metadata": {"name": name, "namespace": spec.namespace},
    }
    with WatchedObjects(spec.kube, "v1", "Event", spec.namespace) as events:
        eventually(
            events,
            has_event(reason, about=subject),
            within=EVENT_SECONDS,
            described_as=f"an event {reason} of {kind[1]} {spec.namespace}/{name}",
            explain=stop_when_hopeless(spec.kube, subject).explain,
        )


@then('the API refuses {kind:Kind} "{name:Name}": "{message:Name}"')
def is_refused(context: Any, kind: tuple[str, str], name: str, message: str) -> None:
    """Check that the API refused an object with a message, of which a part is named."""
    refusal = refusal_of(context, kind[1], name)
    assert_that(refusal, not_none(), f"the API's refusal of {kind[1]} {name}")
    assert_that(getattr(refusal, "message", ""), contains_string(message), "the refusal")


def wait_until_gone(context: Any, kind: tuple[str, str], name: str) -> None:
    """Wait until an object of the spec's namespace is gone."""
    spec = context.spec
    with WatchedObject(spec.kube, *kind, name, spec.namespace) as watched:
        eventually(
            watched,
            is_absent(),
            within=GONE_SECONDS,
            described_as=f"{kind[1]} {spec.namespace}/{name} to be gone",
        )
