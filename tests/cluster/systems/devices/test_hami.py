"""HAMi's scheduler on a real cluster: the stand-in, and a chart and an image from the settings."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from maidenhair._util.progress import Progress
from maidenhair.clusters.provider import Cluster
from maidenhair.config import Settings
from maidenhair.errors import DevicesError
from maidenhair.kube import Kube, Object
from maidenhair.suite.session import open_session
from maidenhair.systems.deployment import Preparation, Systems
from maidenhair.systems.devices.hami.installation import NAMESPACE, SCHEDULER
from maidenhair.systems.devices.settings import DevicesSettings
from tests.project import ROOT, run_settings

CHART = ROOT / "standins" / "hami_scheduler" / "chart"
DEPLOYMENT = ("apps/v1", "Deployment", SCHEDULER, NAMESPACE)


def on(cluster: Cluster, **options: Any) -> Settings:
    """Return the settings of a run on a cluster."""
    return run_settings(provider="embedded", cluster_name=cluster.name, **options)


@pytest.fixture
def settings(systems_cluster: Cluster) -> Settings:
    return on(systems_cluster)


@pytest.fixture
def with_chart(systems_cluster: Cluster, settings: Settings, tmp_path: Path) -> Settings:
    """Return settings with an image archive and a chart like HAMi's own, which creates no certificate."""
    chart = tmp_path / "hami"
    shutil.copytree(CHART, chart)
    about = chart / "Chart.yaml"
    about.write_text(about.read_text().replace("name: hami-standin", "name: hami"))
    certificate = chart / "templates" / "certificate.yaml"
    text = certificate.read_text()
    webhook = text[text.index("{{- with .Values.scheduler.admissionWebhook }}") :]
    webhook = re.sub(r"caBundle: .*", "", webhook).replace("{{ $service }}", f'"{SCHEDULER}"')
    certificate.write_text(webhook)
    preparation = Preparation(settings, Systems.of(settings), Progress())
    preparation.provide_components()
    archives = preparation.prepare()["devices"].archives
    archive = next(path for path in archives if "hami-scheduler" in path.name)
    return on(systems_cluster, devices_hami_chart=str(chart), devices_hami_image=str(archive))


def pod_with_devices(name: str, namespace: str) -> Object:
    limits = {"nvidia.com/gpumem-percentage": "10"}
    container = {"name": "main", "image": "maidenhair.dev/pause:1", "resources": {"limits": limits}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"containers": [container]},
    }


def scheduler_of_a_new_pod(kube: Kube) -> str:
    pod = kube.create(pod_with_devices("user", "default"))
    kube.delete("v1", "Pod", "user", "default")
    scheduler: str = pod["spec"]["schedulerName"]
    return scheduler


def test_pods_that_request_devices_get_the_scheduler_of_the_session(settings: Settings) -> None:
    with open_session(settings, Progress()) as session:
        assert "hami" in session.cluster.capabilities
        assert scheduler_of_a_new_pod(session.kube) == "hami-scheduler"


def test_a_chart_in_the_settings_replaces_the_stand_in(
    systems_cluster: Cluster, settings: Settings, with_chart: Settings
) -> None:
    with open_session(with_chart, Progress()) as session:
        assert "hami" in session.cluster.capabilities
        # The API server trusts the webhook's server. Otherwise it would ignore the webhook.
        assert scheduler_of_a_new_pod(session.kube) == "hami-scheduler"
        assert session.states["devices"].hami.is_upstream
    with open_session(settings, Progress()) as session:
        # A later run without these settings keeps it, and specs install it again if they need another release.
        assert session.states["devices"].hami.is_upstream
    standin = on(systems_cluster, devices_hami="stand-in")
    with open_session(standin, Progress()) as session:
        assert scheduler_of_a_new_pod(session.kube) == "hami-scheduler"
        assert session.kube.get(*DEPLOYMENT) is not None
        assert not session.states["devices"].hami.is_upstream


def test_an_error_of_helm_has_its_output(settings: Settings, with_chart: Settings) -> None:
    chart = with_chart.of("devices", DevicesSettings).hami_chart or ""
    Path(chart, "values.schema.json").write_text('{"required": ["moon"]}')
    with (
        pytest.raises(DevicesError, match="missing property 'moon'"),
        open_session(with_chart, Progress()),
    ):
        pass
