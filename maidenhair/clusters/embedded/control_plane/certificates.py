"""The cluster's certificate authority and the certificates that it signs, with kubeadm's file names."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from maidenhair._util.files import PRIVATE, write_atomically

VALIDITY = timedelta(days=365)
CLOCK_SKEW = timedelta(minutes=5)


class Authority:
    """A certificate authority. Its folder has `ca.crt`, and `<name>.crt` and `<name>.key` for each certificate.

    Args:
        folder: the folder, created if needed. Only the owner can read the files.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "maidenhair")])
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        builder = _builder(self._name, self._name, self._key.public_key())
        usage = _key_usage(digital_signature=True, key_cert_sign=True)
        builder = builder.add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        builder = builder.add_extension(usage, critical=True)
        builder = self._identified(builder, self._key.public_key())
        self._certificate = builder.sign(self._key, hashes.SHA256())
        write_atomically(
            self.path, self._certificate.public_bytes(serialization.Encoding.PEM), PRIVATE
        )

    @property
    def path(self) -> Path:
        """The file with the authority's certificate."""
        return self._folder / "ca.crt"

    def sign(
        self,
        name: str,
        user: str,
        groups: Iterable[str] = (),
        dns: Iterable[str] = (),
        addresses: Iterable[IPv4Address] = (),
    ) -> None:
        """Write a certificate and its key.

        Args:
            name: the name of the files `<name>.crt` and `<name>.key`.
            user: the common name, which is the user's name in the API.
            groups: the organizations, which are the user's groups in the API.
            dns: the DNS names of a server.
            addresses: the IP addresses of a server.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        subject = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups]
        subject.append(x509.NameAttribute(NameOID.COMMON_NAME, user))
        alternatives = [*map(x509.DNSName, dns), *map(x509.IPAddress, addresses)]
        usages = [ExtendedKeyUsageOID.CLIENT_AUTH]
        builder = _builder(x509.Name(subject), self._name, key.public_key())
        if alternatives:
            usages.append(ExtendedKeyUsageOID.SERVER_AUTH)
            builder = builder.add_extension(
                x509.SubjectAlternativeName(alternatives), critical=False
            )
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        builder = builder.add_extension(
            _key_usage(digital_signature=True, key_cert_sign=False), critical=True
        )
        certificate = self._identified(builder, key.public_key()).sign(self._key, hashes.SHA256())
        write_atomically(
            self._folder / f"{name}.crt",
            certificate.public_bytes(serialization.Encoding.PEM),
            PRIVATE,
        )
        write_atomically(self._folder / f"{name}.key", _pem(key), PRIVATE)

    def service_account_key(self) -> Path:
        """Write the key that signs the tokens of service accounts, and return its file."""
        path = self._folder / "service-accounts.key"
        write_atomically(path, _pem(ec.generate_private_key(ec.SECP256R1())), PRIVATE)
        return path

    def _identified(
        self, builder: x509.CertificateBuilder, key: ec.EllipticCurvePublicKey
    ) -> x509.CertificateBuilder:
        # From 3.13 on Python verifies strictly by RFC 5280, which requires both identifiers.
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        builder = builder.add_extension(authority, critical=False)
        return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + VALIDITY)
    )


def _key_usage(*, digital_signature: bool, key_cert_sign: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        key_cert_sign=key_cert_sign,
        crl_sign=key_cert_sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
