"""A certificate authority that lives for a day at most, with a key in memory, and may sign for Imgur's names only."""

from __future__ import annotations

import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from .imgur_hosts import DOMAINS, GATEWAYS, NAMES

LIFETIME = timedelta(days=1)
SLACK = timedelta(hours=1)
"""How long before now certificates become valid, as clocks differ."""
ALL_ADDRESSES = [x509.IPAddress(IPv4Network("0.0.0.0/0")), x509.IPAddress(IPv6Network("::/0"))]
"""All IP addresses, which are excluded: a constraint to names alone would allow any address."""


class CertificateAuthority:
    """A certificate authority that issues server certificates for all of Imgur's names.

    Attributes:
        pem: the authority's own certificate, for programs to trust.
    """

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "pyimgur relay (throw-away)")])
        certificate = self._sign(_certificate(self._name, self._key, _authority_extensions(self._key)))
        self.pem = certificate.public_bytes(serialization.Encoding.PEM)

    def context(self) -> ssl.SSLContext:
        """Return the TLS context of a server that programs with this authority accept as Imgur."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, DOMAINS[0])])
        certificate = self._sign(_certificate(name, key, _server_extensions(key, self._key)))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["http/1.1"])
        _load(context, certificate, key)
        return context

    def _sign(self, builder: x509.CertificateBuilder) -> x509.Certificate:
        return builder.issuer_name(self._name).sign(self._key, hashes.SHA256())


Extensions = tuple[tuple[x509.ExtensionType, bool], ...]


def _certificate(name: x509.Name, key: ec.EllipticCurvePrivateKey, extensions: Extensions) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SLACK)
        .not_valid_after(now + LIFETIME)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return builder


def _authority_extensions(key: ec.EllipticCurvePrivateKey) -> Extensions:
    return (
        (x509.BasicConstraints(ca=True, path_length=0), True),
        (x509.NameConstraints([x509.DNSName(name) for name in (*DOMAINS, *GATEWAYS)], ALL_ADDRESSES), True),
        (_usage(signs_certificates=True), True),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
    )


def _server_extensions(key: ec.EllipticCurvePrivateKey, authority: ec.EllipticCurvePrivateKey) -> Extensions:
    return (
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (x509.SubjectAlternativeName([x509.DNSName(name) for name in NAMES]), False),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
        (_usage(signs_certificates=False), True),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), False),
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _load(context: ssl.SSLContext, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
    """Load a certificate through a file, which an SSLContext requires; only this user can read it, and only now."""
    pem, private = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    with tempfile.TemporaryDirectory(prefix="pyimgur-") as folder:
        file = Path(folder) / "certificate.pem"
        file.write_bytes(certificate.public_bytes(pem) + key.private_bytes(pem, private, serialization.NoEncryption()))
        context.load_cert_chain(file)
