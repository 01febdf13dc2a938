"""How the operator stand-in hangs together with kopf."""

from __future__ import annotations

import asyncio
from typing import Any

import kopf
import pytest

from skytorch_operator.application import EVERY_COMPUTE, Application, server_of_the_cluster
from skytorch_operator.configuration import Configuration
from skytorch_operator.objects import Reference

OWNER = {
    "apiVersion": "compute.skytorch.dev/v1alpha1",
    "kind": "Compute",
    "name": "demo",
    "controller": True,
}


class Requests(Application):
    """Keeps what it is asked to reconcile."""

    def __init__(self) -> None:
        configuration = Configuration(
            Reference("sky", "gate"), liveness_endpoint=None, log_level="INFO"
        )
        super().__init__(configuration, resync=0.001)
        self.seen: list[Reference] = []
        self._dispatcher.request = self.seen.append  # type: ignore[method-assign]


def body(namespace: str, name: str, *owners: dict[str, Any]) -> kopf.Body:
    metadata = {"namespace": namespace, "name": name, "ownerReferences": list(owners)}
    return kopf.Body({"metadata": metadata})


def test_a_changed_compute_is_reconciled() -> None:
    application = Requests()
    asyncio.run(application.compute_changed(body("lab", "demo")))
    assert application.seen == [Reference("lab", "demo")]


def test_a_changed_child_leads_to_its_compute() -> None:
    application = Requests()
    asyncio.run(application.child_changed(body("lab", "whatever", OWNER)))
    assert application.seen == [Reference("lab", "demo")]


def test_an_object_of_somebody_else_leads_nowhere() -> None:
    application = Requests()
    asyncio.run(application.child_changed(body("lab", "demo")))
    assert application.seen == []


@pytest.mark.parametrize(("name", "asked"), [("gate", 1), ("another", 0)])
def test_only_the_gateway_of_the_computes_leads_to_all_of_them(name: str, asked: int) -> None:
    application = Requests()
    asyncio.run(application.gateway_changed(body("sky", name)))
    assert len(application.seen) == asked


def test_a_gateway_that_only_counts_its_routes_leads_nowhere() -> None:
    def gateway(routes: int, programmed: str) -> kopf.Body:
        conditions = [{"type": "Programmed", "status": programmed}]
        listeners = [{"name": "grpc", "attachedRoutes": routes}]
        status = {"conditions": conditions, "listeners": listeners}
        return kopf.Body({"metadata": {"namespace": "sky", "name": "gate"}, "status": status})

    async def scenario(application: Requests) -> None:
        await application.gateway_changed(gateway(1, "True"))
        await application.gateway_changed(gateway(2, "True"))
        await application.gateway_changed(gateway(2, "False"))

    application = Requests()
    asyncio.run(scenario(application))
    assert application.seen == [EVERY_COMPUTE] * 2


def test_every_compute_is_looked_at_again_from_time_to_time_until_the_end() -> None:
    async def scenario(application: Requests) -> None:
        await application.start(kopf.OperatorSettings())
        async with asyncio.timeout(60):
            while len(application.seen) < 3:
                await asyncio.sleep(0.001)
        await application.stop()
        assert "resync" not in {task.get_name() for task in asyncio.all_tasks()}

    application = Requests()
    asyncio.run(scenario(application))
    assert set(application.seen) == {EVERY_COMPUTE}


def test_no_events_are_posted() -> None:
    settings = kopf.OperatorSettings()
    asyncio.run(Requests().start(settings))
    assert not settings.posting.enabled


def test_the_probe_fails_without_an_api_server() -> None:
    with pytest.raises(kopf.PermanentError, match="Computes cannot be read"):
        asyncio.run(Requests().probe())


def test_the_probe_fails_once_nothing_is_reconciled_any_more() -> None:
    async def scenario() -> None:
        application = Requests()
        await application.stop()
        await application.probe()

    with pytest.raises(kopf.PermanentError, match="not reconciled any more"):
        asyncio.run(scenario())


@pytest.mark.parametrize(
    ("environment", "server"),
    [
        ({}, None),
        ({"KUBERNETES_SERVICE_HOST": "10.96.0.1"}, None),
        (
            {"KUBERNETES_SERVICE_HOST": "10.96.0.1", "KUBERNETES_SERVICE_PORT": "443"},
            "https://10.96.0.1:443",
        ),
        (
            {"KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"},
            "https://[fd00::1]:443",
        ),
    ],
)
def test_a_pods_environment_names_the_api_server(
    environment: dict[str, str], server: str | None
) -> None:
    assert server_of_the_cluster(environment) == server
