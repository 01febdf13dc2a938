"""Diagnostics of a spec that failed on a real node contain everything that explains it and no planted secret."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hamcrest import greater_than

from maidenhair.clusters.provider import Cluster
from maidenhair.kube import Kube
from maidenhair.kube.diagnosis.dump import collect
from maidenhair.kube.run.run import Run
from maidenhair.waiting import eventually
from tests.conftest import load_python_image

PASSWORD = "correct-horse-9"
PIN = "4711"
JWT = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.c2lnbmVk"
ENCODED = b64encode(PASSWORD.encode()).decode()
PROGRAM = """
import base64, os, pathlib, sys, threading
password = os.environ["FROM_SECRET"]
print("started with", password, flush=True)
print("encoded:", base64.b64encode(password.encode()).decode())
print("Authorization: Basic", base64.b64encode(f"ada:{password}".encode()).decode())
print("own token:", pathlib.Path("/var/run/secrets/kubernetes.io/serviceaccount/token").read_text())
print("the end of it", flush=True)
before = pathlib.Path("/before/it")
if before.exists():
    threading.Event().wait()
before.touch()
sys.exit(3)
"""


@pytest.fixture
def kube(node_cluster: Cluster) -> Iterator[Kube]:
    client = Kube.from_kubeconfig(node_cluster.kubeconfig, node_cluster.context)
    yield client
    client.close()


def planted(namespace: str, image: str) -> list[dict[str, Any]]:
    reference = {"secretKeyRef": {"name": "credentials", "key": "password"}}
    container = {
        "name": "main",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python", "-c", PROGRAM],
        "env": [
            {"name": "FROM_SECRET", "valueFrom": reference},
            {"name": "COPIED", "value": PASSWORD},
            {"name": "CODE", "value": PIN},
        ],
        "volumeMounts": [{"name": "before", "mountPath": "/before"}],
    }
    event = {
        "type": "Warning",
        "reason": "Refused",
        "message": f"login with {PASSWORD} refused",
        "involvedObject": {"kind": "Pod", "name": "crash", "namespace": namespace},
    }
    kubeconfig = f"users:\n- user:\n    token: opaque-0815\n    password: {PASSWORD}\n# {JWT}"
    spec = {"terminationGracePeriodSeconds": 0, "volumes": [{"name": "before", "emptyDir": {}}]}
    made = [
        ("Secret", "credentials", {"stringData": {"password": PASSWORD, "pin": PIN}}),
        ("ConfigMap", "access", {"data": {"kubeconfig": kubeconfig}}),
        ("Event", "refused", event),
        ("Pod", "crash", {"spec": {**spec, "containers": [container]}}),
    ]
    return [
        {
            "apiVersion": "v1",
            "kind": kind,
            "metadata": {"name": name, "namespace": namespace},
            **rest,
        }
        for kind, name, rest in made
    ]


def test_diagnostics_contain_everything_except_secrets(
    kube: Kube, node_cluster: Cluster, tmp_path: Path
) -> None:
    image = load_python_image(node_cluster)
    with Run(kube) as run, run.namespace("diagnosed") as name:
        run.inventory_of(name).apply_all(planted(name, image))

        def restarts() -> int:
            pod = kube.get("v1", "Pod", "crash", name) or {}
            statuses = pod["status"].get("containerStatuses") or [{"restartCount": 0}]
            return int(statuses[0]["restartCount"])

        eventually(restarts, greater_than(0), within=120)
        found = collect(kube, name, tmp_path / "all", notes={"waits": lambda: f"for {PASSWORD}"})
        collect(kube, name, tmp_path / "small", size=3000)
        late = collect(kube, name, tmp_path / "late", seconds=0)

    texts = {file.name: file.read_text() for file in found.files}
    text = "\n".join([found.summary, *texts.values()])
    for each in (PASSWORD, ENCODED, ENCODED.rstrip("="), JWT, "opaque-0815", "eyJ", PIN):
        assert each not in text.replace(name, ""), each
    assert {"events.txt", "describe.txt", "waits.txt", "nodes.txt", "objects.yaml"} <= texts.keys()
    assert "the end of it" in texts["crash.main.previous.log"]
    assert "started with <redacted>" in texts["crash.main.previous.log"]
    assert "Refused: login with <redacted> refused" in texts["events.txt"]
    assert "container main" in texts["describe.txt"]
    assert "exitCode 3" in texts["describe.txt"]
    assert "condition Ready True" in texts["nodes.txt"]
    assert "managedFields" not in texts["objects.yaml"]
    assert "secretKeyRef" in texts["objects.yaml"]

    assert sum(each.stat().st_size for each in (tmp_path / "small").iterdir()) <= 3000
    assert "time limit of 0 s reached" in late.summary
