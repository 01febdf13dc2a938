"""Volume claims: bound to a folder of a node for the first pod; the data survives the pod, not the claim."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hamcrest import contains_string, equal_to, has_item

from maidenhair._util.paths import state_dir
from maidenhair.clusters.embedded.layout import layout_for
from maidenhair.clusters.provider import Cluster
from maidenhair.kube import Kube
from maidenhair.waiting import eventually
from tests.cluster.pods import claim, finished, python, with_claim
from tests.conftest import load_python_image

WRITE = "import pathlib; pathlib.Path('/data/file').write_text('still here')"
READ = "print(open('/data/file').read())"


@pytest.fixture(scope="module")
def kube(node_cluster: Cluster) -> Iterator[Kube]:
    kube = Kube.from_kubeconfig(node_cluster.kubeconfig)
    yield kube
    kube.close()


@pytest.fixture(scope="module")
def image(node_cluster: Cluster) -> str:
    return load_python_image(node_cluster)


def bound(kube: Kube, name: str) -> dict[str, Any]:
    return kube.get("v1", "PersistentVolumeClaim", name, "default") or {}


def test_data_survives_the_pod_and_is_removed_with_the_claim(
    node_cluster: Cluster, kube: Kube, image: str
) -> None:
    kube.apply(claim("data"))
    assert bound(kube, "data")["spec"]["storageClassName"] == "standard"
    kube.apply(with_claim(python("writes", image, WRITE), "data"))
    finished(kube, "writes")
    kube.delete("v1", "Pod", "writes", "default")
    kube.apply(with_claim(python("reads", image, READ), "data"))
    assert finished(kube, "reads").strip() == "still here"

    volume = bound(kube, "data")["spec"]["volumeName"]
    folder = layout_for(node_cluster.name, state_dir()).machine("node-1") / "volumes" / volume
    assert (folder / "file").read_text() == "still here"
    kube.delete("v1", "Pod", "reads", "default")
    kube.delete("v1", "PersistentVolumeClaim", "data", "default")
    eventually(lambda: kube.get("v1", "PersistentVolume", volume), equal_to(None), within=60)
    assert not folder.exists()


def test_a_claim_waits_for_its_first_pod(kube: Kube) -> None:
    kube.apply(claim("waits"))
    eventually(
        lambda: reasons(kube, "waits"), has_item(contains_string("WaitForFirstConsumer")), within=60
    )
    assert bound(kube, "waits")["status"]["phase"] == "Pending"


@pytest.mark.parametrize(
    ("name", "changes", "reason"),
    [
        ("many", {"accessModes": ["ReadWriteMany"]}, "ReadWriteMany: a volume lies on one node"),
        ("chosen", {"selector": {"matchLabels": {"a": "b"}}}, "remove the claim's selector"),
    ],
)
def test_an_unsupported_claim_has_an_event_with_the_reason(
    kube: Kube, image: str, name: str, changes: dict[str, Any], reason: str
) -> None:
    kube.apply(claim(name, **changes))
    kube.apply(with_claim(python(f"uses-{name}", image, READ), name))
    eventually(lambda: reasons(kube, name), has_item(contains_string(reason)), within=60)


def reasons(kube: Kube, name: str) -> list[str]:
    """Return the events of a claim, each with its reason and message."""
    return [
        f"{event['reason']}: {event['message']}"
        for event in kube.list("v1", "Event", "default")
        if event["involvedObject"]["name"] == name
    ]
