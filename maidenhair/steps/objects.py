"""Steps about objects that exist, are deleted, or are replaced by others of the same name."""

from __future__ import annotations

from typing import Any

from behave import given, step, then, when
from hamcrest import all_of, any_of, assert_that, not_, not_none

from maidenhair.kube.matchers import has_jmespath, is_absent, is_owned_by, is_present
from maidenhair.steps.names import all_named, named


@then('{kind:Kind} "{name:Name}" exists')
def exists(context: Any, kind: str, name: str) -> None:
    """Wait until the object exists and is not being deleted."""
    named(context, kind, name).wait_until_present()


@then('{kind:Kind} "{name:Name}" is gone')
def is_gone(context: Any, kind: str, name: str) -> None:
    """Wait until the object is gone."""
    named(context, kind, name).wait_until(is_absent(), "to be gone")


@when('{kind:Kind} "{name:Name}" is deleted')
def delete(context: Any, kind: str, name: str) -> None:
    """Delete the object, and wait until it is gone unless a finalizer keeps it.

    Deleting an object that does not exist succeeds.
    """
    found = named(context, kind, name)
    context.deleted_object = found.delete()
    if context.deleted_object is not None:
        old = context.deleted_object["metadata"]["uid"]
        blocked = has_jmespath("metadata.finalizers", not_none())
        replaced = has_jmespath("metadata.uid", not_(old))
        found.wait_until(any_of(is_absent(), replaced, blocked), "to be gone")


@then('another {kind:Kind} "{name:Name}" exists')
def another_exists(context: Any, kind: str, name: str) -> None:
    """Wait until an object of the same name replaces the deleted one."""
    assert_that(context.deleted_object, not_none(), f"{kind} {name} that was deleted")
    old = context.deleted_object["metadata"]["uid"]
    another = all_of(is_present(), has_jmespath("metadata.uid", not_(old)))
    named(context, kind, name).wait_until(another, f"to be another than the one with the uid {old}")


@given('{kind:Kind} "{name:Name}" has the finalizer "{finalizer}"')
def add_finalizer(context: Any, kind: str, name: str, finalizer: str) -> None:
    """Add a finalizer, so that the object stays until somebody removes the finalizer."""
    found = named(context, kind, name)
    # A finalizer that stays would keep the spec's namespace from being removed.
    context.spec.cleanups.add(f"remove the finalizers of {found}", lambda: clear_finalizers(found))
    found.patch({"metadata": {"finalizers": [finalizer]}})


@when('the finalizers of {kind:Kind} "{name:Name}" are removed')
def remove_finalizers(context: Any, kind: str, name: str) -> None:
    """Remove all finalizers."""
    clear_finalizers(named(context, kind, name))


@step('{kind:Kind} "{name:Name}" controls {objects:Objects}')
def controls(context: Any, kind: str, name: str, objects: list[tuple[str, str]]) -> None:
    """Wait until each object has this owner as its controller."""
    owner = named(context, kind, name)
    controlled = is_owned_by(owner.wait_until_present(), controller=True)
    for each in all_named(context, objects):
        each.wait_until(controlled, f"to be controlled by {owner}")


def clear_finalizers(found: Any) -> None:
    """Remove all finalizers of an object, if it exists."""
    with found.watch() as watched:
        present = watched.read() is not None
    if present:
        found.patch({"metadata": {"finalizers": None}})
