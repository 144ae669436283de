"""A certificate authority of one test run, and a server certificate of `localhost`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

LIFETIME = timedelta(days=1)


def write_certificates(folder: Path) -> None:
    """Writes `ca.crt`, and `server.crt` with `server.key`, which it has signed."""
    authority = ec.generate_private_key(ec.SECP256R1())
    issuer = _name("Certificate authority of the tests")
    constraints = x509.BasicConstraints(ca=True, path_length=0)
    root = _builder(issuer, issuer, authority.public_key()).add_extension(constraints, critical=True)
    _write(folder / "ca.crt", root.sign(authority, hashes.SHA256()))

    key = ec.generate_private_key(ec.SECP256R1())
    names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    server = _builder(_name("localhost"), issuer, key.public_key()).add_extension(names, critical=False)
    _write(folder / "server.crt", server.sign(authority, hashes.SHA256()))
    (folder / "server.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - LIFETIME)
        .not_valid_after(now + LIFETIME)
    )


def _write(path: Path, certificate: x509.Certificate) -> None:
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
