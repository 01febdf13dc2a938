"""What serves a Compute, in words; of objects as the operator stand-in makes them."""

from __future__ import annotations

from typing import Any

import pytest
from hamcrest.core.string_description import StringDescription

from maidenhair.systems.skytorch.api.facts_table import has_facts, in_words
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


def facts(thing: Object, *names: str) -> dict[str, str | None]:
    told = in_words(thing)
    return {name: told.get(name) for name in names}


def test_a_service_in_words() -> None:
    assert in_words(service(compute())) == {
        "type": "ClusterIP",
        "port": "50051",
        "name of the port": "grpc",
        "protocol": "kubernetes.io/h2c",
        "leads to the port": "grpc",
        "picks pods by app.kubernetes.io/name": "skytorch-server",
        "picks pods by app.kubernetes.io/instance": "demo",
    }


def test_a_route_in_words() -> None:
    assert in_words(grpc_route(compute(), GATEWAY)) == {
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


def test_a_stateful_set_in_words() -> None:
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
    assert in_words(made)["is asked for the health of"] == "skytorch.torch.Service"


def test_resources_variables_and_labels_of_a_stateful_set_in_words() -> None:
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


def test_a_claim_in_words() -> None:
    [claim] = claims(compute(volumeClaimTemplates=[TEMPLATE]))
    assert in_words(claim) == {
        "size": "16Mi",
        "access": "ReadWriteOnce",
        "owner": "nobody",
        "phase": "",
    }
    claim["metadata"]["ownerReferences"] = [{"kind": "Compute", "name": "demo"}]
    assert in_words(claim)["owner"] == "demo"


@pytest.mark.parametrize(
    ("thing", "told"),
    [(None, "it did not exist"), (service(compute()), "value for 'port' was '50051'")],
    ids=["absent", "another"],
)
def test_what_is_not_as_it_should_be_is_told_in_words(thing: Object | None, told: str) -> None:
    seen = StringDescription()
    assert has_facts({"port": "50051"}).matches(service(compute()))
    assert not has_facts({"port": "1"}).matches(thing, seen)
    assert str(seen) == told
