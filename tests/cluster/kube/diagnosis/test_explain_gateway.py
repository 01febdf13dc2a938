"""Why Gateways and routes do not come up, with a real Contour."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from maidenhair._util.progress import Progress
from maidenhair.clusters.provider import Cluster
from maidenhair.kube import Kube, Object
from maidenhair.kube.run.run import Run
from maidenhair.suite.session import open_session
from tests.cluster.kube.diagnosis.told import await_told, made
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
    "nowhere": ({"name": "nowhere"}, {}, "names Gateway NS/nowhere, which does not exist"),
    "no-listener": (
        {**OURS, "sectionName": "http"},
        {},
        f"names the listener http of Gateway {SYSTEM}/{GATEWAY}, which has none of that name .it has grpc",
    ),
    "no-service": (OURS, {"name": "absent"}, "leads to Service NS/absent, which does not exist"),
    "no-port": (OURS, {"port": 81}, "leads to port 81 of Service NS/web, which has 80"),
    "not-granted": (
        OURS,
        {"name": "kubernetes", "namespace": "default", "port": 443},
        "GRPCRoute NS/not-granted does not find what it leads to: RefNotPermitted",
    ),
    "ignored": (
        {"name": CLASS},
        {},
        f"the GatewayClass {CLASS} of Gateway NS/{CLASS} is not accepted: "
        "no controller example.com/absent has acted on it",
    ),
}


@pytest.mark.parametrize(
    ("name", "expected"), [pytest.param(name, case[2], id=name) for name, case in ROUTES.items()]
)
def test_why_a_route_leads_nowhere_is_told(
    kube: Kube, namespace: str, name: str, expected: str
) -> None:
    await_told(kube, made("GRPCRoute", name, namespace), expected.replace("NS", namespace))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("absent", "is of the GatewayClass absent, which does not exist"),
        (CLASS, "is not accepted: no controller example.com/absent has acted on it: does it run"),
    ],
)
def test_why_a_gateway_is_not_set_up_is_told(
    kube: Kube, namespace: str, name: str, expected: str
) -> None:
    await_told(kube, made("Gateway", name, namespace), expected)


@pytest.mark.parametrize(
    ("name", "change", "expected"),
    [
        (
            "foreign",
            {"allowedRoutes": {"namespaces": {"from": "Same"}}},
            "its listeners take no routes of namespace NS .grpc takes those from Same",
        ),
        (
            "elsewhere",
            {"hostname": "a.example.com"},
            r"no listener is for its hostnames b.example.com \(they are for a.example.com\)",
        ),
    ],
)
def test_why_a_gateway_does_not_accept_a_route_is_told(
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
        await_told(kube, route, refusal + expected.replace("NS", namespace))
    finally:
        patch_listener(kube, listener)
    # It is taken now, and that its service has no pods is no fault of the route.
    await_told(kube, route, f"nothing wrong is seen with GRPCRoute {namespace}/{name}")


def patch_listener(kube: Kube, listener: Object) -> None:
    kube.patch(
        "gateway.networking.k8s.io/v1",
        "Gateway",
        GATEWAY,
        {"spec": {"listeners": [listener]}},
        SYSTEM,
    )
