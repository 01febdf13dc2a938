"""The failures of a real kubelet, as a failed wait describes them."""

from __future__ import annotations

import pytest
from hamcrest import has_entries

from maidenhair.clusters.provider import Cluster
from maidenhair.errors import WaitStopped
from maidenhair.kube import Kube
from maidenhair.kube.diagnosis.explain import stop_when_hopeless
from maidenhair.kube.run.run import Run
from maidenhair.kube.watch.watched import WatchedObject
from maidenhair.waiting import eventually

ABSENT = "maidenhair.invalid/absent:1"
LONG = 600.0


def test_a_wait_for_a_stateful_set_ends_with_kubelet_s_pull_error(node_cluster: Cluster) -> None:
    kube = Kube.from_kubeconfig(node_cluster.kubeconfig, node_cluster.context)
    with Run(kube) as run, run.namespace("pull error") as namespace:
        labels = {"app": "absent"}
        containers = [{"name": "main", "image": ABSENT}]
        template = {"metadata": {"labels": labels}, "spec": {"containers": containers}}
        stateful_set = {
            "apiVersion": "apps/v1",
            "kind": "StatefulSet",
            "metadata": {"name": "absent", "namespace": namespace},
            "spec": {
                "serviceName": "absent",
                "selector": {"matchLabels": labels},
                "template": template,
            },
        }
        hopeless = stop_when_hopeless(kube, kube.apply(stateful_set))
        with (
            WatchedObject(kube, "apps/v1", "StatefulSet", "absent", namespace) as watched,
            pytest.raises(WaitStopped) as caught,
        ):
            eventually(
                watched,
                has_entries(status=has_entries(readyReplicas=1)),
                within=LONG,
                stop_when=[hopeless],
            )
        message = str(caught.value)
        assert f'the image "{ABSENT}" of container main of Pod {namespace}/absent-0' in message
        assert "failed to resolve image" in message
        assert "event of Pod absent-0: Failed: " in message
