"""Named scalar types of platforms and of their tenants' files."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator

from stacks.scalars import constrained_text

# By name, or by its beginning or end: who has it already. Namespaces of Kubernetes, AKS and this platform
# (learn.microsoft.com azure/aks/policy-reference; kubernetes.io/docs, concepts, overview, namespaces);
# databases and roles of PostgreSQL, PgBouncer and Azure (postgresql.org/docs/current/sql-createrole.html,
# manage-ag-templatedbs.html; pgbouncer.org/usage.html; learn.microsoft.com azure/postgresql, server roles).
_TAKEN: Mapping[str, str] = {
    "default": "Kubernetes",
    "ingress": "dedicated environments",
    "odoo": "dedicated environments",
    "none": "PostgreSQL",
    "postgres": "PostgreSQL",
    "public": "PostgreSQL",
    "replication": "PostgreSQL",
    "template0": "PostgreSQL",
    "template1": "PostgreSQL",
    "pgbouncer": "PgBouncer",
    "azuresu": "Azure",
}
_TAKEN_BEGINNINGS: Mapping[str, str] = {
    "aks-": "AKS",
    "azure-": "Azure",
    "kube-": "Kubernetes",
    "platform-": "the platform itself",
}
_TAKEN_ENDS: Mapping[str, str] = {
    "-ingress": "the Traefik of the tenant whose name is before it",
    "-system": "add-ons of the cluster",
}


def _not_taken(value: str) -> str:
    owners = [owner for name, owner in _TAKEN.items() if value == name]
    owners += [owner for beginning, owner in _TAKEN_BEGINNINGS.items() if value.startswith(beginning)]
    owners += [owner for end, owner in _TAKEN_ENDS.items() if value.endswith(end)]
    if owners:
        raise ValueError(f"take another name: this one belongs to {owners[0]}")
    return value


# A tenant's name is its namespace, its database, and a part of its Azure names: the narrowest of these decide.
TenantName = Annotated[
    str,
    constrained_text(
        r"^[a-z](-?[a-z0-9]){1,19}$",
        "2 to 20 lower-case letters, digits and single hyphens, from a letter, not ending in a hyphen",
        max_length=20,
    ),
    AfterValidator(_not_taken),
]
"""Name of a tenant: a DNS label that nobody else has."""

FolderName = Annotated[
    str, constrained_text(r"^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$", "lower-case letters, digits and hyphens")
]
"""Name of a folder below `subsidiaries/`."""

StackName = Annotated[str, constrained_text(r"^[A-Za-z0-9_.-]{1,100}$", "the name of a Pulumi stack")]
"""Name of a Pulumi stack, without organisation and project."""

ExtensionName = Annotated[
    str, constrained_text(r"^[a-z][a-z0-9-]{0,62}$", "lower-case letters, digits and hyphens, from a letter")
]
"""Name of an approved set of modules."""

# odoo.com documentation, developer/reference/backend/module: a module's name is that of a Python package.
ModuleName = Annotated[
    str, constrained_text(r"^[a-z][a-z0-9_]{0,127}$", "lower-case letters, digits and underscores, from a letter")
]
"""Technical name of an Odoo module."""

# iso.org ISO 3166-1 alpha-2, as in iso3166.tab of the IANA time zone database; XK is the European Union's for Kosovo.
_COUNTRIES = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
    CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO
    FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE
    JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO
    MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW
    PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM
    TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
"""


def _country(value: str) -> str:
    # A code that no country has would pass by its residency rule.
    if value not in _COUNTRIES.split():
        raise ValueError("did you mean GB?" if value == "UK" else "take the code that ISO 3166-1 gives the country")
    return value


CountryCode = Annotated[
    str,
    constrained_text(r"^[A-Z]{2}$", "two capital letters of ISO 3166-1, such as ES"),
    AfterValidator(_country),
]
"""A country, as ISO 3166-1 alpha-2."""


class Tier(StrEnum):
    """How much of a platform a tenant gets, and how far it is kept apart."""

    STANDARD = "standard"
    PRIORITY = "priority"
    ISOLATED = "isolated"


class TenantPlacement(StrEnum):
    """Which stack declares a tenant."""

    INLINE = "inline"
    SHARDED = "sharded"


class TenantState(StrEnum):
    """Where a tenant is on its way."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    RELEASED = "released"
    REMOVED = "removed"
