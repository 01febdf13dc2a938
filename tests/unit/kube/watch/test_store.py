"""Which of two states of an object is the newer one."""

from __future__ import annotations

from maidenhair.kube import Object
from maidenhair.kube.watch.store import NamedStore, Store


def made(name: str, version: int, namespace: str = "n") -> Object:
    metadata = {"name": name, "namespace": namespace, "resourceVersion": str(version)}
    return {"kind": "ConfigMap", "metadata": metadata}


def versions(store: Store) -> dict[str, str]:
    return {each["metadata"]["name"]: each["metadata"]["resourceVersion"] for each in store.read()}


def test_objects_are_sorted_and_found_by_name_and_namespace() -> None:
    store = Store()
    store.put_all([made("b", 1), made("a", 2, "z"), made("a", 3)], 3)

    assert [each["metadata"]["resourceVersion"] for each in store.read()] == ["3", "1", "2"]
    assert store.get("a", "z") == made("a", 2, "z")
    assert store.get("a") == made("a", 3)
    assert store.get("a", "elsewhere") is None
    assert store.get("c") is None


def test_a_list_says_which_names_changed() -> None:
    store = Store()
    assert store.put_all([made("a", 1), made("b", 2)], 2) == {"a", "b"}
    assert store.put_all([made("a", 1), made("b", 3), made("c", 4)], 5) == {"b", "c"}
    assert store.put_all([made("a", 1)], 6) == {"b", "c"}
    assert store.put_all([made("a", 9)], 5) == set(), "an older list"


def test_events_that_a_list_of_the_name_contains_are_left_out() -> None:
    store = Store()
    store.put_all([made("a", 1), made("b", 2)], 2)
    assert store.put_named("a", [], 7)
    assert store.put_event("MODIFIED", made("a", 5)) is None
    assert store.put_event("MODIFIED", made("b", 6)) == "b"
    assert versions(store) == {"b": "6"}
    assert store.put_event("ADDED", made("a", 8)) == "a"
    assert versions(store) == {"a": "8", "b": "6"}


def test_a_list_of_a_name_that_is_older_than_the_watch_is_left_out() -> None:
    store = Store()
    store.put_all([], 2)
    store.put_event("ADDED", made("a", 5))
    assert not store.put_named("a", [], 4)
    assert versions(store) == {"a": "5"}


def test_a_list_of_all_does_not_undo_a_newer_list_of_a_name() -> None:
    store = Store()
    store.put_all([made("a", 1), made("b", 1)], 1)
    store.put_named("a", [made("a", 8)], 8)
    assert store.put_all([made("a", 1), made("b", 5)], 5) == {"b"}
    assert versions(store) == {"a": "8", "b": "5"}


def test_after_a_restart_the_next_list_counts_whatever_its_version() -> None:
    store = Store()
    store.put_all([made("a", 100)], 100)
    store.put_named("a", [made("a", 101)], 101)
    store.restart()
    assert store.put_all([made("b", 3)], 3) == {"a", "b"}
    assert versions(store) == {"b": "3"}


def test_a_bookmark_changes_nothing_but_the_version() -> None:
    store = Store()
    store.put_all([made("a", 1)], 1)
    bookmark: Object = {"kind": "ConfigMap", "metadata": {"resourceVersion": "9"}}
    assert store.put_event("BOOKMARK", bookmark) is None
    assert store.put_all([], 8) == set()
    assert versions(store) == {"a": "1"}


def test_a_store_of_names_keeps_only_those_in_use() -> None:
    store = NamedStore()
    store.use("a")
    assert store.put_named("a", [made("a", 2)], 4)
    assert store.put_event("ADDED", made("b", 5)) is None
    assert store.put_event("MODIFIED", made("a", 3)) is None, "the list contains it"
    assert store.put_event("MODIFIED", made("a", 6)) == "a"
    assert versions(store) == {"a": "6"}
    store.release("a")
    assert store.read() == []
    assert store.names == []


def test_a_name_that_joins_a_store_late_is_as_old_as_its_list() -> None:
    store = NamedStore()
    store.use("a")
    store.put_named("a", [], 1)
    store.put_event("ADDED", made("a", 50))
    store.use("b")
    # The watch is ahead, but did not store what it saw of "b".
    assert store.put_named("b", [made("b", 20)], 40)
    assert store.put_event("MODIFIED", made("b", 45)) == "b"
    assert not store.put_named("b", [made("b", 20)], 44)
    assert versions(store) == {"a": "50", "b": "45"}


def test_a_name_is_stored_as_long_as_anybody_uses_it() -> None:
    store = NamedStore()
    store.use("a")
    store.use("a")
    store.put_named("a", [made("a", 1)], 1)
    store.release("a")
    assert versions(store) == {"a": "1"}
