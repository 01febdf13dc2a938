"""Register a plugin with the kubelet of the node, and again after each restart of kubelet."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import grpc

from maidenhair.errors import DevicesError
from maidenhair.systems.devices.plugin.log import log
from maidenhair.systems.devices.plugin.messages import REGISTRATION, VERSION, plugin_messages
from maidenhair.systems.devices.plugin.service import OPTIONS, DevicePlugin

FOLDER = Path("/var/lib/kubelet/device-plugins")
KUBELET_SOCKET = "kubelet.sock"
REGISTER_SECONDS = 10.0
CALLS_AT_ONCE = 8
STOP_SECONDS = 1.0


class Kubelet:
    """Serves a plugin on a socket next to kubelet's, and registers the plugin.

    Args:
        plugin: the plugin.
        socket_name: the file name of the plugin's socket.
        folder: the folder of kubelet's sockets.
    """

    def __init__(self, plugin: DevicePlugin, socket_name: str, folder: Path = FOLDER) -> None:
        self._plugin = plugin
        self._socket = folder / socket_name
        self._kubelet = folder / KUBELET_SOCKET
        self._server: grpc.Server | None = None
        self._seen: tuple[int, int] | None = None

    def keep_registered(self) -> bool:
        """Serve and register the plugin if kubelet was restarted or has removed the plugin's socket.

        If kubelet does not answer yet, the next call tries again.

        Returns:
            Whether the plugin was registered by this call.
        """
        identity = _identity(self._kubelet)
        if identity is None or (identity == self._seen and self._socket.exists()):
            return False
        self._serve()
        try:
            self._register()
        except DevicesError as error:
            log(error)
            return False
        # Kubelet may have been restarted since the first look. If it is restarted from here on, the socket is missing.
        self._seen = _identity(self._kubelet)
        return True

    def stop(self) -> None:
        """Stop serving, and remove the socket."""
        if self._server is not None:
            self._server.stop(STOP_SECONDS).wait()
            self._server = None
        with suppress(FileNotFoundError):
            self._socket.unlink()

    def _serve(self) -> None:
        """Serve on a new socket. Kubelet removes all sockets when it starts."""
        self.stop()
        self._server = grpc.server(ThreadPoolExecutor(CALLS_AT_ONCE))
        self._server.add_generic_rpc_handlers((self._plugin.handler(),))
        self._server.add_insecure_port(f"unix://{self._socket}")
        self._server.start()

    def _register(self) -> None:
        messages = plugin_messages()
        resource = self._plugin.offer.profile.resource
        request = messages["RegisterRequest"](
            version=VERSION,
            endpoint=self._socket.name,
            resource_name=resource,
            options=OPTIONS,
        )
        with grpc.insecure_channel(f"unix://{self._kubelet}") as channel:
            register = channel.unary_unary(
                f"/{REGISTRATION}/Register",
                request_serializer=lambda message: message.SerializeToString(),
                response_deserializer=messages["Empty"].FromString,
            )
            try:
                register(request, timeout=REGISTER_SECONDS)
            except grpc.RpcError as error:
                raise DevicesError(
                    f"kubelet did not register {resource} on {self._kubelet}: {error.code().name}: "
                    f"{error.details()}"
                ) from error
        log(f"registered {resource}")


def _identity(socket: Path) -> tuple[int, int] | None:
    """Return an identity that a new socket at the same path does not have; None if there is no socket."""
    try:
        status = socket.stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_ctime_ns
