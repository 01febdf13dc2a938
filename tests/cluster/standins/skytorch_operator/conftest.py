"""A control plane with the Compute API, and the operator stand-in as a process beside it.

The controllers of Kubernetes are real. There is no node, so the tests write the status of the pods and of
the Gateway in place of a kubelet and a gateway controller.
"""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from maidenhair._util.ports import free_port
from maidenhair._util.progress import Progress
from maidenhair.clusters.provider import Cluster
from maidenhair.clusters.toolchain import Toolchain
from maidenhair.config.cluster import Settings
from maidenhair.kube import Kube, Object
from maidenhair.kube.matchers import has_condition, is_absent, is_present
from maidenhair.systems.skytorch.components import components
from maidenhair.waiting import eventually
from tests.project import ROOT

COMPUTE = ("compute.skytorch.dev/v1alpha1", "Compute")
GATEWAY = ("gateway.networking.k8s.io/v1", "Gateway", "skytorch-gateway", "skytorch-system")
GRPC_ROUTE = ("gateway.networking.k8s.io/v1", "GRPCRoute")
STATEFUL_SET = ("apps/v1", "StatefulSet")
SYSTEM = "skytorch-system"
SECONDS = 90.0
"""The time limit of each wait. The garbage collector looks for new kinds only every 30 s."""

LONG_AGO = "2026-01-01T00:00:00Z"


@pytest.fixture(scope="session")
def kube(api_cluster: Cluster) -> Iterator[Kube]:
    """Yield the API server with the Gateway API, the Compute API and the operator's permissions."""
    cluster = api_cluster
    kube = Kube.from_kubeconfig(cluster.kubeconfig, cluster.context, cluster.kubectl)
    definitions = Toolchain(Settings(), Progress(), extra=[components]).ensure(["gateway-api-crds"])
    for name in ("grpcroutes", "gateways"):
        path = definitions["gateway-api-crds"].path / f"gateway.networking.k8s.io_{name}.yaml"
        kube.apply_all(yaml.safe_load_all(path.read_text(encoding="utf-8")))
    stand_in = kube.kustomize(ROOT / "manifests" / "skytorch" / "stand-in")
    kube.apply_all(each for each in stand_in if each["kind"] != "Deployment")
    yield kube
    kube.close()


@pytest.fixture
def namespace(kube: Kube) -> Iterator[str]:
    """Yield a namespace for one test."""
    manifest = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"generateName": "operator-"},
    }
    name = kube.create(manifest)["metadata"]["name"]
    yield name
    kube.delete("v1", "Namespace", name)


@pytest.fixture
def gateway(kube: Kube) -> Iterator[Callable[..., Object]]:
    """Yield a function that creates the Gateway and writes its status. The Gateway is deleted before and after."""

    def report(*, programmed: bool = True, address: str = "10.1.2.3") -> Object:
        listener = {"name": "grpc", "port": 50051, "protocol": "HTTP"}
        spec = {"gatewayClassName": "none", "listeners": [listener]}
        api_version, kind, name, system = GATEWAY
        metadata = {"name": name, "namespace": system}
        kube.apply({"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec})
        conditions = [condition("Programmed", programmed)]
        addresses = [{"type": "IPAddress", "value": address}]
        status = {"conditions": conditions, "addresses": addresses}
        return kube.patch_status(api_version, kind, name, status, system)

    kube.delete(*GATEWAY)
    yield report
    kube.delete(*GATEWAY)


class Operator:
    """The operator stand-in as a process with the permissions that it has in a cluster."""

    def __init__(self, kubeconfig: Path, log: Path) -> None:
        """Set its kubeconfig and the file for its output. `start` starts it."""
        self._kubeconfig = kubeconfig
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0

    def start(self) -> None:
        """Start it and wait until it is healthy."""
        self._port = free_port()
        environment = {
            **os.environ,
            "KUBECONFIG": str(self._kubeconfig),
            "NAMESPACE": SYSTEM,
            "LIVENESS_ENDPOINT": f"http://127.0.0.1:{self._port}/healthz",
            "PYTHONPATH": str(ROOT / "standins"),
        }
        command = [sys.executable, "-m", "skytorch_operator"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        eventually(
            self.health,
            200,
            within=SECONDS,
            stop_when=[self._death],
            described_as="the operator to be healthy",
        )

    def stop(self) -> None:
        """Stop it and wait until its process has exited."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(SECONDS)
            self._process = None

    def health(self) -> int | None:
        """Return the HTTP status of its health endpoint, or None if nothing answers."""
        url = f"http://127.0.0.1:{self._port}/healthz"
        try:
            with urllib.request.urlopen(url, timeout=SECONDS) as response:
                status: int = response.status
                return status
        except urllib.error.HTTPError as error:
            with error:
                return error.code
        except OSError:
            return None

    def _death(self) -> str | None:
        if self._process is None or self._process.poll() is None:
            return None
        return f"it exited:\n{self._log.read_text(encoding='utf-8')[-2000:]}"


@pytest.fixture(scope="module")
def operator(
    kube: Kube, api_cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Operator]:
    """Yield the running operator. It ends with the module, because other tests need a cluster without one."""
    folder = tmp_path_factory.mktemp("operator")
    operator = Operator(service_account_kubeconfig(api_cluster, folder), folder / "log")
    operator.start()
    yield operator
    operator.stop()


class Computes:
    """The Computes of a namespace, with the status that a kubelet and a gateway controller would write."""

    def __init__(self, kube: Kube, namespace: str) -> None:
        """Set the API server and the namespace."""
        self.kube = kube
        self.namespace = namespace

    def apply(self, name: str = "demo", **spec: Any) -> Object:
        """Server-side apply a Compute."""
        api_version, kind = COMPUTE
        metadata = {"name": name, "namespace": self.namespace}
        spec = spec or {"image": "server:1"}
        return self.kube.apply(
            {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec}
        )

    def delete(self, name: str = "demo") -> None:
        """Delete a Compute."""
        self.kube.delete(*COMPUTE, name, self.namespace)

    def get(self, kind: tuple[str, str] = COMPUTE, name: str = "demo") -> Object | None:
        """Return the object of a kind and a name in the namespace, or None if it does not exist."""
        return self.kube.get(*kind, name, self.namespace)

    def wait_for(self, kind: tuple[str, str], name: str = "demo") -> Object:
        """Wait until an object exists, and return it."""
        found = eventually(lambda: self.get(kind, name), is_present(), within=SECONDS)
        return found or {}

    def wait_until_gone(self, kind: tuple[str, str], name: str = "demo") -> None:
        """Wait until an object is gone."""
        eventually(lambda: self.get(kind, name), is_absent(), within=SECONDS)

    def wait_until(self, kind: str, status: str, reason: str, name: str = "demo") -> Object:
        """Wait until a Compute has a condition with a reason, and return the condition."""
        matcher = has_condition(kind, status, reason)
        found = eventually(lambda: self.get(COMPUTE, name), matcher, within=SECONDS) or {}
        return next(each for each in found["status"]["conditions"] if each["type"] == kind)

    def report_pod(self, ready: bool = True, name: str = "demo") -> None:
        """Report the pod of a Compute as Running, and as ready or not, as a kubelet does."""
        self.wait_for(("v1", "Pod"), f"{name}-0")
        status = {"phase": "Running", "conditions": [condition("Ready", ready)]}
        self.kube.patch_status("v1", "Pod", f"{name}-0", status, self.namespace)

    def report_route(self, accepted: bool = True, name: str = "demo") -> None:
        """Report the route of a Compute as accepted or not, as a gateway controller does."""
        found = self.wait_for(GRPC_ROUTE, name)
        parent = {
            "controllerName": "example.com/test",
            "parentRef": found["spec"]["parentRefs"][0],
            "conditions": [condition("Accepted", accepted)],
        }
        self.kube.patch_status(*GRPC_ROUTE, name, {"parents": [parent]}, self.namespace)


@pytest.fixture
def computes(kube: Kube, namespace: str) -> Computes:
    """Return the Computes of the test's namespace."""
    return Computes(kube, namespace)


def condition(kind: str, holds: bool) -> Object:
    return {
        "type": kind,
        "status": str(holds),
        "reason": "Test",
        "message": "",
        "lastTransitionTime": LONG_AGO,
    }


def service_account_kubeconfig(cluster: Cluster, folder: Path) -> Path:
    """Write a kubeconfig for the operator's service account, and return its path."""
    access = ["--kubeconfig", str(cluster.kubeconfig), "--context", cluster.context]
    create = ["create", "token", "skytorch-operator", "--namespace", SYSTEM]
    made = subprocess.run(
        [str(cluster.kubectl), *access, *create], check=True, capture_output=True, text=True
    )
    config = yaml.safe_load(cluster.kubeconfig.read_text(encoding="utf-8"))
    (context,) = [each for each in config["contexts"] if each["name"] == cluster.context]
    context["context"]["user"] = "operator"
    config["current-context"] = cluster.context
    config["users"] = [{"name": "operator", "user": {"token": made.stdout.strip()}}]
    path = folder / "kubeconfig"
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    return path
