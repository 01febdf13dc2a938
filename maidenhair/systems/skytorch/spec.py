"""The SDK, the Computes and the tensors of one spec. Steps use it as `context.skytorch`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path
from typing import Any

from maidenhair.systems.skytorch.api.compute import ComputeView
from maidenhair.systems.skytorch.api.settings_table import options_of, spec_of
from maidenhair.systems.skytorch.sdk.drivers import (
    DrivenCompute,
    ObjectDriven,
    SdkDriven,
)
from maidenhair.systems.skytorch.sdk.event_listener import Listener
from maidenhair.systems.skytorch.sdk.session import SdkSession
from maidenhair.systems.skytorch.stack.readiness import serving
from maidenhair.systems.skytorch.tensors import OwnTensors, TensorClient
from maidenhair.systems.skytorch.workloads.commands import container_settings
from maidenhair.systems.system import SpecAccess

# No registry answers on this port of the node: the pull fails at once, wherever the cluster is.
ABSENT_IMAGE = "localhost:1/no-such-server:1"
SHARED_COMPUTE = "shared"


class SkyTorchSpec:
    """The SDK, the Computes and the tensors of one spec.

    Args:
        spec: the spec.
        server_image: the name of the run's SkyTorch server image; None for the operator's default image.

    Attributes:
        computes: the Computes that the steps drive, by name.
        in_program: whether the next Computes are created through the SDK instead of as Kubernetes objects.
        followed: the streams that the program follows for its next Computes: "events", "metrics", or both.
        listeners: the events that the program has received, by the Compute's name.
        snapshots: the metrics that the program has received, by the Compute's name.
    """

    def __init__(self, spec: SpecAccess, server_image: str | None) -> None:
        self.server_image = server_image
        self.computes: dict[str, DrivenCompute] = {}
        self.in_program = False
        self.followed: set[str] = set()
        self.listeners: dict[str, Listener] = {}
        self.snapshots: dict[str, list[Any]] = {}
        self._spec = spec
        cluster = spec.cluster
        self._sdk_access: tuple[Path, str | None] = (cluster.kubeconfig, cluster.context)

    def use_sdk_as(self, token: str) -> None:
        """Make the SDK use the account of a token instead of the run's account. Call it before the SDK's first use."""
        self._sdk_access = (self._spec.kubeconfig("account", token=token), None)

    @cached_property
    def sdk(self) -> SdkSession:
        """Return the SDK, initialised for the spec's namespace at first use."""
        session = SdkSession(*self._sdk_access, self._spec.namespace)
        return self._spec.enter("close the SkyTorch SDK", session)

    @property
    def shares_namespace(self) -> bool:
        """Whether specs share a namespace, because the account of the run may create none."""
        return self._spec.cluster.shared_namespace is not None

    def view(self, name: str) -> ComputeView:
        """Return the Compute of a name in the spec's namespace, as the Kubernetes API shows it."""
        return ComputeView(self._spec.kube, self._spec.namespace, name, self._spec.labels())

    def through_sdk(self, name: str) -> SdkDriven:
        """Return a Compute that is driven through the SDK, and add it to `computes`. Nothing is created yet."""
        compute = SdkDriven(self.sdk, self.view(name))
        self.computes[name] = compute
        return compute

    def as_object(self, name: str) -> ObjectDriven:
        """Return a Compute that is driven as a Kubernetes object, and add it to `computes`. Nothing is created yet."""
        compute = ObjectDriven(self.view(name))
        self.computes[name] = compute
        return compute

    def create(self, name: str, settings: Iterable[tuple[str, Any]] = ()) -> DrivenCompute:
        """Create a Compute with the run's server image, and add it to `computes`.

        Args:
            name: the Compute's name.
            settings: the settings of `spec_of`. The value of "image" may also be "none" for the operator's default
                image, or "missing" for an image that does not exist. "container" takes a purpose of
                `container_settings`.

        Raises:
            ConfigurationError: a setting does not exist.
            ApiRefused: the API refused the Compute object.
            ApiException: the API refused the Compute that the SDK created.
        """
        rows = self._expanded(settings)
        if self.in_program:
            program = self.through_sdk(name)
            program.submit(
                **{"image": self.server_image, **options_of(rows)}, **self._callbacks(name)
            )
            if self.shares_namespace:
                program.view.label()
            return program
        compute = self.as_object(name)
        compute.submit(**{"image": self.server_image, **spec_of(rows)})
        return compute

    def _expanded(self, settings: Iterable[tuple[str, Any]]) -> list[tuple[str, Any]]:
        rows: list[tuple[str, Any]] = []
        for setting, value in settings:
            if setting == "container":
                rows += container_settings(value)
            elif setting == "image":
                rows.append((setting, self.images.get(value, value)))
            else:
                rows.append((setting, value))
        return rows

    @property
    def images(self) -> Mapping[str, str | None]:
        """Return the images that tables name: "none", "missing" and "of this run"."""
        return {"none": None, "missing": ABSENT_IMAGE, "of this run": self.server_image}

    def _callbacks(self, name: str) -> dict[str, Any]:
        callbacks: dict[str, Any] = {}
        if "events" in self.followed:
            callbacks["on_events"] = self.listeners.setdefault(name, Listener())
        if "metrics" in self.followed:
            callbacks["on_metrics"] = self.snapshots.setdefault(name, []).append
        return callbacks

    @cached_property
    def shared_tensors(self) -> OwnTensors:
        """Return this spec's tensors on the Compute that all specs of the run share. They are deleted after the spec.

        Raises:
            WaitTimedOut: the Compute did not become ready, or did not answer, in time.
            WaitStopped: the Compute cannot become ready. The text contains the likely cause.
        """
        client = self._spec.enter("close the tensor client", self.shared_server())
        return self._spec.enter("delete the spec's tensors", OwnTensors(client))

    def shared_server(self) -> AbstractContextManager[TensorClient]:
        """Return a tensor client of the Compute that all specs of the run share. Entering it waits; see `serving`."""
        compute = ObjectDriven(self.shared_view(SHARED_COMPUTE))
        compute.submit(self.server_image)
        return serving(compute.view)

    def shared_view(self, name: str) -> ComputeView:
        """Return the Compute of a name in the namespace that all specs of the run share."""
        namespace = self._spec.shared_namespace()
        if namespace not in self._spec.namespaces:
            self._spec.namespaces.append(namespace)
        return ComputeView(self._spec.kube, namespace, name, self._spec.labels(shared=True))
