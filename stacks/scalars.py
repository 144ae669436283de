"""Named scalar types of the settings: each is validated the same way wherever it appears."""

from __future__ import annotations

import ipaddress
from enum import StrEnum
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, StringConstraints, WithJsonSchema

from stacks.planning.regions import REGIONS


def _region(value: str) -> str:
    if value not in REGIONS:
        raise ValueError(f"not a known Azure region; known are {', '.join(sorted(REGIONS))}")
    return value


def _network_range(value: str) -> str:
    network = ipaddress.ip_network(value, strict=False)
    if str(network) != value:
        raise ValueError(f"not the first address of its range: did you mean {network}?")
    if network.version != 4:  # noqa: PLR2004 - the version number of IPv4
        raise ValueError("must be an IPv4 range: Azure Database for PostgreSQL and Managed Redis take no other")
    return value


def _time_zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError("not a time zone of the IANA database, such as Europe/Amsterdam")
    return value


Region = Annotated[str, AfterValidator(_region), WithJsonSchema({"type": "string", "enum": sorted(REGIONS)})]
"""An Azure region in ARM's spelling, such as `westeurope`."""

NetworkRange = Annotated[
    str,
    AfterValidator(_network_range),
    WithJsonSchema({"type": "string", "pattern": r"^\d{1,3}(\.\d{1,3}){3}/\d{1,2}$"}),
]
"""An IPv4 range in CIDR form, such as `10.40.0.0/16`."""

TimeZone = Annotated[str, AfterValidator(_time_zone)]
"""A time zone of the IANA database."""

_GUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
Guid = Annotated[str, StringConstraints(pattern=_GUID, to_lower=True)]
"""Object id of an Entra group."""

Email = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=254)]
"""An e-mail address."""

# learn.microsoft.com azure/azure-resource-manager/management/tag-resources: a tag value has at most 256 characters.
TagText = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._@&/-]*$", max_length=256)]
"""Text that becomes the value of a tag."""

# A storage account's 24 characters hold st + application + environment + 2 for its purpose + suffix.
ShortName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]{1,6}$")]
"""2 to 7 lower-case letters and digits, from a letter: part of every Azure name."""

Suffix = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{4,6}$")]
"""4 to 6 random lower-case letters and digits that make global names unique."""

VirtualNetworkId = Annotated[
    str,
    StringConstraints(
        pattern=r"(?i)^/subscriptions/[0-9a-f-]{36}/resourceGroups/[-\w._()]+/providers/Microsoft\.Network/virtualNetworks/[\w.-]+$"
    ),
]
"""ARM id of a virtual network."""

PrivateDnsResourceGroupId = Annotated[
    str, StringConstraints(pattern=r"(?i)^/subscriptions/[0-9a-f-]{36}/resourceGroups/[-\w._()]+$")
]
"""ARM id of a resource group that holds private DNS zones."""

HostName = Annotated[
    str,
    StringConstraints(pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$", max_length=253, to_lower=True),
]
"""A fully qualified host name."""

ImageByDigest = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9]+([._/-][a-z0-9]+)*@sha256:[0-9a-f]{64}$", max_length=255)
]
"""An image in the environment's registry, by digest: `odoo@sha256:...`."""


class Topology(StrEnum):
    """What an environment is made of."""

    DEDICATED_AKS = "dedicated-aks"


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


class Sessions(StrEnum):
    """Where Odoo keeps web sessions."""

    SHARED_FILES = "shared-files"
    REDIS = "redis"


class Attachments(StrEnum):
    """Where Odoo keeps attachments."""

    SHARED_FILES = "shared-files"
    BLOB = "blob"


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
