"""The settings of a run: pyproject's `[tool.maidenhair]` < environment `MAIDENHAIR_*` < explicit values."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from maidenhair.errors import ConfigurationError

TOOL_PREFIX = "MAIDENHAIR_TOOL_"
KUBERNETES_VERSIONS = ("1.34.4", "1.35.4")
"""The versions of Kubernetes that can be had, the default first: those of toolchain/kubernetes."""
MOST_NODES = 32


def _text(value: Any) -> str:
    # TOML tells 1.30 and "1.30" apart: a number would lose its last digit.
    if not isinstance(value, str):
        raise ValueError(value)
    return value


@dataclass(frozen=True)
class Option:
    """One setting.

    Attributes:
        name: its name in pyproject and on command lines.
        variable: its environment variable.
        default: its value where it is not given.
        help: what it does.
        choices: the allowed values, if they are few.
        convert: makes the value of a text, or of what TOML holds; raises ValueError where it cannot.
        allowed: what `convert` takes, in words.
        aliases: further allowed values, and what each stands for.
    """

    name: str
    variable: str
    default: Any
    help: str
    choices: tuple[str, ...] = ()
    convert: Callable[[Any], Any] = _text
    allowed: str = "a text in quotes"
    aliases: Mapping[str, str] = field(default_factory=dict)


def _flag(value: Any) -> bool:
    values = {
        "1": True,
        "true": True,
        "yes": True,
        "0": False,
        "false": False,
        "no": False,
        "": False,
    }
    text = str(value).lower()
    if text not in values:
        raise ValueError(value)
    return values[text]


def _node_count(value: Any) -> int:
    number = int(str(value))
    if not 1 <= number <= MOST_NODES:
        raise ValueError(value)
    return number


OPTIONS = (
    Option(
        "provider",
        "MAIDENHAIR_PROVIDER",
        None,
        "What makes the cluster; if not given, kind where Docker or Podman answers, else embedded.",
        ("embedded", "kind", "existing"),
    ),
    Option(
        "context",
        "MAIDENHAIR_CONTEXT",
        None,
        "Existing cluster: the context that names it; there is no default.",
    ),
    Option(
        "kubeconfig",
        "MAIDENHAIR_KUBECONFIG",
        None,
        "Existing cluster: the kubeconfig; where kubectl looks by default.",
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
        convert=_flag,
        allowed="yes, no",
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
        "keep_cluster",
        "MAIDENHAIR_KEEP_CLUSTER",
        False,
        "Leave a started cluster running.",
        convert=_flag,
        allowed="yes, no",
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
    keep_cluster: bool = False
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
        ConfigurationError: an unknown option, a value that is not allowed, an upstream operator without manifests, or
            a context for a provider that has none.
    """
    environment = os.environ if environment is None else environment
    values: dict[str, Any] = {}
    values.update(_from_pyproject(pyproject or Path("pyproject.toml")))
    values.update(_from_environment(environment))
    values.update(_from_explicit(explicit or {}))
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
    return settings


def _from_pyproject(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        table = tomllib.loads(path.read_text()).get("tool", {}).get("maidenhair", {})
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path} is not valid TOML: {error}") from error
    known = {option.name: option for option in OPTIONS}
    values = {}
    for name, value in table.items():
        if name not in known:
            allowed = ", ".join(known)
            raise ConfigurationError(
                f"{path}: [tool.maidenhair] has no option {name!r}; allowed: {allowed}"
            )
        values[name] = _parse(known[name], value, f"{path}: [tool.maidenhair] {name}")
    return values


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    values = {}
    for option in OPTIONS:
        text = environment.get(option.variable, "")
        if text:
            values[option.name] = _parse(option, text, option.variable)
    return values


def _from_explicit(explicit: Mapping[str, Any]) -> dict[str, Any]:
    known = {option.name: option for option in OPTIONS}
    values = {}
    for name, value in explicit.items():
        if name not in known:
            raise ConfigurationError(f"there is no option {name!r}; allowed: {', '.join(known)}")
        if value not in (None, ""):
            values[name] = _parse(known[name], value, name)
    return values


def _parse(option: Option, given: Any, place: str) -> Any:
    try:
        value = option.convert(given)
    except ValueError as error:
        raise ConfigurationError(
            f"{place}={given}: not understood; allowed: {option.allowed}"
        ) from error
    value = option.aliases.get(value, value)
    if option.choices and value not in option.choices:
        allowed = ", ".join([*option.choices, *option.aliases])
        raise ConfigurationError(f"{place}: {value!r} is not allowed; allowed: {allowed}")
    return value


def _tools(environment: Mapping[str, str]) -> dict[str, Path]:
    tools = {}
    for variable, text in environment.items():
        if variable.startswith(TOOL_PREFIX) and text:
            name = variable.removeprefix(TOOL_PREFIX).lower().replace("_", "-")
            tools[name] = Path(text)
    return tools
