"""Manifests as kubectl reads and applies them, against a real API server."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from maidenhair._util.process import run as run_program
from maidenhair.clusters.provider import Cluster
from maidenhair.errors import ApiRefused, ConfigurationError
from maidenhair.kube import Kube
from maidenhair.kube.manifests.reading import read_manifests
from maidenhair.kube.run.inventory import Inventory
from maidenhair.kube.run.run import Run

GROUP = "manifest-tests.example.com"
DEFINITION = f"""
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: PLURAL.{GROUP}}}
spec:
  group: {GROUP}
  scope: Namespaced
  names: {{plural: PLURAL, singular: SINGULAR, kind: KIND}}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          x-kubernetes-preserve-unknown-fields: true
          properties:
            spec:
              type: object
              properties:
                operator:
                  type: string
                  enum:
                    - =
                    - "!="
                since: {{type: string, default: 2026-11-29}}
"""
SCALARS = """
= 2026-11-29 2026-11-29T10:00:00Z 0644 0o644 0999 08 0o9 -0644 +12 0x1F 0X1f 0b11 1_000 0_7 1:30 1e3 1E3 1.5e+3 .5 1.
1.0 100000000000000000000000.0 y n Y N yes no on off True FALSE oN ~ null Null nULL << 1.2.3 0x 1_ _1 + . .e3 1e Inf
infinity nan !!str_12 !!int_'12' !!float_12 !!binary_aGVsbG8= !own_text
"""


@pytest.fixture
def inventory(kube: Kube) -> Iterator[Inventory]:
    """Yield the inventory of a spec."""
    with Run(kube) as run, run.namespace("manifests") as name:
        yield run.inventory_of(name)


def definition(plural: str) -> str:
    singular = plural.removesuffix("s")
    text = DEFINITION.replace("PLURAL", plural).replace("SINGULAR", singular)
    return text.replace("KIND", singular.capitalize())


def written(folder: Path, *documents: str) -> Path:
    path = folder / "manifests.yaml"
    path.write_text("\n---\n".join(documents))
    return path


def test_scalars_are_read_as_kubectl_reads_them(api_cluster: Cluster, tmp_path: Path) -> None:
    scalars = [re.sub("^(!+[a-z]+)_", r"\1 ", each) for each in SCALARS.split()]
    data = "\n".join(f"  k{number}: {each}" for number, each in enumerate(scalars))
    path = written(
        tmp_path,
        f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: scalars}}\ndata:\n{data}\n  1: a\n  true: b\n  2.5: c\n",
    )
    command = [api_cluster.kubectl, "label", "--local", "-f", path, "-o", "json", "a=b"]
    done = run_program(command, seconds=60)
    [read] = read_manifests(path)
    assert len(read["data"]) == len(scalars) + 3
    assert json.loads(json.dumps(read["data"])) == json.loads(done.stdout)["data"]


def test_a_file_is_applied_in_any_order(inventory: Inventory, kube: Kube, tmp_path: Path) -> None:
    namespace = "manifest-tests"
    path = written(
        tmp_path,
        f"{{apiVersion: {GROUP}/v1, kind: Filter, metadata: {{name: first}}, spec: {{operator: =}}}}",
        "apiVersion: v1\nkind: List\nitems:\n"
        "- {apiVersion: v1, kind: ConfigMap, metadata: {generateName: settings-}, data: {a: b}}\n"
        f"- {{apiVersion: v1, kind: ConfigMap, metadata: {{name: plain, namespace: {namespace}}}}}",
        "# an empty document",
        "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingWebhookConfiguration\n"
        "metadata: {name: manifest-tests}\nwebhooks:\n"
        "- {name: dead.manifest-tests.example.com, failurePolicy: Fail, sideEffects: None, timeoutSeconds: 1,\n"
        "   admissionReviewVersions: [v1], clientConfig: {service: {namespace: default, name: nobody}},\n"
        f"   rules: [{{apiGroups: [{GROUP}], apiVersions: [v1], operations: [CREATE], resources: [filters]}}]}}",
        f"{{apiVersion: {GROUP}/v1, kind: FilterList, items: [{{metadata: {{name: second}}}}]}}",
        f"{{apiVersion: {GROUP}/v1, kind: AllowList, metadata: {{name: third}}, spec: {{items: [a]}}}}",
        "{apiVersion: authentication.k8s.io/v1, kind: SelfSubjectReview}",
        definition("filters"),
        definition("allowlists").replace("kind: Allowlist", "kind: AllowList"),
        f"{{apiVersion: v1, kind: Namespace, metadata: {{name: {namespace}}}}}",
    )
    made = inventory.apply_all(read_manifests(path))
    kinds = [each["kind"] for each in made]
    assert kinds[:3] == ["Namespace", "CustomResourceDefinition", "CustomResourceDefinition"]
    assert kinds[-1] == "ValidatingWebhookConfiguration"
    assert sorted(kinds[3:-1]) == sorted(
        ["Filter", "ConfigMap", "ConfigMap", "Filter", "AllowList", "SelfSubjectReview"]
    )
    [first] = [each for each in made if each["metadata"].get("name") == "first"]
    assert first["spec"] == {"operator": "=", "since": "2026-11-29"}
    [generated] = [each for each in made if "generateName" in each["metadata"]]
    assert generated["metadata"]["name"].startswith("settings-")
    assert kube.get("v1", "ConfigMap", "plain", namespace) is not None
    assert len(inventory.objects) == len(made) - 1, "a review is answered, not stored"


def test_nothing_is_applied_if_a_document_is_wrong(
    inventory: Inventory, kube: Kube, tmp_path: Path
) -> None:
    path = written(
        tmp_path, "{apiVersion: v1, kind: ConfigMap, metadata: {name: right}}", "kind: ConfigMap"
    )
    with pytest.raises(ConfigurationError, match=r"manifests\.yaml, document 2 \(line 3\)"):
        inventory.apply_all(read_manifests(path))
    loaded: list[Any] = list(yaml.safe_load_all(path.read_text()))
    with pytest.raises(ConfigurationError, match="manifest 2: it has no `apiVersion`"):
        inventory.apply_all(loaded)
    assert inventory.objects == []


def test_a_refusal_names_the_document(inventory: Inventory, tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: right}}",
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: No_Name}}",
        "{apiVersion: nowhere.example.com/v1, kind: Thing, metadata: {name: x}}",
    )
    manifests = read_manifests(path)
    with pytest.raises(
        ApiRefused, match=r"manifests\.yaml, document 2 \(line 3\): apply ConfigMap"
    ):
        inventory.apply_all(manifests[:2])
    with pytest.raises(ApiRefused, match=r"document 3 \(line 5\): find kind Thing .* is installed"):
        inventory.apply_all(manifests[2:])
