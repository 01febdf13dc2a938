"""Reading manifests as kubectl does, and the messages about bad documents."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from maidenhair.errors import ConfigurationError
from maidenhair.kube.manifests.checking import check_manifest, check_manifests
from maidenhair.kube.manifests.reading import parse_documents, read_manifests

HEAD = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n"
MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["apiVersion", "kind", "metadata", "items", "name", "labels"])
            | st.text(max_size=3)
            | st.integers(),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


def written(folder: Path, text: str) -> Path:
    path = folder / "m.yaml"
    path.write_text(text)
    return path


# The values that `kubectl label --local -o json` printed for these texts.
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("=", "="),
        ("2026-11-29", "2026-11-29"),
        ("2026-11-29T10:00:00Z", "2026-11-29T10:00:00Z"),
        ("0644", 420),
        ("0o644", 420),
        ("-0644", -420),
        ("08", 8),
        ("0999", 999),
        ("0o9", "0o9"),
        ("0x1F", 31),
        ("0b11", 3),
        ("1_000", 1000),
        ("1:30", "1:30"),
        ("1e3", 1000),
        ("1.0", 1),
        (".5", 0.5),
        ("y", True),
        ("off", False),
        ("oN", "oN"),
        ("~", None),
        ("", None),
        ("<<", "<<"),
        ("!!binary aGVsbG8=", "hello"),
        ("!own text", "text"),
        ("1.2.3", "1.2.3"),
        ("[=, 2001-01-01]", ["=", "2001-01-01"]),
        ("{1: a, true: b, 2.5: c}", {"1": "a", "true": "b", "2.5": "c"}),
    ],
)
def test_values_are_those_that_kubectl_reads(tmp_path: Path, text: str, value: Any) -> None:
    [read] = read_manifests(written(tmp_path, f"{HEAD}value: {text}\n"))
    assert read["value"] == value
    assert type(read["value"]) is type(value)


def test_folders_json_and_byte_order_marks_are_read(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text("\ufeff---\r\n" + HEAD.replace("\n", "\r\n"))
    second = '{"apiVersion": "v1",\n\t"kind": "ConfigMap", "metadata": {"name": "y"}}'
    (tmp_path / "a.json").write_text(f"{second}\n{second}")
    (tmp_path / "notes.txt").write_text("not: [a manifest")
    assert [each["metadata"]["name"] for each in read_manifests(tmp_path)] == ["y", "y", "x"]


def test_every_bad_document_is_named_with_its_file_number_and_line(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "# a comment\n---\n"
        f"{HEAD}---\n# empty\n---\n"
        "kind: ConfigMap\nmetadata: {name: a}\n---\n"
        "a: [1\n---\n"
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n---\n"
        "- a list\n---\n"
        "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: 12}}\n- text\n---\n"
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, labels: {version: 1.5}}\n---\n"
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: {a: .inf}\n",
    )
    with pytest.raises(ConfigurationError) as caught:
        read_manifests(path, tmp_path / "absent.yaml")
    lines = str(caught.value).splitlines()
    assert lines[0] == "cannot use manifests:"
    assert sorted(line.strip().removeprefix(f"{tmp_path}/") for line in lines[1:]) == [
        "absent.yaml: there is no such file",
        "m.yaml, document 3 (line 9): it has no `apiVersion`; add one, for example `apiVersion: v1`",
        "m.yaml, document 4 (line 12): invalid YAML in line 13: while parsing a flow sequence did not find expected "
        "',' or ']'; correct that line",
        "m.yaml, document 5 (line 14): this ConfigMap has no metadata.name; add one, or a metadata.generateName",
        "m.yaml, document 6 (line 18): it is a list, not an object; an object begins with apiVersion and kind, and "
        "`---` separates objects",
        "m.yaml, document 7 (line 20), item 1: metadata.name of this ConfigMap is 12, a number; quote it",
        "m.yaml, document 7 (line 20), item 2: it is text, not an object; an object begins with apiVersion and kind, "
        "and `---` separates objects",
        "m.yaml, document 8 (line 26): metadata.labels[version] of ConfigMap x is 1.5, a number; quote it",
        "m.yaml, document 9 (line 30): ConfigMap x: data.a is inf, which JSON cannot express; quote it",
    ]


def test_a_folder_without_manifests_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no file"):
        read_manifests(tmp_path)


def test_objects_of_other_yaml_readers_are_checked() -> None:
    [manifest] = yaml.safe_load_all(f"{HEAD}data: {{day: 2026-11-29}}")
    assert manifest["data"]["day"] == datetime.date(2026, 11, 29)
    with pytest.raises(
        ConfigurationError, match=r"data\.day is 2026-11-29, a date; quote it, or read"
    ):
        check_manifests([manifest])


def test_lists_are_their_items_and_kinds_named_list_are_not() -> None:
    allowed = {"apiVersion": "a.example/v1", "kind": "AllowList", "metadata": {"name": "x"}}
    found = check_manifests(
        [
            None,
            {"apiVersion": "v1", "kind": "List", "items": [MAP, {**MAP, "kind": "Secret"}]},
            {"apiVersion": "v1", "kind": "ConfigMapList", "items": [{"metadata": {"name": "y"}}]},
            {"apiVersion": "v1", "kind": "List", "items": None},
            {**allowed, "items": ["pears"]},
        ]
    )
    assert [(each["kind"], each["metadata"]["name"]) for each in found] == [
        ("ConfigMap", "x"),
        ("Secret", "x"),
        ("ConfigMap", "y"),
        ("AllowList", "x"),
    ]


def test_a_list_is_not_one_manifest() -> None:
    with pytest.raises(ConfigurationError, match="cannot use a List as one manifest"):
        check_manifest({"apiVersion": "v1", "kind": "List", "items": [MAP, MAP]})


def test_a_document_that_contains_itself_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="contains itself"):
        read_manifests(written(tmp_path, f"{HEAD}data: &a {{self: *a}}\n"))


@given(st.lists(JSON, max_size=3))
def test_any_value_is_a_manifest_or_an_error_that_names_it(values: list[Any]) -> None:
    try:
        check_manifests(values)
    except ConfigurationError as error:
        assert "manifest " in str(error)


@given(st.text(alphabet="abk:{}[]-=#&*!|>%@`'\"\\\t\n 0123.~<", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse_documents(text, "t.yaml")
    except ConfigurationError as error:
        assert "t.yaml, document " in str(error)
