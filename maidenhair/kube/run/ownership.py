"""Own objects together: each owner of an object is an annotation, and the last owner to leave deletes the object.

Several specs of a run, which are in different processes, and several runs can use one object, for example a
CustomResourceDefinition. Every change depends on the state that was read, so that no owner is lost in a race.
"""

from __future__ import annotations

import enum
import itertools
from collections.abc import Collection
from dataclasses import dataclass

from maidenhair.errors import ApiRefused, NotOurs, WaitTimedOut
from maidenhair.kube.client import Kube
from maidenhair.kube.objects import Object, display_name
from maidenhair.kube.run.deletion import current_state, key_of, wait_gone
from maidenhair.kube.run.labels import (
    LEAVE_ANNOTATION,
    NAMESPACE_LABEL,
    OUTSIDE_LABEL,
    OWNER_PREFIX,
    RUN_LABEL,
    SPEC_LABEL,
    belongs_to,
    is_left,
    owners_of,
    run_id_of,
)

ATTEMPTS = 50
"""Attempts to change an object that others change at the same time. Each conflict is the success of another."""
_LABELS = (RUN_LABEL, SPEC_LABEL, NAMESPACE_LABEL, OUTSIDE_LABEL)


class Released(enum.Enum):
    """The state of an object after owners have left it."""

    DELETED = "it is being deleted"
    GONE = "it does not exist, or another object has replaced it"
    REMAINS = "others own it, or its owners leave it in place"


@dataclass(frozen=True)
class Owner:
    """An owner of objects.

    Attributes:
        name: the namespace of a spec, or `owner_of_run` of a run.
        run_id: the id of the run.
    """

    name: str
    run_id: str


def acquire(
    kube: Kube, labelled: Object, owner: Owner, within: float, *, adopt: bool, leave: bool
) -> Object:
    """Apply an object, become one of its owners, and return it.

    Args:
        kube: the API client.
        labelled: the manifest with the labels of the run. Without a name it is created.
        owner: the new owner.
        within: seconds to wait for an earlier object of this name that is being deleted.
        adopt: whether the object may exist and belong to nobody.
        leave: whether the object stays when its last owner leaves it.

    Raises:
        NotOurs: the object exists and belongs to nobody, or it is being deleted and not gone in time.
        KubernetesError: the API could not be used, or refused the object.
    """
    marks = _marks(owner, leave)
    if not labelled["metadata"].get("name"):
        metadata = labelled["metadata"]
        annotations = {**(metadata.get("annotations") or {}), **marks}
        return kube.create({**labelled, "metadata": {**metadata, "annotations": annotations}})
    for _ in range(ATTEMPTS):
        current = kube.get(*key_of(labelled))
        if current is not None and "deletionTimestamp" in current["metadata"]:
            _wait_for_earlier(kube, current, within)
            continue
        if current is not None and not adopt:
            check_sharable(current, labelled)
        made = kube.apply(labelled)
        claimed = _claim(kube, made, marks)
        if claimed is not None:
            return claimed
    raise NotOurs(
        f"apply {display_name(labelled)}: it was deleted and created by others {ATTEMPTS} times meanwhile; "
        "check what else uses an object of this name"
    )


def join(kube: Kube, owned: Object, owner: Owner) -> None:
    """Become one of the owners of an object that has others. Do nothing if it no longer exists.

    Raises:
        KubernetesError: the API could not be used.
    """
    _claim(kube, owned, _marks(owner, leave=False))


def check_sharable(current: Object, labelled: Object) -> None:
    """Refuse an object that belongs to no run, because it would be removed with the spec.

    Raises:
        NotOurs: the object belongs to no run.
    """
    if RUN_LABEL not in (current["metadata"].get("labels") or {}) and not is_left(current):
        raise not_ours(labelled)


def not_ours(labelled: Object) -> NotOurs:
    """Return the error about an object that exists and belongs to another owner."""
    return NotOurs(
        f"apply {display_name(labelled)}: the object exists and does not belong to this run "
        f"(no label {RUN_LABEL}={run_id_of(labelled)}); use another name, or pass adopt=True to use the object, and "
        "leave=True as well to keep it when the run no longer uses it"
    )


def release(kube: Kube, owned: Object, leaving: Collection[str]) -> Released:
    """Leave an object, and delete it if no owner remains.

    Args:
        kube: the API client.
        owned: the object as it was when it was owned.
        leaving: the names of the owners that leave it.

    Raises:
        KubernetesError: the API could not be used, or refused the deletion.
    """
    for attempt in itertools.count(1):
        current = current_state(kube, owned)
        if current is None:
            return Released.GONE
        owners = owners_of(current)
        if not (owners.keys() & set(leaving) if owners else belongs_to(current, run_id_of(owned))):
            return Released.GONE
        try:
            return _release(kube, current, leaving)
        except ApiRefused as refused:
            # 409: another owner came or left, a controller changed the object, or another object replaced it.
            if refused.status != 409 or attempt == ATTEMPTS:
                raise
    raise AssertionError("unreachable")


def _release(kube: Kube, current: Object, leaving: Collection[str]) -> Released:
    metadata, owners = current["metadata"], owners_of(current)
    remaining = owners.keys() - set(leaving)
    if remaining or is_left(current):
        gone = owners.keys() & set(leaving)
        changes: Object = {
            "resourceVersion": metadata["resourceVersion"],
            "annotations": {f"{OWNER_PREFIX}{each}": None for each in gone},
        }
        if not remaining:
            changes["labels"] = dict.fromkeys(_LABELS)
        api_version, kind, name, namespace = key_of(current)
        kube.patch(api_version, kind, name, {"metadata": changes}, namespace)
        return Released.REMAINS
    if "deletionTimestamp" not in metadata:
        version = metadata["resourceVersion"] if owners else None
        kube.delete(*key_of(current), uid=metadata["uid"], resource_version=version)
    return Released.DELETED


def _marks(owner: Owner, leave: bool) -> dict[str, str]:
    marks = {f"{OWNER_PREFIX}{owner.name}": owner.run_id}
    return {**marks, LEAVE_ANNOTATION: "true"} if leave else marks


def _claim(kube: Kube, made: Object, annotations: dict[str, str]) -> Object | None:
    """Add an owner to an object. Return None if the object was deleted or replaced meanwhile."""
    api_version, kind, name, namespace = key_of(made)
    try:
        claimed = kube.patch(
            api_version, kind, name, {"metadata": {"annotations": annotations}}, namespace
        )
    except ApiRefused as refused:
        if refused.status != 404:
            raise
        return None
    same = claimed["metadata"].get("uid") == made["metadata"].get("uid")
    return claimed if same and "deletionTimestamp" not in claimed["metadata"] else None


def _wait_for_earlier(kube: Kube, current: Object, within: float) -> None:
    try:
        wait_gone(kube, current, within)
    except WaitTimedOut as error:
        raise NotOurs(
            f"apply {display_name(current)}: an earlier object of this name is being deleted and is not gone: {error}"
        ) from error
