"""What HAMi's scheduler is installed from: the stand-in's chart and images, or those of the real one."""

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
"""How helm's name of the stand-in's chart begins; its version follows."""


class NamedImage(Protocol):
    """An image that nodes have: the name that pods use."""

    @property
    def name(self) -> str:
        """The name that pods use."""


@dataclass(frozen=True)
class HamiPlan:
    """What HAMi's scheduler is made of.

    Attributes:
        helm: the helm to install with.
        chart: the chart, as helm names it.
        values: the chart's values.
        is_upstream: whether it is HAMi's own chart, rather than the stand-in's.
    """

    helm: Path
    chart: str
    values: Mapping[str, Any]
    is_upstream: bool = False

    def digest(self) -> str:
        """Return a digest of all that decides what is installed; of a URL only the URL counts."""
        digest = hashlib.sha256(json.dumps([self.chart, self.values], sort_keys=True).encode())
        for path in _files(Path(self.chart)):
            digest.update(f"{path.name}\0".encode())
            digest.update(path.read_bytes())
        return digest.hexdigest()


def standin_plan(helm: Path, kube_scheduler: NamedImage, extender: NamedImage) -> HamiPlan:
    """Return the plan of the stand-in, from the images of kube-scheduler and of the stand-in."""
    chart = data_folder("standins/hami_scheduler/chart")
    return HamiPlan(helm, str(chart), _image_values(kube_scheduler.name, extender.name))


def upstream_plan(helm: Path, chart: str, kube_scheduler: NamedImage, image: str) -> HamiPlan:
    """Return the plan of the real HAMi, for simulated devices, without images other than these.

    Args:
        helm: the helm to install with.
        chart: HAMi's chart.
        kube_scheduler: the image of kube-scheduler.
        image: the name of HAMi's image.

    Raises:
        DevicesError: the chart looks like a file or a folder, and there is none.
    """
    if chart.startswith(("/", "./", "../", "~")) and not Path(chart).expanduser().exists():
        raise DevicesError(
            f"MAIDENHAIR_DEVICES_HAMI_CHART={chart}: there is no such folder or archive; "
            "name the one with HAMi's Chart.yaml"
        )
    values = _image_values(kube_scheduler.name, image)
    # Its jobs for the certificate would need images of their own, and its device plugin real devices.
    values["scheduler"] |= {
        "patch": {"enabled": False},
        "certManager": {"enabled": False},
        "leaderElect": False,
    }
    values["devicePlugin"] = {"enabled": False}
    return HamiPlan(
        helm, str(Path(chart).expanduser()) if chart[:1] == "~" else chart, values, True
    )


def merged(first: Mapping[str, Any], then: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of both; where both have one, the second's, or both merged where they are tables."""
    result = dict(first)
    for name, value in then.items():
        both = isinstance(value, Mapping) and isinstance(result.get(name), Mapping)
        result[name] = merged(result[name], value) if both else value
    return result


def _image_values(kube_scheduler: str, extender: str) -> dict[str, Any]:
    return {
        "scheduler": {
            "kubeScheduler": {"image": image_value(kube_scheduler)},
            "extender": {"image": image_value(extender)},
        }
    }


def image_value(name: str) -> dict[str, str]:
    """Return an image's name in parts, as charts have it."""
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
