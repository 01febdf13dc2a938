"""Causes of objects of any kind, on a real node: workloads, objects that refer to others, and custom resources."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hamcrest import contains_string, has_item, has_length

from maidenhair.clusters.provider import Cluster
from maidenhair.kube import Kube, Object
from maidenhair.kube.diagnosis.dump import collect
from maidenhair.kube.run.run import Run
from maidenhair.kube.watch.watched import WatchedObjects
from maidenhair.waiting import eventually
from tests.cluster.accounts import CONTEXT, service_account
from tests.cluster.kube.diagnosis.causes import deployment, wait_for_cause
from tests.cluster.kube.diagnosis.failing_pods import SLEEP, run
from tests.conftest import load_python_image

GROUP = "cases.maidenhair.dev"
LAST_WORDS = "import sys; sys.exit(print('cannot open ledger', flush=True) or 3)"
AT_IT = "import time; print('at it', flush=True); time.sleep(3600)"


def definition(plural: str, kind: str) -> Object:
    """Return the definition of a kind whose objects may have any shape."""
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1", "served": True, "storage": True, "subresources": {"status": {}}}
    names = {"plural": plural, "singular": plural[:-1], "kind": kind}
    versions = [{**version, "schema": {"openAPIV3Schema": schema}}]
    spec = {"group": GROUP, "scope": "Namespaced", "names": names, "versions": versions}
    metadata = {"name": f"{plural}.{GROUP}"}
    api_version, name = "apiextensions.k8s.io/v1", "CustomResourceDefinition"
    return {"apiVersion": api_version, "kind": name, "metadata": metadata, "spec": spec}


def manifest(api_version: str, kind: str, name: str, namespace: str, **fields: Any) -> Object:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields}


def template(image: str, program: str, **spec: Any) -> Object:
    containers = [{"name": "c", "image": image, **run(program)}]
    return {"spec": {"containers": containers, "terminationGracePeriodSeconds": 0, **spec}}


def job(name: str, namespace: str, image: str, program: str, **spec: Any) -> Object:
    pods = template(image, program, restartPolicy="Never")
    return manifest("batch/v1", "Job", name, namespace, spec={"template": pods, **spec})


@pytest.fixture(scope="module")
def kube(node_cluster: Cluster) -> Iterator[Kube]:
    client = Kube.from_kubeconfig(node_cluster.kubeconfig, node_cluster.context)
    yield client
    client.close()


@pytest.fixture(scope="module")
def image(node_cluster: Cluster) -> str:
    return load_python_image(node_cluster)


@pytest.fixture(scope="module")
def namespace(kube: Kube) -> Iterator[str]:
    """Provide a namespace on a cluster that serves Widgets."""
    with Run(kube) as mine, mine.namespace("explain any") as name:
        defined = definition("widgets", "Widget")
        kube.apply_all([defined])
        yield name
        kube.delete(defined["apiVersion"], defined["kind"], defined["metadata"]["name"])


def widget(kube: Kube, name: str, namespace: str, status: Any, **fields: Any) -> Object:
    """Create a Widget with a status, and return it."""
    subject = kube.apply(manifest(f"{GROUP}/v1", "Widget", name, namespace, **fields))
    kube.patch_status(subject["apiVersion"], "Widget", name, status, namespace)
    return subject


def test_a_job_that_failed_is_explained_with_its_last_words(
    kube: Kube, namespace: str, image: str
) -> None:
    failed = kube.apply(job("fails", namespace, image, LAST_WORDS, backoffLimit=0))
    late = kube.apply(job("late", namespace, image, AT_IT, activeDeadlineSeconds=5))
    name = f"Job {namespace}/fails"
    cause = (
        f"{name} has failed: BackoffLimitExceeded: .*container c of Pod .* ended with exit code 3"
    )
    assert wait_for_cause(kube, failed, cause).endswith("\n  last log line: cannot open ledger")
    wait_for_cause(kube, late, f"Job {namespace}/late has failed: DeadlineExceeded: ")


def test_workloads_that_run_no_pod_are_explained(kube: Kube, namespace: str, image: str) -> None:
    labels = {"app": "nowhere"}
    pods = template(image, SLEEP, nodeSelector={"disk": "none"}) | {"metadata": {"labels": labels}}
    spec = {"selector": {"matchLabels": labels}, "template": pods}
    daemons = kube.apply(manifest("apps/v1", "DaemonSet", "nowhere", namespace, spec=spec))
    wait_for_cause(kube, daemons, "runs on no node: no node matches its nodeSelector disk=none")

    jobs = {"spec": {"template": template(image, SLEEP, restartPolicy="Never")}}
    for name, more, cause in (
        ("asleep", {"schedule": "* * * * *", "suspend": True}, "is suspended"),
        ("never", {"schedule": "0 0 30 2 *"}, "which names no date that exists"),
    ):
        cron = manifest("batch/v1", "CronJob", name, namespace, spec={**more, "jobTemplate": jobs})
        wait_for_cause(kube, kube.apply(cron), f"CronJob {namespace}/{name} .*{cause}")


def test_a_deployment_past_its_deadline_and_what_depends_on_it_are_explained(
    kube: Kube, namespace: str
) -> None:
    stuck = deployment(namespace, "stuck")
    stuck["spec"]["progressDeadlineSeconds"] = 1
    stuck["spec"]["template"]["spec"]["containers"][0]["imagePullPolicy"] = "Never"
    kube.apply(stuck)
    absent = 'the image "absent:1" of container main of Pod .* is not on Node'
    wait_for_cause(kube, stuck, f"has exceeded its progress deadline of 1 s: {absent}")

    selector = {"matchLabels": {"app": "stuck"}}
    budget = {"minAvailable": 1, "selector": selector}
    guard = kube.apply(
        manifest("policy/v1", "PodDisruptionBudget", "guard", namespace, spec=budget)
    )
    wait_for_cause(kube, guard, "blocks evictions: 0 of 1 pods are healthy, .*; the image")
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "stuck"}
    metric = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}
    scaling = {"maxReplicas": 2, "metrics": [{"type": "Resource", "resource": metric}]}
    for name, more, cause in (
        ("blind", {}, "cannot read its metrics: FailedGetResourceMetric"),
        ("lost", {"name": "none"}, f"cannot scale Deployment {namespace}/none: it does not exist"),
    ):
        spec = {**scaling, "scaleTargetRef": {**target, **more}}
        kind = ("autoscaling/v2", "HorizontalPodAutoscaler")
        wait_for_cause(kube, kube.apply(manifest(*kind, name, namespace, spec=spec)), cause)


def test_pods_whose_image_was_rewritten_explain_their_deployment(
    kube: Kube, namespace: str
) -> None:
    rewritten = deployment(namespace, "rewritten")
    rewritten["spec"]["template"]["spec"]["containers"][0]["imagePullPolicy"] = "Never"
    kube.apply(rewritten)
    with WatchedObjects(kube, "v1", "Pod", namespace, label_selector="app=rewritten") as pods:
        pod = eventually(pods, has_length(1), within=60)[0]
    containers = [{**pod["spec"]["containers"][0], "image": "mirror.example/absent:1"}]
    kube.patch(
        "v1", "Pod", pod["metadata"]["name"], {"spec": {"containers": containers}}, namespace
    )
    wait_for_cause(kube, rewritten, '"mirror.example/absent:1" .* is not on Node')


def test_objects_that_refer_to_what_does_not_exist_are_explained(
    kube: Kube, namespace: str
) -> None:
    backend = {"service": {"name": "none", "port": {"number": 80}}}
    spec = {"ingressClassName": "none", "defaultBackend": backend}
    ingress = kube.apply(manifest("networking.k8s.io/v1", "Ingress", "web", namespace, spec=spec))
    wait_for_cause(kube, ingress, "uses IngressClass none, which does not exist")
    twin = kube.apply(definition("gadgets", "Widget"))
    try:
        wait_for_cause(kube, twin, "are refused: .*Conflict: .* is already in use")
    finally:
        kube.delete(twin["apiVersion"], twin["kind"], twin["metadata"]["name"])


def test_an_init_container_is_named(kube: Kube, namespace: str, image: str) -> None:
    spec = template(image, SLEEP)["spec"]
    spec["initContainers"] = [{"name": "wait-for-it", "image": image, **run(AT_IT)}]
    slow = kube.apply(manifest("v1", "Pod", "slow", namespace, spec=spec))
    cause = f"init container wait-for-it of Pod {namespace}/slow has not completed"
    assert wait_for_cause(kube, slow, cause).endswith("\n  last log line: at it")


UNHAPPY = {"conditions": [{"type": "InvalidSpec", "message": "source nowhere is not known"}]}


@pytest.mark.parametrize(
    ("name", "status", "cause"),
    [
        ("unhappy", UNHAPPY, "reports InvalidSpec: source nowhere is not known"),
        ("mapped", {"conditions": {"Ready": {"status": "False"}}}, "is not Ready"),
        ("failed", {"phase": "Failed", "message": "no belt"}, "is Failed: no belt"),
        ("old", {"observedGeneration": 0}, "no controller has acted on the last change of Widget"),
        ("quiet", {"colour": "blue"}, "nothing known about Widget"),
    ],
)
def test_a_custom_resource_is_explained_by_its_status(
    kube: Kube, namespace: str, name: str, status: Object, cause: str
) -> None:
    odd = {"selector": "app=web", "template": "none", "containers": [{"name": "c"}]}
    wait_for_cause(kube, widget(kube, name, namespace, status, spec=odd), cause)


def test_the_pods_below_a_custom_resource_explain_it(
    kube: Kube, namespace: str, image: str
) -> None:
    top = widget(kube, "top", namespace, {"conditions": [{"type": "Ready", "status": "False"}]})
    owner = {"uid": top["metadata"]["uid"], "name": "top", "kind": "Widget"}
    below = job("below", namespace, image, LAST_WORDS, backoffLimit=0)
    below["metadata"]["ownerReferences"] = [{**owner, "apiVersion": top["apiVersion"]}]
    kube.apply(below)
    explained = wait_for_cause(kube, top, "container c of Pod .*below.* ended with exit code 3")
    assert explained.endswith("\n  last log line: cannot open ledger")


def test_diagnostics_have_custom_resources_first_and_no_line_about_kinds(
    kube: Kube, tmp_path: Path
) -> None:
    with Run(kube) as mine, mine.namespace("diagnose any") as name:
        kube.apply_all([definition("widgets", "Widget")])
        widget(kube, "unhappy", name, UNHAPPY)
        found = collect(kube, name, tmp_path)
    described = (tmp_path / "describe.txt").read_text()
    assert described.startswith(f"Widget {name}/unhappy\n")
    assert "ServiceAccount" in described
    assert "not available" not in found.summary
    cause = f"Widget {name}/unhappy reports InvalidSpec: source nowhere is not known"
    assert found.summary.splitlines()[1] == f"  {cause}"


def test_the_command_explains_for_an_account_that_may_only_read(
    kube: Kube, node_cluster: Cluster, namespace: str, tmp_path: Path
) -> None:
    widget(kube, "shown", namespace, UNHAPPY)
    role = "tests-maidenhair-explain"
    rules = [{"apiGroups": [GROUP], "resources": ["widgets"], "verbs": ["get", "list"]}]
    kube.apply(manifest("v1", "ServiceAccount", "reader", namespace))
    rbac = "rbac.authorization.k8s.io/v1"
    kube.apply(manifest(rbac, "Role", role, namespace, rules=rules))
    binding = {
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": role},
        "subjects": [{"kind": "ServiceAccount", "name": "reader", "namespace": namespace}],
    }
    kube.apply(manifest(rbac, "RoleBinding", role, namespace, **binding))
    path = service_account(node_cluster, tmp_path, "reader", namespace)
    options = ["--kubeconfig", str(path), "--context", CONTEXT, "-n", namespace]

    def explained() -> list[str]:
        command = [sys.executable, "-m", "maidenhair", "explain", *options, "--json"]
        ended = subprocess.run([*command, "widget/shown"], capture_output=True, text=True)
        return [json.loads(ended.stdout)["cause"]] if ended.returncode == 0 else [ended.stderr]

    expected = f"Widget {namespace}/shown reports InvalidSpec: source nowhere is not known"
    eventually(explained, has_item(contains_string(expected)), within=60)


def test_the_command_prints_again_when_the_explanation_changes(
    kube: Kube, node_cluster: Cluster, namespace: str
) -> None:
    subject = widget(kube, "watched", namespace, {"phase": "Failed", "message": "first"})
    options = ["--kubeconfig", str(node_cluster.kubeconfig), "--context", node_cluster.context]
    command = [sys.executable, "-m", "maidenhair", "explain", *options, "-n", namespace, "--watch"]
    with subprocess.Popen([*command, "widget/watched"], stdout=subprocess.PIPE, text=True) as shown:
        assert shown.stdout is not None
        assert "is Failed: first" in shown.stdout.readline()
        kube.patch_status(
            subject["apiVersion"], "Widget", "watched", {"message": "second"}, namespace
        )
        assert "is Failed: second" in shown.stdout.readline()
        shown.terminate()
