"""Widgets: a system under test that is one CustomResourceDefinition."""

from pathlib import Path

import yaml

from maidenhair import Capability, Cluster, Deployment, Findings, Kube, Object, System, Target
from maidenhair.systems import Look, Progress, SpecAccess

API = "example.com/v1"
CRD = yaml.safe_load(Path(__file__).with_name("widgets.yaml").read_text())


class Widgets(System):
    name = "widgets"

    def prepare(self, target: Target) -> Deployment:
        return WidgetsDeployment()

    def look(self, look: Look) -> bool:
        return look.ask("Widgets", lambda kube: kube.list(API, "Widget"), None) is not None

    def capabilities(self) -> list[Capability]:
        return [Capability("widgets", "Widgets are served.", self.missing)]

    def missing(self, findings: Findings) -> str | None:
        return None if findings.of(self.name, bool) else "the API server does not serve Widgets"

    def open(self, spec: SpecAccess, state: object) -> "WidgetsOfSpec":
        return WidgetsOfSpec(spec)


class WidgetsDeployment:
    archives = shared_images = ()
    state = None

    def apply(self, kube: Kube, cluster: Cluster, progress: Progress) -> None:
        kube.apply_all([CRD])

    def remove(self, kube: Kube, cluster: Cluster, progress: Progress) -> None:
        kube.delete(CRD["apiVersion"], CRD["kind"], CRD["metadata"]["name"])


class WidgetsOfSpec:
    """The Widgets of a spec; steps have them as `context.widgets`."""

    def __init__(self, spec: SpecAccess) -> None:
        self._spec = spec

    def create(self, name: str, size: int) -> None:
        widget = {"apiVersion": API, "kind": "Widget", "metadata": {"name": name}}
        self._spec.inventory.apply({**widget, "spec": {"size": size}})

    def get(self, name: str) -> Object | None:
        return self._spec.kube.get(API, "Widget", name, self._spec.namespace)
