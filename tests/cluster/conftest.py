"""Fixtures of tests that need an API. A module that needs another cluster has a fixture `kube` of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from maidenhair.clusters.provider import Cluster
from maidenhair.kube import Kube


@pytest.fixture(scope="module")
def kube(api_cluster: Cluster) -> Iterator[Kube]:
    """Return the API of the control plane without nodes."""
    client = Kube.from_kubeconfig(api_cluster.kubeconfig, api_cluster.context, api_cluster.kubectl)
    yield client
    client.close()
