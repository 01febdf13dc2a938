"""The SkyTorch stack of a cluster: Gateway API, Contour and Envoy, a Gateway, and the operator.

It is deployed once and found by later runs: an annotation of the namespace `skytorch-system` holds
a digest of all that it was made of.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from maidenhair._util.data import data_folder
from maidenhair._util.progress import Progress
from maidenhair.errors import ApiRefused, KubernetesError, StackError, WaitError
from maidenhair.kube import Kube, Object
from maidenhair.kube.diagnosis.explain import explain, stop_when_hopeless
from maidenhair.kube.matchers import is_absent
from maidenhair.kube.objects import display_name
from maidenhair.kube.watch.watched import WatchedObject
from maidenhair.systems.skytorch.api.compute import API_VERSION, KIND
from maidenhair.systems.skytorch.stack.manifests import (
    Stages,
    gateway_api_manifests,
    in_stages,
    operator_manifests,
    provisioner_manifests,
)
from maidenhair.systems.skytorch.stack.plan import StackPlan, plan_stack
from maidenhair.systems.skytorch.stack.state import (
    DIGEST_ANNOTATION,
    Part,
    deployed_digest,
    parts,
)
from maidenhair.waiting import eventually

__all__ = ["StackPlan", "deploy", "deploy_compute_api", "is_deployed", "plan_stack", "remove"]

AVAILABLE_SECONDS = 240.0
REMOVED_SECONDS = 60.0
GONE_SECONDS = 180.0
NOT_SERVED = 404
# What the API server works on at once; more only queue up in it.
REQUESTS_AT_ONCE = 4


def deploy(kube: Kube, plan: StackPlan, progress: Progress) -> None:
    """Deploy the stack unless it is there, and wait until all of it is available.

    The nodes must have the plan's images. What a stack of another plan left is changed to this one.

    Raises:
        StackError: a part did not become available, with the object, its state and the likely
            cause; or the plan's files are not what they should be.
        ConfigurationError: kustomize refused a folder or URL.
        KubernetesError: the API refused a manifest, or did not answer.
    """
    if is_deployed(kube, plan):
        return
    with progress.step("Deploying the SkyTorch stack"):
        namespace = _apply(kube, plan)
        try:
            _wait(kube, plan)
        except WaitError as error:
            raise StackError(f"the SkyTorch stack did not come up. {error}") from error
        _mark(kube, namespace, plan.digest())


def deploy_compute_api(kube: Kube) -> None:
    """Deploy what there is of SkyTorch without nodes: the API of Computes, which nothing acts on.

    Raises:
        WaitTimedOut: the API server did not come to serve it.
        ConfigurationError: there is no kubectl.
        KubernetesError: the API refused a manifest, or did not answer.
    """
    kube.apply_all(kube.kustomize(data_folder("manifests/skytorch/base")))


def remove(kube: Kube, plan: StackPlan | None, progress: Progress) -> None:
    """Remove what `deploy` made, or without a plan what `deploy_compute_api` made; return when it is gone.

    Computes go first, while their operator still acts on them, then the Gateway, while its provisioner does.

    Raises:
        WaitTimedOut: an object was not gone in time; the text says what blocks it.
        ConfigurationError: kustomize refused a folder or URL.
        KubernetesError: the API refused to remove an object, or did not answer.
    """
    with progress.step("Removing the SkyTorch stack"):
        if plan is None:
            _remove_all(kube, kube.kustomize(data_folder("manifests/skytorch/base")))
            return
        stages = _stages(kube, plan)
        _remove_all(kube, _computes(kube))
        _remove_all(kube, [each for each in _flat(stages) if each["kind"] == "Gateway"])
        _remove_all(kube, [each for each in reversed(_flat(stages)) if each["kind"] != "Gateway"])


def is_deployed(kube: Kube, plan: StackPlan) -> bool:
    """Return whether the stack of just this plan is there and available.

    Raises:
        StackError: a file of the plan is not there.
        KubernetesError: the API did not answer.
    """
    if deployed_digest(kube) != plan.digest():
        return False
    return all(part.expected.matches(part.read(kube)) for part in _parts(plan))


def _apply(kube: Kube, plan: StackPlan) -> Object:
    """Apply all manifests and return that of the namespace."""
    stages = _stages(kube, plan)
    with ThreadPoolExecutor(REQUESTS_AT_ONCE) as pool:
        shares = [stages.first[start::REQUESTS_AT_ONCE] for start in range(REQUESTS_AT_ONCE)]
        list(pool.map(kube.apply_all, shares))
        _make_room(kube, [each for group in stages.then for each in group])
        list(pool.map(kube.apply_all, stages.then))
    return stages.namespace()


def _stages(kube: Kube, plan: StackPlan) -> Stages:
    """Return all manifests in the order in which they are applied."""
    with ThreadPoolExecutor(REQUESTS_AT_ONCE) as pool:
        # The folders need a process each, and the big files this one: they are read side by side.
        rendered = [
            pool.submit(operator_manifests, kube, plan),
            pool.submit(kube.kustomize, plan.base),
            pool.submit(kube.kustomize, plan.gateway),
        ]
        definitions = gateway_api_manifests(plan.gateway_api_crds)
        contour = provisioner_manifests(plan.provisioner, plan.contour_image, plan.envoy_image)
        operator, base, gateway = [each.result() for each in rendered]
        return in_stages([*definitions, *contour], gateway, operator, base)


def _flat(stages: Stages) -> list[Object]:
    return [*stages.first, *(each for group in stages.then for each in group)]


def _computes(kube: Kube) -> list[Object]:
    try:
        return kube.list(API_VERSION, KIND)
    except ApiRefused as refused:
        if refused.status != NOT_SERVED:
            raise
        return []


def _remove_all(kube: Kube, manifests: Iterable[Object]) -> None:
    """Delete objects that may be there, and wait until all are gone."""
    deleted = []
    for each in manifests:
        metadata = each["metadata"]
        where = (each["apiVersion"], each["kind"], metadata["name"], metadata.get("namespace"))
        try:
            kube.delete(*where)
        except ApiRefused as refused:
            # 404: its kind went with an earlier one.
            if refused.status != NOT_SERVED:
                raise
        else:
            deleted.append((each, where))
    for each, where in deleted:
        if each["kind"] == "CustomResourceDefinition" or not _is_served(kube, each):
            continue
        with WatchedObject(kube, *where) as watched:
            what = f"{display_name(each)} to be gone"
            eventually(watched, is_absent(), within=GONE_SECONDS, described_as=what)


def _is_served(kube: Kube, manifest: Object) -> bool:
    try:
        kube.get(manifest["apiVersion"], manifest["kind"], manifest["metadata"]["name"], "default")
    except ApiRefused as refused:
        return refused.status != NOT_SERVED
    return True


def _make_room(kube: Kube, manifests: Iterable[Object]) -> None:
    """Remove Deployments, as of another operator, that cannot be changed to the ones wanted."""
    for wanted in manifests:
        if wanted["kind"] != "Deployment":
            continue
        name, namespace = wanted["metadata"]["name"], wanted["metadata"].get("namespace")
        present = kube.get("apps/v1", "Deployment", name, namespace)
        # The selector is the one field that never changes.
        if present is None or present["spec"]["selector"] == wanted["spec"]["selector"]:
            continue
        kube.delete("apps/v1", "Deployment", name, namespace)
        with WatchedObject(kube, "apps/v1", "Deployment", name, namespace) as watched:
            what = f"{display_name(wanted)}, which another stack left, to be gone"
            eventually(watched, is_absent(), within=REMOVED_SECONDS, described_as=what)


def _parts(plan: StackPlan) -> tuple[Part, ...]:
    return parts(plan.gateway_has_address)


def _wait(kube: Kube, plan: StackPlan) -> None:
    deadline = time.monotonic() + AVAILABLE_SECONDS
    for part in _parts(plan):
        _wait_for(kube, plan, part, max(0.0, deadline - time.monotonic()))


def _wait_for(kube: Kube, plan: StackPlan, part: Part, seconds: float) -> None:
    where = (part.api_version, part.kind, part.name, part.namespace)
    with WatchedObject(kube, *where) as watched:
        eventually(
            watched,
            part.expected,
            within=seconds,
            stop_when=[stop_when_hopeless(kube, part.subject())],
            described_as=f"{display_name(part.subject())} to be available",
            explain=lambda: _explanation(kube, plan),
        )


def _explanation(kube: Kube, plan: StackPlan) -> str:
    """Return why the parts that are not as expected are not."""
    lines = []
    for part in _parts(plan):
        try:
            if not part.expected.matches(part.read(kube)):
                lines.append(explain(kube, part.subject()))
        except KubernetesError as error:
            lines.append(f"{display_name(part.subject())}: {error}")
    return "\n".join(lines)


def _mark(kube: Kube, namespace: Object, digest: str) -> None:
    metadata = namespace["metadata"]
    annotations = {**metadata.get("annotations", {}), DIGEST_ANNOTATION: digest}
    # Applied, not patched: the next deployment begins by applying the namespace without it.
    kube.apply({**namespace, "metadata": {**metadata, "annotations": annotations}})
