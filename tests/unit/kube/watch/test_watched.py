"""Watches against a small fake API server that fails on demand."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from hamcrest import has_entry, has_length

from maidenhair.errors import ApiRefused, WaitBroken
from maidenhair.kube import Kube
from maidenhair.kube.kubeconfig.access import Access
from maidenhair.kube.kubeconfig.connection import Connection
from maidenhair.kube.matchers import is_absent, is_present
from maidenhair.kube.transport import Transport
from maidenhair.kube.watch.watched import WatchedObject, WatchedObjects
from maidenhair.waiting import consistently, eventually

HANG_UP: dict[str, Any] = {"end": "abrupt"}
END: dict[str, Any] = {"end": "clean"}
WITHIN = 30.0
EXPIRED = {"type": "ERROR", "object": {"kind": "Status", "code": 410, "reason": "Expired"}}


class FakeApi(ThreadingHTTPServer):
    """Serve config maps: lists from `items`, and to each watch the `events` until END or HANG_UP."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.items: list[dict[str, Any]] = []
        self.version = "1"
        self.events: queue.Queue[dict[str, Any]] = queue.Queue()
        self.watched_from: queue.Queue[str] = queue.Queue()
        self.lists = 0
        self.refuse_watches = 0


class _Handler(BaseHTTPRequestHandler):
    server: FakeApi
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if path == "/api/v1":
            verbs = ["list", "watch", "get"]
            entry = {"name": "configmaps", "kind": "ConfigMap", "namespaced": True, "verbs": verbs}
            self._answer(200, {"resources": [entry]})
        elif "configmaps" not in path:
            self._answer(200 if path == "/apis" else 404, {"groups": []})
        elif "watch=true" in query:
            self._watch(query)
        else:
            self.server.lists += 1
            version = {"resourceVersion": self.server.version}
            self._answer(200, {"items": self.server.items, "metadata": version})

    def _watch(self, query: str) -> None:
        parameters = dict(each.split("=") for each in query.split("&"))
        self.server.watched_from.put(parameters["resourceVersion"])
        if self.server.refuse_watches:
            self.server.refuse_watches -= 1
            self._answer(410, {"reason": "Expired", "message": "too old resource version"})
            return
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while "end" not in (event := self.server.events.get()):
            line = json.dumps(event).encode() + b"\n"
            self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
        if event is END:
            self.wfile.write(b"0\r\n\r\n")
        self.close_connection = True

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing."""


@pytest.fixture
def api() -> Iterator[FakeApi]:
    server = FakeApi()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def kube(api: FakeApi) -> Iterator[Kube]:
    server = f"http://127.0.0.1:{api.server_port}"
    kube = Kube(Transport(Connection(Access("fake", server), retries=False)))
    yield kube
    api.events.put(HANG_UP)
    kube.close()


def config_map(name: str, version: str, **data: str) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "n", "resourceVersion": version}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def added(*args: str) -> dict[str, Any]:
    return {"type": "ADDED", "object": config_map(*args)}


def test_it_lists_and_follows_changes(api: FakeApi, kube: Kube) -> None:
    api.items = [config_map("b", "1")]
    with WatchedObjects(kube, "v1", "ConfigMap", "n") as watched:
        assert [each["metadata"]["name"] for each in watched.read()] == ["b"]
        api.events.put(added("a", "2"))
        found = eventually(watched, has_length(2), within=WITHIN)
        assert [each["metadata"]["name"] for each in found] == ["a", "b"]
        api.events.put({"type": "DELETED", "object": config_map("b", "3")})
        eventually(watched, has_length(1), within=WITHIN)
        assert api.watched_from.get() == "1"
        api.events.put(HANG_UP)


@pytest.mark.parametrize("end", [END, HANG_UP])
def test_it_resumes_where_a_request_ended(api: FakeApi, kube: Kube, end: dict[str, Any]) -> None:
    with WatchedObjects(kube, "v1", "ConfigMap", "n") as watched:
        bookmark = {"kind": "ConfigMap", "metadata": {"resourceVersion": "7"}}
        for each in (added("a", "2"), {"type": "BOOKMARK", "object": bookmark}, end):
            api.events.put(each)
        api.events.put(added("b", "8"))
        eventually(watched, has_length(2), within=WITHIN)
        assert [api.watched_from.get(timeout=WITHIN) for _ in range(2)] == ["1", "7"]
        api.events.put(HANG_UP)


@pytest.mark.parametrize("refused", [False, True])
def test_it_lists_again_if_the_server_no_longer_has_the_version(
    api: FakeApi, kube: Kube, refused: bool
) -> None:
    api.items = [config_map("old", "1")]
    with WatchedObjects(kube, "v1", "ConfigMap", "n") as watched:
        assert api.watched_from.get(timeout=WITHIN) == "1"
        api.items, api.version = [config_map("new", "9")], "9"
        if refused:
            api.refuse_watches = 1
            api.events.put(HANG_UP)
        else:
            api.events.put(EXPIRED)
            api.events.put(HANG_UP)
        name = eventually(
            lambda: watched.read()[0]["metadata"], has_entry("name", "new"), within=WITHIN
        )
        assert name["resourceVersion"] == "9"
        versions = [api.watched_from.get(timeout=WITHIN) for _ in range(2 if refused else 1)]
        assert versions == (["1", "9"] if refused else ["9"])
        api.events.put(HANG_UP)


def test_one_object_is_none_until_it_exists(api: FakeApi, kube: Kube) -> None:
    with WatchedObject(kube, "v1", "ConfigMap", "a", "n") as watched:
        assert watched.read() is None
        api.events.put(added("a", "2"))
        eventually(watched, is_present(), within=WITHIN)
        api.events.put({"type": "DELETED", "object": config_map("a", "3")})
        eventually(watched, is_absent(), within=WITHIN)
        api.events.put(HANG_UP)


def test_closing_does_not_wait_for_the_server(api: FakeApi, kube: Kube) -> None:
    with WatchedObjects(kube, "v1", "ConfigMap", "n"):
        api.watched_from.get(timeout=WITHIN)
    kube.close()
    assert [each for each in threading.enumerate() if each.name == "watch ConfigMap n"] == []


def test_watches_of_the_same_kind_share_one_request(api: FakeApi, kube: Kube) -> None:
    with (
        WatchedObjects(kube, "v1", "ConfigMap", "n") as everything,
        WatchedObjects(kube, "v1", "ConfigMap", "n", label_selector="a=b, c == d") as picked,
        WatchedObject(kube, "v1", "ConfigMap", "a", "n") as one,
    ):
        labelled = config_map("b", "3")
        labelled["metadata"]["labels"] = {"a": "b", "c": "d", "e": "f"}
        api.events.put(added("a", "2"))
        api.events.put({"type": "ADDED", "object": labelled})
        eventually(everything, has_length(2), within=WITHIN)
        assert [each["metadata"]["name"] for each in picked.read()] == ["b"]
        found = one.read()
        assert found is not None and found["metadata"]["name"] == "a"
    with WatchedObjects(kube, "v1", "ConfigMap", "n", label_selector="a!=b") as others:
        assert others.read() == []
    assert api.watched_from.get(timeout=WITHIN) == "1"
    # Only the server can evaluate that selector, so it needs a watch of its own.
    assert api.watched_from.get(timeout=WITHIN) == "1"
    assert api.watched_from.empty()
    api.events.put(HANG_UP)


def test_many_waits_under_one_entry_take_one_list_and_one_watch(api: FakeApi, kube: Kube) -> None:
    names = [f"m{number}" for number in range(50)]
    with (
        WatchedObjects(kube, "v1", "ConfigMap", "n") as watched,
        ThreadPoolExecutor(len(names)) as threads,
    ):
        waits = [
            threads.submit(eventually, watched.named(name, "n"), is_present(), within=WITHIN)
            for name in names
        ]
        for number, name in enumerate(names):
            api.events.put(added(name, str(number + 2)))
        assert [done.result()["metadata"]["name"] for done in waits] == names
        assert watched.named("m1", "elsewhere").read() is None
    assert api.lists == 1
    assert api.watched_from.get(timeout=WITHIN) == "1"
    assert api.watched_from.empty()


def test_objects_are_no_older_than_the_start_of_the_watch(api: FakeApi, kube: Kube) -> None:
    with WatchedObjects(kube, "v1", "ConfigMap", "n") as first:
        api.watched_from.get(timeout=WITHIN)
        # The watch has not delivered these changes yet.
        api.items, api.version = [config_map("a", "2"), config_map("b", "4")], "4"
        with WatchedObject(kube, "v1", "ConfigMap", "b", "n") as second:
            assert second.read() == config_map("b", "4")
            # It delivers them after the list, which already contains them: the deletion was before "b".
            for event in (
                added("a", "2"),
                {"type": "DELETED", "object": config_map("a", "3")},
                added("a", "4"),
                added("c", "5"),
            ):
                api.events.put(event)
            found = eventually(first, has_length(3), within=WITHIN)
            assert [each["metadata"]["name"] for each in found] == ["a", "b", "c"]


def test_a_list_older_than_the_watch_does_not_undo_its_changes(api: FakeApi, kube: Kube) -> None:
    with WatchedObjects(kube, "v1", "ConfigMap", "n") as first:
        api.events.put(added("a", "7"))
        eventually(first, has_length(1), within=WITHIN)
        # The list is from before "a" existed, because a server may answer from a cache.
        with WatchedObjects(kube, "v1", "ConfigMap", "n") as second:
            assert second.read() == [config_map("a", "7")]


def test_many_waits_at_once_share_their_lists_too(api: FakeApi, kube: Kube) -> None:
    count = 50
    ready = threading.Barrier(count)

    def wait() -> None:
        ready.wait(WITHIN)
        with WatchedObject(kube, "v1", "ConfigMap", "a", "n") as watched:
            eventually(watched, is_present(), within=WITHIN)

    threads = [threading.Thread(target=wait) for _ in range(count)]
    for thread in threads:
        thread.start()
    api.events.put(added("a", "2"))
    for thread in threads:
        thread.join(WITHIN)
    assert not any(thread.is_alive() for thread in threads)
    assert api.lists < count
    assert api.watched_from.get(timeout=WITHIN) == "1"
    assert api.watched_from.empty()


def test_an_unused_watch_ends_after_a_while(
    api: FakeApi, kube: Kube, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maidenhair.kube.watch.informers.LINGER_SECONDS", 0.0)
    for _ in range(2):
        with WatchedObjects(kube, "v1", "ConfigMap", "n"):
            assert api.watched_from.get(timeout=WITHIN) == "1"
        api.events.put(HANG_UP)


def test_a_kind_that_is_not_served_is_refused_at_once(kube: Kube) -> None:
    with pytest.raises(ApiRefused, match="check that its CustomResourceDefinition is installed"):
        WatchedObjects(kube, "v1", "Compute", "n").__enter__()


def test_objects_that_may_be_stale_are_not_returned(
    api: FakeApi, kube: Kube, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maidenhair.kube.watch.informer.STALE_SECONDS", 0.0)
    with WatchedObjects(kube, "v1", "ConfigMap", "n") as watched:
        api.watched_from.get(timeout=WITHIN)
        api.shutdown()
        api.server_close()
        api.events.put(HANG_UP)

        with pytest.raises(WaitBroken, match="ApiUnreachable: watch ConfigMap n: "):
            consistently(watched, has_length(0), during=WITHIN)
