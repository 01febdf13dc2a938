"""The pods in which the server of a Compute runs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from hamcrest import (
    all_of,
    contains_exactly,
    greater_than,
    has_length,
    not_,
    not_none,
    starts_with,
)
from hamcrest.core.matcher import Matcher

from maidenhair.kube import Kube, Object
from maidenhair.kube.diagnosis.explain import stop_when_hopeless
from maidenhair.kube.matchers import has_condition, has_jmespath, has_log_line
from maidenhair.kube.objects import Objects
from maidenhair.kube.watch.watched import WatchedObjects
from maidenhair.systems.skytorch.api.owned_objects import CHANGE_SECONDS
from maidenhair.waiting import StopCondition, eventually

INSTANCE_LABEL = "app.kubernetes.io/instance"
CONTAINER = "server"
READY_SECONDS = 120.0
TELL_SECONDS = 30.0


class ServerPods:
    """The pods of a Compute: one, or none while it is suspended.

    Every method raises KubernetesError when the API cannot be used. Waits raise WaitTimedOut with the likely cause,
    those for a pod also WaitStopped once they are hopeless.

    Args:
        kube: the API.
        compute: the Compute; its apiVersion, kind and metadata are enough.
    """

    def __init__(self, kube: Kube, compute: Object) -> None:
        self._kube = kube
        self._namespace: str = compute["metadata"]["namespace"]
        self._name: str = compute["metadata"]["name"]
        self._hopeless = stop_when_hopeless(kube, compute)

    def wait_for(self, count: int, within: float = CHANGE_SECONDS) -> Objects:
        """Wait until there are so many, those that are being deleted included, and return them."""
        return self._wait(has_length(count), f"to be {count}", within)

    def wait_for_running(self) -> Object:
        """Wait until there is one whose container runs, and return it."""
        running = has_jmespath("status.containerStatuses[0].state.running", not_none())
        return self._wait_for_one(running, "that runs")

    def told(self) -> Object:
        """Wait until the program of the only one, one of `commands`, has written what it tells, and return that."""
        name = self.wait_for_running()["metadata"]["name"]
        log = eventually(
            lambda: self._kube.pod_logs(self._namespace, name, CONTAINER),
            has_log_line(starts_with("{")),
            within=TELL_SECONDS,
            described_as=f"Pod {self._namespace}/{name} to tell something",
            stop_when=[self._hopeless],
            explain=self._hopeless.explain,
        )
        told: Object = json.loads(log.splitlines()[-1])
        return told

    def wait_for_another(self, than: Object) -> Object:
        """Wait until the only one is Ready and is not `than`, and return it."""
        old = than["metadata"]["uid"]
        another = all_of(has_jmespath("metadata.uid", not_(old)), has_condition("Ready"))
        return self._wait_for_one(another, f"that is Ready, other than the one of uid {old}")

    def wait_for_restart(self, pod: Object) -> Object:
        """Wait until the container of `pod`, which ran once, was started anew in it, and return it."""
        uid = pod["metadata"]["uid"]
        count = pod["status"]["containerStatuses"][0]["restartCount"]
        restarted = all_of(
            has_jmespath("metadata.uid", uid),
            has_jmespath("status.containerStatuses[0].restartCount", greater_than(count)),
            has_condition("Ready"),
        )
        return self._wait_for_one(restarted, f"of uid {uid} that is Ready after another restart")

    def _wait_for_one(self, matcher: Matcher[Any], which: str) -> Object:
        wanted = f"to be just one {which}"
        [found] = self._wait(contains_exactly(matcher), wanted, READY_SECONDS, [self._hopeless])
        return found

    def _wait(
        self,
        matcher: Matcher[Any],
        wanted: str,
        within: float,
        stop_when: Sequence[StopCondition] = (),
    ) -> Objects:
        selector = f"{INSTANCE_LABEL}={self._name}"
        pods = WatchedObjects(self._kube, "v1", "Pod", self._namespace, label_selector=selector)
        with pods:
            return eventually(
                pods,
                matcher,
                within=within,
                stop_when=stop_when,
                described_as=f"the pods of Compute {self._namespace}/{self._name} {wanted}",
                explain=self._hopeless.explain,
            )
