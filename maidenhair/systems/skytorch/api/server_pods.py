"""The pods that run the server of a Compute."""

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
OUTPUT_SECONDS = 30.0


class ServerPods:
    """The pods of a Compute: one, or none while the Compute is suspended.

    Every method raises KubernetesError if the API cannot be used. Waits raise WaitTimedOut with the likely cause.
    Waits for a pod also raise WaitStopped as soon as no future change can help.

    Args:
        kube: the API.
        compute: the Compute object. Only its apiVersion, kind and metadata are read.
    """

    def __init__(self, kube: Kube, compute: Object) -> None:
        self._kube = kube
        self._namespace: str = compute["metadata"]["namespace"]
        self._name: str = compute["metadata"]["name"]
        self._hopeless = stop_when_hopeless(kube, compute)

    def wait_for(self, count: int, within: float = CHANGE_SECONDS) -> Objects:
        """Wait until exactly `count` pods exist, terminating ones included, and return them."""
        return self._wait(has_length(count), f"to be {count}", within)

    def wait_for_running(self) -> Object:
        """Wait until exactly one pod exists and its container is running, and return the pod."""
        running = has_jmespath("status.containerStatuses[0].state.running", not_none())
        return self._wait_for_one(running, "that runs")

    def printed(self) -> Object:
        """Wait until the only pod has printed a line of JSON, and return the value of its last line.

        The containers of `workloads.commands` print such lines.
        """
        name = self.wait_for_running()["metadata"]["name"]
        log = eventually(
            lambda: self._kube.pod_logs(self._namespace, name, CONTAINER),
            has_log_line(starts_with("{")),
            within=OUTPUT_SECONDS,
            described_as=f"Pod {self._namespace}/{name} to print a line of JSON",
            stop_when=[self._hopeless],
            explain=self._hopeless.explain,
        )
        printed: Object = json.loads(log.splitlines()[-1])
        return printed

    def wait_for_another(self, than: Object) -> Object:
        """Wait until the only pod is Ready and is another pod than `than`, and return it."""
        old = than["metadata"]["uid"]
        another = all_of(has_jmespath("metadata.uid", not_(old)), has_condition("Ready"))
        return self._wait_for_one(another, f"that is Ready, other than the one of uid {old}")

    def wait_for_restart(self, pod: Object) -> Object:
        """Wait until the container of `pod` has restarted and the pod is Ready, and return the pod."""
        uid = pod["metadata"]["uid"]
        count = pod["status"]["containerStatuses"][0]["restartCount"]
        restarted = all_of(
            has_jmespath("metadata.uid", uid),
            has_jmespath("status.containerStatuses[0].restartCount", greater_than(count)),
            has_condition("Ready"),
        )
        return self._wait_for_one(restarted, f"of uid {uid} that is Ready after another restart")

    def _wait_for_one(self, matcher: Matcher[Any], which: str) -> Object:
        wanted = f"to be exactly one {which}"
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
