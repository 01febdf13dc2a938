"""Facts about the objects of a Compute, as the operator stand-in creates them."""

from __future__ import annotations

from typing import Any

import pytest
from hamcrest.core.string_description import StringDescription

from maidenhair.systems.skytorch.api.facts_table import facts_of, has_facts
from skytorch_operator.children import claims, grpc_route, service, stateful_set
from skytorch_operator.objects import Object, Reference

GATEWAY = Reference("skytorch-system", "skytorch-gateway")
TEMPLATE = {
    "metadata": {"name": "models"},
    "spec": {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "16Mi"}},
    },
}


def compute(**spec: Any) -> Object:
    return {"metadata": {"name": "demo", "namespace": "lab", "uid": "u-1"}, "spec": spec}


def facts(obj: Object, *names: str) -> dict[str, str | None]:
    found = facts_of(obj)
    return {name: found.get(name) for name in names}


def test_facts_of_a_service() -> None:
    assert facts_of(service(compute())) == {
        "owner that waits for its deletion": "demo",
        "type": "ClusterIP",
        "port": "50051",
        "name of the port": "grpc",
        "protocol": "kubernetes.io/h2c",
        "leads to the port": "grpc",
        "picks pods by app.kubernetes.io/name": "skytorch-server",
        "picks pods by app.kubernetes.io/instance": "demo",
    }


def test_facts_of_a_route() -> None:
    assert facts_of(grpc_route(compute(), GATEWAY)) == {
        "owner that waits for its deletion": "demo",
        "gateway": "skytorch-gateway",
        "namespace of the gateway": "the operator's",
        "header": "compute-id",
        "value of the header": "the namespace and the name of the Compute",
        "compared": "exact",
        "leads to the Service": "demo",
        "port of the Service": "50051",
    }


def test_a_route_that_takes_the_calls_of_others_says_whose() -> None:
    route = grpc_route(compute(), Reference("elsewhere", "gate"))
    route["metadata"]["name"] = "another"
    assert facts(route, "namespace of the gateway", "value of the header") == {
        "namespace of the gateway": "elsewhere",
        "value of the header": "lab/demo",
    }


def test_facts_of_a_stateful_set() -> None:
    volumes = [
        {"name": "scratch", "emptyDir": {}},
        {"name": "data", "persistentVolumeClaim": {"claimName": "shared"}},
    ]
    server = {"name": "server", "volumeMounts": [{"name": "data", "mountPath": "/data"}]}
    override = {"volumes": volumes, "containers": [server]}
    made = stateful_set(compute(image="server:1", suspend=True, override=override))
    names = ("pods", "image", "volume scratch", "volume data", "mount of data", "mount of scratch")
    assert facts(made, *names) == {
        "pods": "0",
        "image": "server:1",
        "volume scratch": "empty",
        "volume data": "of claim shared",
        "mount of data": "/data",
        "mount of scratch": None,
    }
    assert facts_of(made)["service of the gRPC probe"] == "skytorch.torch.Service"


def test_facts_of_resources_variables_and_labels() -> None:
    env = [{"name": "COLOUR", "value": "green"}]
    made = stateful_set(compute(resources={"cpu": "200m"}, env=env, labels={"team": "trees"}))
    names = ("requested cpu", "limit of cpu", "variable COLOUR", "label of its pods team")
    assert facts(made, *names) == {
        "requested cpu": "200m",
        "limit of cpu": "200m",
        "variable COLOUR": "green",
        "label of its pods team": "trees",
    }
    pod = {"kind": "Pod", **made["spec"]["template"]}
    assert facts(pod, "requested cpu", "variable COLOUR") == {
        "requested cpu": "200m",
        "variable COLOUR": "green",
    }


def test_facts_of_a_claim() -> None:
    [claim] = claims(compute(volumeClaimTemplates=[TEMPLATE]))
    assert facts_of(claim) == {
        "size": "16Mi",
        "access": "ReadWriteOnce",
        "owner": "nobody",
        "storage class": "",
        "phase": "",
    }
    claim["metadata"]["ownerReferences"] = [{"kind": "Compute", "name": "demo"}]
    assert facts_of(claim)["owner"] == "demo"


@pytest.mark.parametrize(
    ("source", "fact"),
    [
        ({"emptyDir": {}}, "empty"),
        ({"emptyDir": {"medium": "Memory"}}, "in memory"),
        ({"hostPath": {"path": "/"}}, "another"),
    ],
)
def test_facts_of_a_volume(source: Object, fact: str) -> None:
    made = stateful_set(compute())
    made["spec"]["template"]["spec"]["volumes"] = [{"name": "scratch", **source}]
    assert facts(made, "volume scratch") == {"volume scratch": fact}


@pytest.mark.parametrize(
    ("obj", "mismatch"),
    [(None, "it did not exist"), (service(compute()), "value for 'port' was '50051'")],
    ids=["absent", "another"],
)
def test_a_mismatch_names_the_fact_that_differs(obj: Object | None, mismatch: str) -> None:
    seen = StringDescription()
    assert has_facts({"port": "50051"}).matches(service(compute()))
    assert not has_facts({"port": "1"}).matches(obj, seen)
    assert str(seen) == mismatch
