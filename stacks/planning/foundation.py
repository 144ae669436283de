"""The parts of a plan that every environment has, whatever its topology."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from stacks.planning.database_parameters import ServerLoad, plan_parameters
from stacks.planning.database_sizing import DatabaseHardware
from stacks.planning.freezes import plan_freezes
from stacks.planning.ledger import Ledger
from stacks.planning.maintenance import MaintenancePlan, note_cluster_window
from stacks.planning.plan import ClusterPlan, DatabasePlan, PoolPlan
from stacks.planning.recovery import plan_protection
from stacks.planning.regions import REGIONS, Region
from stacks.planning.tags import plan_labels
from stacks.planning.versions import KUBERNETES, POSTGRESQL
from stacks.scalars import EnvironmentClass, OdooVersion

if TYPE_CHECKING:
    from stacks.settings import CommonSettings

ZONES = ("1", "2", "3")
PASSWORD_DAYS = 365


def is_production(settings: CommonSettings) -> bool:
    """Whether it is production."""
    return settings.environment.environment_class is EnvironmentClass.PRODUCTION


def plan_zones(location: Region, ledger: Ledger) -> tuple[str, ...]:
    """Availability zones in use."""
    zones = ZONES if location.has_zones else ()
    ledger.note(
        "zones",
        ", ".join(zones) or "none",
        f"All zones of {location.display_name}." if zones else f"{location.display_name} has none.",
        "learn.microsoft.com azure/reliability/regions-list",
    )
    return zones


def note_given(settings: CommonSettings, ledger: Ledger) -> None:
    """Notes what is as the settings say."""
    ledger.note("topology", settings.environment.topology.value, "Given: environment.topology.")
    ledger.note("environment", settings.environment.name, "Given: environment.name.")
    ledger.note("location", settings.location, "Given: azure-native:location.")
    ledger.note("recovery_region", settings.recovery.region, "Given: recovery.region.")


def password_expiry(settings: CommonSettings, ledger: Ledger) -> str:
    """Day that the application passwords expire."""
    expires = settings.calendar.plan_from + timedelta(days=PASSWORD_DAYS)
    return ledger.decide(
        "password_expires_on",
        expires.isoformat(),
        "A year after calendar.plan_from: moving that on once a year rotates them.",
        "learn.microsoft.com azure/key-vault/secrets/secrets-best-practices",
    )


def plan_cluster(
    settings: CommonSettings,
    pools: Mapping[str, PoolPlan],
    tags: Mapping[str, str],
    maintenance: MaintenancePlan,
    ledger: Ledger,
) -> ClusterPlan:
    """The cluster, with its pools of nodes."""
    production = is_production(settings)
    note_cluster_window(maintenance, settings.calendar, ledger)
    return ClusterPlan(
        kubernetes_version=ledger.decide(
            "cluster.kubernetes_version",
            KUBERNETES.version,
            f"Newest version that has proved itself; supported until {KUBERNETES.supported_until}.",
            KUBERNETES.source,
        ),
        sku_tier=ledger.decide(
            "cluster.sku_tier",
            "Standard" if production else "Free",
            "Production: an SLA for the API server." if production else "Not production: without an SLA.",
            "learn.microsoft.com azure/aks/free-standard-pricing-tiers",
        ),
        pools=pools,
        labels=plan_labels(tags, ledger),
        maintenance_day=maintenance.day,
        maintenance_time=maintenance.time,
        maintenance_hours=maintenance.hours,
        utc_offset=maintenance.utc_offset,
        maintenance_start=ledger.decide(
            "cluster.maintenance_start", settings.calendar.plan_from.isoformat(), "Given: calendar.plan_from."
        ),
        freezes=plan_freezes(settings.calendar, ledger),
    )


def plan_database(
    settings: CommonSettings,
    peak_users: int,
    hardware: DatabaseHardware,
    load: ServerLoad,
    maintenance: MaintenancePlan,
    ledger: Ledger,
) -> DatabasePlan:
    """A PostgreSQL server.

    Args:
        settings: the settings.
        peak_users: its users at the close.
        hardware: its size and disk.
        load: what it is set up for.
        maintenance: when Azure may patch it.
        ledger: takes the reasons.
    """
    production = is_production(settings)
    protection = plan_protection(
        settings.recovery, REGIONS[settings.location], peak_users, ledger, production=production
    )
    return DatabasePlan(
        sku_name=hardware.size.sku_name,
        sku_tier=hardware.size.sku_tier,
        postgres_version=ledger.decide(
            "database.postgres_version",
            POSTGRESQL.version,
            f"Taken by every Odoo series in support; supported until {POSTGRESQL.supported_until}.",
            POSTGRESQL.source,
        ),
        storage_gib=hardware.storage_gib,
        storage_tier=hardware.tier.name,
        high_availability=protection.high_availability,
        read_replica=protection.read_replica,
        geo_redundant_backup=protection.geo_redundant_backup,
        backup_retention_days=settings.recovery.backup_retention_days,
        maintenance_day=maintenance.database_day,
        maintenance_hour=maintenance.database_hour,
        parameters=plan_parameters(hardware, load, ledger, production=production),
    )


def reads_from_replica(version: OdooVersion, ledger: Ledger, *, replica: bool) -> bool:
    """Whether reports read from the replica."""
    able = version is not OdooVersion.V17
    if replica and not able:
        ledger.warn("Reports read from the primary: Odoo 17.0 knows no replica, 18.0 does.")
    because = (
        f"Odoo {version.value} {'can' if able else 'cannot'}, and there is {'a' if replica else 'no'} replica; where "
        "they do, they make as many connections there."
    )
    return ledger.decide("odoo.reads_from_replica", able and replica, because, "odoo.com: db_replica_host, from 18.0")
