"""Deploys the SkyTorch stack: the Gateway API, Contour and Envoy, a Gateway, and the operator.

Later runs find the deployed stack by an annotation of the namespace `skytorch-system`, which contains the digest of
its plan.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from maidenhair._util.data import data_folder
from maidenhair._util.progress import Progress
from maidenhair.errors import KubernetesError, StackError, WaitError
from maidenhair.kube import Kube, Object
from maidenhair.kube.diagnosis.explain import explain, stop_when_hopeless
from maidenhair.kube.matchers import is_absent
from maidenhair.kube.objects import display_name
from maidenhair.kube.watch.watched import WatchedObject
from maidenhair.systems.skytorch.stack.manifests import (
    Stages,
    operator_manifests,
    stages_of,
    without,
)
from maidenhair.systems.skytorch.stack.plan import StackPlan, plan_stack
from maidenhair.systems.skytorch.stack.record import record, recorded
from maidenhair.systems.skytorch.stack.removal import remove_all
from maidenhair.systems.skytorch.stack.state import (
    DIGEST_ANNOTATION,
    UPSTREAM_ANNOTATION,
    Part,
    deployed_digest,
    deployed_upstream,
    parts,
)
from maidenhair.waiting import eventually

__all__ = ["StackPlan", "deploy", "deploy_compute_api", "is_deployed", "plan_stack"]

AVAILABLE_SECONDS = 240.0
REMOVED_SECONDS = 60.0
# The API server queues further requests.
REQUESTS_AT_ONCE = 4


def deploy(kube: Kube, plan: StackPlan, progress: Progress) -> None:
    """Deploy the stack unless it is deployed already, and wait until all its parts are available.

    The nodes must have the plan's images. A deployed stack of another plan is replaced. A real operator stays if the
    settings do not say which operator to deploy.

    Raises:
        StackError: a part did not become available in time (the text contains the object, its state and the
            likely cause), or a file of the plan is missing or wrong.
        ConfigurationError: kustomize refused a folder or URL.
        KubernetesError: the API refused a manifest, or did not answer.
    """
    if plan.keeps_upstream and (real := deployed_upstream(kube)):
        progress.say(
            f"The cluster keeps the real SkyTorch operator ({real}), which an earlier run deployed; "
            "MAIDENHAIR_SKYTORCH_OPERATOR=stand-in replaces it"
        )
        _wait(kube, plan)
        return
    digest = _digest(kube, plan)
    if _is_deployed(kube, plan, digest):
        return
    with progress.step("Deploying the SkyTorch stack"):
        stages = stages_of(kube, plan)
        if stages.replaced:
            progress.say(
                "Left out of the SkyTorch operator's manifests, because the stack brings its own: "
                f"{_kinds(stages.replaced)}"
            )
        _replace(kube, stages)
        _wait(kube, plan)
        _mark(kube, stages.namespace(), plan, digest)


def deploy_compute_api(kube: Kube) -> None:
    """Deploy only the API of Computes, without an operator, for a cluster without nodes.

    Raises:
        WaitTimedOut: the API server did not serve the API in time.
        ConfigurationError: kubectl is missing.
        KubernetesError: the API refused a manifest, or did not answer.
    """
    kube.apply_all(kube.kustomize(data_folder("manifests/skytorch/base")))


def is_deployed(kube: Kube, plan: StackPlan) -> bool:
    """Return whether the stack of exactly this plan is deployed and available.

    Raises:
        StackError: a file of the plan does not exist.
        KubernetesError: the API did not answer.
    """
    return _is_deployed(kube, plan, _digest(kube, plan))


def _is_deployed(kube: Kube, plan: StackPlan, digest: str) -> bool:
    if deployed_digest(kube) != digest:
        return False
    return all(part.expected.matches(part.read(kube)) for part in _parts(plan))


def _digest(kube: Kube, plan: StackPlan) -> str:
    """Return a digest of everything that is deployed. Of an operator from a URL, only the URL itself counts."""
    if not plan.is_upstream or not Path(plan.operator).is_dir():
        return plan.digest()
    # A kustomization can use files outside of its folder.
    rendered = json.dumps(operator_manifests(kube, plan), sort_keys=True)
    return hashlib.sha256(f"{plan.digest()}{rendered}".encode()).hexdigest()


def _kinds(manifests: Iterable[Object]) -> str:
    counts = Counter(each["kind"] for each in manifests)
    return ", ".join(f"{kind} ({count})" for kind, count in sorted(counts.items()))


def _replace(kube: Kube, stages: Stages) -> None:
    """Apply all manifests, and delete what only the stack before had."""
    manifests = [*stages.first, *(each for group in stages.then for each in group)]
    before = recorded(kube)
    # Recorded first, so that nothing is lost if this process is killed.
    record(kube, [*before, *manifests])
    _apply(kube, stages)
    remove_all(kube, without(before, manifests))
    record(kube, manifests)


def _apply(kube: Kube, stages: Stages) -> None:
    with ThreadPoolExecutor(REQUESTS_AT_ONCE) as pool:
        shares = [stages.first[start::REQUESTS_AT_ONCE] for start in range(REQUESTS_AT_ONCE)]
        list(pool.map(kube.apply_all, shares))
        _remove_incompatible(kube, [each for group in stages.then for each in group])
        list(pool.map(kube.apply_all, stages.then))


def _remove_incompatible(kube: Kube, manifests: Iterable[Object]) -> None:
    """Delete Deployments that cannot be updated, for example the Deployment of another operator."""
    for wanted in manifests:
        if wanted["kind"] != "Deployment":
            continue
        name, namespace = wanted["metadata"]["name"], wanted["metadata"].get("namespace")
        present = kube.get("apps/v1", "Deployment", name, namespace)
        # The API refuses changes of the selector.
        if present is None or present["spec"]["selector"] == wanted["spec"]["selector"]:
            continue
        kube.delete("apps/v1", "Deployment", name, namespace)
        with WatchedObject(kube, "apps/v1", "Deployment", name, namespace) as watched:
            gone = f"{display_name(wanted)} of another stack to be gone"
            eventually(watched, is_absent(), within=REMOVED_SECONDS, described_as=gone)


def _parts(plan: StackPlan) -> tuple[Part, ...]:
    return parts(plan.gateway_has_address)


def _wait(kube: Kube, plan: StackPlan) -> None:
    deadline = time.monotonic() + AVAILABLE_SECONDS
    try:
        for part in _parts(plan):
            _wait_for(kube, plan, part, max(0.0, deadline - time.monotonic()))
    except WaitError as error:
        raise StackError(f"the SkyTorch stack did not become available. {error}") from error


def _wait_for(kube: Kube, plan: StackPlan, part: Part, seconds: float) -> None:
    with WatchedObject(kube, part.api_version, part.kind, part.name, part.namespace) as watched:
        eventually(
            watched,
            part.expected,
            within=seconds,
            stop_when=[stop_when_hopeless(kube, part.subject())],
            described_as=f"{display_name(part.subject())} to be available",
            explain=lambda: _explanation(kube, plan),
        )


def _explanation(kube: Kube, plan: StackPlan) -> str:
    """Return the causes for all parts that are not as expected, one per line."""
    lines = []
    for part in _parts(plan):
        try:
            if not part.expected.matches(part.read(kube)):
                lines.append(explain(kube, part.subject()))
        except KubernetesError as error:
            lines.append(f"{display_name(part.subject())}: {error}")
    return "\n".join(lines)


def _mark(kube: Kube, namespace: Object, plan: StackPlan, digest: str) -> None:
    metadata = namespace["metadata"]
    annotations = {**metadata.get("annotations", {}), DIGEST_ANNOTATION: digest}
    if plan.is_upstream:
        annotations[UPSTREAM_ANNOTATION] = plan.operator
    # Applied instead of patched, so that the next deployment removes it when it applies the namespace.
    kube.apply({**namespace, "metadata": {**metadata, "annotations": annotations}})
