"""The manifests of a simulated device plugin, which a spec applies in its own namespace."""

from __future__ import annotations

from dataclasses import dataclass

from maidenhair.kube.objects import Object, Objects
from maidenhair.systems.devices.real.node_label import LABEL, LABEL_VALUE
from maidenhair.systems.devices.real.plugin_state import PluginState, to_data
from maidenhair.systems.devices.vendor_profile import VendorProfile

HOSTNAME_LABEL = "kubernetes.io/hostname"
VENDOR_LABEL = "maidenhair.dev/devices-of"
KUBELET = "/var/lib/kubelet"
OWN_FILES = "/var/lib/maidenhair-devices"
RBAC = "rbac.authorization.k8s.io"


@dataclass(frozen=True)
class PluginManifests:
    """The manifests of the device plugin of one vendor for one node.

    Attributes:
        profile: the vendor.
        image: the plugin's image.
        namespace: the namespace of the plugin.
        node: the node's name in the cluster.
    """

    profile: VendorProfile
    image: str
    namespace: str
    node: str

    @property
    def name(self) -> str:
        """The name of all objects of the plugin in the namespace."""
        return f"devices-{self.profile.name}"

    @property
    def host_files(self) -> str:
        """The folder for device files, as a path on the node."""
        return f"{KUBELET}/maidenhair-devices/{self.namespace}-{self.profile.name}"

    def everything(self, state: PluginState) -> Objects:
        """Return all manifests.

        Args:
            state: the devices that the plugin offers at first.
        """
        sharing = self.sharing_rights() if state.sharing else []
        own = [self.account(), self.config_map(state), self.daemon_set()]
        return [*sharing, *self.rights(), *own]

    def account(self) -> Object:
        """Return the plugin's ServiceAccount."""
        return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": self.name}}

    def config_map(self, state: PluginState) -> Object:
        """Return the ConfigMap with the vendor and the devices that the plugin offers."""
        return {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": self.name},
            "data": to_data(self.profile.name, self.profile.text, state),
        }

    def rights(self) -> Objects:
        """Return the Role and RoleBinding that allow the plugin to read its ConfigMap."""
        rule = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list", "watch"]}
        return [
            {
                "apiVersion": f"{RBAC}/v1",
                "kind": "Role",
                "metadata": {"name": self.name},
                "rules": [rule],
            },
            {
                "apiVersion": f"{RBAC}/v1",
                "kind": "RoleBinding",
                "metadata": {"name": self.name},
                "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": self.name},
                "subjects": [self._subject()],
            },
        ]

    def sharing_rights(self) -> Objects:
        """Return the ClusterRole and ClusterRoleBinding that HAMi's protocol needs: to annotate nodes and pods."""
        name = f"{self.name}-{self.namespace}"
        rules = [
            {"apiGroups": [""], "resources": ["nodes"], "verbs": ["get", "patch"]},
            {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "patch"]},
        ]
        role = {"apiGroup": RBAC, "kind": "ClusterRole", "name": name}
        return [
            {
                "apiVersion": f"{RBAC}/v1",
                "kind": "ClusterRole",
                "metadata": {"name": name},
                "rules": rules,
            },
            {
                "apiVersion": f"{RBAC}/v1",
                "kind": "ClusterRoleBinding",
                "metadata": {"name": name},
                "roleRef": role,
                "subjects": [self._subject()],
            },
        ]

    def daemon_set(self) -> Object:
        """Return the DaemonSet. It runs the plugin while the node has the label "gpu=on"."""
        labels = {VENDOR_LABEL: self.profile.name}
        return {
            "apiVersion": "apps/v1",
            "kind": "DaemonSet",
            "metadata": {"name": self.name},
            "spec": {
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": self._pod()},
            },
        }

    def _subject(self) -> Object:
        return {"kind": "ServiceAccount", "name": self.name, "namespace": self.namespace}

    def _pod(self) -> Object:
        volumes = {
            f"{KUBELET}/device-plugins": f"{KUBELET}/device-plugins",
            f"{KUBELET}/pod-resources": f"{KUBELET}/pod-resources",
            self.host_files: OWN_FILES,
        }
        return {
            "serviceAccountName": self.name,
            "nodeSelector": {LABEL: LABEL_VALUE, HOSTNAME_LABEL: self.node},
            "enableServiceLinks": False,
            "containers": [
                {
                    "name": "plugin",
                    "image": self.image,
                    "imagePullPolicy": "IfNotPresent",
                    # Without a request, it gets next to no processor time beside pods that have one.
                    "resources": {"requests": {"cpu": "20m"}},
                    # Only root may write to kubelet's folder of sockets.
                    "securityContext": {"runAsUser": 0},
                    "env": [
                        {
                            "name": "NODE_NAME",
                            "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}},
                        },
                        {"name": "CONFIG_MAP", "value": self.name},
                        {"name": "HOST_FILES", "value": self.host_files},
                    ],
                    "volumeMounts": [
                        {"name": f"folder-{number}", "mountPath": inside}
                        for number, inside in enumerate(volumes.values())
                    ],
                }
            ],
            "volumes": [
                {
                    "name": f"folder-{number}",
                    "hostPath": {"path": outside, "type": "DirectoryOrCreate"},
                }
                for number, outside in enumerate(volumes)
            ],
        }
