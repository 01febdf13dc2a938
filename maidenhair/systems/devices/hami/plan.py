"""The chart, values and images that HAMi's scheduler is installed from: the stand-in's or the real HAMi's."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from maidenhair._util.data import data_folder
from maidenhair.errors import DevicesError

STANDIN_CHART = "hami-standin-"
"""The prefix of the stand-in's chart in helm's list of releases. The version follows."""


IMAGE_ANNOTATION = "maidenhair.dev/image"
"""The annotation of HAMi's pods with a digest of their image."""


class NamedImage(Protocol):
    """An image that nodes have."""

    @property
    def name(self) -> str:
        """The image's name in pods."""


@dataclass(frozen=True)
class HamiPlan:
    """The chart and values of HAMi's scheduler.

    Attributes:
        helm: the path of helm.
        chart: the chart: a folder, an archive or a URL.
        values: the chart's values.
        is_upstream: whether this is HAMi's own chart and not the stand-in's.
        keeps_upstream: whether a real HAMi that is installed already stays.
    """

    helm: Path
    chart: str
    values: Mapping[str, Any]
    is_upstream: bool = False
    keeps_upstream: bool = False

    def digest(self) -> str:
        """Return a digest of the values and the chart's files. If the chart is a URL, hash the URL only."""
        digest = hashlib.sha256(json.dumps([self.chart, self.values], sort_keys=True).encode())
        for path in _files(Path(self.chart)):
            digest.update(f"{path.name}\0".encode())
            digest.update(path.read_bytes())
        return digest.hexdigest()


def standin_plan(
    helm: Path,
    kube_scheduler: NamedImage,
    extender: NamedImage,
    *,
    keeps_upstream: bool = False,
) -> HamiPlan:
    """Return the plan of the stand-in.

    Args:
        helm: the path of helm.
        kube_scheduler: the image of kube-scheduler.
        extender: the image of the stand-in.
        keeps_upstream: whether a real HAMi that is installed already stays.
    """
    chart = data_folder("standins/hami_scheduler/chart")
    values = _image_values(kube_scheduler.name, extender.name)
    return HamiPlan(helm, str(chart), values, keeps_upstream=keeps_upstream)


def upstream_plan(
    helm: Path, chart: str, kube_scheduler: NamedImage, image: str, digest: str | None = None
) -> HamiPlan:
    """Return the plan of the real HAMi for simulated devices. It uses no other images than these.

    Args:
        helm: the path of helm.
        chart: HAMi's chart: a folder, an archive or a URL.
        kube_scheduler: the image of kube-scheduler.
        image: the name of HAMi's image.
        digest: a digest of that image's content, which makes a rebuilt image of the same name roll out.

    Raises:
        DevicesError: the chart is a path, and no file or folder exists there.
    """
    if chart.startswith(("/", "./", "../", "~")) and not Path(chart).expanduser().exists():
        raise DevicesError(
            f"MAIDENHAIR_DEVICES_HAMI_CHART={chart}: no such file or folder; set it to the archive "
            "of HAMi's chart or to the folder with its Chart.yaml"
        )
    values = _image_values(kube_scheduler.name, image)
    # The chart's certificate jobs need more images, and its device plugin needs real devices.
    values["scheduler"] |= {
        "patch": {"enabled": False},
        "certManager": {"enabled": False},
        "leaderElect": False,
        # The default, NodePort, has fixed ports, which only one release of a cluster can use.
        "service": {"type": "ClusterIP"},
        "podAnnotations": {IMAGE_ANNOTATION: digest} if digest else {},
    }
    values["scheduler"]["extender"] |= {
        # By default, its client sends 5 requests per second, too few for specs that run at the same time.
        "extraArgs": ["-v=4", "--kube-qps=200", "--kube-burst=400"],
        # Without a request, the webhook does not answer in time under load, and pods bypass it.
        "resources": {"requests": {"cpu": "100m"}},
    }
    values["devicePlugin"] = {"enabled": False}
    return HamiPlan(
        helm, str(Path(chart).expanduser()) if chart[:1] == "~" else chart, values, True
    )


def merged(first: Mapping[str, Any], then: Mapping[str, Any]) -> dict[str, Any]:
    """Merge two trees of values. If both have a value, use the second one's; merge tables recursively."""
    result = dict(first)
    for name, value in then.items():
        both = isinstance(value, Mapping) and isinstance(result.get(name), Mapping)
        result[name] = merged(result[name], value) if both else value
    return result


def _image_values(kube_scheduler: str, extender: str) -> dict[str, Any]:
    return {
        # Without these, HAMi knows only the devices of the other vendors.
        "devices": {"ascend": {"enabled": True}, "iluvatar": {"enabled": True}},
        "scheduler": {
            "kubeScheduler": {"image": image_value(kube_scheduler)},
            "extender": {"image": image_value(extender)},
        },
    }


def image_value(name: str) -> dict[str, str]:
    """Return the parts of an image's name, as values of charts: registry, repository, tag and digest."""
    name, _, digest = name.partition("@")
    repository, colon, tag = name.rpartition(":")
    if not colon or "/" in tag:
        repository, tag = name, ""
    registry, slash, rest = repository.partition("/")
    if not slash or not ("." in registry or ":" in registry or registry == "localhost"):
        registry, rest = "docker.io", repository
    value = {"registry": registry, "repository": rest, "tag": tag}
    return {**value, "digest": digest} if digest else value


def _files(place: Path) -> list[Path]:
    if place.is_dir():
        return sorted(path for path in place.rglob("*") if path.is_file())
    return [place] if place.is_file() else []
