"""The operator stand-in as a kopf application."""

from __future__ import annotations

import asyncio
from typing import Any

import kopf
import pytest

from skytorch_operator.application import (
    EVERY_COMPUTE,
    RESYNC_SECONDS,
    Application,
    api_server_url,
)
from skytorch_operator.configuration import Configuration
from skytorch_operator.objects import Reference

OWNER = {
    "apiVersion": "compute.skytorch.dev/v1alpha1",
    "kind": "Compute",
    "name": "demo",
    "controller": True,
}


class Requests(Application):
    """Records the references that it would reconcile."""

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


def test_an_object_without_a_compute_as_its_owner_leads_to_no_request() -> None:
    application = Requests()
    asyncio.run(application.child_changed(body("lab", "demo")))
    assert application.seen == []


def test_a_changed_gateway_leads_to_all_computes() -> None:
    application = Requests()
    asyncio.run(application.gateway_changed(body("sky", "gate")))
    assert application.seen == [EVERY_COMPUTE]


def changed(kind: str, *, time: str = "noon", programmed: str = "True", routes: int = 1) -> Any:
    condition = {"type": "Programmed", "status": programmed, "lastTransitionTime": time}
    accepted = {"type": "Accepted", "status": "True", "lastTransitionTime": time}
    conditions = [condition, accepted] if routes % 2 else [accepted, condition]
    listeners = [{"name": "grpc", "attachedRoutes": routes}]
    metadata = {"namespace": "sky", "name": "gate", "uid": kind, "resourceVersion": time}
    owned = {**metadata, "ownerReferences": [OWNER]} if kind == "child" else metadata
    return kopf.Body(
        {"metadata": owned, "status": {"conditions": conditions, "listeners": listeners}}
    )


@pytest.mark.parametrize("kind", ["gateway", "child"])
def test_an_irrelevant_change_leads_to_no_request(kind: str) -> None:
    async def scenario(application: Requests) -> list[int]:
        handler = getattr(application, f"{kind}_changed")
        counts = []
        for body, type_ in (
            (changed(kind), "ADDED"),
            (changed(kind, time="midnight"), "MODIFIED"),
            (changed(kind, routes=2), "MODIFIED"),
            (changed(kind, programmed="False"), "MODIFIED"),
            (changed(kind, programmed="False"), "DELETED"),
            (changed(kind, programmed="False"), "ADDED"),
        ):
            await handler(body, type=type_)
            counts.append(len(application.seen))
        return counts

    assert asyncio.run(scenario(Requests())) == [1, 1, 1, 2, 3, 4]


def test_the_period_hides_no_event_that_the_operator_misses() -> None:
    assert RESYNC_SECONDS >= 3600


def test_every_compute_is_reconciled_periodically_until_the_operator_stops() -> None:
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
    with pytest.raises(kopf.PermanentError, match="the operator cannot list Computes: "):
        asyncio.run(Requests().probe())


def test_the_probe_fails_once_the_operator_is_stopping() -> None:
    async def scenario() -> None:
        application = Requests()
        await application.stop()
        await application.probe()

    with pytest.raises(
        kopf.PermanentError, match="no longer reconciles Computes, because it is stopping"
    ):
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
    assert api_server_url(environment) == server
