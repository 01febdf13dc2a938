"""Causes of problems with Gateways and routes, with a real Contour."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from maidenhair._util.progress import Progress
from maidenhair.clusters.provider import Cluster
from maidenhair.kube import Kube, Object
from maidenhair.kube.run.run import Run
from maidenhair.suite.session import open_session
from tests.cluster.kube.diagnosis.causes import made, wait_for_cause
from tests.project import run_settings

GATEWAY, SYSTEM = "skytorch-gateway", "skytorch-system"
CLASS = "tests-ignored"


@pytest.fixture(scope="module")
def kube(systems_cluster: Cluster) -> Iterator[Kube]:
    settings = run_settings(provider="embedded", cluster_name=systems_cluster.name)
    with open_session(settings, Progress()):
        kube = Kube.from_kubeconfig(systems_cluster.kubeconfig, systems_cluster.context)
        yield kube
        kube.close()


@pytest.fixture(scope="module")
def namespace(kube: Kube) -> Iterator[str]:
    with Run(kube) as run, run.namespace("explain gateway") as name:
        kube.apply(made("Service", "web", name, spec={"ports": [{"port": 80}]}))
        for class_name in ("absent", CLASS):
            kube.apply(gateway(name, class_name, class_name))
        ignored = made("GatewayClass", CLASS, spec={"controllerName": "example.com/absent"})
        kube.apply(ignored)
        for route, (parent, backend, _) in ROUTES.items():
            kube.apply(grpc_route(name, route, parent, backend))
        yield name
        kube.delete(ignored["apiVersion"], "GatewayClass", CLASS)


def gateway(namespace: str, name: str, class_name: str, **listener: Any) -> Object:
    listeners = [{"name": "grpc", "protocol": "HTTP", "port": 50051, **listener}]
    spec = {"gatewayClassName": class_name, "listeners": listeners}
    return made("Gateway", name, namespace, spec=spec)


def grpc_route(namespace: str, name: str, parent: Object, backend: Object) -> Object:
    # Contour refuses a route that matches just what an older one does.
    matches = [{"headers": [{"name": "x-route", "value": name}]}]
    rules = [{"matches": matches, "backendRefs": [{"name": "web", "port": 80, **backend}]}]
    spec = {"parentRefs": [parent], "rules": rules}
    return made("GRPCRoute", name, namespace, spec=spec)


OURS = {"name": GATEWAY, "namespace": SYSTEM}
ROUTES: dict[str, tuple[Object, Object, str]] = {
    "nowhere": ({"name": "nowhere"}, {}, "refers to Gateway NS/nowhere, which does not exist"),
    "no-listener": (
        {**OURS, "sectionName": "http"},
        {},
        f"refers to listener http of Gateway {SYSTEM}/{GATEWAY}, which does not exist .the Gateway has grpc",
    ),
    "no-service": (OURS, {"name": "absent"}, "routes to Service NS/absent, which does not exist"),
    "no-port": (
        OURS,
        {"port": 81},
        "routes to port 81 of Service NS/web, which does not exist .the Service has 80",
    ),
    "not-granted": (
        OURS,
        {"name": "kubernetes", "namespace": "default", "port": 443},
        "GRPCRoute NS/not-granted has a backend that cannot be used: RefNotPermitted",
    ),
    "ignored": (
        {"name": CLASS},
        {},
        f"GatewayClass {CLASS} of Gateway NS/{CLASS} is not accepted: "
        "controller example.com/absent has not acted on it",
    ),
}


@pytest.mark.parametrize(
    ("name", "expected"), [pytest.param(name, case[2], id=name) for name, case in ROUTES.items()]
)
def test_a_route_that_cannot_be_used_is_explained(
    kube: Kube, namespace: str, name: str, expected: str
) -> None:
    wait_for_cause(kube, made("GRPCRoute", name, namespace), expected.replace("NS", namespace))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("absent", "uses GatewayClass absent, which does not exist"),
        (
            CLASS,
            "is not accepted: controller example.com/absent has not acted on it; check that it is running",
        ),
    ],
)
def test_a_gateway_that_is_not_programmed_is_explained(
    kube: Kube, namespace: str, name: str, expected: str
) -> None:
    wait_for_cause(kube, made("Gateway", name, namespace), expected)


@pytest.mark.parametrize(
    ("name", "change", "expected"),
    [
        (
            "foreign",
            {"allowedRoutes": {"namespaces": {"from": "Same"}}},
            "its listeners accept no routes from Namespace NS .grpc accepts routes from Same",
        ),
        (
            "elsewhere",
            {"hostname": "a.example.com"},
            r"no listener has its hostnames b.example.com \(the listeners have a.example.com\)",
        ),
    ],
)
def test_a_route_that_a_gateway_does_not_accept_is_explained(
    kube: Kube, namespace: str, name: str, change: Object, expected: str
) -> None:
    found = kube.get("gateway.networking.k8s.io/v1", "Gateway", GATEWAY, SYSTEM)
    assert found is not None
    [listener] = found["spec"]["listeners"]
    route = grpc_route(namespace, name, OURS, {})
    route["spec"]["hostnames"] = ["b.example.com"]
    patch_listener(kube, {**listener, **change})
    try:
        kube.apply(route)
        refusal = f"Gateway {SYSTEM}/{GATEWAY} does not accept GRPCRoute {namespace}/{name}: "
        wait_for_cause(kube, route, refusal + expected.replace("NS", namespace))
    finally:
        patch_listener(kube, listener)
    # The Gateway accepts the route now. Its Service has no pods, which is not a problem of the route.
    wait_for_cause(kube, route, f"no problem found with GRPCRoute {namespace}/{name}")


def patch_listener(kube: Kube, listener: Object) -> None:
    kube.patch(
        "gateway.networking.k8s.io/v1",
        "Gateway",
        GATEWAY,
        {"spec": {"listeners": [listener]}},
        SYSTEM,
    )
