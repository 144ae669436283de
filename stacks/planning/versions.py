"""Versions in use, in one place, each with the day its support ends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from stacks.planning.ledger import Ledger
from stacks.scalars import OdooVersion

WARN_BEFORE_DAYS = 180


@dataclass(frozen=True, kw_only=True)
class Pin:
    """A version and its end.

    Args:
        product: what it is.
        version: as its API takes it.
        supported_until: last day of support; the first of the month where only the month is published.
        source: page that says so.
    """

    product: str
    version: str
    supported_until: date
    source: str


KUBERNETES = Pin(
    product="Kubernetes on AKS",
    version="1.36",
    supported_until=date(2027, 6, 1),
    source="learn.microsoft.com azure/aks/supported-kubernetes-versions",
)
UBUNTU = Pin(
    product="Ubuntu",
    version="24.04",
    supported_until=date(2029, 4, 1),
    source="ubuntu.com/about/release-cycle",
)
POSTGRESQL = Pin(
    product="PostgreSQL",
    version="17",
    supported_until=date(2029, 11, 8),
    source="learn.microsoft.com azure/postgresql/flexible-server/concepts-version-policy",
)
TRAEFIK_SERIES = "3.6"
"""Series of Traefik that the ingress's configuration is written for and tested with."""
_ODOO_SUPPORT = "odoo.com documentation/19.0/administration/standard_extended_support"
ODOO: Mapping[OdooVersion, Pin] = {
    version: Pin(product="Odoo", version=version.value, supported_until=until, source=_ODOO_SUPPORT)
    for version, until in (
        (OdooVersion.V17, date(2026, 9, 1)),
        (OdooVersion.V18, date(2027, 9, 1)),
        (OdooVersion.V19, date(2028, 9, 1)),
    )
}


def warn_of_ends(pins: Iterable[Pin], on: date, ledger: Ledger) -> None:
    """Warns of support that has ended on the day `on`, or ends within 180 days of it.

    The day comes from the settings, never from the clock: the same settings always make the same plan.
    """
    for pin in pins:
        if pin.supported_until <= on:
            ledger.warn(
                f"Support of {pin.product} {pin.version} ended on {pin.supported_until}: upgrade ({pin.source})."
            )
        elif pin.supported_until - on <= timedelta(days=WARN_BEFORE_DAYS):
            ledger.warn(
                f"Support of {pin.product} {pin.version} ends on {pin.supported_until}: plan ahead ({pin.source})."
            )
