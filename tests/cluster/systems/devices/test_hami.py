"""HAMi's scheduler on a real cluster: the stand-in, and a chart and an image that the user brings."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from maidenhair._util.progress import Progress
from maidenhair.clusters.provider import Cluster
from maidenhair.clusters.registry import provider_for
from maidenhair.config.cluster import Settings
from maidenhair.errors import DevicesError
from maidenhair.kube import Kube, Object
from maidenhair.suite.session import EXTENSIONS, open_session, prepare_stack, set_up
from maidenhair.systems.devices.hami.installation import NAMESPACE, SCHEDULER
from tests.project import ROOT

CHART = ROOT / "standins" / "hami_scheduler" / "chart"
DEPLOYMENT = ("apps/v1", "Deployment", SCHEDULER, NAMESPACE)


@pytest.fixture
def settings(node_cluster: Cluster) -> Settings:
    return Settings(provider="embedded", cluster_name=node_cluster.name)


@pytest.fixture
def brought(settings: Settings, tmp_path: Path) -> Iterator[Settings]:
    """A chart like HAMi's own, which leaves the certificate to others; with it, an archive of an image."""
    chart = tmp_path / "hami"
    shutil.copytree(CHART, chart)
    about = chart / "Chart.yaml"
    about.write_text(about.read_text().replace("name: hami-standin", "name: hami"))
    certificate = chart / "templates" / "certificate.yaml"
    text = certificate.read_text()
    webhook = text[text.index("{{- with .Values.scheduler.admissionWebhook }}") :]
    webhook = re.sub(r"caBundle: .*", "", webhook).replace("{{ $service }}", f'"{SCHEDULER}"')
    certificate.write_text(webhook)
    stack = prepare_stack(
        settings, set_up(settings, Progress()), provider_for(settings, Progress(), EXTENSIONS)
    )
    archive = next(path for path in stack.archives if "hami-scheduler" in path.name)
    yield replace(settings, hami_chart=str(chart), hami_image=str(archive))


def asking(name: str, namespace: str, percentage: str = "10") -> Object:
    limits = {"nvidia.com/gpumem-percentage": percentage}
    container = {"name": "main", "image": "maidenhair.dev/pause:1", "resources": {"limits": limits}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"containers": [container]},
    }


def scheduler_of_a_new_pod(kube: Kube) -> str:
    pod = kube.create(asking("asking", "default"))
    kube.delete("v1", "Pod", "asking", "default")
    scheduler: str = pod["spec"]["schedulerName"]
    return scheduler


def test_pods_that_ask_for_devices_get_the_scheduler_of_the_session(settings: Settings) -> None:
    with open_session(settings, Progress()) as session:
        assert "hami" in session.cluster.capabilities
        assert scheduler_of_a_new_pod(session.kube) == "hami-scheduler"


def test_a_chart_that_the_user_brings_takes_the_stand_ins_place(
    settings: Settings, brought: Settings
) -> None:
    with open_session(brought, Progress()) as session:
        assert "hami" in session.cluster.capabilities
        # The API server trusts the webhook's server: it is asked, and nothing is ignored.
        assert scheduler_of_a_new_pod(session.kube) == "hami-scheduler"
        assert session.hami is not None
        assert session.hami.is_upstream
    with open_session(settings, Progress()) as session:
        assert scheduler_of_a_new_pod(session.kube) == "hami-scheduler"
        assert session.kube.get(*DEPLOYMENT) is not None


def test_a_chart_that_helm_refuses_is_told_in_helms_words(
    settings: Settings, brought: Settings
) -> None:
    Path(brought.hami_chart or "", "values.schema.json").write_text('{"required": ["moon"]}')
    with (
        pytest.raises(DevicesError, match="missing property 'moon'"),
        open_session(brought, Progress()),
    ):
        pass
