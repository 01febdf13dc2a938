"""The plugin's side of HAMi's protocol, with an API in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from maidenhair.errors import ApiUnreachable, DevicesError
from maidenhair.systems.devices import vendor
from maidenhair.systems.devices.hami import protocol
from maidenhair.systems.devices.plugin.offer import Offer
from maidenhair.systems.devices.plugin.shared_node import SharedNode
from maidenhair.systems.devices.real.container_view import Limits
from maidenhair.systems.devices.real.plugin_state import PluginState

NODE = "node-1"
SHARED = Offer(vendor("NVIDIA"), PluginState(2, sharing=True), NODE)
SHARING = vendor("NVIDIA").sharing
assert SHARING is not None
REGISTER, HANDSHAKE = SHARING.register, SHARING.handshake


class FakeApi:
    """Holds one node and pods, with their annotations."""

    def __init__(self, *pods: dict[str, Any]) -> None:
        self.pods = list(pods)
        self.node: dict[str, str] = {}
        self.is_down = False

    def read(self, path: str, **query: str) -> dict[str, Any]:
        assert (path, query) == ("/api/v1/pods", {"fieldSelector": f"spec.nodeName={NODE}"})
        return {"items": self.pods}

    def get(self, api_version: str, kind: str, name: str, namespace: str | None = None) -> Any:
        return {"metadata": {"annotations": dict(self.node)}}

    def patch(
        self,
        api_version: str,
        kind: str,
        name: str,
        body: Mapping[str, Any],
        namespace: str | None = None,
    ) -> Any:
        if self.is_down:
            raise ApiUnreachable("no answer")
        changed = body["metadata"]["annotations"]
        if kind == "Node":
            annotations = self.node
        else:
            [pod] = [each for each in self.pods if each["metadata"]["name"] == name]
            annotations = pod["metadata"]["annotations"]
        annotations.update(changed)
        for key in [key for key, text in annotations.items() if text is None]:
            del annotations[key]
        return {}


def pod(name: str, waiting: str, bound_at: int = 1) -> dict[str, Any]:
    annotations = {
        protocol.NODE: NODE,
        protocol.BIND_PHASE: protocol.ALLOCATING,
        protocol.BIND_TIME: str(bound_at),
        "hami.io/vgpu-devices-to-allocate": waiting,
    }
    return {
        "metadata": {"name": name, "namespace": "mine", "annotations": annotations},
        "spec": {"nodeName": NODE},
    }


def share(index: int, memory: int, cores: int = 0) -> str:
    return f"{SHARED.devices[index].id},NVIDIA,{memory},{cores}:;"


def test_shared_devices_are_registered_until_they_are_withdrawn() -> None:
    api = FakeApi()
    node = SharedNode(api, NODE)  # type: ignore[arg-type]

    node.keep_reported(SHARED)

    assert [each["id"] for each in protocol.registered(api.node[REGISTER])] == [
        device.id for device in SHARED.devices
    ]
    assert api.node[HANDSHAKE].startswith("Reported_")
    node.withdraw()
    assert api.node == {}


def test_devices_that_hami_does_not_share_are_not_registered() -> None:
    api = FakeApi()
    SharedNode(api, NODE).keep_reported(  # type: ignore[arg-type]
        Offer(SHARED.profile, PluginState(2), NODE)
    )
    assert api.node == {}


def test_devices_are_registered_again_after_an_error_of_the_api(
    capsys: pytest.CaptureFixture[str],
) -> None:
    api = FakeApi()
    api.is_down = True
    node = SharedNode(api, NODE)  # type: ignore[arg-type]
    node.keep_reported(SHARED)
    assert "no answer" in capsys.readouterr().out

    api.is_down = False
    node.keep_reported(Offer(SHARED.profile, PluginState(1, sharing=True), NODE))

    assert len(protocol.registered(api.node[REGISTER])) == 1


def test_the_pod_that_was_bound_first_gets_its_share_first() -> None:
    first, second = pod("first", share(1, 2048, 30), 1), pod("second", share(0, 1024), 2)
    api = FakeApi(second, first)
    node = SharedNode(api, NODE)  # type: ignore[arg-type]
    units = [SHARED.units[0].id]

    assert node.choose(SHARED, units) == [(SHARED.devices[1], Limits(2048, 30))]
    assert first["metadata"]["annotations"][protocol.BIND_PHASE] == protocol.SUCCESS
    assert node.choose(SHARED, units) == [(SHARED.devices[0], Limits(1024, 0))]
    with pytest.raises(DevicesError, match="no pod on node node-1 waits for NVIDIA devices"):
        node.choose(SHARED, units)


def test_a_share_of_another_nodes_device_is_refused() -> None:
    api = FakeApi(pod("lost", "GPU-elsewhere,NVIDIA,1024,0:;"))

    with pytest.raises(DevicesError, match="has no device GPU-elsewhere"):
        SharedNode(api, NODE).choose(SHARED, [])  # type: ignore[arg-type]


def test_without_sharing_a_container_gets_the_devices_that_kubelet_chose() -> None:
    offer = Offer(SHARED.profile, PluginState(2), NODE)

    [(device, limits)] = SharedNode(FakeApi(), NODE).choose(  # type: ignore[arg-type]
        offer, [offer.units[1].id]
    )

    assert (device, limits) == (offer.devices[1], Limits())
