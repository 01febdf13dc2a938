"""What the steps of a spec work with, as `context.skytorch`."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from maidenhair.systems.skytorch.api.compute import ComputeView
from maidenhair.systems.skytorch.sdk.drivers import (
    DrivenCompute,
    ObjectDriven,
    ProgramDriven,
    SdkDriven,
)
from maidenhair.systems.skytorch.sdk.session import SdkSession
from maidenhair.systems.skytorch.stack.readiness import serving
from maidenhair.systems.skytorch.tensors import OwnTensors
from maidenhair.systems.system import SpecAccess

SHARED_COMPUTE = "shared"


class SkyTorchSpec:
    """The SDK, the Computes and the tensors of one spec.

    Args:
        spec: the spec.
        server_image: the name of the SkyTorch server image that the run uses; None for the operator's own.

    Attributes:
        computes: the Computes that the steps drive, by name.
    """

    def __init__(self, spec: SpecAccess, server_image: str | None) -> None:
        self.server_image = server_image
        self.computes: dict[str, DrivenCompute] = {}
        self._spec = spec
        cluster = spec.cluster
        self._sdk_access: tuple[Path, str | None] = (cluster.kubeconfig, cluster.context)

    def use_sdk_as(self, token: str) -> None:
        """Have the SDK, which was not used yet, work as the account of a token instead of the run's."""
        self._sdk_access = (self._spec.kubeconfig("account", token=token), None)

    @cached_property
    def sdk(self) -> SdkSession:
        """The SDK, initialised for the spec's namespace at first use."""
        session = SdkSession(*self._sdk_access, self._spec.namespace)
        return self._spec.enter("close the SkyTorch SDK", session)

    def view(self, name: str) -> ComputeView:
        """Return the Compute of that name in the spec's namespace, as the Kubernetes API shows it."""
        return ComputeView(self._spec.kube, self._spec.namespace, name)

    def through_sdk(self, name: str) -> SdkDriven:
        """Return a Compute to be driven through the SDK, among `computes` from now on; nothing is submitted."""
        compute = SdkDriven(self.sdk, self.view(name))
        self.computes[name] = compute
        return compute

    def as_object(self, name: str) -> ObjectDriven:
        """Return a Compute to be driven as a Kubernetes object, among `computes` from now on; nothing is submitted."""
        compute = ObjectDriven(self.view(name))
        self.computes[name] = compute
        return compute

    def as_program(self, name: str) -> ProgramDriven:
        """Return one that is driven as an object and runs a program instead of its server; nothing is submitted."""
        compute = ProgramDriven(self.view(name))
        self.computes[name] = compute
        return compute

    @cached_property
    def shared_tensors(self) -> OwnTensors:
        """This spec's tensors on the Compute that all specs of the run share; they are deleted when it ends.

        Raises:
            WaitTimedOut: the Compute did not become ready, or did not answer.
            WaitStopped: it cannot become ready; the text tells the likely cause.
        """
        namespace = self._spec.shared_namespace()
        self._spec.namespaces.append(namespace)
        compute = ObjectDriven(ComputeView(self._spec.kube, namespace, SHARED_COMPUTE))
        compute.submit(self.server_image)
        client = self._spec.enter("close the tensor client", serving(compute.view))
        return self._spec.enter("delete the spec's tensors", OwnTensors(client))
