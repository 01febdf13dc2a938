"""Facts about the operator's Deployment, for any operator."""

from __future__ import annotations

from typing import Any

import pytest

from maidenhair.systems.skytorch.api.operator_deployment import Operator


def operator(*containers: dict[str, Any], **pod: Any) -> Operator:
    spec = {"containers": list(containers), **pod}
    return Operator({"spec": {"template": {"spec": spec}}})


def container(name: str = "operator", **fields: Any) -> dict[str, Any]:
    return {"name": name, **fields}


@pytest.mark.parametrize(
    ("pods", "own", "expected"),
    [
        (None, None, ["operator"]),
        ({"runAsNonRoot": True}, None, []),
        ({"runAsNonRoot": True}, {"runAsNonRoot": False}, ["operator"]),
        ({"runAsUser": 65532}, None, ["operator"]),
        (None, {"runAsNonRoot": True}, []),
    ],
)
def test_a_containers_security_context_takes_precedence_over_the_pods(
    pods: Any, own: Any, expected: list[str]
) -> None:
    assert (
        operator(container(securityContext=own), securityContext=pods).may_run_as_root == expected
    )


def test_every_container_counts() -> None:
    rootless = container(securityContext={"runAsNonRoot": True})
    found = operator(rootless, container("proxy"), initContainers=[container("init")])

    assert found.may_run_as_root == ["init", "proxy"]


def test_variables_from_the_pod_have_the_paths_of_their_fields() -> None:
    variables = [
        {"name": "LEVEL", "value": "INFO"},
        {"name": "NAMESPACE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}},
    ]

    assert operator(container(env=variables)).fields == {"NAMESPACE": "metadata.namespace"}


@pytest.mark.parametrize(
    "source",
    [
        {"envFrom": [{"configMapRef": {"name": "configuration"}}]},
        {"env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "configuration"}}}]},
    ],
    ids=["all variables", "one variable"],
)
def test_a_config_map_for_variables_counts(source: dict[str, Any]) -> None:
    assert operator(container(**source)).config_maps == {"configuration"}


def test_a_config_map_that_is_mounted_counts_unless_it_may_be_absent() -> None:
    volumes = [
        {"name": "one", "configMap": {"name": "configuration"}},
        {"name": "other", "configMap": {"name": "extra", "optional": True}},
        {"name": "third", "emptyDir": {}},
    ]

    assert operator(container(), volumes=volumes).config_maps == {"configuration"}
    assert operator(container()).config_maps == set()


def test_the_facts_contain_all_of_these() -> None:
    variables = [
        {"name": "NAMESPACE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}}
    ]
    mapped = [{"configMapRef": {"name": "configuration"}}]

    assert operator(container(env=variables, envFrom=mapped)).facts == {
        "containers that may run as root": "operator",
        "configuration": "from a ConfigMap",
        "variable NAMESPACE": "from metadata.namespace",
    }
    assert operator(container(), securityContext={"runAsNonRoot": True}).facts == {
        "containers that may run as root": "none",
        "configuration": "of its own",
    }
