"""The provider of existing clusters: the cluster of a kubeconfig's context.

It creates, changes and removes nothing of the cluster. A run removes the objects that it created there.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from maidenhair._util import paths
from maidenhair._util.progress import Progress
from maidenhair.clusters.extensions import NO_EXTENSIONS, Extensions
from maidenhair.clusters.provider import Cluster, ClusterStatus, ComponentState, NodeState
from maidenhair.config.cluster import Settings
from maidenhair.errors import ApiRefused, ApiUnreachable, ClusterError, ConfigurationError
from maidenhair.kube import Kube
from maidenhair.kube.kubeconfig.files import files_of, merge
from maidenhair.kube.kubeconfig.in_cluster import CONTEXT, write_in_cluster_kubeconfig
from maidenhair.kube.objects import condition
from maidenhair.kube.rbac.access_review import missing_permissions, whoami
from maidenhair.kube.rbac.opt_in import ALLOW_LABEL, SYSTEM, allows_tests
from maidenhair.kube.rbac.permissions import RUN_PERMISSIONS

API_SERVER = "kube-apiserver"
ANONYMOUS = "system:anonymous"
UNAUTHORIZED, FORBIDDEN = 401, 403


class ExistingProvider:
    """Provide the cluster of a kubeconfig's context.

    Args:
        settings: the context, and the kubeconfig if it is not kubectl's.
        progress: unused, because nothing here takes long.
        extensions: unused, because nothing is added to the cluster.
        environment: the environment variables `KUBECONFIG` and `HOME`; default: this process's.
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
        """No components: the cluster has its own."""
        return ()

    @property
    def capabilities(self) -> frozenset[str]:
        """Only "api". The others are discovered on the cluster."""
        return frozenset({"api"})

    def find(self) -> Cluster:
        """Return the context's cluster, after a check that its API server answers and accepts the credentials.

        Raises:
            ConfigurationError: the context does not exist; or none is named, and the current context's cluster does
                not allow tests; or the kubeconfig is malformed.
            ClusterError: the API server does not answer, or does not accept the credentials.
        """
        kubeconfig, context = self._choose_context()
        cluster = Cluster(
            name=context,
            kubeconfig=kubeconfig,
            context=context,
            capabilities=self.capabilities,
            kubectl=self._settings.tools.get("kubectl", Path("kubectl")),
        )
        kube = Kube.from_kubeconfig(kubeconfig, context)
        try:
            self._check_access(kube, context)
        finally:
            kube.close()
        return cluster

    def up(self, preload: Sequence[Path] = ()) -> Cluster:
        """Return the cluster as `find` does. It must exist already.

        Raises:
            ConfigurationError, ClusterError: as `find` and `load_images`.
        """
        if preload:
            self.load_images(preload)
        return self.find()

    @contextmanager
    def use(self, preload: Sequence[Path] = ()) -> Iterator[Cluster]:
        """Yield the cluster for a `with` block; see `up`."""
        yield self.up(preload)

    def down(self) -> NoReturn:
        """Refuse, because maidenhair did not create the cluster.

        Raises:
            ConfigurationError: always.
        """
        raise ConfigurationError(
            f"cannot remove the cluster of context {self._settings.context!r}: maidenhair did not create it; "
            "`maidenhair sweep` removes what runs left on it"
        )

    def status(self) -> ClusterStatus:
        """Return the state of the API server, and of the nodes if the account may list them.

        Raises:
            ConfigurationError, ClusterError: as `find`.
        """
        cluster = self.find()
        api_server = ComponentState(cluster.context, API_SERVER, "running")
        kube = Kube.from_kubeconfig(cluster.kubeconfig, cluster.context)
        try:
            nodes = kube.list("v1", "Node")
        except ApiRefused:
            nodes = []
        finally:
            kube.close()
        return ClusterStatus((api_server,), tuple(_node_state(node) for node in nodes))

    def load_images(self, archives: Iterable[Path]) -> None:
        """Refuse, because maidenhair has no access to the cluster's nodes.

        Raises:
            ConfigurationError: always, unless there are no archives.
        """
        names = ", ".join(str(archive) for archive in archives)
        if names:
            raise ConfigurationError(
                f"cannot load {names} into the cluster of context {self._settings.context!r}: maidenhair has no "
                "access to its nodes; push the image to a registry that they pull from, and set the image's name"
            )

    def _choose_context(self) -> tuple[Path, str]:
        files = kubeconfig_files(self._settings.kubeconfig, self._environment)
        places = ", ".join(str(file) for file in files)
        # Several files are not merged into one, because a copy would spread credentials.
        kubeconfig = Path(os.pathsep.join(str(file) for file in files))
        merged = merge(kubeconfig)
        contexts = merged.contexts
        available = f"contexts in {places}: {', '.join(contexts) or 'none'}"
        context = self._settings.context
        if context is not None:
            if context not in contexts:
                raise ConfigurationError(
                    f"MAIDENHAIR_CONTEXT={context}: there is no such context; {available}"
                )
            return kubeconfig, context
        current = merged.current
        if current is None or current not in contexts:
            raise ConfigurationError(
                "MAIDENHAIR_PROVIDER=existing needs the name of a context, and the kubeconfig has no current one: "
                f"set MAIDENHAIR_CONTEXT, --context=NAME or, with behave, -D context=NAME; {available}"
            )
        self._check_open_to_tests(kubeconfig, current, available)
        return kubeconfig, current

    def _check_open_to_tests(self, kubeconfig: Path, context: str, available: str) -> None:
        """Refuse the current context, which the user did not name, unless its cluster is marked as open to tests."""
        kube = Kube.from_kubeconfig(kubeconfig, context)
        try:
            self._check_access(kube, context)
            allowed, seen = allows_tests(kube)
        finally:
            kube.close()
        if not allowed:
            raise ConfigurationError(
                f"refusing the context {context!r}, the current one of {kubeconfig}: maidenhair did not create its "
                f"cluster, and {seen}. Nothing was created there. To use it, name it: --context={context}, "
                f"MAIDENHAIR_CONTEXT={context} or, with behave, -D context={context}; or open the cluster to tests: "
                f"`kubectl --context={context} label namespace {SYSTEM} {ALLOW_LABEL}=true`; {available}"
            )

    def _check_access(self, kube: Kube, context: str) -> None:
        server = f"the API server of context {context!r} at {kube.discovery.server}"
        try:
            kube.discovery.version()
            missing_permissions(kube, RUN_PERMISSIONS[:1])
            user = whoami(kube)
        except ApiUnreachable as error:
            raise ClusterError(
                f"{server} cannot be used: {error} Check the network and the kubeconfig with "
                f"`kubectl --context {context} version`"
            ) from error
        except ApiRefused as error:
            if error.status not in (UNAUTHORIZED, FORBIDDEN):
                raise
            raise _credentials_refused(server, context, error.message) from error
        if user == ANONYMOUS:
            raise _credentials_refused(server, context, f"it treats the user as {ANONYMOUS}")


def kubeconfig_files(setting: str | None, environment: Mapping[str, str]) -> list[Path]:
    """Return the kubeconfig files that exist: those of the setting, otherwise those that kubectl uses.

    Args:
        setting: the setting `kubeconfig`.
        environment: the environment variables `KUBECONFIG` and `HOME`.

    Raises:
        ConfigurationError: there are none, and this process does not run in a pod.
    """
    texts = {
        "MAIDENHAIR_KUBECONFIG": setting,
        "KUBECONFIG": environment.get("KUBECONFIG"),
    }
    source, text = next(
        ((name, text) for name, text in texts.items() if text),
        ("the default", str(Path(environment.get("HOME", "~"), ".kube", "config"))),
    )
    found = files_of(Path(text))
    if found:
        return found
    if not any(texts.values()):
        # As kubectl does: a process in a pod without a kubeconfig uses the pod's ServiceAccount.
        written = write_in_cluster_kubeconfig(
            paths.state_dir() / CONTEXT / "kubeconfig", environment
        )
        if written is not None:
            return [written]
    raise ConfigurationError(
        f"no kubeconfig found at {text} ({source}); set MAIDENHAIR_KUBECONFIG to a kubeconfig file"
    )


def _credentials_refused(server: str, context: str, message: str) -> ClusterError:
    return ClusterError(
        f"{server} does not accept the credentials of the context's user ({message}): they are missing, wrong or "
        f"expired; log in again or create new ones, and check with `kubectl --context {context} auth whoami`"
    )


def _node_state(node: Mapping[str, Any]) -> NodeState:
    ready = condition(node, "Ready") or {"status": "Unknown"}
    states = {"True": "Ready", "False": "NotReady"}
    state = states.get(ready["status"], "unknown")
    reason = "" if state == "Ready" else str(ready.get("message") or "it has no condition Ready")
    return NodeState(node["metadata"]["name"], state, reason)
