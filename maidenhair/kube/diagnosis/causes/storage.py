"""PersistentVolumeClaims without a volume, and volumes that cannot be mounted."""

from __future__ import annotations

import re
from collections.abc import Iterator

from maidenhair.kube.diagnosis.causes import pods
from maidenhair.kube.diagnosis.causes.cause import Cause, PodRule, Rule, evidence_of
from maidenhair.kube.diagnosis.causes.pods import is_starting
from maidenhair.kube.diagnosis.facts import Facts
from maidenhair.kube.objects import Object, display_name

CLAIM = "PersistentVolumeClaim"
CLASS = "StorageClass"
NO_PROVISIONER = "kubernetes.io/no-provisioner"
MOUNT_REASONS = frozenset({"FailedMount", "FailedAttachVolume"})

_ABSENT = re.compile(r'volume "(?P<volume>[^"]+)" ?: (?P<kind>\w+) "(?P<name>[^"]+)" not found')
_NO_KEY = re.compile(
    r'volume "(?P<volume>[^"]+)" ?: (\w+ )?references non-existent \w+ key: (?P<key>\S+)'
)


def absent_claim(facts: Facts, pod: Object) -> Cause | None:
    """Detect a pod whose PersistentVolumeClaim does not exist."""
    namespace = pod["metadata"].get("namespace")
    for name in _claims(pod):
        if facts.is_missing(CLAIM, name, namespace):
            sentence = f"{display_name(pod)} needs {CLAIM} {namespace}/{name}, which does not exist"
            return Cause(sentence, evidence_of(facts, pod))
    return None


def unbound_claim(facts: Facts, pod: Object) -> Cause | None:
    """Detect a pod whose PersistentVolumeClaim has no volume."""
    for name in _claims(pod):
        claim = facts.find(CLAIM, name, pod["metadata"].get("namespace"))
        cause = _of_claim(facts, claim) if claim is not None else None
        if cause is not None:
            evidence = (*cause.evidence, *evidence_of(facts, pod))
            return Cause(
                f"{display_name(pod)} is waiting for its claim: {cause.sentence}", evidence
            )
    return None


def absent_source(facts: Facts, pod: Object) -> Cause | None:
    """Detect a volume that needs a missing Secret or ConfigMap, or a missing key of one."""
    for message in _mount_failures(facts, pod):
        if found := _ABSENT.search(message):
            problem = f"needs {pods.absent_source(pod, found['kind'], found['name'])}"
        elif found := _NO_KEY.search(message):
            problem = f"needs the key {found['key']}, which its source does not have"
        else:
            continue
        sentence = f"the volume {found['volume']} of {display_name(pod)} {problem}"
        return Cause(sentence, evidence_of(facts, pod))
    return None


def cannot_be_mounted(facts: Facts, pod: Object) -> Cause | None:
    """Detect a volume that cannot be mounted for another reason."""
    for message in _mount_failures(facts, pod):
        return Cause(f"{display_name(pod)} cannot start: {message}", evidence_of(facts, pod))
    return None


def claim_without_volume(facts: Facts) -> Cause | None:
    """Detect a PersistentVolumeClaim without a volume."""
    if facts.kind != CLAIM or "uid" not in facts.subject["metadata"]:
        return None
    return _of_claim(facts, facts.subject) or _waits_for_pod(facts, facts.subject)


POD_RULES: tuple[PodRule, ...] = (absent_claim, unbound_claim, absent_source, cannot_be_mounted)
RULES: tuple[Rule, ...] = (claim_without_volume,)


def _of_claim(facts: Facts, claim: Object) -> Cause | None:
    phase = (claim.get("status") or {}).get("phase")
    claim_name = display_name(claim)
    evidence = evidence_of(facts, claim)
    if phase == "Lost":
        return Cause(
            f"{claim_name} has lost its volume {claim['spec'].get('volumeName')}", evidence
        )
    if phase == "Bound":
        return None
    name = claim["spec"].get("storageClassName")
    if not name:
        sentence = f"{claim_name} has no StorageClass, and no PersistentVolume matches it"
        return Cause(sentence, evidence)
    if facts.is_missing(CLASS, name):
        return Cause(f"{claim_name} uses StorageClass {name}, which does not exist", evidence)
    provisioner = (facts.find(CLASS, name) or {}).get("provisioner", "")
    if provisioner == NO_PROVISIONER and not _waits_for_consumer(facts, claim):
        sentence = f"no PersistentVolume matches {claim_name}, and StorageClass {name} does not provision volumes"
        return Cause(sentence, evidence)
    failed = [each for each in facts.events_of(claim) if each["reason"] == "ProvisioningFailed"]
    if failed:
        return Cause(
            f"no volume can be provisioned for {claim_name}: {failed[-1].get('message')}", evidence
        )
    if any(each["reason"] == "ExternalProvisioning" for each in facts.events_of(claim)):
        sentence = (
            f"{claim_name} is waiting for provisioner {provisioner}, which has not created a volume; "
            "check that it is running"
        )
        return Cause(sentence, evidence)
    return None


def _waits_for_pod(facts: Facts, claim: Object) -> Cause | None:
    if (claim.get("status") or {}).get("phase") == "Bound" or not _waits_for_consumer(facts, claim):
        return None
    name = claim["spec"]["storageClassName"]
    sentence = f"{display_name(claim)} gets a volume of StorageClass {name} once a pod that uses it is scheduled"
    return Cause(sentence, evidence_of(facts, claim))


def _waits_for_consumer(facts: Facts, claim: Object) -> bool:
    events = facts.events_of(claim)
    return bool(events) and events[-1].get("reason") in (
        "WaitForFirstConsumer",
        "WaitForPodScheduled",
    )


def _claims(pod: Object) -> Iterator[str]:
    for volume in pod["spec"].get("volumes") or []:
        if "persistentVolumeClaim" in volume:
            yield volume["persistentVolumeClaim"]["claimName"]
        elif "ephemeral" in volume:
            yield f"{pod['metadata']['name']}-{volume['name']}"


def _mount_failures(facts: Facts, pod: Object) -> Iterator[str]:
    """Return kubelet's messages about volumes of a pod that is starting, latest first."""
    if not is_starting(pod):
        return
    for event in reversed(facts.events_of(pod)):
        if event.get("reason") in MOUNT_REASONS:
            yield str(event.get("message"))
