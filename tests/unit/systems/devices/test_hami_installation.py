"""The installation of HAMi's scheduler: plans, helm, and the check whether it is installed."""

from __future__ import annotations

import base64
import json
import re
import stat
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest
from cryptography import x509

from maidenhair._util.progress import Progress
from maidenhair.errors import DevicesError
from maidenhair.kube import Kube
from maidenhair.kube.helm import Helm
from maidenhair.systems.devices.hami.deploy import (
    DIGEST_ANNOTATION,
    PLAN_ANNOTATION,
    deploy,
    installed_upstream,
    is_deployed,
)
from maidenhair.systems.devices.hami.installation import NAMESPACE, SCHEDULER, Installation
from maidenhair.systems.devices.hami.plan import (
    HamiPlan,
    image_value,
    merged,
    standin_plan,
    upstream_plan,
)
from maidenhair.systems.devices.hami.webhook_certificate import serving_secret
from tests.project import ROOT


@dataclass(frozen=True)
class Named:
    """An image."""

    name: str


KUBE_SCHEDULER, EXTENDER = Named("maidenhair.dev/kube-scheduler:1"), Named("maidenhair.dev/hami:2")
PLAN = standin_plan(Path("/bin/helm"), KUBE_SCHEDULER, EXTENDER)
AVAILABLE = {
    "metadata": {"generation": 1},
    "spec": {"replicas": 1},
    "status": {
        "observedGeneration": 1,
        "replicas": 1,
        "updatedReplicas": 1,
        "availableReplicas": 1,
    },
}


@dataclass
class FakeKube:
    """The part of an API that the installation uses."""

    objects: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)

    def get(self, _: str, kind: str, name: str, namespace: str | None = None) -> Any:
        return self.objects.get((kind, name))

    def list(self, _: str, kind: str) -> list[dict[str, Any]]:
        return [each for (of, _), each in self.objects.items() if of == kind]

    def delete(self, _: str, kind: str, name: str, namespace: str | None = None) -> None:
        self.deleted.append(f"{kind}/{name}")


def helm_that(tmp_path: Path, script: str) -> Helm:
    path = tmp_path / "helm"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return Helm(path, tmp_path / "kubeconfig", tmp_path / "home", "here")


def test_the_plan_of_the_stand_in_has_the_images_of_nodes() -> None:
    scheduler = PLAN.values["scheduler"]
    kube_scheduler = {"registry": "maidenhair.dev", "repository": "kube-scheduler", "tag": "1"}
    assert scheduler["kubeScheduler"]["image"] == kube_scheduler
    assert scheduler["extender"]["image"]["repository"] == "hami"
    assert Path(PLAN.chart, "Chart.yaml").is_file()
    assert not PLAN.is_upstream


def test_the_plan_of_the_real_hami_needs_no_other_images_and_no_devices(tmp_path: Path) -> None:
    plan = upstream_plan(
        Path("/bin/helm"), str(tmp_path), KUBE_SCHEDULER, "projecthami/hami:v2.10.0"
    )
    assert plan.values["devicePlugin"] == {"enabled": False}
    assert plan.values["scheduler"]["service"] == {"type": "ClusterIP"}
    assert "--kube-qps=200" in plan.values["scheduler"]["extender"]["extraArgs"]
    assert plan.values["scheduler"]["patch"] == {"enabled": False}
    extender = plan.values["scheduler"]["extender"]["image"]
    assert extender == {"registry": "docker.io", "repository": "projecthami/hami", "tag": "v2.10.0"}
    assert plan.is_upstream


def test_an_image_with_other_content_under_the_same_name_is_another_plan() -> None:
    plans = [
        upstream_plan(Path("/bin/helm"), "https://example.org/hami", KUBE_SCHEDULER, "hami", digest)
        for digest in ("1", "2")
    ]
    assert plans[0].values["scheduler"]["podAnnotations"] == {"maidenhair.dev/image": "1"}
    assert plans[0].digest() != plans[1].digest()


def test_a_real_hami_that_is_installed_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = {"chart": str(tmp_path), "values": {"a": 1}}
    annotations = {PLAN_ANNOTATION: json.dumps(chosen)}
    fake = FakeKube({("Namespace", NAMESPACE): {"metadata": {"annotations": annotations}}})
    default = replace(PLAN, keeps_upstream=True)
    installed = deploy(cast(Kube, fake), tmp_path, "here", default, Progress())
    assert installed == HamiPlan(PLAN.helm, str(tmp_path), {"a": 1}, is_upstream=True)
    assert "MAIDENHAIR_DEVICES_HAMI=stand-in replaces it" in capsys.readouterr().err


def test_a_real_hami_whose_chart_is_gone_is_named() -> None:
    annotations = {PLAN_ANNOTATION: json.dumps({"chart": "/nowhere", "values": {}})}
    fake = FakeKube({("Namespace", NAMESPACE): {"metadata": {"annotations": annotations}}})
    with pytest.raises(DevicesError, match="its chart /nowhere does not exist any more"):
        installed_upstream(cast(Kube, fake), PLAN)


def test_a_chart_that_does_not_exist_is_refused() -> None:
    with pytest.raises(DevicesError, match=r"HAMI_CHART=/nowhere: no such file or folder"):
        upstream_plan(Path("/bin/helm"), "/nowhere", KUBE_SCHEDULER, "hami")


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("registry:5000/a/b:1", ("registry:5000", "a/b", "1")),
        ("registry:5000/a", ("registry:5000", "a", "")),
        ("projecthami/hami", ("docker.io", "projecthami/hami", "")),
        ("localhost/hami:x", ("localhost", "hami", "x")),
    ],
)
def test_the_name_of_an_image_has_parts(name: str, parts: tuple[str, str, str]) -> None:
    assert tuple(image_value(name).values()) == parts


def test_the_digest_of_an_image_is_a_part() -> None:
    assert image_value("x.io/a@sha256:1")["digest"] == "sha256:1"


def test_values_are_merged_table_by_table() -> None:
    first = {"a": {"b": 1, "c": {"d": 2}}, "e": 3}
    assert merged(first, {"a": {"c": {"d": 4}, "f": 5}, "e": {"g": 6}}) == {
        "a": {"b": 1, "c": {"d": 4}, "f": 5},
        "e": {"g": 6},
    }
    assert first["a"] == {"b": 1, "c": {"d": 2}}


def test_the_digest_of_a_plan_changes_with_its_chart_and_its_values(tmp_path: Path) -> None:
    (tmp_path / "Chart.yaml").write_text("name: a\n")
    plan = HamiPlan(Path("/bin/helm"), str(tmp_path), {"a": 1})
    others = {plan.digest(), replace(plan, values={"a": 2}).digest()}
    assert replace(plan, helm=Path("/other")).digest() == plan.digest()
    (tmp_path / "Chart.yaml").write_text("name: b\n")
    assert len(others | {plan.digest()}) == 3


@pytest.mark.parametrize(
    ("digest", "deployment", "expected"),
    [
        (PLAN.digest(), AVAILABLE, True),
        ("another", AVAILABLE, False),
        (PLAN.digest(), None, False),
        (PLAN.digest(), {**AVAILABLE, "status": {}}, False),
    ],
)
def test_a_plan_is_deployed_if_the_digest_matches_and_the_scheduler_is_available(
    digest: str, deployment: Any, expected: bool
) -> None:
    namespace = {"metadata": {"annotations": {DIGEST_ANNOTATION: digest}}}
    kube = FakeKube({("Namespace", NAMESPACE): namespace, ("Deployment", SCHEDULER): deployment})
    assert is_deployed(cast(Kube, kube), PLAN) is expected


def test_no_plan_is_deployed_without_the_namespace() -> None:
    assert not is_deployed(cast(Kube, FakeKube()), PLAN)


def test_helm_runs_with_the_kubeconfig_and_a_home_of_its_own(tmp_path: Path) -> None:
    helm = helm_that(tmp_path, 'echo "$KUBECONFIG $HELM_CACHE_HOME $@"')
    output = helm.run("version")
    assert output == f"{tmp_path}/kubeconfig {tmp_path}/home/CACHE version --kube-context=here\n"


def test_values_reach_helm_in_a_file(tmp_path: Path) -> None:
    script = 'while [ "$1" != --values ]; do shift; done; cat "$2"'
    output = helm_that(tmp_path, script).install("hami", "chart", "lab", {"a": {"b": "x: {y"}})
    assert json.loads(output) == {"a": {"b": "x: {y"}}


def test_an_error_of_helm_has_its_output(tmp_path: Path) -> None:
    helm = helm_that(tmp_path, "echo 'Error: values are wrong' >&2; exit 1")
    with pytest.raises(DevicesError, match=r"helm upgrade --install hami failed: values are wrong"):
        helm.install("hami", "chart", "lab", {})


@pytest.mark.parametrize(
    ("chart", "status", "is_removed"),
    [
        ("hami-standin-2.10.0", "deployed", False),
        ("hami-standin-2.10.0", "failed", False),
        ("hami-standin-2.10.0", "pending-install", True),
        ("hami-2.10.0", "deployed", True),
    ],
)
def test_a_release_that_cannot_be_upgraded_is_removed(
    tmp_path: Path, chart: str, status: str, is_removed: bool
) -> None:
    listed = json.dumps([{"name": "hami", "chart": chart, "status": status}])
    calls = tmp_path / "calls"
    helm = helm_that(
        tmp_path,
        f"echo $1 $@ | tr ' ' '\\n' | grep -E '^(list|uninstall|--no-hooks)$' | uniq >> {calls}; echo '{listed}'",
    )
    Installation(cast(Kube, FakeKube()), helm, PLAN).remove_incompatible()
    assert calls.read_text().split() == [
        "list",
        *(["uninstall", "--no-hooks"] if is_removed else []),
    ]


@pytest.mark.parametrize(
    ("labels", "is_removed"), [({}, True), ({"app.kubernetes.io/managed-by": "Helm"}, False)]
)
def test_the_certificate_of_the_real_hami_is_removed(
    tmp_path: Path, labels: dict[str, str], is_removed: bool
) -> None:
    kube = FakeKube({("Secret", f"{SCHEDULER}-tls"): {"metadata": {"labels": labels}}})
    Installation(cast(Kube, kube), helm_that(tmp_path, "echo '[]'"), PLAN).remove_incompatible()
    assert kube.deleted == ([f"Secret/{SCHEDULER}-tls"] if is_removed else [])


def test_the_webhooks_of_a_release_have_their_service_in_its_namespace(tmp_path: Path) -> None:
    kind = "MutatingWebhookConfiguration"
    served = {
        name: {
            "metadata": {"name": name},
            "webhooks": [{"clientConfig": {"service": {"namespace": name}}}],
        }
        for name in ("lab", "elsewhere")
    }
    objects = {(kind, name): each for name, each in served.items()}
    objects[kind, "url"] = {"webhooks": [{"clientConfig": {"url": "https://x"}}]}
    kube = FakeKube(objects)
    installation = Installation(cast(Kube, kube), helm_that(tmp_path, ""), PLAN, "lab", "hami-lab")
    assert installation.webhooks() == [served["lab"]]
    assert installation.deployment == "hami-lab-scheduler"


def test_the_certificate_is_for_the_service_and_self_signed() -> None:
    data = serving_secret("s", "lab", "hami-scheduler")["data"]
    assert data["ca.crt"] == data["tls.crt"]
    certificate = x509.load_pem_x509_certificate(base64.b64decode(data["tls.crt"]))
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["hami-scheduler.lab.svc"]
    certificate.verify_directly_issued_by(certificate)


def test_kube_scheduler_ignores_the_resources_of_the_stand_ins_vendors() -> None:
    from hami_scheduler.vendors import VENDORS

    helpers = ROOT / "standins/hami_scheduler/chart/templates/_helpers.tpl"
    definition = helpers.read_text().partition('define "standin.resources"')[2]
    listed = [word for word in re.sub(r"{{.*?}}", " ", definition).split() if "/" in word]
    assert sorted(listed) == sorted(
        name
        for vendor in VENDORS
        for name in vendor.resources
        if name not in vendor.counted_by_kubernetes
    )
