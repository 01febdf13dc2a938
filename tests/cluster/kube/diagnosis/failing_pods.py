"""Pods that fail in every way that has a cause, and the expected causes."""

from __future__ import annotations

from typing import Any

from maidenhair.kube import Object

REGISTRY_PORT = 5999
REGISTRY = f"""
import http.server, socket
class Handler(http.server.BaseHTTPRequestHandler):
    def handle(self):
        # Like other servers, answer TLS in plain HTTP. containerd then uses that.
        if self.connection.recv(1, socket.MSG_PEEK) == b"\\x16":
            self.wfile.write(b"HTTP/1.0 400 Bad Request\\r\\n\\r\\n")
        else:
            super().handle()
    def do_GET(self):
        self.send_response(403 if "private" in self.path else 404)
        self.end_headers()
    do_HEAD = do_GET
http.server.HTTPServer(("127.0.0.1", {REGISTRY_PORT}), Handler).serve_forever()
"""
HANDLER = "no-such-handler"
SLEEP = "import time; time.sleep(3600)"
FAILING = {
    "exec": {"command": ["python", "-S", "-c", "raise SystemExit(1)"]},
    "periodSeconds": 1,
    "timeoutSeconds": 10,
    "failureThreshold": 1,
}


def run(program: str, **container: Any) -> Object:
    """Return a container that runs a program; its image is filled in later."""
    return {"command": ["python", "-S", "-c", program], **container}


def env(**source: Any) -> Object:
    return run(SLEEP, env=[{"name": "X", "valueFrom": source}])


def volume(**source: Any) -> Object:
    return {"volumes": [{"name": "data", **source}]}


def of_image(image: str, **container: Any) -> Object:
    return {"image": image, **container}


def requesting(**resources: str) -> Object:
    return run(SLEEP, resources={"requests": resources, "limits": resources})


def affinity(kind: str) -> Object:
    term = {
        "labelSelector": {"matchLabels": {"app": "absent"}},
        "topologyKey": "kubernetes.io/hostname",
    }
    return {"affinity": {kind: {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}}


NODE_AFFINITY = {
    "nodeAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [
                {"matchExpressions": [{"key": "disk", "operator": "In", "values": ["ssd"]}]}
            ]
        }
    }
}

# Name of the pod, its container, other fields of its spec, and the pattern of the expected cause ("NS": the namespace).
CASES: tuple[tuple[str, Object, Object, str], ...] = (
    (
        "bad-name",
        of_image("No Name:1"),
        {},
        'container main of Pod NS/bad-name has the invalid image name "No Name:1"',
    ),
    (
        "never-pulled",
        of_image("absent:1", imagePullPolicy="Never"),
        {},
        r'"absent:1" of container main .* is not on Node node-1, and its imagePullPolicy is Never',
    ),
    (
        "no-registry",
        of_image("localhost:1/absent:1"),
        {},
        r"cannot be pulled \(its registry cannot be reached\): .*connection refused",
    ),
    (
        "no-image",
        of_image(f"localhost:{REGISTRY_PORT}/absent:1"),
        {},
        r"cannot be pulled \(its registry has no such image\): .*not found",
    ),
    (
        "private-image",
        of_image(f"localhost:{REGISTRY_PORT}/private:1"),
        {},
        r"cannot be pulled \(its registry denies access; ",
    ),
    (
        "no-secret",
        env(secretKeyRef={"name": "absent", "key": "k"}),
        {},
        "container main of Pod NS/no-secret needs Secret NS/absent, which does not exist",
    ),
    (
        "no-config-map",
        env(configMapKeyRef={"name": "absent", "key": "k"}),
        {},
        "needs ConfigMap NS/absent, which does not exist",
    ),
    (
        "no-key",
        env(configMapKeyRef={"name": "present", "key": "k"}),
        {},
        "needs the key k of ConfigMap NS/present, which has no such key",
    ),
    (
        "no-root",
        run(SLEEP, securityContext={"runAsNonRoot": True, "runAsUser": 0}),
        {},
        "container main of Pod NS/no-root cannot be created: CreateContainerConfigError: .*non-root",
    ),
    (
        "no-command",
        {"command": ["no-such-command"]},
        {},
        'cannot start: its command "no-such-command" is not in its image',
    ),
    (
        "out-of-memory",
        run("x = []\nwhile True: x.append(b'x' * 2**20)", resources={"limits": {"memory": "32Mi"}}),
        {},
        "was killed because it exceeded its limit of 32Mi of memory",
    ),
    (
        "not-alive",
        run(SLEEP, livenessProbe=FAILING),
        {},
        "container main of Pod NS/not-alive is killed by its liveness probe",
    ),
    ("not-started", run(SLEEP, startupProbe=FAILING), {}, "is killed by its startup probe"),
    (
        "not-ready",
        run(SLEEP, readinessProbe={"tcpSocket": {"port": 9}, "periodSeconds": 1}),
        {},
        "Pod NS/not-ready is running but not Ready: Readiness probe failed: .*connection refused",
    ),
    (
        "crash-loop",
        run("raise SystemExit('broken')"),
        {},
        r"container main of Pod NS/crash-loop keeps crashing .*it ended with exit code 1",
    ),
    (
        "failed",
        run("raise SystemExit(7)"),
        {"restartPolicy": "Never"},
        "container main of Pod NS/failed ended with exit code 7",
    ),
    (
        "init-fails",
        run(SLEEP),
        {"initContainers": [{"name": "prepare", **run("raise SystemExit(3)")}]},
        "init container prepare of Pod NS/init-fails .*exit code 3",
    ),
    (
        "too-late",
        run(SLEEP),
        {"activeDeadlineSeconds": 1},
        "Pod NS/too-late was terminated: DeadlineExceeded",
    ),
    (
        "cpu",
        requesting(cpu="640"),
        {},
        r"Pod NS/cpu fits on no node: the only node: not enough cpu is free "
        r"\(the pod requests 640, the largest node has \d+\)",
    ),
    ("memory", requesting(memory="1Pi"), {}, "not enough memory is free .*the pod requests 1Pi"),
    (
        "device",
        requesting(**{"example.com/gpu": "1"}),
        {},
        r"not enough example.com/gpu is free \(the pod requests 1, no node has any\)",
    ),
    (
        "node-selector",
        run(SLEEP),
        {"nodeSelector": {"disk": "ssd"}},
        "the only node: no match for its nodeSelector disk=ssd",
    ),
    ("node-affinity", run(SLEEP), {"affinity": NODE_AFFINITY}, "no match for its node affinity"),
    (
        "pod-affinity",
        run(SLEEP),
        affinity("podAffinity"),
        "no pod that its pod affinity requires",
    ),
    (
        "port-taken",
        run(SLEEP, ports=[{"containerPort": 1, "hostPort": REGISTRY_PORT}]),
        {},
        f"host port {REGISTRY_PORT} is in use",
    ),
    (
        "gated",
        run(SLEEP),
        {"schedulingGates": [{"name": "example.com/wait"}]},
        "is not scheduled until its scheduling gates are removed: example.com/wait",
    ),
    (
        "scheduler",
        run(SLEEP),
        {"schedulerName": "absent"},
        "is waiting for scheduler absent, which has not acted",
    ),
    (
        "no-claim",
        run(SLEEP),
        volume(persistentVolumeClaim={"claimName": "absent"}),
        "Pod NS/no-claim needs PersistentVolumeClaim NS/absent, which does not exist",
    ),
    (
        "unbound-claim",
        run(SLEEP),
        volume(persistentVolumeClaim={"claimName": "no-class"}),
        "Pod NS/unbound-claim is waiting for its claim: "
        "PersistentVolumeClaim NS/no-class uses StorageClass absent, which does not exist",
    ),
    (
        "shared-claim",
        run(SLEEP),
        volume(persistentVolumeClaim={"claimName": "shared"}),
        "is waiting for its claim: no volume can be provisioned for .*ReadWriteMany",
    ),
    (
        "no-secret-volume",
        run(SLEEP),
        volume(secret={"secretName": "absent"}),
        "the volume data of Pod NS/no-secret-volume needs Secret NS/absent, which does not exist",
    ),
    (
        "no-config-map-volume",
        run(SLEEP),
        volume(configMap={"name": "absent"}),
        "the volume data of .* needs ConfigMap NS/absent, which does not exist",
    ),
    (
        "no-key-volume",
        run(SLEEP),
        volume(configMap={"name": "present", "items": [{"key": "k", "path": "k"}]}),
        "the volume data of .* needs the key k, which its source does not have",
    ),
    (
        "no-folder",
        run(SLEEP),
        volume(hostPath={"path": "/no-such-folder", "type": "Directory"}),
        "Pod NS/no-folder cannot start: .*hostPath type check failed",
    ),
    (
        "no-handler",
        run(SLEEP),
        {"runtimeClassName": HANDLER},
        f"the container runtime of Node node-1 has no handler for RuntimeClass {HANDLER}",
    ),
)
