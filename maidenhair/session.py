"""The cluster with SkyTorch's stack that a run works on: one that is there, or one made for the run."""

from __future__ import annotations

import sysconfig
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from filelock import FileLock

from maidenhair import paths
from maidenhair.clusters.embedded.provider import EmbeddedProvider
from maidenhair.clusters.images import build_images, choose_image
from maidenhair.clusters.provider import Cluster, Provider
from maidenhair.clusters.toolchain import Tool, Toolchain
from maidenhair.clusters.toolchain.skytorch_python import link
from maidenhair.config import Settings
from maidenhair.errors import ConfigurationError
from maidenhair.kube import Kube
from maidenhair.progress import Progress
from maidenhair.skytorch.stack import StackPlan, deploy, plan_stack

STACK_COMPONENTS = ("contour", "envoy", "gateway-api-crds", "contour-manifests", "skytorch-python")
STACK_CAPABILITIES = frozenset({"gateway", "skytorch"})
SERVER = "skytorch-server"


@dataclass(frozen=True)
class Session:
    """A cluster that is ready for specs.

    Attributes:
        cluster: the cluster, with what its stack can do among its capabilities.
        kube: its API, as the administrator.
        server_image: the name of the SkyTorch server's image.
    """

    cluster: Cluster
    kube: Kube
    server_image: str


@dataclass(frozen=True)
class StackImages:
    """The stack, and the images that nodes need for it and for its specs.

    Attributes:
        plan: what to deploy.
        server: the name of the SkyTorch server's image.
        archives: the archives to load.
    """

    plan: StackPlan
    server: str
    archives: tuple[Path, ...]


def provider_for(settings: Settings, progress: Progress) -> Provider:
    """Return the provider that the settings name."""
    return EmbeddedProvider(settings, progress)


def needed_components(settings: Settings, progress: Progress) -> tuple[str, ...]:
    """Return the toolchain's names of what a cluster and its stack need on this machine."""
    names = provider_for(settings, progress).components
    stack = () if settings.profile == "api" else STACK_COMPONENTS
    return tuple(dict.fromkeys([*names, *stack]))


def set_up(settings: Settings, progress: Progress) -> dict[str, Tool]:
    """Return every component of a cluster and its stack, made now if need be; torch and SkyTorch can be imported then.

    Raises:
        ToolchainError: a component could not be provided.
    """
    tools = Toolchain(settings, progress).ensure(needed_components(settings, progress))
    if "skytorch-python" in tools:
        link(Path(sysconfig.get_path("purelib")), tools["skytorch-python"].path)
    return tools


def prepare_stack(settings: Settings, tools: Mapping[str, Tool]) -> StackImages:
    """Return the stack that the settings ask for, with its images ready to be loaded.

    Raises:
        ConfigurationError: an image of the user's own is no archive that is there.
        ImageError: an image could not be made or read.
        StackError: a component is missing.
    """
    standin = settings.operator == "stand-in"
    names = ["contour", "envoy", *(["skytorch-operator-standin"] if standin else [])]
    own_server = [] if settings.test_image else [SERVER]
    images = build_images(tools, [*names, *own_server])
    archives = [image.archive for image in images.values()]
    operator = server = None
    if settings.operator_image and not standin:
        operator = choose_image("OPERATOR_IMAGE", settings.operator_image)
    if settings.test_image:
        server = choose_image("SKYTORCH_TEST_IMAGE", settings.test_image)
    archives += [chosen.archive for chosen in (operator, server) if chosen and chosen.archive]
    plan = plan_stack(settings, tools, images, operator.name if operator else None)
    return StackImages(plan, server.name if server else images[SERVER].name, tuple(archives))


def deploy_stack(cluster: Cluster, stack: StackImages, progress: Progress) -> Kube:
    """Deploy the stack on a cluster whose nodes have its images; return the cluster's API.

    Raises:
        StackError: a part did not become available.
    """
    kube = Kube.from_kubeconfig(cluster.kubeconfig, cluster.context, cluster.kubectl)
    locks = paths.cache_dir() / "locks"
    locks.mkdir(parents=True, exist_ok=True)
    with FileLock(locks / f"stack-{cluster.name}.lock"):
        deploy(kube, stack.plan, progress)
    return kube


@contextmanager
def open_session(settings: Settings, progress: Progress) -> Iterator[Session]:
    """Give a cluster with the stack: the one that runs, or one made for the body and removed after it.

    Raises:
        MaidenhairError: a component, the cluster or the stack could not be provided; the text tells which and why.
    """
    if settings.profile == "api":
        raise ConfigurationError(
            "the specs need pods: run them with MAIDENHAIR_PROFILE=node, not api"
        )
    provider = provider_for(settings, progress)
    stack = prepare_stack(settings, set_up(settings, progress))
    with provider.use(stack.archives) as cluster:
        kube = deploy_stack(cluster, stack, progress)
        able = replace(cluster, capabilities=cluster.capabilities | STACK_CAPABILITIES)
        try:
            yield Session(able, kube, stack.server)
        finally:
            kube.close()
