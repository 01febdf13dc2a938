"""Removes the SkyTorch stack from a cluster. Each object is removed before the controller that acts on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from maidenhair._util.data import data_folder
from maidenhair._util.progress import Progress
from maidenhair.errors import ApiRefused
from maidenhair.kube import Kube, Object
from maidenhair.kube.matchers import is_absent
from maidenhair.kube.objects import Objects, display_name
from maidenhair.kube.run.deletion import key_of
from maidenhair.kube.watch.watched import WatchedObject
from maidenhair.systems.skytorch.api.compute import API_VERSION, KIND
from maidenhair.systems.skytorch.stack.manifests import stages_of
from maidenhair.systems.skytorch.stack.plan import StackPlan
from maidenhair.systems.skytorch.stack.record import forget, recorded
from maidenhair.systems.skytorch.stack.state import GATEWAY
from maidenhair.waiting import eventually

GONE_SECONDS = 180.0
NOT_FOUND = 404
RBAC = "rbac.authorization.k8s.io/v1"
PROVISIONED = f"gateway.networking.k8s.io/gateway-name={GATEWAY}"
"""The label selector of the objects that the provisioner creates for the Gateway."""
PROVISIONED_KINDS = ("ClusterRole", "ClusterRoleBinding")
LAST_KINDS = ("Namespace", "CustomResourceDefinition")


def remove(kube: Kube, plan: StackPlan | None, progress: Progress) -> None:
    """Remove the objects of `deploy`, and wait until they are gone.

    Args:
        kube: the API.
        plan: the plan of the stack; None removes the objects of `deploy_compute_api`.
        progress: reports the progress.

    Raises:
        WaitTimedOut: an object still existed at its time limit.
        ConfigurationError: kustomize refused a folder or URL.
        KubernetesError: the API refused to remove an object, or did not answer.
    """
    with progress.step("Removing the SkyTorch stack"):
        for group in _in_order(kube, _deployed(kube, plan)):
            remove_all(kube, group)
        forget(kube)


def _deployed(kube: Kube, plan: StackPlan | None) -> Objects:
    """Return the objects of the stack: as recorded, or those of the plan if there is no record."""
    if found := recorded(kube):
        return found
    if plan is None:
        return kube.kustomize(data_folder("manifests/skytorch/base"))
    stages = stages_of(kube, plan)
    return [*stages.first, *(each for group in stages.then for each in group)]


def _in_order(kube: Kube, manifests: Objects) -> Iterator[Objects]:
    """Yield groups of objects. Each group is looked up after the previous one is gone."""
    # The operator and the provisioner must exist until their Computes and the Gateway are gone.
    yield _computes(kube)
    yield [each for each in manifests if each["kind"] == "Gateway"]
    own = [each for each in manifests if each["kind"] not in ("Gateway", *LAST_KINDS)]
    # The provisioner removes these after the Gateway, but is itself about to be deleted.
    made = [kube.list(RBAC, kind, label_selector=PROVISIONED) for kind in PROVISIONED_KINDS]
    yield [*own, *chain.from_iterable(made)]
    for kind in LAST_KINDS:
        yield [each for each in manifests if each["kind"] == kind]


def _computes(kube: Kube) -> Objects:
    try:
        return kube.list(API_VERSION, KIND)
    except ApiRefused as refused:
        if refused.status != NOT_FOUND:
            raise
        return []


def remove_all(kube: Kube, manifests: Iterable[Object]) -> None:
    """Delete the objects that exist, and wait until all are gone.

    Raises:
        WaitTimedOut: an object still existed at its time limit.
        KubernetesError: the API refused to remove an object, or did not answer.
    """
    deleted = []
    for each in manifests:
        place = key_of(each)
        try:
            kube.delete(*place)
        except ApiRefused as refused:
            # The API server does not serve the kind, so it has no objects of it.
            if refused.status != NOT_FOUND:
                raise
        else:
            deleted.append((each, place))
    for each, place in deleted:
        if kube.get(*place) is None:
            continue
        with WatchedObject(kube, *place) as watched:
            gone = f"{display_name(each)} to be gone"
            eventually(watched, is_absent(), within=GONE_SECONDS, described_as=gone)
