"""Settings of a Compute from the rows of a table."""

from __future__ import annotations

from typing import Any

import pytest

from maidenhair.errors import ConfigurationError
from maidenhair.systems.skytorch.api.settings_table import (
    CLAIMED_CONDITION,
    Creation,
    creation_of,
    metadata_of,
    options_of,
    spec_of,
)

MOUNT = {"name": "models", "mountPath": "/models"}


@pytest.mark.parametrize(
    ("settings", "spec"),
    [
        ([("image", "server:1")], {"image": "server:1"}),
        ([("suspended", "yes")], {"suspend": True}),
        ([("suspended", "no")], {"suspend": False}),
        ([("suspended", "perhaps")], {"suspend": "perhaps"}),
        ([("command", "python -c 'a b'")], {"command": ["python", "-c", "a b"]}),
        ([("arguments", "--verbose")], {"args": ["--verbose"]}),
        ([("field command", "sleep 60")], {"command": "sleep 60"}),
        (
            [("cpu", "200m"), ("resource example.com/device", "1")],
            {"resources": {"cpu": "200m", "example.com/device": "1"}},
        ),
        (
            [("label team", "trees"), ("annotation why", "a test")],
            {"labels": {"team": "trees"}, "annotations": {"why": "a test"}},
        ),
        ([("label team", "none")], {"labels": {"team": None}}),
        ([("label tier as a number", "1")], {"labels": {"tier": 1}}),
        (
            [("variable A", "1"), ("variable NODE from the pod", "spec.nodeName")],
            {
                "env": [
                    {"name": "A", "value": "1"},
                    {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
                ]
            },
        ),
        ([("own label team", "trees")], {}),
        (
            [
                ("service account", "someone"),
                ("node label disk", "fast"),
                ("toleration", "gpu"),
                ("scheduling gate", "example.com/quota"),
                ("pull secret", "registry"),
                ("init container", "first"),
            ],
            {
                "override": {
                    "serviceAccountName": "someone",
                    "nodeSelector": {"disk": "fast"},
                    "tolerations": [{"key": "gpu", "operator": "Exists"}],
                    "schedulingGates": [{"name": "example.com/quota"}],
                    "imagePullSecrets": [{"name": "registry"}],
                    "initContainers": [{"name": "first"}],
                }
            },
        ),
    ],
)
def test_settings_become_a_spec(settings: list[tuple[str, str]], spec: dict[str, Any]) -> None:
    assert spec_of(settings) == spec


def test_claims_volumes_and_mounts_become_templates_and_an_override() -> None:
    settings = [
        ("claim models", "16Mi"),
        ("volume scratch", "empty"),
        ("volume data", "of claim shared"),
        ("mount of models", "/models"),
        ("mount of data", "/data from mine read-only"),
        ("overriding variable A", "1"),
    ]
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "16Mi"}}}
    mine = {"name": "data", "mountPath": "/data", "subPath": "mine", "readOnly": True}
    server = {"name": "server", "volumeMounts": [MOUNT, mine], "env": [{"name": "A", "value": "1"}]}
    assert spec_of(settings) == {
        "volumeClaimTemplates": [{"metadata": {"name": "models"}, "spec": claim}],
        "override": {
            "volumes": [
                {"name": "scratch", "emptyDir": {}},
                {"name": "data", "persistentVolumeClaim": {"claimName": "shared"}},
            ],
            "containers": [server],
        },
    }


def test_settings_become_arguments_of_the_sdk() -> None:
    settings = [
        ("image", "server:1"),
        ("arguments", "--verbose"),
        ("variable A", "1"),
        ("cpu", "200m"),
        ("suspended", "yes"),
        ("claim models", "16Mi"),
        ("mount of models", "/models"),
    ]
    assert options_of(settings) == {
        "image": "server:1",
        "args": ["--verbose"],
        "env": {"A": "1"},
        "resources": {"cpu": "200m"},
        "suspend": True,
        "volumes": [{"name": "models", "storage": "16Mi", "path": "/models"}],
    }


def test_labels_of_the_object_itself_are_in_its_metadata() -> None:
    assert metadata_of([("cpu", "1"), ("own label team", "trees")]) == {"labels": {"team": "trees"}}
    assert metadata_of([("cpu", "1")]) == {}


def test_an_unknown_setting_is_refused_with_the_existing_ones() -> None:
    with pytest.raises(
        ConfigurationError, match="no setting 'colour'; choose one of: image, suspended"
    ):
        spec_of([("colour", "green")])


def test_a_mount_is_a_path() -> None:
    with pytest.raises(
        ConfigurationError, match="mount of volume 'data' has the value 'here', which is not a path"
    ):
        spec_of([("mount of data", "here")])


@pytest.mark.parametrize(
    ("settings", "creation"),
    [
        ([("suspended", "yes")], Creation({"suspend": True}, {}, "Warn", None)),
        ([("spec", "empty")], Creation({}, {}, "Warn", None)),
        ([("spec", "none")], Creation(None, {}, "Warn", None)),
        (
            [("validation", "strict"), ("own label team", "trees")],
            Creation({}, {"labels": {"team": "trees"}}, "Strict", None),
        ),
        ([("status", "Ready")], Creation({}, {}, "Warn", {"conditions": [CLAIMED_CONDITION]})),
    ],
)
def test_a_table_describes_a_request(settings: list[tuple[str, str]], creation: Creation) -> None:
    assert creation_of(settings) == creation


def test_a_claim_may_have_a_storage_class_or_no_name() -> None:
    rows = [("claim models", "1Gi"), ("storage class of claim models", "fast")]
    [template] = spec_of(rows)["volumeClaimTemplates"]
    assert template["spec"]["storageClassName"] == "fast"
    [nameless] = spec_of([("claim without a name", "1Gi")])["volumeClaimTemplates"]
    assert "metadata" not in nameless


@pytest.mark.parametrize(
    ("value", "source"),
    [
        ("empty", {"emptyDir": {}}),
        ("in memory", {"emptyDir": {"medium": "Memory"}}),
        ("a folder of the node", {"hostPath": {"path": "/tmp"}}),
        ("of claim models", {"persistentVolumeClaim": {"claimName": "models"}}),
    ],
)
def test_a_volume_of_an_override_has_a_source(value: str, source: Any) -> None:
    [volume] = spec_of([("volume data", value)])["override"]["volumes"]
    assert volume == {"name": "data", **source}


def test_the_name_of_a_node_is_an_argument_of_the_sdk() -> None:
    assert options_of([("node label kubernetes.io/hostname", "node-1")]) == {"node": "node-1"}
    assert options_of([("node label disk", "fast")]) == {}
