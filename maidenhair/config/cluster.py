"""The settings of the framework: which cluster a run uses, and what becomes of what it makes there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, Field

from maidenhair.config.declaration import Section, SettingsModel, setting
from maidenhair.config.systems import SystemSettings
from maidenhair.config.values import Allowed, Duration, Flag, Names, Size, read_positive

KUBERNETES_VERSIONS = ("1.34.4", "1.35.4")
"""The versions of Kubernetes that can be had, the default first: those of toolchain/kubernetes."""
MOST_NODES = 32
TOOL_PREFIX = "MAIDENHAIR_TOOL_"
"""Before a component's name in a variable that names the executable to use."""
S = TypeVar("S", bound=SystemSettings)


def _node_count(value: Any) -> int:
    number = read_positive(value)
    if number > MOST_NODES:
        raise ValueError(value)
    return number


NodeCount = Annotated[
    int, BeforeValidator(_node_count), Allowed(f"a number from 1 to {MOST_NODES}")
]


class ClusterSettings(SettingsModel):
    """The settings that choose a cluster and what is deployed on it: those of every command on a cluster."""

    systems: Names = setting(
        (), "The active systems under test, which are deployed and bring settings of their own."
    )
    provider: str | None = setting(
        None,
        "Cluster provider. Default: kind if Docker or Podman is running, otherwise embedded.",
        choices=("embedded", "kind", "existing"),
    )
    context: str | None = setting(
        None,
        "Existing cluster: the kubeconfig's context. Default: the current one, if its cluster allows tests.",
    )
    kubeconfig: str | None = setting(
        None, "Existing cluster: the kubeconfig file. Default: the one that kubectl uses."
    )
    cluster_name: str = setting("maidenhair", "The cluster's name.")
    profile: str = setting(
        "node",
        "node: nodes that run pods. api: the control plane alone, which needs no root.",
        choices=("node", "api"),
    )
    nodes: NodeCount = setting(
        1, "The number of the cluster's nodes, the control-plane node included."
    )
    kubernetes_version: str = setting(
        KUBERNETES_VERSIONS[0],
        "The version of Kubernetes.",
        choices=KUBERNETES_VERSIONS,
        aliases={version.rpartition(".")[0]: version for version in KUBERNETES_VERSIONS},
    )
    downloads: Flag = setting(
        True,
        "Download official releases of components that the machine lacks; without, build them.",
    )
    mirrors: str = setting(
        "", "Mirrors of releases: pairs such as https://dl.k8s.io=https://mirror.example/k8s."
    )
    kind_configuration: str | None = setting(
        None,
        "kind: a configuration file, or the name of one in kind/. Default: the one for the number of nodes.",
        variable="MAIDENHAIR_KIND_CONFIG",
    )
    kind_node_image: str | None = setting(
        None,
        "kind: the node image. Default: that of the Kubernetes version in kind/node-images.yaml.",
    )

    def problems(self) -> Iterator[str]:
        """Yield what does not go together."""
        if self.context and self.provider != "existing":
            yield (
                f"{{context}}={self.context} names an existing cluster, which only {{provider}}=existing uses; "
                "set that too, or leave the context out"
            )


class Settings(ClusterSettings):
    """The settings of the framework and of the active systems.

    Attributes:
        tools: an executable to use, by component.
        system_settings: the settings of the active systems, by name.

    Example:
        >>> settings = Settings(cluster_name="shop", profile="api")
        >>> settings.cluster_name, settings.nodes
        ('shop', 1)
    """

    keep_cluster: Flag = setting(False, "Leave a started cluster running.")
    keep_on_failure: Flag = setting(
        False,
        "Keep the namespace of a spec that failed, undo nothing of it, and leave a started cluster running.",
    )
    remove_finalizers: Flag = setting(
        False, "Remove finalizers that keep a run's own objects from being removed."
    )
    diagnostics_time: Duration = setting(
        30.0, "How long the diagnostics of a failed spec may take.", shown="30s"
    )
    diagnostics_size: Size = setting(
        16 * 1024 * 1024,
        "How large the diagnostics of a failed spec may be.",
        shown="16MiB",
    )
    tools: Mapping[str, Path] = Field(default_factory=dict)
    system_settings: Mapping[str, SystemSettings] = Field(default_factory=dict)

    def of(self, name: str, kind: type[S]) -> S:
        """Return the settings of system `name`: those that were loaded, or else the defaults of `kind`.

        Raises:
            TypeError: the system's settings are of another kind.
        """
        found = self.system_settings.get(name)
        if found is None:
            return kind()
        if not isinstance(found, kind):
            raise TypeError(
                f"the settings of {name} are {type(found).__name__}, not {kind.__name__}"
            )
        return found


FRAMEWORK = Section(Settings)
