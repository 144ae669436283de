"""Named scalar types of the settings: each is validated the same way wherever it appears.

What a pattern means in words stands beside it as `patternErrorMessage`: editors show it, and so do our own errors.
"""

from __future__ import annotations

import difflib
import ipaddress
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema

from stacks.planning.regions import REGIONS


def constrained_text(pattern: str, meaning: str, *, max_length: int | None = None) -> Any:
    """Constraints of a text, and in words what the pattern lets through."""
    return Field(pattern=pattern, max_length=max_length, json_schema_extra={"patternErrorMessage": meaning})


def _region(value: str) -> str:
    if value not in REGIONS:
        # People write the portal's "West Europe" where ARM wants westeurope.
        close = difflib.get_close_matches(value.lower().replace(" ", ""), REGIONS, n=1)
        raise ValueError(
            f"did you mean {close[0]}?" if close else "take a region in ARM's spelling, such as westeurope"
        )
    return value


def _address(value: str) -> str:
    try:
        return str(ipaddress.IPv4Address(value))
    except ValueError:
        raise ValueError("write it as four numbers from 0 to 255, such as 10.200.1.4") from None


def _network_range(value: str) -> str:
    if "/" not in value:
        raise ValueError("add the length of the prefix, such as /20")
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        raise ValueError("write it as an address and the length of its prefix, such as 10.40.0.0/20") from None
    if not isinstance(network, ipaddress.IPv4Network):
        raise ValueError("take an IPv4 range: Azure Database for PostgreSQL and Managed Redis know no other")
    if str(network) != value:
        raise ValueError(f"a range starts at its first address: did you mean {network}?")
    return value


def prefix_between(shortest: int, longest: int) -> Callable[[str], str]:
    """Validator of a range's size, as prefix lengths in bits, both included."""

    def check(value: str) -> str:
        if not shortest <= ipaddress.ip_network(value).prefixlen <= longest:
            raise ValueError(f"take a prefix from /{shortest} to /{longest}")
        return value

    return check


_TIME_ZONES = available_timezones()


def _time_zone(value: str) -> str:
    if value not in _TIME_ZONES:
        close = difflib.get_close_matches(value, sorted(_TIME_ZONES), n=1)
        raise ValueError(f"did you mean {close[0]}?" if close else "take a name such as Europe/Amsterdam")
    return value


Region = Annotated[str, AfterValidator(_region), WithJsonSchema({"type": "string", "enum": sorted(REGIONS)})]
"""An Azure region in ARM's spelling, such as `westeurope`."""

IpAddress = Annotated[str, AfterValidator(_address), WithJsonSchema({"type": "string", "format": "ipv4"})]
"""An IPv4 address, such as `10.200.1.4`."""

NetworkRange = Annotated[
    str,
    AfterValidator(_network_range),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^\d{1,3}(\.\d{1,3}){3}/\d{1,2}$",
            "patternErrorMessage": "an IPv4 range such as 10.40.0.0/20",
        }
    ),
]
"""An IPv4 range in CIDR form, such as `10.40.0.0/20`."""

TimeZone = Annotated[
    str,
    AfterValidator(_time_zone),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^[A-Za-z0-9_+/-]+$",
            "patternErrorMessage": "a time zone of the IANA database, such as Europe/Amsterdam",
        }
    ),
]
"""A time zone of the IANA database."""

Guid = Annotated[
    str,
    StringConstraints(to_lower=True),
    constrained_text(
        r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$",
        "an object id of Entra (a GUID: 8-4-4-4-12 hexadecimal digits)",
    ),
]
"""Id of an Entra group or of a subscription."""

Email = Annotated[str, constrained_text(r"^[^@\s]+@[^@\s]+\.[^@\s]+$", "an e-mail address", max_length=254)]
"""An e-mail address."""

# learn.microsoft.com azure/azure-resource-manager/management/tag-resources: a tag value has at most 256 characters.
TagText = Annotated[
    str,
    constrained_text(
        r"^[A-Za-z0-9][A-Za-z0-9 ._@&/-]*$",
        "letters, digits, spaces and ._@&/- (from a letter or digit, at most 256)",
        max_length=256,
    ),
]
"""Text that becomes the value of a tag."""

# A storage account's 24 characters hold st + application + environment + 2 for its purpose + suffix.
ShortName = Annotated[
    str, constrained_text(r"^[a-z][a-z0-9]{1,6}$", "2 to 7 lower-case letters and digits, starting with a letter")
]
"""2 to 7 lower-case letters and digits, from a letter: part of every Azure name."""

Suffix = Annotated[str, constrained_text(r"^[a-z0-9]{4,6}$", "4 to 6 lower-case letters and digits")]
"""4 to 6 random lower-case letters and digits that make global names unique."""

# ARM ids are not case-sensitive, and the portal and the CLI disagree on resourceGroups.
_RESOURCE_GROUP = r"^/subscriptions/[0-9a-fA-F-]{36}/resource[Gg]roups/[A-Za-z0-9_().-]{1,90}"

VirtualNetworkId = Annotated[
    str,
    constrained_text(
        _RESOURCE_GROUP + r"/providers/[Mm]icrosoft\.[Nn]etwork/virtual[Nn]etworks/[A-Za-z0-9_.-]{2,64}$",
        "/subscriptions/<id>/resourceGroups/<name>/providers/Microsoft.Network/virtualNetworks/<name>",
    ),
]
"""ARM id of a virtual network."""

ResourceGroupId = Annotated[str, constrained_text(_RESOURCE_GROUP + "$", "/subscriptions/<id>/resourceGroups/<name>")]
"""ARM id of a resource group."""

HostName = Annotated[
    str,
    StringConstraints(to_lower=True),
    constrained_text(
        r"^([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$",
        "a full host name such as erp.acme.example",
        max_length=253,
    ),
]
"""A fully qualified host name."""

DestinationName = Annotated[
    str,
    StringConstraints(to_lower=True),
    constrained_text(
        r"^(\*|(\*\.)?([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63})$",
        "a full host name, *. and a domain for its subdomains, or * for anywhere",
        max_length=253,
    ),
]
"""Host names on the Internet: one, those of a domain, or all."""

ImageByDigest = Annotated[
    str,
    constrained_text(
        r"^[a-z0-9]+([._/-][a-z0-9]+)*@sha256:[0-9a-f]{64}$",
        "a repository of the environment's registry and a digest: odoo@sha256:<64 hexadecimal digits>",
        max_length=255,
    ),
]
"""An image in the environment's registry, by digest: `odoo@sha256:...`."""

# learn.microsoft.com azure/key-vault/general/about-keys-secrets-certificates: letters, digits and hyphens, up to 127.
CertificateName = Annotated[str, constrained_text(r"^[A-Za-z0-9-]{1,127}$", "1 to 127 letters, digits and hyphens")]
"""Name of a certificate in a key vault."""

BackupName = Annotated[
    str,
    constrained_text(
        r"^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*$",
        "the name of a backup in the backup container: letters, digits and ._-, in folders parted by /",
        max_length=255,
    ),
]
"""Name of a backup in the backup container."""


class Topology(StrEnum):
    """What an environment is made of; `auto` takes what is recommended for its workload."""

    DEDICATED_AKS = "dedicated-aks"
    DEDICATED_VM = "dedicated-vm"
    MULTI_TENANT_AKS = "multi-tenant-aks"
    TENANT = "tenant"
    GOVERNANCE = "governance"
    AUTO = "auto"


class EnvironmentClass(StrEnum):
    """How much an environment matters."""

    PRODUCTION = "production"
    STAGING = "staging"
    DEVELOPMENT = "development"


class DataProtection(StrEnum):
    """Whether data-bearing resources may be deleted."""

    PROTECTED = "protected"
    RELEASED = "released"


class DataClassification(StrEnum):
    """Sensitivity of the data."""

    INTERNAL = "internal"
    CONFIDENTIAL = "confidential"
    RESTRICTED = "restricted"


class Criticality(StrEnum):
    """What an outage means for the business (the landing zones' words)."""

    MISSION_CRITICAL = "mission-critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Egress(StrEnum):
    """How workloads reach the Internet."""

    NAT = "nat"
    FIREWALL = "firewall"


class DestinationSource(StrEnum):
    """Who in the network reaches a place on the Internet."""

    ODOO = "odoo"
    RUNNER = "runner"


class Sessions(StrEnum):
    """Where Odoo keeps web sessions."""

    SHARED_FILES = "shared-files"
    REDIS = "redis"


class Attachments(StrEnum):
    """Where Odoo keeps attachments."""

    SHARED_FILES = "shared-files"
    BLOB = "blob"


class Exposure(StrEnum):
    """Who can reach the ingress."""

    PRIVATE = "private"
    PRIVATE_LINK = "private-link"


class OdooVersion(StrEnum):
    """Odoo series in support."""

    V17 = "17.0"
    V18 = "18.0"
    V19 = "19.0"


class Weekday(StrEnum):
    """A day of the week."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"
