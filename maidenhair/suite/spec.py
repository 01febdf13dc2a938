"""One scenario as executed: what its steps work with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import cached_property, partial
from pathlib import Path
from tempfile import TemporaryDirectory

from maidenhair._util.progress import Progress
from maidenhair.clusters.toolchain import Toolchain
from maidenhair.config import load_settings
from maidenhair.engine.execution.cleanups import Cleanups
from maidenhair.kube import Kube
from maidenhair.kube.kubectl import Kubectl
from maidenhair.kube.objects import Objects
from maidenhair.kube.rbac.service_accounts import write_kubeconfig
from maidenhair.kube.run.inventory import Inventory
from maidenhair.kube.run.run import Run
from maidenhair.suite.session import EXTENSIONS, Session
from maidenhair.systems.devices.simulated.fleet import Fleet
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
from maidenhair.waiting.journal import Journal

SHARED_COMPUTE = "shared"


class Spec:
    """A spec with its cluster and its namespace; steps find it as `context.spec`.

    Attributes:
        session: the cluster with SkyTorch's stack.
        cleanups: what is undone when the spec ends, the last first.
        namespaces: where objects are that it works with: its own, and what it shares with other specs.
        computes: the Computes that the steps drive, by name.
    """

    def __init__(
        self,
        session: Session,
        open_namespace: Callable[[], AbstractContextManager[str]],
        cleanups: Cleanups,
        run: Run,
        journal: Journal,
    ) -> None:
        self.session = session
        self.cleanups = cleanups
        self.namespaces: list[str] = []
        self._open_namespace = open_namespace
        self._run = run
        self._journal = journal
        cluster = session.cluster
        self._sdk_access: tuple[Path, str | None] = (cluster.kubeconfig, cluster.context)
        self.computes: dict[str, DrivenCompute] = {}

    def use_sdk_as(self, token: str) -> None:
        """Have the SDK, which was not used yet, work as the account of a token instead of the run's."""
        self._sdk_access = (self.kubeconfig("account", token=token), None)

    @cached_property
    def namespace(self) -> str:
        """Return the spec's own namespace, removed with everything in it when the spec ends.

        It is made at first use: removing one takes seconds, and specs of what others share need none.

        Raises:
            KubernetesError: it could not be made.
        """
        name = self.cleanups.enter("remove the spec's namespace", self._open_namespace())
        self.namespaces.insert(0, name)
        return name

    @property
    def has_namespace(self) -> bool:
        """Tell whether the spec has used a namespace of its own."""
        return "namespace" in vars(self)

    @property
    def inventory(self) -> Inventory:
        """Return what makes objects in the namespace and outside of namespaces, and removes them when the spec ends."""
        return self._run.inventory(self.namespace)

    @property
    def kube(self) -> Kube:
        """Return the client of the cluster's API."""
        return self.session.kube

    @property
    def made_outside(self) -> Objects:
        """Return what the spec made outside of its namespace."""
        if not self.has_namespace:
            return []
        return [each for each in self.inventory.made if not each["metadata"].get("namespace")]

    @property
    def notes(self) -> Mapping[str, Callable[[], str]]:
        """Return what was written down of the spec's waits and connections, for the diagnostics of a failure."""
        return {kind: partial(self._journal.text, kind) for kind in self._journal.kinds}

    @property
    def server_image(self) -> str | None:
        """Return the name of the SkyTorch server image that this run uses, None for the operator's own."""
        return self.session.server_image

    @cached_property
    def sdk(self) -> SdkSession:
        """Return SkyTorch's SDK, initialised for the spec's namespace at first use."""
        session = SdkSession(*self._sdk_access, self.namespace)
        return self.cleanups.enter("close the SkyTorch SDK", session)

    def view(self, name: str) -> ComputeView:
        """Return the Compute of that name in the spec's namespace, as the Kubernetes API shows it."""
        return ComputeView(self.kube, self.namespace, name)

    def through_sdk(self, name: str) -> SdkDriven:
        """Return a Compute to be driven through SkyTorch's SDK, among `computes` from now on; nothing is submitted."""
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

    def another_namespace(self) -> str:
        """Make a namespace that the spec works with beside its own, and that goes with it; return its name."""
        name = self.cleanups.enter("remove another namespace", self._run.namespace("another"))
        self.namespaces.append(name)
        return name

    def kubeconfig(self, name: str, **changes: str) -> Path:
        """Return a kubeconfig of the spec's cluster for others to use; what is changed is `write_kubeconfig`'s."""
        cluster = self.session.cluster
        path = self._folder / name
        return write_kubeconfig(
            path, cluster.kubeconfig, cluster.context, cluster.kubectl, **changes
        )

    @cached_property
    def kubectl(self) -> Kubectl:
        """Return kubectl for the spec's cluster, in its namespace."""
        own = self.kubeconfig("kubectl", namespace=self.namespace)
        return Kubectl(self.session.cluster.kubectl, own, self._folder / "cache")

    @cached_property
    def shared_tensors(self) -> OwnTensors:
        """Return this spec's tensors on the Compute that all specs of the run share; they are deleted when it ends.

        Raises:
            WaitTimedOut: the Compute did not become ready, or did not answer.
            WaitStopped: it cannot become ready; the text tells the likely cause.
        """
        namespace = self._run.shared_namespace()
        self.namespaces.append(namespace)
        compute = ObjectDriven(ComputeView(self.kube, namespace, SHARED_COMPUTE))
        compute.submit(self.server_image)
        client = self.cleanups.enter("close the tensor client", serving(compute.view))
        return self.cleanups.enter("delete the spec's tensors", OwnTensors(client))

    @cached_property
    def fleet(self) -> Fleet:
        """Return the spec's simulated nodes, whose devices HAMi shares; there are none at first.

        Raises:
            ToolchainError: KWOK could not be provided.
        """
        return self._open_fleet(shared=True)

    def simulate_whole_devices(self) -> None:
        """Have the spec's simulated nodes be none of HAMi's business: containers get whole devices."""
        self.fleet = self._open_fleet(shared=False)

    def tool(self, component: str) -> Path:
        """Return the path of a component that only some specs use; it is made now where the machine lacks it.

        Raises:
            ToolchainError: it could not be provided.
        """
        toolchain = Toolchain(load_settings(), Progress(), extra=EXTENSIONS.sources)
        return toolchain.ensure([component])[component].path

    def _open_fleet(self, shared: bool) -> Fleet:
        fleet = Fleet(
            self.kube,
            self.inventory,
            self.namespace,
            kwok=self.tool("kwok"),
            kubeconfig=self.kubeconfig("kwok"),
            folder=self._folder,
            shared=shared,
        )
        return self.cleanups.enter("end the simulated nodes", fleet)

    @cached_property
    def _folder(self) -> Path:
        folder = TemporaryDirectory(prefix="maidenhair-spec-")
        return Path(self.cleanups.enter("remove the spec's files", folder))
