"""The cluster with SkyTorch's stack that a run works on: one that is there, or one made for the run."""

from __future__ import annotations

import shutil
import sysconfig
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from filelock import FileLock

from maidenhair._util import paths
from maidenhair._util.progress import Progress
from maidenhair.clusters.images import build_images, choose_image
from maidenhair.clusters.images.chosen import ChosenImage
from maidenhair.clusters.images.store import Image
from maidenhair.clusters.provider import (
    Cluster,
    EngineImages,
    Extensions,
    LogExport,
    Provider,
)
from maidenhair.clusters.registry import choose_provider, provider_for
from maidenhair.clusters.toolchain import Tool, Toolchain
from maidenhair.config.cluster import Settings
from maidenhair.discovery import Report, discover
from maidenhair.errors import ClusterError
from maidenhair.kube import Kube
from maidenhair.kube.rbac.permissions import FRAMEWORK
from maidenhair.systems.devices import components as device_components
from maidenhair.systems.devices import images as device_images
from maidenhair.systems.devices import permissions as devices
from maidenhair.systems.devices.hami import installation
from maidenhair.systems.devices.hami.plan import HamiPlan, standin_plan, upstream_plan
from maidenhair.systems.skytorch import components as skytorch_components
from maidenhair.systems.skytorch import images as skytorch_images
from maidenhair.systems.skytorch import permissions as skytorch
from maidenhair.systems.skytorch.causes import KNOWLEDGE
from maidenhair.systems.skytorch.stack.deploy import (
    StackPlan,
    deploy,
    deploy_compute_api,
    plan_stack,
)
from maidenhair.systems.skytorch.toolchain import link

SDK = skytorch_components.SDK
EXTENSIONS = Extensions(
    sources=(skytorch_components.components, device_components.components),
    mounts={skytorch_images.PYTHON_MOUNT: SDK},
)
RECIPES = {**skytorch_images.RECIPES, **device_images.RECIPES}
STACK_COMPONENTS = (
    "contour",
    "envoy",
    "gateway-api-crds",
    "contour-manifests",
    "device-query",
    SDK,
)
DEVICE_IMAGES = ("device-plugin", "device-query")
HAMI_COMPONENTS = ("helm", "kube-scheduler")
# What only specs use, but takes too long to be made in the middle of one.
SPEC_COMPONENTS = ("kwok",)
API_CAPABILITIES = frozenset({"skytorch-api"})
NO_TOOLS: Mapping[str, Tool] = MappingProxyType({})
STACK_CAPABILITIES = (
    frozenset({"gateway", "skytorch", "skytorch-0-2", "skytorch-volumes", "hami"})
    | API_CAPABILITIES
)
NO_CHART = "its nodes have no images for a chart to install, as the cluster is used as it is"
SERVER = skytorch_images.SERVER
HAMI = "hami-scheduler-standin"
PERMISSIONS = FRAMEWORK.merged(skytorch.PERMISSIONS, devices.PERMISSIONS)


@dataclass(frozen=True)
class Session:
    """A cluster that is ready for specs.

    Attributes:
        cluster: the cluster, with all that it can do among its capabilities.
        kube: its API.
        server_image: the name of the SkyTorch server's image; None where the operator's own is used.
        lacking: the capabilities that the cluster lacks, and why.
        export_logs: keeps the logs of its nodes below a folder; None where the provider cannot.
        hami: HAMi's scheduler as it was installed; None where the cluster is used as it is.
        device_images: the names of the images of simulated devices, by `DEVICE_IMAGES`; none where nodes lack them.
    """

    cluster: Cluster
    kube: Kube
    server_image: str | None
    lacking: Mapping[str, str] = field(default_factory=dict)
    export_logs: Callable[[Path], None] | None = None
    hami: HamiPlan | None = None
    device_images: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class StackImages:
    """What is deployed for specs, and the images that nodes need for it and for the specs.

    Attributes:
        plan: the SkyTorch stack to deploy; None where there are no nodes for it, or the cluster is used as it is.
        compute_api: whether the API of Computes is deployed by itself, for specs that need no more.
        server: the name of the SkyTorch server's image; None where the operator's own is used.
        hami: HAMi's scheduler to install; None where there are no nodes for it, or the cluster is used as it is.
        archives: the archives to load.
        names: the images that this machine's container engine may have, where the provider uses one.
        devices: the names of the images of simulated devices.
    """

    plan: StackPlan | None = None
    compute_api: bool = False
    server: str | None = None
    hami: HamiPlan | None = None
    archives: tuple[Path, ...] = ()
    names: tuple[str, ...] = ()
    devices: Mapping[str, str] = field(default_factory=dict)


def needed_components(settings: Settings, progress: Progress) -> tuple[str, ...]:
    """Return the toolchain's names of what a cluster and its stack need on this machine."""
    provider = provider_for(settings, progress, EXTENSIONS)
    if not provider.makes_clusters:
        return (*provider.components, SDK)
    whole = (*STACK_COMPONENTS, *HAMI_COMPONENTS, *SPEC_COMPONENTS)
    stack = whole if "nodes" in provider.claims else ()
    return tuple(dict.fromkeys([*provider.components, *stack]))


def set_up(settings: Settings, progress: Progress) -> dict[str, Tool]:
    """Return every component of a cluster and its stack, made now if need be; torch and SkyTorch can be imported then.

    Raises:
        ToolchainError: a component could not be provided.
    """
    toolchain = Toolchain(settings, progress, extra=EXTENSIONS.sources)
    tools = toolchain.ensure(needed_components(settings, progress))
    if SDK in tools:
        link(Path(sysconfig.get_path("purelib")), tools[SDK].path)
    return tools


def prepare_stack(settings: Settings, tools: Mapping[str, Tool], provider: Provider) -> StackImages:
    """Return the stack that the settings ask for, with its images ready to be loaded.

    Raises:
        ConfigurationError: an image of the user's own is no archive that is there.
        ImageError: an image could not be made or read.
        ClusterError: the container engine could not build the server's image.
        StackError: a component is missing.
    """
    server = _chosen_server(settings)
    if not (provider.makes_clusters and "nodes" in provider.claims):
        return StackImages(
            compute_api=provider.makes_clusters,
            server=server.name if server else None,
            archives=(server.archive,) if server and server.archive else (),
        )
    standin = settings.operator == "stand-in"
    if server is None and isinstance(provider, EngineImages):
        built = provider.build_image(
            *skytorch_images.server_image(), {"PYTHON": skytorch_images.python_version()}
        )
        server = ChosenImage(built, None)
    own = ["contour", "envoy", "kube-scheduler", *DEVICE_IMAGES]
    own += ["skytorch-operator-standin"] if standin else []
    own += [] if settings.hami_image else [HAMI]
    images = build_images(tools, [*own, *([] if server else [SERVER])], RECIPES)
    operator = upstream = None
    if settings.hami_image:
        upstream = choose_image("HAMI_IMAGE", settings.hami_image)
    if settings.operator_image and not standin:
        operator = choose_image("OPERATOR_IMAGE", settings.operator_image)
    chosen = [image for image in (operator, server, upstream) if image is not None]
    archives = [image.archive for image in images.values()]
    archives += [image.archive for image in chosen if image.archive]
    return StackImages(
        plan=plan_stack(settings, tools, images, operator.name if operator else None),
        server=server.name if server else images[SERVER].name,
        hami=_plan_hami(settings, tools, images, upstream),
        archives=tuple(archives),
        names=tuple(image.name for image in chosen if image.archive is None),
        devices={name: images[name].name for name in DEVICE_IMAGES},
    )


def share_images(provider: Provider, stack: StackImages) -> None:
    """Make the images that this machine's container engine has known to the nodes of the running cluster.

    Raises:
        ClusterError: the engine or a node refused one.
    """
    if isinstance(provider, EngineImages):
        provider.share_images(stack.names)


def deploy_stack(cluster: Cluster, stack: StackImages, progress: Progress) -> Kube:
    """Deploy what a stack has to be deployed on a cluster whose nodes have its images; return the cluster's API.

    Raises:
        StackError: a part did not become available.
        DevicesError: HAMi's scheduler could not be installed, or did not become available.
    """
    kube = Kube.from_kubeconfig(cluster.kubeconfig, cluster.context, cluster.kubectl, KNOWLEDGE)
    with _locked(cluster), ThreadPoolExecutor() as pool:
        parts = []
        if stack.plan is not None:
            parts.append(pool.submit(deploy, kube, stack.plan, progress))
        elif stack.compute_api:
            parts.append(pool.submit(deploy_compute_api, kube))
        if stack.hami is not None:
            where = (kube, cluster.kubeconfig, cluster.context)
            parts.append(pool.submit(installation.deploy, *where, stack.hami, progress))
        for part in parts:
            part.result()
    return kube


def look_at(
    settings: Settings, provider: Provider, kube: Kube, tools: Mapping[str, Tool] = NO_TOOLS
) -> Report:
    """Return what a cluster is and what it can do.

    Args:
        settings: the settings, which may name a helm.
        provider: what makes the cluster, or found it.
        kube: its API.
        tools: the components that were provided, of which helm may be one.

    Raises:
        KubernetesError: its API did not answer.
    """
    helm = find_helm(settings, tools)
    # The images of simulated devices are on the nodes of every cluster that gets a stack.
    simulated = {"simulated-devices"} if "nodes" in provider.claims else set()
    return discover(kube, provider.claims | simulated, str(helm) if helm else None)


def find_helm(settings: Settings, tools: Mapping[str, Tool] = NO_TOOLS) -> Path | None:
    """Return the helm to use: the one that was provided, else the one that is named, or is on PATH; None without."""
    if "helm" in tools:
        return tools["helm"].path
    found = settings.tools.get("helm") or shutil.which("helm")
    return Path(found) if found else None


@contextmanager
def open_session(settings: Settings, progress: Progress) -> Iterator[Session]:
    """Give a cluster with the stack: the one that runs, or one made for the body and removed after it.

    What the cluster is and can do is told before.

    Raises:
        MaidenhairError: a component, the cluster or the stack could not be provided, or the account lacks rights; the
            text tells which and why.
    """
    settings = choose_provider(settings, progress)
    if settings.keep_on_failure:
        # What is kept would go with the cluster.
        settings = settings.model_copy(update={"keep_cluster": True})
    provider = provider_for(settings, progress, EXTENSIONS)
    tools = set_up(settings, progress) if provider.makes_clusters else {}
    stack = prepare_stack(settings, tools, provider)
    export_logs = provider.export_logs if isinstance(provider, LogExport) else None
    with provider.use(stack.archives) as cluster:
        share_images(provider, stack)
        kube = deploy_stack(cluster, stack, progress)
        try:
            report = look_at(settings, provider, kube, tools)
            progress.say(report.told(cluster.name))
            _check_rights(cluster, report)
            if "skytorch" in report.capabilities and SDK not in tools:
                set_up(settings, progress)
            helm = find_helm(settings, tools)
            capabilities, lacking = report.capabilities, report.lacking
            if stack.hami is None:
                capabilities, lacking = capabilities - {"helm"}, {"helm": NO_CHART, **lacking}
            able = replace(cluster, capabilities=capabilities, helm=helm)
            yield Session(able, kube, stack.server, lacking, export_logs, stack.hami, stack.devices)
        finally:
            kube.close()


def _plan_hami(
    settings: Settings,
    tools: Mapping[str, Tool],
    images: Mapping[str, Image],
    chosen: ChosenImage | None,
) -> HamiPlan:
    helm, scheduler = tools["helm"].path, images["kube-scheduler"]
    if chosen is None:
        return standin_plan(helm, scheduler, images[HAMI])
    return upstream_plan(helm, settings.hami_chart or "", scheduler, chosen.name)


def _locked(cluster: Cluster) -> FileLock:
    locks = paths.cache_dir() / "locks"
    locks.mkdir(parents=True, exist_ok=True)
    return FileLock(locks / f"stack-{cluster.name}.lock")


def _chosen_server(settings: Settings) -> ChosenImage | None:
    if not settings.test_image:
        return None
    return choose_image("SKYTORCH_TEST_IMAGE", settings.test_image)


def _check_rights(cluster: Cluster, report: Report) -> None:
    missing = report.access.required
    if missing:
        rights = "".join(f"\n  {right}, to {right.purpose}" for right in missing)
        raise ClusterError(
            f"{report.findings.user or 'the account'} of context {cluster.context!r} at {report.findings.server} may "
            f"not do what specs need:{rights}\nHave an administrator apply manifests/rbac "
            "(`kubectl apply -k manifests/rbac`), and use its account; see docs/existing-cluster.md"
        )
