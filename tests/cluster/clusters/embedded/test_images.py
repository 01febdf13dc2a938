"""Images from archives: used with any tag, imported once, and refused if they are no images."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hamcrest import equal_to, has_entries

from maidenhair._util.progress import Progress
from maidenhair.clusters.embedded.node.image_import import LABEL
from maidenhair.clusters.images import build_images, choose_image
from maidenhair.clusters.provider import Cluster
from maidenhair.clusters.toolchain import Toolchain
from maidenhair.config.cluster import Settings
from maidenhair.errors import ClusterError
from maidenhair.kube import Kube
from maidenhair.waiting import eventually
from tests.cluster.clusters.archives import ctr, image_of, renamed
from tests.cluster.pods import pod, ready
from tests.conftest import provider_of


@pytest.fixture(scope="module")
def kube(node_cluster: Cluster) -> Iterator[Kube]:
    kube = Kube.from_kubeconfig(node_cluster.kubeconfig)
    yield kube
    kube.close()


@pytest.fixture
def pause() -> Path:
    tools = Toolchain(Settings(), Progress()).ensure(["pause"])
    return build_images(tools, ["pause"])["pause"].archive


def test_an_image_that_nobody_loaded_cannot_be_pulled(kube: Kube) -> None:
    kube.apply(pod("absent", "maidenhair.invalid/absent:1", ["true"]))

    def waiting() -> dict[str, Any]:
        found = kube.get("v1", "Pod", "absent", "default") or {}
        statuses = found["status"].get("containerStatuses") or [{"state": {}}]
        return statuses[0]["state"].get("waiting", {})

    eventually(waiting, has_entries(reason="ErrImagePull"), within=60)


def test_an_image_tagged_latest_is_used_from_its_archive(
    node_cluster: Cluster, kube: Kube, pause: Path, tmp_path: Path
) -> None:
    """Kubernetes pulls an image tagged latest for every pod, unless its pull policy says otherwise."""
    made = tmp_path / "made.tar"
    renamed(pause, made, "example/quiet:latest")
    chosen = choose_image("SKYTORCH_TEST_IMAGE", str(made))
    provider_of(node_cluster).load_images([made])
    quiet = pod("quiet", chosen.name, ["/pause"])
    del quiet["spec"]["containers"][0]["imagePullPolicy"]
    kube.apply(quiet)
    eventually(lambda: ready(kube, "quiet"), equal_to("True"), within=60)


def test_an_image_that_a_node_has_is_not_imported_again_and_one_that_it_lost_is(
    node_cluster: Cluster, pause: Path, tmp_path: Path
) -> None:
    first, same, other = (tmp_path / name for name in ("first.tar", "same.tar", "other.tar"))
    renamed(pause, first, "example/once:1")
    renamed(pause, same, "example/once:1")
    renamed(pause, other, "example/once:2")
    cluster = provider_of(node_cluster)
    cluster.load_images([first])
    before = image_of(node_cluster, "docker.io/example/once:1")
    assert LABEL in before
    # Another file with the same content is the same; containerd would note the time of a second import.
    cluster.load_images([same, other])
    assert image_of(node_cluster, "docker.io/example/once:1") == before
    assert LABEL in image_of(node_cluster, "docker.io/example/once:2")
    ctr(node_cluster, "node-1", "rm", "docker.io/example/once:1")
    assert image_of(node_cluster, "docker.io/example/once:1") == ""
    cluster.load_images([first])
    assert LABEL in image_of(node_cluster, "docker.io/example/once:1")


def test_an_archive_that_is_not_there_or_no_image_is_named(
    node_cluster: Cluster, tmp_path: Path
) -> None:
    cluster = provider_of(node_cluster)
    with pytest.raises(ClusterError, match=r"absent\.tar"):
        cluster.load_images([tmp_path / "absent.tar"])
    (tmp_path / "garbage.tar").write_bytes(b"no archive")
    with pytest.raises(ClusterError, match=r"cannot load image archive .*garbage\.tar"):
        cluster.load_images([tmp_path / "garbage.tar"])
