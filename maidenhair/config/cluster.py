"""The settings of the framework: the cluster that a run uses, and the removal of its objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, Field

from maidenhair.config.declaration import Section, SettingsModel, setting
from maidenhair.config.systems import SystemSettings
from maidenhair.config.values import Allowed, Duration, Flag, Gates, Names, Size, read_positive

KUBERNETES_VERSIONS = ("1.34.4", "1.35.4", "1.36.3", "1.37.2")
"""The supported versions of Kubernetes, those of toolchain/kubernetes. `make versions` writes this line."""
DEFAULT_MINOR = "1.36"
_BY_MINOR = {version.rpartition(".")[0]: version for version in KUBERNETES_VERSIONS}
MOST_NODES = 32
TOOL_PREFIX = "MAIDENHAIR_TOOL_"
"""The prefix of variables that name the executable of a component."""
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
    """The settings that choose a cluster and its systems. Every command that works on a cluster has them."""

    systems: Names = setting(
        (), "The active systems under test. They are deployed, and their settings are available."
    )
    provider: str | None = setting(
        None,
        "Cluster provider. Default: kind if Docker or Podman is running, otherwise embedded.",
        choices=("embedded", "kind", "existing"),
    )
    context: str | None = setting(
        None,
        "Existing cluster: the context. Default: the current one, if its cluster allows tests.",
    )
    kubeconfig: str | None = setting(
        None, "Existing cluster: the kubeconfig file. Default: the one that kubectl uses."
    )
    cluster_name: str = setting("maidenhair", "The cluster's name.")
    profile: str = setting(
        "node",
        "node: a cluster with nodes. api: the control plane alone, which needs no root.",
        choices=("node", "api"),
    )
    nodes: NodeCount = setting(1, "The number of nodes, including the control-plane node.")
    kubernetes_version: str = setting(
        _BY_MINOR[DEFAULT_MINOR],
        "The version of Kubernetes.",
        choices=KUBERNETES_VERSIONS,
        aliases=_BY_MINOR,
    )
    feature_gates: Gates = setting(
        (), "The feature gates of the cluster's Kubernetes, for example SomeFeature=true."
    )
    downloads: Flag = setting(
        True,
        "Download official releases of missing components. no: build them.",
    )
    mirrors: str = setting(
        "",
        "Mirrors of releases: pairs separated by spaces, for example https://dl.k8s.io=https://mirror.example/k8s.",
    )
    kind_configuration: str | None = setting(
        None,
        "kind: a configuration file, or the name of one in kind/. Default: depends on the number of nodes.",
        variable="MAIDENHAIR_KIND_CONFIG",
    )
    kind_node_image: str | None = setting(
        None,
        "kind: the node image. Default: the one for the Kubernetes version in kind/node-images.yaml.",
    )

    def problems(self) -> Iterator[str]:
        """Yield contradictions between settings."""
        if self.context and self.provider != "existing":
            yield (
                f"{{context}}={self.context} names an existing cluster, but only {{provider}}=existing uses one; "
                "set that too, or remove the context"
            )
        if self.feature_gates and self.provider == "existing":
            yield (
                "{feature_gates} is set, but the gates of an existing cluster cannot be changed; remove the setting"
            )


class Settings(ClusterSettings):
    """The settings of the framework and of the active systems.

    Attributes:
        tools: the executables to use, by component.
        system_settings: the settings of the active systems, by name.

    Example:
        >>> settings = Settings(cluster_name="shop", profile="api")
        >>> settings.cluster_name, settings.nodes
        ('shop', 1)
    """

    keep_cluster: Flag = setting(False, "Leave a cluster running that the run started.")
    keep_on_failure: Flag = setting(
        False,
        "Retain the namespaces of failed specs, skip their cleanups, and leave a cluster running that the run started.",
    )
    strict_flaws: Flag = setting(
        False, "Fail a spec that passes although a known flaw should make it fail."
    )
    remove_finalizers: Flag = setting(
        False, "Remove finalizers that block the removal of a run's own objects."
    )
    gone_within: Duration = setting(
        120.0,
        "The time limit for the objects of a spec to be gone after their deletion.",
        shown="2m",
    )
    settle_time: Duration = setting(
        120.0,
        "The time for an object with finalizers to be gone before its operator and earlier objects are deleted.",
        shown="2m",
    )
    diagnostics_time: Duration = setting(
        30.0, "The time limit for the diagnostics of a failed spec.", shown="30s"
    )
    diagnostics_size: Size = setting(
        16 * 1024 * 1024,
        "The size limit for the diagnostics of a failed spec.",
        shown="16MiB",
    )
    coverage: Flag = setting(
        False, "Measure which code of systems that are built from Go sources the specs reach."
    )
    diagnostics_namespaces: Names = setting(
        (),
        "The namespaces of operators under test. Diagnostics of a failed spec are collected there too.",
    )
    expected_kinds: Names = setting(
        (),
        "Kinds that an operator defines during the run, for example Widget.example.com. Waits wait for the kind too.",
    )
    tools: Mapping[str, Path] = Field(default_factory=dict)
    system_settings: Mapping[str, SystemSettings] = Field(default_factory=dict)

    def of(self, name: str, kind: type[S]) -> S:
        """Return the settings of system `name`: the loaded ones, otherwise the defaults of `kind`.

        Raises:
            TypeError: the system's settings have another type.
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
