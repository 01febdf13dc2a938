"""One pod that requests devices, on real or simulated nodes."""

from __future__ import annotations

from hamcrest import equal_to, starts_with

from maidenhair.kube import Kube, Object
from maidenhair.kube.diagnosis.explain import stop_when_hopeless
from maidenhair.kube.matchers import has_jmespath, has_log_line
from maidenhair.kube.pod import Pod
from maidenhair.systems.devices.device_nodes import DeviceNodes, HeldDevice
from maidenhair.systems.devices.pod_request import PodRequest
from maidenhair.waiting import eventually

REPORT_SECONDS = 90.0


class DevicePod(Pod):
    """A pod that requests devices.

    Every method raises KubernetesError if the API cannot be used. Waits raise WaitTimedOut with the likely cause.

    Args:
        kube: the API.
        namespace: the pod's namespace.
        name: the pod's name.
        nodes: the nodes that the pod may run on.
    """

    def __init__(self, kube: Kube, namespace: str, name: str, nodes: DeviceNodes) -> None:
        super().__init__(kube, namespace, name)
        self._nodes = nodes

    def create(self, request: PodRequest) -> Object:
        """Create the pod and return it.

        Args:
            request: containers, annotations and labels of the pod.

        Raises:
            ApiRefused: the API refused the pod.
        """
        manifest = request.manifest(self.name, self._nodes.placement)
        metadata = {**manifest["metadata"], "namespace": self.namespace}
        return self._kube.create({**manifest, "metadata": metadata})

    def wait_until_running(self) -> str | None:
        """Wait until the pod is Running; return the name of its node in the spec."""
        return self._nodes.name_of(super().wait_until_running())

    def complete(self) -> None:
        """End all containers without an error, and wait until the pod has Succeeded."""
        self._nodes.complete(self)
        self.wait_until(has_jmespath("status.phase", equal_to("Succeeded")), "to complete")

    def devices(self, container: str | None = None) -> list[HeldDevice]:
        """Wait until the pod runs, and return its devices.

        Args:
            container: the name of a container. Default: all containers except init containers.

        Raises:
            AssertionError: files, tools and variables of a container disagree about its devices.
        """
        return self._nodes.held_by(self, container)

    def log(self, container: str) -> str:
        """Wait until a container has reported its devices, and return its log."""
        found: str = eventually(
            lambda: self._kube.pod_logs(self.namespace, self.name, container),
            has_log_line(starts_with("{")),
            within=REPORT_SECONDS,
            described_as=f"container {container} of Pod {self.namespace}/{self.name} to report its devices",
            explain=stop_when_hopeless(self._kube, self.subject).explain,
        )
        return found
