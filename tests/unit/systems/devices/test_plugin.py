"""The simulated device plugin and a fake kubelet, which registers and calls it on unix sockets."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from queue import Queue
from typing import Any

import grpc
import pytest

from maidenhair.systems.devices import vendor
from maidenhair.systems.devices.plugin.kubelet import Kubelet
from maidenhair.systems.devices.plugin.log import log
from maidenhair.systems.devices.plugin.messages import DEVICE_PLUGIN, REGISTRATION, plugin_messages
from maidenhair.systems.devices.plugin.offer import Offer
from maidenhair.systems.devices.plugin.service import DevicePlugin
from maidenhair.systems.devices.real.plugin_state import PluginState

NODE = "node-1"
MESSAGES = plugin_messages()
SECONDS = 10.0


class FakeKubelet:
    """Accepts registrations, and calls the plugin on the plugin's socket."""

    def __init__(self, folder: Path) -> None:
        self.registered: Queue[Any] = Queue()
        self._folder = folder
        self._server: grpc.Server | None = None
        self._channel: grpc.Channel | None = None

    def start(self) -> None:
        """Start like kubelet, which removes the sockets of all plugins."""
        for socket in self._folder.glob("*.sock"):
            socket.unlink()
        self._server = grpc.server(ThreadPoolExecutor(2))
        register = grpc.unary_unary_rpc_method_handler(
            self._register,
            MESSAGES["RegisterRequest"].FromString,
            lambda message: message.SerializeToString(),
        )
        handler = grpc.method_handlers_generic_handler(REGISTRATION, {"Register": register})
        self._server.add_generic_rpc_handlers((handler,))
        self._server.add_insecure_port(f"unix://{self._folder / 'kubelet.sock'}")
        self._server.start()

    def stop(self) -> None:
        if self._channel is not None:
            self._channel.close()
        if self._server is not None:
            self._server.stop(None).wait()

    def call(self, method: str, answer: str, request: Any) -> Any:
        return self._plugin().unary_unary(
            f"/{DEVICE_PLUGIN}/{method}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=MESSAGES[answer].FromString,
        )(request, timeout=SECONDS)

    def list_and_watch(self) -> Iterator[Any]:
        listed: Iterator[Any] = self._plugin().unary_stream(
            f"/{DEVICE_PLUGIN}/ListAndWatch",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=MESSAGES["ListAndWatchResponse"].FromString,
        )(MESSAGES["Empty"](), timeout=SECONDS)
        return listed

    def _plugin(self) -> grpc.Channel:
        if self._channel is None:
            self._channel = grpc.insecure_channel(f"unix://{self._folder / 'plugin.sock'}")
        return self._channel

    def _register(self, request: Any, context: Any) -> Any:
        self.registered.put(request)
        return MESSAGES["Empty"]()


@pytest.fixture
def kubelet(tmp_path: Path) -> Iterator[FakeKubelet]:
    fake = FakeKubelet(tmp_path)
    fake.start()
    yield fake
    fake.stop()


@pytest.fixture
def plugin(tmp_path: Path) -> DevicePlugin:
    offer = Offer(vendor("NVIDIA"), PluginState(4), NODE)
    return DevicePlugin(offer, Path("/host/files"), tmp_path / "files")


@pytest.fixture
def serving(kubelet: FakeKubelet, plugin: DevicePlugin, tmp_path: Path) -> Iterator[Kubelet]:
    serving = Kubelet(plugin, "plugin.sock", tmp_path)
    serving.keep_registered()
    yield serving
    serving.stop()


def change(plugin: DevicePlugin, **changes: Any) -> None:
    offer = plugin.offer
    plugin.change(replace(offer, state=replace(offer.state, **changes)))


def test_a_plugin_registers_its_resource_and_options(
    kubelet: FakeKubelet, serving: Kubelet
) -> None:
    request = kubelet.registered.get(timeout=SECONDS)

    assert (request.version, request.resource_name) == ("v1beta1", "nvidia.com/gpu")
    assert request.endpoint == "plugin.sock"
    assert request.options.get_preferred_allocation_available
    options = kubelet.call("GetDevicePluginOptions", "DevicePluginOptions", MESSAGES["Empty"]())
    assert options.pre_start_required
    assert options.get_preferred_allocation_available


def test_a_plugin_registers_once_with_a_kubelet_and_again_with_the_next(
    kubelet: FakeKubelet, serving: Kubelet
) -> None:
    kubelet.registered.get(timeout=SECONDS)
    assert not serving.keep_registered()

    kubelet.stop()
    kubelet.start()

    assert serving.keep_registered()
    assert kubelet.registered.get(timeout=SECONDS).resource_name == "nvidia.com/gpu"


def test_a_plugin_registers_once_with_a_kubelet_that_starts_while_it_looks(
    kubelet: FakeKubelet,
    serving: Kubelet,
    plugin: DevicePlugin,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_handler = plugin.handler

    def handler_of_a_slow_plugin() -> grpc.GenericRpcHandler:
        kubelet.stop()
        kubelet.start()
        return make_handler()

    monkeypatch.setattr(plugin, "handler", handler_of_a_slow_plugin)
    # What kubelet removes first when it starts.
    (tmp_path / "plugin.sock").unlink()

    assert serving.keep_registered()

    monkeypatch.undo()
    assert not serving.keep_registered()


def test_a_plugin_does_not_register_without_kubelet(tmp_path: Path, plugin: DevicePlugin) -> None:
    assert not Kubelet(plugin, "plugin.sock", tmp_path).keep_registered()


def test_the_list_for_kubelet_has_every_device_with_its_health_and_numa_node(
    kubelet: FakeKubelet, serving: Kubelet, plugin: DevicePlugin
) -> None:
    listed = kubelet.list_and_watch()
    first = next(listed)
    change(plugin, unhealthy=(2,))
    second = next(listed)

    assert [each.health for each in first.devices] == ["Healthy"] * 4
    assert [each.topology.nodes[0].ID for each in first.devices] == [0, 0, 1, 1]
    assert [each.health for each in second.devices] == [
        "Healthy",
        "Healthy",
        "Unhealthy",
        "Healthy",
    ]


def test_a_withdrawn_offer_sends_an_empty_list_before_the_stream_ends(
    kubelet: FakeKubelet, serving: Kubelet, plugin: DevicePlugin
) -> None:
    listed = kubelet.list_and_watch()
    next(listed)

    plugin.withdraw()

    assert [list(each.devices) for each in listed] == [[]]


def test_a_container_gets_variables_and_files_of_its_devices(
    kubelet: FakeKubelet, serving: Kubelet, plugin: DevicePlugin, tmp_path: Path
) -> None:
    devices = plugin.offer.devices[1:3]
    answer = allocate(kubelet, [each.id for each in devices])

    [response] = answer.container_responses
    assert dict(response.envs) == {"NVIDIA_VISIBLE_DEVICES": ",".join(each.id for each in devices)}
    assert [(each.container_path, each.read_only) for each in response.mounts] == [
        ("/var/lib/devices/nvidia1", True),
        ("/var/lib/devices/nvidia2", True),
    ]
    name = Path(response.mounts[0].host_path).name
    content = json.loads((tmp_path / "files" / name).read_text())
    assert (content["id"], content["tool"]) == (devices[0].id, "nvidia-smi")
    assert content["variables"]["memory"] == "CUDA_DEVICE_MEMORY_LIMIT_{i}"


def test_a_device_that_is_not_offered_is_not_allocated(
    kubelet: FakeKubelet, serving: Kubelet
) -> None:
    with pytest.raises(grpc.RpcError) as raised:
        allocate(kubelet, ["GPU-unknown"])

    assert raised.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert "has no GPU-unknown" in raised.value.details()


def test_a_container_does_not_start_with_a_broken_device(
    kubelet: FakeKubelet, serving: Kubelet, plugin: DevicePlugin
) -> None:
    change(plugin, unhealthy=(0,))
    ids = [each.id for each in plugin.offer.devices]

    def start(id: str) -> Any:
        request = MESSAGES["PreStartContainerRequest"](devices_ids=[id])
        return kubelet.call("PreStartContainer", "PreStartContainerResponse", request)

    assert start(ids[1]) == MESSAGES["PreStartContainerResponse"]()
    with pytest.raises(grpc.RpcError) as raised:
        start(ids[0])
    assert f"devices not healthy: {ids[0]}" in raised.value.details()


def test_devices_of_one_numa_node_are_preferred(
    kubelet: FakeKubelet, serving: Kubelet, plugin: DevicePlugin
) -> None:
    ids = [each.id for each in plugin.offer.devices]
    request = MESSAGES["PreferredAllocationRequest"](
        container_requests=[{"available_deviceIDs": ids[1:], "allocation_size": 2}]
    )

    answer = kubelet.call("GetPreferredAllocation", "PreferredAllocationResponse", request)

    assert list(answer.container_responses[0].deviceIDs) == ids[2:]


PREFERENCES: list[tuple[Callable[[list[str]], tuple[list[str], list[str], int]], list[int]]] = [
    (lambda ids: (ids, [], 2), [0, 1]),
    (lambda ids: (ids, [ids[3]], 2), [3, 2]),
    (lambda ids: (ids, [], 3), [0, 1, 2]),
    (lambda ids: (ids[1:], [], 1), [1]),
    (lambda ids: (ids, [], 0), []),
]


@pytest.mark.parametrize(("request_of", "expected"), PREFERENCES)
def test_an_offer_prefers_devices_of_few_numa_nodes(
    request_of: Callable[[list[str]], tuple[list[str], list[str], int]], expected: list[int]
) -> None:
    offer = Offer(vendor("NVIDIA"), PluginState(4), NODE)
    ids = [each.id for each in offer.devices]

    assert offer.preferred(*request_of(ids)) == [ids[index] for index in expected]


def test_a_shared_device_is_offered_once_for_each_share() -> None:
    offer = Offer(vendor("NVIDIA"), PluginState(2, unhealthy=(1,), sharing=True), NODE)

    assert len({unit.id for unit in offer.units}) == 20
    assert sum(unit.device.healthy for unit in offer.units) == 10
    assert offer.chosen([offer.units[0].id, offer.units[1].id]) == [offer.devices[0]]


def allocate(kubelet: FakeKubelet, ids: list[str]) -> Any:
    request = MESSAGES["AllocateRequest"](container_requests=[{"devices_ids": ids}])
    return kubelet.call("Allocate", "AllocateResponse", request)


def test_a_line_of_the_log_is_written_in_one_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []

    class Stream:
        def write(self, text: str) -> None:
            written.append(text)

        def flush(self) -> None:
            written.append("flushed")

    monkeypatch.setattr("sys.stdout", Stream())
    log("sent kubelet a list of 2 devices")

    assert written == ["sent kubelet a list of 2 devices\n", "flushed"]
