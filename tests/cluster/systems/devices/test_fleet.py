"""Simulated nodes: pods wait there for their devices, and nothing stays of the nodes of a run that was killed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil
from hamcrest import empty, instance_of, is_

from maidenhair._util.progress import Progress
from maidenhair.clusters.provider import Cluster
from maidenhair.clusters.toolchain import Toolchain
from maidenhair.config import load_settings
from maidenhair.kube import Kube
from maidenhair.kube.matchers import has_jmespath
from maidenhair.kube.run.run import Run, sweep
from maidenhair.systems.devices import vendor
from maidenhair.systems.devices.components import components
from maidenhair.systems.devices.pod_request import PodRequest
from maidenhair.systems.devices.pods.pod import DevicePod
from maidenhair.systems.devices.simulated.fleet import Fleet
from maidenhair.waiting import eventually

WITHIN = 60.0
PHASE = "hami.io/bind-phase"

# A run with a pod on a simulated node. It prints its namespace, then waits until it is killed.
VICTIM = """
import sys
from pathlib import Path
from maidenhair.systems.devices import vendor
from maidenhair.systems.devices.pods.pod import DevicePod
from maidenhair.systems.devices.pod_request import Container, PodRequest
from maidenhair.systems.devices.simulated.fleet import Fleet
from maidenhair.kube import Kube
from maidenhair.kube.run.run import Run
kubeconfig, context, kwok, folder = sys.argv[1:]
kube = Kube.from_kubeconfig(Path(kubeconfig), context)
with Run(kube) as run, run.namespace("the victim's spec") as namespace:
    fleet = Fleet(
        kube,
        run.inventory_of(namespace),
        namespace,
        kwok=Path(kwok),
        kubeconfig=Path(kubeconfig),
        folder=Path(folder),
        shared=False,
    )
    with fleet:
        fleet.add("one", {vendor("NVIDIA"): 1})
        pod = DevicePod(kube, namespace, "user", fleet)
        pod.create(PodRequest([Container({"nvidia.com/gpu": "1"})]))
        pod.wait_until_running()
        print(namespace, flush=True)
        sys.stdin.read()
"""


def test_kwok_ends_with_a_killed_run_and_a_sweep_removes_its_nodes(
    kube: Kube, api_cluster: Cluster, tmp_path: Path
) -> None:
    arguments = [api_cluster.kubeconfig, api_cluster.context, kwok_program(), tmp_path]
    command = [sys.executable, "-c", VICTIM, *map(str, arguments)]
    with subprocess.Popen(command, stdin=-1, stdout=-1, text=True) as process:
        assert process.stdout is not None
        namespace = process.stdout.readline().strip()
        children = psutil.Process(process.pid).children()
        process.kill()
    assert namespace
    assert [each.name() for each in children] == ["kwok"]
    eventually(
        lambda: [each for each in children if each.is_running()],
        is_(empty()),
        within=WITHIN,
        described_as="KWOK to end with the run that started it",
    )
    [node] = [name for name in nodes(kube) if name.startswith("one-")]
    removed = sweep(kube)
    assert f"Namespace {namespace}" in removed
    assert f"Node {node}" in removed
    assert kube.get("v1", "Namespace", namespace) is None
    assert node not in nodes(kube)


def test_a_pod_that_hami_has_bound_runs_once_its_devices_are_allocated(
    kube: Kube, api_cluster: Cluster, tmp_path: Path
) -> None:
    with Run(kube) as run, run.namespace("a spec") as namespace:
        fleet = Fleet(
            kube,
            run.inventory_of(namespace),
            namespace,
            kwok=kwok_program(),
            kubeconfig=api_cluster.kubeconfig,
            folder=tmp_path,
            shared=False,
        )
        with fleet:
            fleet.add("one", {vendor("NVIDIA"): 1})
            bound = DevicePod(kube, namespace, "bound", fleet)
            bound.create(PodRequest(annotations={PHASE: "allocating"}))
            bound.wait_until(has_jmespath("spec.nodeName", instance_of(str)), "to be scheduled")
            other = DevicePod(kube, namespace, "other", fleet)
            other.create(PodRequest())
            assert other.wait_until_running() == "one"
            assert bound.present()["status"]["phase"] == "Pending"
            allocated = {"metadata": {"annotations": {PHASE: "success"}}}
            kube.patch("v1", "Pod", "bound", allocated, namespace)
            assert bound.wait_until_running() == "one"


def kwok_program() -> Path:
    toolchain = Toolchain(load_settings(), Progress(), extra=[components])
    return toolchain.ensure(["kwok"])["kwok"].path


def nodes(kube: Kube) -> list[str]:
    return [each["metadata"]["name"] for each in kube.list("v1", "Node")]
