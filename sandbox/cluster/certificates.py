"""The certificates and keys of one cluster, made once and kept in a folder."""

from __future__ import annotations

import datetime
import ipaddress
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFE = datetime.timedelta(days=3650)
# A clock that is set back a little must not make a new certificate one of the future.
LEEWAY = datetime.timedelta(hours=1)
# User and groups of each client certificate. Kubernetes knows the components by these names
# (kubernetes.io/docs/reference/access-authn-authz/rbac/#core-component-roles); system:masters may do everything.
CLIENTS = {
    "admin": ("sandbox-admin", "system:masters"),
    "kube-controller-manager": ("system:kube-controller-manager", ""),
    "kube-scheduler": ("system:kube-scheduler", ""),
    "kwok": ("kwok", "system:masters"),
}


@dataclass(frozen=True)
class Signed:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def ensure(folder: Path) -> None:
    """Makes ca, server and client pairs (`<name>.crt`, `<name>.key`) and `accounts.key`, unless they are there."""
    if folder.is_dir():
        return
    unfinished = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True, mode=0o700)
    authority = _authority()
    _write(unfinished, "ca", authority)
    _write(unfinished, "server", _server(authority))
    for name, (user, group) in CLIENTS.items():
        _write(unfinished, name, _client(authority, user, group))
    _write_key(unfinished / "accounts.key", ec.generate_private_key(ec.SECP256R1()))
    unfinished.rename(folder)


def _authority() -> Signed:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("sandbox-ca", "")
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    built = (
        _builder(name, name, key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
    )
    return Signed(built.sign(key, hashes.SHA256()), key)


def _server(authority: Signed) -> Signed:
    names = [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("localhost")]
    return _leaf(authority, _name("kube-apiserver", ""), ExtendedKeyUsageOID.SERVER_AUTH, names)


def _client(authority: Signed, user: str, group: str) -> Signed:
    return _leaf(authority, _name(user, group), ExtendedKeyUsageOID.CLIENT_AUTH, [])


def _leaf(authority: Signed, name: x509.Name, use: x509.ObjectIdentifier, names: list[x509.GeneralName]) -> Signed:
    key = ec.generate_private_key(ec.SECP256R1())
    built = (
        _builder(name, authority.certificate.subject, key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([use]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False)
    )
    if names:
        built = built.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return Signed(built.sign(authority.key, hashes.SHA256()), key)


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - LEEWAY)
        .not_valid_after(now + LIFE)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _name(user: str, group: str) -> x509.Name:
    """Kubernetes reads the user from the common name and groups from organizations."""
    organization = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group)] if group else []
    return x509.Name([*organization, x509.NameAttribute(NameOID.COMMON_NAME, user)])


def _write(folder: Path, name: str, signed: Signed) -> None:
    (folder / f"{name}.crt").write_bytes(signed.certificate.public_bytes(serialization.Encoding.PEM))
    _write_key(folder / f"{name}.key", signed.key)


def _write_key(file: Path, key: ec.EllipticCurvePrivateKey) -> None:
    # In this format the API server reads the public half from it too (k8s.io/client-go/util/keyutil).
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as handle:
        handle.write(pem)
