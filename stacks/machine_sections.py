"""The section of an environment's settings that says what its virtual machines are made from."""

from __future__ import annotations

from base64 import b64decode
from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from stacks.scalars import ImageByDigest, constrained_text
from stacks.sections import Section

_SNAPSHOT = "%Y%m%dT%H%M%SZ"
# Ubuntu 24.04, which machines run, came out on this day; snapshot.ubuntu.com has all days since 1 March 2023.
_FIRST_SNAPSHOT = date(2024, 4, 25)
# learn.microsoft.com azure/virtual-machines/linux/create-ssh-keys-detailed: Ed25519, and RSA of 2048 bits at least.
_KINDS = ("ssh-ed25519", "ssh-rsa")
_ED25519_BYTES = 32  # RFC 8709, section 4
# NIST SP 800-57 part 1, table 2: RSA has 128 bits of security from 3072 on.
_FEWEST_RSA_BITS = 3072
_LENGTH_BYTES = 4


def snapshot_day(snapshot: str) -> date:
    """Day of a moment as snapshot.ubuntu.com writes it.

    Args:
        snapshot: such as `20261101T000000Z`.

    Raises:
        ValueError: there is no such moment.
    """
    return datetime.strptime(snapshot, _SNAPSHOT).replace(tzinfo=UTC).date()


def _moment(value: str) -> str:
    try:
        day = snapshot_day(value)
    except ValueError:
        raise ValueError("take a moment of the calendar, such as 20261101T000000Z") from None
    if day < _FIRST_SNAPSHOT:
        raise ValueError(f"take a later one: Ubuntu 24.04 came out on {_FIRST_SNAPSHOT}")
    return value


def _fields(encoded: str) -> list[bytes]:
    """Fields of a public key (RFC 4251, section 5, and RFC 4253, section 6.6): each after its length."""
    try:
        blob = b64decode(encoded, validate=True)
    except ValueError:
        raise ValueError("copy the whole line of the .pub file: this is no base64") from None
    fields = []
    while blob:
        end = _LENGTH_BYTES + int.from_bytes(blob[:_LENGTH_BYTES])
        if len(blob) < end:
            raise ValueError("copy the whole line of the .pub file: this one is cut off")
        fields.append(blob[_LENGTH_BYTES:end])
        blob = blob[end:]
    return fields


def _ssh_public_key(value: str) -> str:
    if "PRIVATE KEY" in value:
        raise ValueError("take the .pub file, and replace this pair of keys: a private key must never leave its owner")
    kind, encoded, *_ = [*value.split(), "", ""]
    match kind, _fields(encoded) if kind in _KINDS else []:
        case "ssh-ed25519", [b"ssh-ed25519", number] if len(number) == _ED25519_BYTES:
            return value
        case "ssh-rsa", [b"ssh-rsa", _, modulus]:
            if int.from_bytes(modulus).bit_length() < _FEWEST_RSA_BITS:
                raise ValueError(f"take Ed25519, or RSA of {_FEWEST_RSA_BITS} bits at least: `ssh-keygen -t ed25519`")
            return value
    if kind in _KINDS:
        raise ValueError(f"copy the whole line of the .pub file: this is no {kind} key")
    raise ValueError(f"take a key that begins with {' or '.join(_KINDS)}: Azure takes no other")


ArchiveMoment = Annotated[
    str,
    constrained_text(r"^\d{8}T\d{6}Z$", "a moment of Ubuntu's archive in UTC, such as 20261101T000000Z", max_length=16),
    AfterValidator(_moment),
]
"""A moment of Ubuntu's archive, as snapshot.ubuntu.com writes it."""

SshPublicKey = Annotated[
    str,
    AfterValidator(_ssh_public_key),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^ssh-(ed25519|rsa) [A-Za-z0-9+/]+=*( .*)?$",
            "patternErrorMessage": "a public key in OpenSSH's form: ssh-ed25519 or ssh-rsa, base64, and a comment",
        }
    ),
]
"""A public key in OpenSSH's form: Ed25519, or RSA of 3072 bits or more."""


class Machines(Section):
    """What the virtual machines of topology `dedicated-vm` are made from."""

    metrics_image: ImageByDigest
    """Prometheus's image in the environment's registry, by digest: an agent on each machine, which sends metrics on."""
    packages_snapshot: ArchiveMoment
    """Moment of Ubuntu's archive that machines start with. Moving it on replaces them by new ones with that moment's
    packages; until then they get security patches every month."""
    ssh_public_key: SshPublicKey
    """Public key of those who may sign in through Bastion, as in a .pub file: Ed25519, or RSA of 3072 bits or more."""
