"""Explain why an object does not reach the expected state, and stop waits that cannot succeed."""

from __future__ import annotations

from collections.abc import Iterable

from maidenhair.kube.diagnosis import namespaces
from maidenhair.kube.diagnosis.explanation import explain_object
from maidenhair.kube.diagnosis.hopeless import Client, StopWhenHopeless
from maidenhair.kube.diagnosis.terminal import TerminalRule
from maidenhair.kube.objects import Object


def explain(kube: Client, subject: Object) -> str:
    """Explain why an object is not in the expected state: the likely cause, followed by lines of evidence.

    The object may be of any kind. These are looked at: its pods and the objects that it owns, its Warning events, its
    conditions of any type, its phase and messages, and the objects that own it. If none of them has a form that can be
    judged, the explanation is "nothing known about …", with the object's status.

    Args:
        kube: the API client.
        subject: the object. Only its apiVersion, kind and metadata are needed.

    Raises:
        KubernetesError: the object could not be read, or the API server did not answer.

    Example:
        >>> widget = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "blue"}}
        >>> print(explain(kube, kube.apply({**widget, "status": {"phase": "Failed", "message": "no belt"}})))
        Widget default/blue is Failed: no belt
    """
    found = explain_object(kube, subject)
    if subject["kind"] != "Namespace" or not found.found:
        return str(found)
    blocks = namespaces.describe_blockers(kube, subject["metadata"]["name"])
    return "\n".join([str(found), *(f"  {line}" for line in blocks.splitlines())])


def stop_when_hopeless(
    kube: Client,
    subject: Object,
    patience: float | None = None,
    rules: Iterable[TerminalRule] = (),
) -> StopWhenHopeless:
    """Return a stop condition that ends a wait for an object once no future change can help.

    The condition watches the object, its namespace, and the pods and events there. It ends the wait as soon as the
    object is in a terminal state (for example a Job that has failed, a Deployment past its deadline, or a custom
    resource whose condition Stalled is True), an image cannot be pulled, a container keeps crashing, admission refuses
    the pods permanently (for example because a quota is too small for a single pod), or the namespace is being deleted.

    It does not end a wait whose expectation may be about a failure: whose matcher accepts an absent object, or is
    described with a word such as "Failed", "False", "BackOff" or "not".

    Args:
        kube: the API client.
        subject: the object, as for `explain`. It need not exist yet.
        patience: seconds after which the wait also ends if a pod fits on no node, or if other pods use up the quota.
            Default: never, because other pods may end and nodes may be added.
        rules: further rules for terminal states: each takes the object, and returns why no future change can help, or
            None. See also `Knowledge.terminal`.

    Example:
        >>> from hamcrest import not_none
        >>> pod = kube.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}})
        >>> hopeless = stop_when_hopeless(kube, pod)
        >>> found = eventually(
        ...     lambda: kube.get("v1", "Pod", "web"),
        ...     not_none(),
        ...     within=60,
        ...     stop_when=[hopeless],
        ...     explain=hopeless.explain,
        ... )
        >>> found["metadata"]["name"]
        'web'
    """
    return StopWhenHopeless(kube, subject, patience, tuple(rules), explain)
