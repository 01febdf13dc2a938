"""TLS contexts with the certificates of a kubeconfig."""

from __future__ import annotations

import os
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from urllib3.util.ssl_ import create_urllib3_context

from maidenhair.kube.kubeconfig.access import Material


def tls_context(
    ca: Material | None, certificate: Material | None, key: Material | None, verify: bool = True
) -> ssl.SSLContext:
    """Return a context that has read all certificates, so that no file with a key has to exist while it is used.

    Args:
        ca: the certificates that sign the server's; None for those of this machine, which kubectl uses too.
        certificate: the client certificate, if there is one.
        key: its key.
        verify: whether the server's certificate is verified.

    Raises:
        OSError: a file cannot be read.
        ssl.SSLError: a certificate or the key is malformed, or they do not belong together.
    """
    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED if verify else ssl.CERT_NONE)
    if ca is None:
        context.load_default_certs()
    else:
        with _file_of(ca) as path:
            context.load_verify_locations(path)
    if certificate is not None and key is not None:
        with _file_of(certificate) as certificate_path, _file_of(key) as key_path:
            # Without a password, OpenSSL asks on the terminal for the one of an encrypted key.
            context.load_cert_chain(certificate_path, key_path, password="")
    return context


@contextmanager
def _file_of(material: Material) -> Iterator[Path]:
    """Yield a path of data, which Python's TLS reads only from files. Nothing is left if the process is killed."""
    if isinstance(material, Path):
        yield material
    elif hasattr(os, "memfd_create"):
        with os.fdopen(os.memfd_create("maidenhair-kubeconfig"), "wb") as file:
            file.write(material)
            file.flush()
            yield Path(f"/proc/self/fd/{file.fileno()}")
    else:
        with tempfile.NamedTemporaryFile(prefix="maidenhair-kubeconfig-") as file:
            file.write(material)
            file.flush()
            yield Path(file.name)
