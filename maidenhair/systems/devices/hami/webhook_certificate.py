"""A certificate for a webhook's server, for charts that cannot create one themselves."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from maidenhair.kube import Object

VALIDITY = timedelta(days=365)
CLOCK_SKEW = timedelta(minutes=5)


def serving_secret(name: str, namespace: str, service: str) -> Object:
    """Return a Secret with a new self-signed certificate for a Service.

    Args:
        name: the Secret's name.
        namespace: the namespace of the Secret and the Service.
        service: the Service's name.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    host = f"{service}.{namespace}.svc"
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host[:64])])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + VALIDITY)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    data = {"ca.crt": certificate, "tls.crt": certificate, "tls.key": private}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace},
        "type": "kubernetes.io/tls",
        "data": {file: base64.b64encode(content).decode() for file, content in data.items()},
    }
