"""The settings of a run: pyproject's `[tool.maidenhair]` < environment `MAIDENHAIR_*` < explicit values."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from maidenhair.config.engine import OPTIONS as ENGINE_OPTIONS
from maidenhair.config.options import DURATIONS, SIZES, Option, flag, read_options, seconds, size
from maidenhair.errors import ConfigurationError

TOOL_PREFIX = "MAIDENHAIR_TOOL_"
KUBERNETES_VERSIONS = ("1.34.4", "1.35.4")
"""The versions of Kubernetes that can be had, the default first: those of toolchain/kubernetes."""
MOST_NODES = 32


def _node_count(text: str) -> int:
    number = int(text)
    if not 1 <= number <= MOST_NODES:
        raise ValueError(text)
    return number


OPTIONS = (
    Option(
        "provider",
        "MAIDENHAIR_PROVIDER",
        None,
        "What makes the cluster; if not given, kind where Docker or Podman answers, else embedded.",
        ("embedded", "kind", "existing"),
        flags=("--provider",),
    ),
    Option(
        "context",
        "MAIDENHAIR_CONTEXT",
        None,
        "Existing cluster: the context that names it; else the current one, if its cluster allows tests.",
        flags=("--context",),
    ),
    Option(
        "kubeconfig",
        "MAIDENHAIR_KUBECONFIG",
        None,
        "Existing cluster: the kubeconfig; where kubectl looks by default.",
        flags=("--kubeconfig",),
    ),
    Option("cluster_name", "MAIDENHAIR_CLUSTER_NAME", "maidenhair", "The cluster's name."),
    Option(
        "profile",
        "MAIDENHAIR_PROFILE",
        "node",
        "A node with pods, or the API alone.",
        ("node", "api"),
    ),
    Option(
        "nodes",
        "MAIDENHAIR_NODES",
        1,
        "How many nodes the cluster has, the control-plane node included.",
        convert=_node_count,
        allowed=f"a number from 1 to {MOST_NODES}",
    ),
    Option(
        "kubernetes_version",
        "KUBERNETES_VERSION",
        KUBERNETES_VERSIONS[0],
        "The version of Kubernetes.",
        KUBERNETES_VERSIONS,
        aliases={version.rpartition(".")[0]: version for version in KUBERNETES_VERSIONS},
    ),
    Option(
        "downloads",
        "MAIDENHAIR_DOWNLOADS",
        True,
        "Download official releases of what the machine lacks; without, it is built.",
        convert=flag,
    ),
    Option(
        "mirrors",
        "MAIDENHAIR_MIRRORS",
        "",
        "Mirrors of releases: pairs such as https://dl.k8s.io=https://mirror.example/k8s.",
    ),
    Option(
        "kind_configuration",
        "MAIDENHAIR_KIND_CONFIG",
        None,
        "kind: a configuration file, or the name of one in kind/; by default that of so many nodes.",
    ),
    Option(
        "kind_node_image",
        "MAIDENHAIR_KIND_NODE_IMAGE",
        None,
        "kind: the node image; by default that of the Kubernetes version in kind/node-images.yaml.",
    ),
    Option(
        "operator", "OPERATOR", "stand-in", "Which SkyTorch operator.", ("stand-in", "upstream")
    ),
    Option(
        "operator_image",
        "OPERATOR_IMAGE",
        None,
        "Upstream operator: an image's name or its archive.",
    ),
    Option(
        "operator_manifests",
        "OPERATOR_MANIFESTS",
        None,
        "Upstream operator: a kustomize folder or URL.",
    ),
    Option(
        "test_image",
        "SKYTORCH_TEST_IMAGE",
        None,
        "The SkyTorch server image: a name or an archive.",
    ),
    Option(
        "hami_image",
        "HAMI_IMAGE",
        None,
        "HAMi: its image's name or archive; without, a stand-in of its scheduler is deployed.",
    ),
    Option(
        "hami_chart",
        "HAMI_CHART",
        None,
        "HAMi: its chart, as helm names it: a folder, an archive or a URL; needs HAMI_IMAGE.",
    ),
    Option(
        "keep_cluster",
        "MAIDENHAIR_KEEP_CLUSTER",
        False,
        "Leave a started cluster running.",
        convert=flag,
    ),
    Option(
        "keep_on_failure",
        "MAIDENHAIR_KEEP_ON_FAILURE",
        False,
        "Keep the namespace of a spec that failed, undo nothing of it, and leave a started cluster running.",
        convert=flag,
        flags=("--keep-on-failure",),
    ),
    Option(
        "remove_finalizers",
        "MAIDENHAIR_REMOVE_FINALIZERS",
        False,
        "Remove finalizers that keep a run's own objects from being removed.",
        convert=flag,
        flags=("--remove-finalizers",),
    ),
    Option(
        "diagnostics_time",
        "MAIDENHAIR_DIAGNOSTICS_TIME",
        30.0,
        "How long the diagnostics of a failed spec may take.",
        convert=seconds,
        allowed=DURATIONS,
        flags=("--diagnostics-time",),
        shown="30s",
    ),
    Option(
        "diagnostics_size",
        "MAIDENHAIR_DIAGNOSTICS_SIZE",
        16 * 1024 * 1024,
        "How large the diagnostics of a failed spec may be.",
        convert=size,
        allowed=SIZES,
        flags=("--diagnostics-size",),
        shown="16MiB",
    ),
)


@dataclass(frozen=True)
class Settings:
    """The settings of a run; `OPTIONS` says what each means. `tools` maps a component to an executable to use."""

    provider: str | None = None
    context: str | None = None
    kubeconfig: str | None = None
    cluster_name: str = "maidenhair"
    profile: str = "node"
    nodes: int = 1
    kubernetes_version: str = KUBERNETES_VERSIONS[0]
    downloads: bool = True
    mirrors: str = ""
    kind_configuration: str | None = None
    kind_node_image: str | None = None
    operator: str = "stand-in"
    operator_image: str | None = None
    operator_manifests: str | None = None
    test_image: str | None = None
    hami_image: str | None = None
    hami_chart: str | None = None
    keep_cluster: bool = False
    keep_on_failure: bool = False
    remove_finalizers: bool = False
    diagnostics_time: float = 30.0
    diagnostics_size: int = 16 * 1024 * 1024
    tools: Mapping[str, Path] = field(default_factory=dict)


def load_settings(
    explicit: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
    pyproject: Path | None = None,
) -> Settings:
    """Return the settings in force.

    Args:
        explicit: values by option name, from a command line; a text is read as in the environment; `None`
            and an empty text do not count.
        environment: the environment; the process's own by default.
        pyproject: the file with `[tool.maidenhair]`; `pyproject.toml` in the current folder by default.

    Raises:
        ConfigurationError: an unknown option, a value that is not allowed, an upstream operator without manifests,
            one of HAMi's image and chart without the other, or a context for a provider that has none.
    """
    environment = os.environ if environment is None else environment
    values = read_options(
        OPTIONS,
        explicit or {},
        environment,
        pyproject or Path("pyproject.toml"),
        known={option.name for option in ENGINE_OPTIONS},
    )
    settings = Settings(**values, tools=_tools(environment))
    if settings.context and settings.provider != "existing":
        raise ConfigurationError(
            f"MAIDENHAIR_CONTEXT={settings.context} names an existing cluster, which only "
            "MAIDENHAIR_PROVIDER=existing uses; set that too, or leave the context out"
        )
    if settings.operator == "upstream" and not settings.operator_manifests:
        raise ConfigurationError(
            "OPERATOR=upstream needs OPERATOR_MANIFESTS, a kustomize folder or URL with the operator's manifests; "
            "set it, or use OPERATOR=stand-in"
        )
    if bool(settings.hami_image) != bool(settings.hami_chart):
        given, missing = (
            ("HAMI_IMAGE", "HAMI_CHART, HAMi's helm chart")
            if settings.hami_image
            else ("HAMI_CHART", "HAMI_IMAGE, the name or the archive of HAMi's image")
        )
        raise ConfigurationError(
            f"{given} needs {missing}; set both, or neither to have the stand-in of HAMi's scheduler"
        )
    return settings


def _tools(environment: Mapping[str, str]) -> dict[str, Path]:
    tools = {}
    for variable, text in environment.items():
        if variable.startswith(TOOL_PREFIX) and text:
            name = variable.removeprefix(TOOL_PREFIX).lower().replace("_", "-")
            tools[name] = Path(text)
    return tools
