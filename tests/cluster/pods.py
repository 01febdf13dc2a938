"""Pods, services and claims for tests on a real cluster, in its namespace `default`."""

from __future__ import annotations

import socket
from typing import Any

from hamcrest import equal_to, not_none

from maidenhair.kube import Kube, objects
from maidenhair.waiting import eventually

SERVER = """
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(os.environ["HOSTNAME"].encode())
    def log_message(self, *_): pass
print("serving", flush=True)
http.server.ThreadingHTTPServer(("", 8080), Handler).serve_forever()
"""
"""A program that serves its pod's name over HTTP on port 8080."""


def named(name: str) -> dict[str, Any]:
    return {"name": name, "namespace": "default", "labels": {"app": name}}


def pod(name: str, image: str, command: list[str], node: str | None = None) -> dict[str, Any]:
    """Return the manifest of a pod, on a node if one is named."""
    container = {
        "name": "main",
        "image": image,
        "command": command,
        "imagePullPolicy": "IfNotPresent",
    }
    spec = {"containers": [container], "restartPolicy": "Never", "terminationGracePeriodSeconds": 0}
    if node:
        spec["nodeSelector"] = {"kubernetes.io/hostname": node}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": named(name), "spec": spec}


def python(name: str, image: str, program: str, node: str | None = None) -> dict[str, Any]:
    """Return the manifest of a pod that runs a program until it succeeds: the objects that it needs may come late."""
    made = pod(name, image, ["python", "-c", program], node)
    made["spec"]["restartPolicy"] = "OnFailure"
    return made


def server(name: str, image: str, node: str | None = None) -> dict[str, Any]:
    """Return the manifest of a pod that serves its name, also after its node was restarted."""
    made = pod(name, image, ["python", "-c", SERVER], node)
    made["spec"]["restartPolicy"] = "Always"
    return made


def service(name: str, kind: str = "ClusterIP", **more: Any) -> dict[str, Any]:
    """Return the manifest of a service of pods that serve. Default: the pods with its name."""
    ports = [{"port": 80, "targetPort": 8080}]
    spec = {"type": kind, "selector": {"app": name}, "ports": ports, **more}
    return {"apiVersion": "v1", "kind": "Service", "metadata": named(name), "spec": spec}


def claim(name: str, **more: Any) -> dict[str, Any]:
    """Return the manifest of a claim of the default class."""
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Mi"}},
        **more,
    }
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": named(name),
        "spec": spec,
    }


def with_claim(pod: dict[str, Any], claim: str) -> dict[str, Any]:
    """Return the pod with a claim's volume at /data."""
    volume = {"name": "data", "persistentVolumeClaim": {"claimName": claim}}
    pod["spec"]["volumes"] = [volume]
    pod["spec"]["containers"][0]["volumeMounts"] = [{"name": "data", "mountPath": "/data"}]
    return pod


def ready(kube: Kube, name: str) -> str:
    """Return the status of a pod's condition Ready."""
    return condition(kube, "Pod", name, "default")


def condition(kube: Kube, kind: str, name: str, namespace: str | None = None) -> str:
    """Return the status of an object's condition Ready; "absent" if there is none."""
    found = kube.get("v1", kind, name, namespace)
    return ready["status"] if (ready := objects.condition(found, "Ready")) else "absent"


def await_ready(kube: Kube, *names: str) -> None:
    for name in names:
        eventually(
            lambda name=name: ready(kube, name),
            equal_to("True"),
            within=120,
            described_as=f"pod {name} to be ready",
        )


def finished(kube: Kube, name: str) -> str:
    """Wait until a pod has succeeded, and return its output."""
    eventually(
        lambda: (kube.get("v1", "Pod", name, "default") or {})["status"]["phase"],
        equal_to("Succeeded"),
        within=180,
        described_as=f"pod {name} to succeed",
    )
    return kube.pod_logs("default", name)


def address_of(kube: Kube, name: str) -> str:
    """Return the address of a service of type LoadBalancer, once it has one."""

    def address() -> str | None:
        found = kube.get("v1", "Service", name, "default") or {}
        ingress = found["status"]["loadBalancer"].get("ingress")
        return ingress[0]["ip"] if ingress else None

    return str(eventually(address, not_none(), within=60))


def fetch(address: str, port: int, patience: float = 5) -> str:
    """Return the answer of an HTTP server, its headers included; wait for each part for `patience` seconds."""
    with socket.create_connection((address, port), timeout=patience) as connection:
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        chunks = iter(lambda: connection.recv(4096), b"")
        return b"".join(chunks).decode()
