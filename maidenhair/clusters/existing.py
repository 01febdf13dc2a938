"""The provider of clusters that are there already: one context of a kubeconfig, named by the user.

It makes, changes and removes nothing of the cluster. What runs create on it is theirs and goes with them.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import yaml

from maidenhair._util.progress import Progress
from maidenhair.clusters.extensions import NO_EXTENSIONS, Extensions
from maidenhair.clusters.provider import Cluster, ClusterStatus, ComponentState, NodeState
from maidenhair.config.cluster import Settings
from maidenhair.errors import ApiRefused, ApiUnreachable, ClusterError, ConfigurationError
from maidenhair.kube import Kube
from maidenhair.kube.objects import condition
from maidenhair.kube.rbac.access_review import missing_permissions, whoami
from maidenhair.kube.rbac.opt_in import ALLOW_LABEL, SYSTEM, allows_tests
from maidenhair.kube.rbac.permissions import RUN_PERMISSIONS

API_SERVER = "kube-apiserver"
ANONYMOUS = "system:anonymous"
UNAUTHORIZED, FORBIDDEN = 401, 403


class ExistingProvider:
    """The cluster of a named context.

    Args:
        settings: the context, and the kubeconfig if it is not where kubectl looks.
        progress: not used; nothing here takes long.
        extensions: not used; nothing is added to the cluster.
        environment: where `KUBECONFIG` and `HOME` are; the process's own by default.
    """

    name = "existing"
    makes_clusters = False

    def __init__(
        self,
        settings: Settings,
        progress: Progress,
        extensions: Extensions = NO_EXTENSIONS,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._settings = settings
        self._environment = os.environ if environment is None else environment

    @property
    def components(self) -> tuple[str, ...]:
        """Return nothing: the cluster has all its components."""
        return ()

    @property
    def claims(self) -> frozenset[str]:
        """Return "api" alone: what else the cluster can do, only looking at it tells."""
        return frozenset({"api"})

    def find(self) -> Cluster:
        """Return the cluster of the named context, which answers and knows its user.

        Raises:
            ConfigurationError: there is no context of that name; or none is named, and the cluster of the current one
                is not open to tests; or the kubeconfig is malformed.
            ClusterError: its API server does not answer, or does not accept the credentials.
        """
        kubeconfig, context = self._chosen()
        cluster = Cluster(
            name=context,
            kubeconfig=kubeconfig,
            context=context,
            capabilities=self.claims,
            kubectl=self._settings.tools.get("kubectl", Path("kubectl")),
        )
        kube = Kube.from_kubeconfig(kubeconfig, context)
        try:
            self._check(kube, context)
        finally:
            kube.close()
        return cluster

    def up(self, preload: Sequence[Path] = ()) -> Cluster:
        """Return the cluster, which must be there: as `find`; images cannot be loaded into it.

        Raises:
            ConfigurationError, ClusterError: as `find` and `load_images`.
        """
        if preload:
            self.load_images(preload)
        return self.find()

    @contextmanager
    def use(self, preload: Sequence[Path] = ()) -> Iterator[Cluster]:
        """Give the cluster for a body; see `up`."""
        yield self.up(preload)

    def down(self) -> NoReturn:
        """Refuse: the cluster is not maidenhair's.

        Raises:
            ConfigurationError: always.
        """
        raise ConfigurationError(
            f"the cluster of context {self._settings.context!r} was not made by maidenhair, which does not remove it; "
            "what runs made on it goes with them, or with the next run"
        )

    def status(self) -> ClusterStatus:
        """Return the state of the API server and of the nodes, as far as the account may see them.

        Raises:
            ConfigurationError, ClusterError: as `find`.
        """
        cluster = self.find()
        api_server = ComponentState(cluster.context, API_SERVER, "running")
        kube = Kube.from_kubeconfig(cluster.kubeconfig, cluster.context)
        try:
            nodes = kube.list("v1", "Node")
        except ApiRefused:
            # Not everyone may list nodes.
            nodes = []
        finally:
            kube.close()
        return ClusterStatus((api_server,), tuple(_node_state(node) for node in nodes))

    def load_images(self, archives: Iterable[Path]) -> None:
        """Refuse: maidenhair does not reach the nodes of the cluster.

        Raises:
            ConfigurationError: always, unless there are no archives.
        """
        names = ", ".join(str(archive) for archive in archives)
        if names:
            raise ConfigurationError(
                f"cannot load {names} into the cluster of context {self._settings.context!r}, whose nodes are not "
                "maidenhair's: push the image to a registry that they pull from, and give its name"
            )

    def _chosen(self) -> tuple[Path, str]:
        files = _kubeconfig_files(self._settings, self._environment)
        contexts = [name for file in files for name in _contexts(file)]
        places = ", ".join(str(file) for file in files)
        there_are = f"contexts in {places}: {', '.join(dict.fromkeys(contexts)) or 'none'}"
        # Several are read as kubectl reads them, where they are: copies would spread credentials.
        kubeconfig = Path(os.pathsep.join(str(file) for file in files))
        context = self._settings.context
        if context is not None:
            if context not in contexts:
                raise ConfigurationError(
                    f"MAIDENHAIR_CONTEXT={context}: there is no such context; {there_are}"
                )
            return kubeconfig, context
        current = next(filter(None, map(_current_context, files)), None)
        if current is None or current not in contexts:
            raise ConfigurationError(
                "MAIDENHAIR_PROVIDER=existing needs the name of a context: set MAIDENHAIR_CONTEXT, or give "
                f"--context=NAME (to behave, -D context=NAME); {there_are}"
            )
        self._check_open(kubeconfig, current, there_are)
        return kubeconfig, current

    def _check_open(self, kubeconfig: Path, context: str, there_are: str) -> None:
        """Refuse the current context, which nobody named, unless its cluster says that it is open to tests."""
        kube = Kube.from_kubeconfig(kubeconfig, context)
        try:
            self._check(kube, context)
            allowed, seen = allows_tests(kube)
        finally:
            kube.close()
        if not allowed:
            raise ConfigurationError(
                f"refusing the context {context!r}, the current one of {kubeconfig}: its cluster is not maidenhair's, "
                f"and {seen}. Nothing was made there. To use it, name it: --context={context} (to behave, "
                f"-D context={context}), or MAIDENHAIR_CONTEXT={context}; or open the cluster to tests: "
                f"`kubectl --context={context} label namespace {SYSTEM} {ALLOW_LABEL}=true`; {there_are}"
            )

    def _check(self, kube: Kube, context: str) -> None:
        where = f"the API server of context {context!r} at {kube.discovery.server}"
        try:
            kube.discovery.version()
            missing_permissions(kube, RUN_PERMISSIONS[:1])
            user = whoami(kube)
        except ApiUnreachable as error:
            raise ClusterError(
                f"{where} cannot be used: {error} Does this machine reach it, and is the kubeconfig still right? "
                f"`kubectl --context {context} version` asks the same"
            ) from error
        except ApiRefused as error:
            if error.status not in (UNAUTHORIZED, FORBIDDEN):
                raise
            raise _no_credentials(where, context, error.message) from error
        if user == ANONYMOUS:
            raise _no_credentials(where, context, f"it takes them for {ANONYMOUS}")


def _no_credentials(where: str, context: str, message: str) -> ClusterError:
    return ClusterError(
        f"{where} does not accept the credentials of the context's user ({message}): they are missing, wrong or "
        f"expired; log in again, or make new ones, until `kubectl --context {context} auth whoami` answers"
    )


def _kubeconfig_files(settings: Settings, environment: Mapping[str, str]) -> list[Path]:
    """Return the kubeconfigs that are there: what the setting names, else where kubectl looks."""
    texts = {
        "MAIDENHAIR_KUBECONFIG": settings.kubeconfig,
        "KUBECONFIG": environment.get("KUBECONFIG"),
    }
    setting, text = next(
        ((name, text) for name, text in texts.items() if text),
        ("the default", str(Path(environment.get("HOME", "~"), ".kube", "config"))),
    )
    files = [Path(part).expanduser().absolute() for part in text.split(os.pathsep) if part]
    found = [file for file in files if file.is_file()]
    if not found:
        raise ConfigurationError(
            f"there is no kubeconfig at {text} ({setting}); set MAIDENHAIR_KUBECONFIG to one"
        )
    return found


def _current_context(file: Path) -> str | None:
    """Return the current context that a kubeconfig names, which `_contexts` has read."""
    return (yaml.safe_load(file.read_text(encoding="utf-8")) or {}).get("current-context") or None


def _contexts(file: Path) -> list[str]:
    try:
        content: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
        return [str(each["name"]) for each in (content or {}).get("contexts") or []]
    except (OSError, yaml.YAMLError) as error:
        raise ConfigurationError(f"cannot read the kubeconfig {file}: {error}") from error
    except (AttributeError, KeyError, TypeError) as error:
        raise ConfigurationError(
            f"{file} is not a kubeconfig: it has no list of contexts"
        ) from error


def _node_state(node: Mapping[str, Any]) -> NodeState:
    ready = condition(node, "Ready") or {"status": "Unknown"}
    states = {"True": "Ready", "False": "NotReady"}
    state = states.get(ready["status"], "unknown")
    reason = "" if state == "Ready" else str(ready.get("message") or "it has no status")
    return NodeState(node["metadata"]["name"], state, reason)
