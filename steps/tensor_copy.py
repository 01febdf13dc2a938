"""Steps that copy tensors on a server."""

from __future__ import annotations

from typing import Any

from behave import given, when

from maidenhair.errors import TransferError
from maidenhair.suite.outcome import attempt
from maidenhair.systems.skytorch.tensors.values.views import view_layout, viewed, with_view_written

UNWRITTEN = "unwritten"


@given('the tensor "{name}" was copied to "{target}"')
def be_copied(context: Any, name: str, target: str) -> None:
    context.tensors.copy(name, target)


@when('the tensor "{name}" is copied to "{target}"')
def copy(context: Any, name: str, target: str) -> None:
    context.outcome = attempt(lambda: context.tensors.copy(name, target), TransferError)


@when('a tensor that nobody wrote is copied to "{target}"')
def copy_unwritten(context: Any, target: str) -> None:
    copy(context, UNWRITTEN, target)


@when('the tensor "{name}" is copied to a tensor that nobody wrote')
def copy_to_unwritten(context: Any, name: str) -> None:
    copy(context, name, UNWRITTEN)


@when('the view of "{name}" that {shows} is copied to the same view of "{target}"')
def copy_view(context: Any, name: str, shows: str, target: str) -> None:
    tensors = context.tensors
    views = [
        view_layout(
            tensors.id_of(f"view of {base}"), tensors.id_of(base), tensors.written[base], shows
        )
        for base in (name, target)
    ]
    tensors.client.copy(views[0].tensor_id, views[1].tensor_id, create=views)
    part = viewed(tensors.written[name], shows)
    context.changed = with_view_written(tensors.written[target], shows, part)
