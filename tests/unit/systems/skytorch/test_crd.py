"""The shape of the Compute API and of the manifests around it, against the SkyTorch contract."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.project import ROOT

MANIFESTS = ROOT / "manifests" / "skytorch"
Schema = dict[str, Any]


def documents(path: Path) -> list[Schema]:
    return list(yaml.safe_load_all(path.read_text(encoding="utf-8")))


def definition() -> Schema:
    (found,) = documents(MANIFESTS / "base" / "compute-crd.yaml")
    return found


def version() -> Schema:
    (found,) = definition()["spec"]["versions"]
    result: Schema = found
    return result


def schema(*path: str) -> Schema:
    """Return the schema of a field, by its names; `[]` for the items of a list."""
    found: Schema = version()["schema"]["openAPIV3Schema"]
    for name in path:
        found = found["items"] if name == "[]" else found["properties"][name]
    return found


def every_schema(within: Schema) -> Iterator[Schema]:
    yield within
    for inner in within.get("properties", {}).values():
        yield from every_schema(inner)
    for key in ("items", "additionalProperties"):
        if key in within:
            yield from every_schema(within[key])


def test_the_api_is_named_and_scoped_as_in_the_contract() -> None:
    found = definition()
    assert found["metadata"]["name"] == "computes.compute.skytorch.dev"
    assert found["spec"]["group"] == "compute.skytorch.dev"
    assert found["spec"]["scope"] == "Namespaced"
    assert found["spec"]["names"]["kind"] == "Compute"
    assert version()["name"] == "v1alpha1"
    assert version()["subresources"] == {"status": {}}


def test_the_name_is_judged_by_rules_with_the_contracts_messages() -> None:
    rules = {each["message"]: each["rule"] for each in schema()["x-kubernetes-validations"]}
    assert rules == {
        "metadata.name must match RFC 1035 DNS label format": (
            "self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')"
        ),
        "metadata.name must be no more than 63 characters": "size(self.metadata.name) <= 63",
    }


def test_state_and_age_are_printed() -> None:
    columns = [(each["name"], each["jsonPath"]) for each in version()["additionalPrinterColumns"]]
    assert columns == [
        ("State", '.status.conditions[?(@.status=="True")].type'),
        ("Age", ".metadata.creationTimestamp"),
    ]


def test_the_spec_has_the_contracts_fields_and_is_not_empty() -> None:
    assert schema("spec")["minProperties"] == 1
    assert set(schema("spec")["properties"]) == {
        "labels",
        "annotations",
        "suspend",
        "image",
        "command",
        "args",
        "env",
        "resources",
        "volumeClaimTemplates",
        "override",
    }
    assert set(schema("spec", "override")["properties"]) == {
        "serviceAccountName",
        "nodeSelector",
        "affinity",
        "tolerations",
        "volumes",
        "initContainers",
        "containers",
        "schedulingGates",
        "imagePullSecrets",
    }


def test_suspend_is_false_by_default_so_that_an_empty_spec_has_a_property() -> None:
    assert schema("spec", "suspend") == {
        "description": "Whether the Compute has no running pod.",
        "type": "boolean",
        "default": False,
    }
    defaults = {name for name, field in schema("spec")["properties"].items() if "default" in field}
    assert defaults == {"suspend"}


@pytest.mark.parametrize("field", ["command", "args", "volumeClaimTemplates"])
def test_these_lists_are_replaced_as_a_whole(field: str) -> None:
    assert schema("spec", field)["x-kubernetes-list-type"] == "atomic"


@pytest.mark.parametrize(
    ("path", "key"),
    [
        (("spec", "env"), "name"),
        (("spec", "override", "containers"), "name"),
        (("spec", "override", "containers", "[]", "env"), "name"),
        (("spec", "override", "containers", "[]", "volumeMounts"), "name"),
        (("spec", "override", "volumes"), "name"),
        (("spec", "override", "schedulingGates"), "name"),
        (("spec", "override", "imagePullSecrets"), "name"),
        (("status", "conditions"), "type"),
    ],
    ids=lambda value: ".".join(value) if isinstance(value, tuple) else value,
)
def test_these_lists_are_maps_by_a_key(path: tuple[str, ...], key: str) -> None:
    found = schema(*path)
    assert found["x-kubernetes-list-type"] == "map"
    assert found["x-kubernetes-list-map-keys"] == [key]
    assert key in found["items"]["required"]


def test_the_containers_of_an_override_have_three_fields() -> None:
    container = schema("spec", "override", "containers", "[]")
    assert set(container["properties"]) == {"name", "env", "volumeMounts"}
    mount = schema("spec", "override", "containers", "[]", "volumeMounts", "[]")
    assert {"name", "mountPath", "subPath", "readOnly"} <= set(mount["properties"])


@pytest.mark.parametrize(
    ("path", "values"),
    [
        (("override", "tolerations", "[]", "operator"), {"Exists", "Equal"}),
        (
            ("override", "tolerations", "[]", "effect"),
            {"NoSchedule", "PreferNoSchedule", "NoExecute"},
        ),
        (
            ("volumeClaimTemplates", "[]", "spec", "accessModes", "[]"),
            {"ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"},
        ),
        (("volumeClaimTemplates", "[]", "spec", "volumeMode"), {"Filesystem", "Block"}),
    ],
    ids=lambda value: value[-1] if isinstance(value, tuple) else "",
)
def test_these_fields_take_a_few_values(path: tuple[str, ...], values: set[str]) -> None:
    assert set(schema("spec", *path)["enum"]) == values


def test_affinity_and_volumes_are_typed() -> None:
    assert not [
        each for each in every_schema(schema()) if "x-kubernetes-preserve-unknown-fields" in each
    ]
    affinity = schema("spec", "override", "affinity")["properties"]
    assert set(affinity) == {"nodeAffinity", "podAffinity", "podAntiAffinity"}
    volume = schema("spec", "override", "volumes", "[]")["properties"]
    assert {"name", "persistentVolumeClaim", "emptyDir", "hostPath", "secret"} <= set(volume)


def test_every_list_and_object_is_described() -> None:
    for each in every_schema(schema()):
        if each.get("type") == "array":
            assert "items" in each
            assert "x-kubernetes-list-type" in each
        assert "type" in each or each.get("x-kubernetes-int-or-string")


@pytest.mark.parametrize(
    ("quantity", "good"),
    [
        ("0", True),
        ("1", True),
        ("+1", True),
        ("1.5", True),
        (".5", True),
        ("1.", True),
        ("100m", True),
        ("256Mi", True),
        ("2k", True),
        ("1e3", True),
        ("1E-3", True),
        ("2E", True),
        ("-1", True),
        ("", False),
        ("plenty", False),
        ("1 Gi", False),
        ("1GB", False),
        ("1Ki2", False),
        (".", False),
    ],
)
def test_quantities_are_those_of_the_core_api(quantity: str, good: bool) -> None:
    found = schema("spec", "resources")["additionalProperties"]
    assert found["x-kubernetes-int-or-string"] is True
    assert "minimum" not in found
    assert (re.search(found["pattern"], quantity) is not None) is good


def test_the_status_has_conditions_and_up_to_sixteen_addresses() -> None:
    assert schema("status")["minProperties"] == 1
    assert set(schema("status")["properties"]) == {"conditions", "addresses"}
    assert schema("status", "addresses")["maxItems"] == 16
    address = schema("status", "addresses", "[]")["properties"]
    assert address["type"]["enum"] == ["IPAddress", "Hostname"]
    assert address["type"]["default"] == "Hostname"
    assert (address["value"]["minLength"], address["value"]["maxLength"]) == (1, 253)


def test_the_operator_runs_unprivileged_and_is_probed() -> None:
    (deployment,) = documents(MANIFESTS / "stand-in" / "deployment.yaml")
    metadata, pod = deployment["metadata"], deployment["spec"]["template"]["spec"]
    assert (metadata["namespace"], metadata["name"]) == ("skytorch-system", "skytorch-operator")
    assert pod["securityContext"]["runAsNonRoot"] is True
    (container,) = pod["containers"]
    assert container["securityContext"]["allowPrivilegeEscalation"] is False
    assert container["readinessProbe"]["httpGet"] == container["livenessProbe"]["httpGet"]
    (namespace,) = [each for each in container["env"] if each["name"] == "NAMESPACE"]
    assert namespace["valueFrom"] == {"fieldRef": {"fieldPath": "metadata.namespace"}}
    assert container["envFrom"] == [{"configMapRef": {"name": "skytorch-operator"}}]


def test_the_operator_may_do_nothing_beyond_its_kinds() -> None:
    (role,) = [
        each
        for each in documents(MANIFESTS / "stand-in" / "rbac.yaml")
        if each["kind"] == "ClusterRole"
    ]
    granted = {
        (resource, verb)
        for rule in role["rules"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }
    assert not [each for each in granted if "*" in each or each[1] in ("delete", "escalate")]
    written = {resource for resource, verb in granted if verb in ("create", "patch", "update")}
    assert written == {
        "computes/status",
        "computes/finalizers",
        "statefulsets",
        "services",
        "persistentvolumeclaims",
        "grpcroutes",
    }
