"""From settings to the plan."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from stacks.planning.addressing import plan_network
from stacks.planning.database_parameters import plan_parameters
from stacks.planning.database_sizing import plan_hardware
from stacks.planning.freezes import plan_freezes
from stacks.planning.ledger import Ledger
from stacks.planning.maintenance import MaintenancePlan, plan_maintenance
from stacks.planning.namespace import plan_namespace
from stacks.planning.naming import plan_names
from stacks.planning.node_pools import plan_pools
from stacks.planning.odoo_load import OdooLoad, odoo_load
from stacks.planning.plan import ClusterPlan, DatabasePlan, Plan
from stacks.planning.recovery import plan_protection
from stacks.planning.regions import REGIONS, Region
from stacks.planning.storage import plan_cache, plan_monitoring, plan_storage
from stacks.planning.tags import plan_labels, plan_tags
from stacks.planning.versions import KUBERNETES, ODOO, POSTGRESQL, warn_of_ends
from stacks.scalars import EnvironmentClass

if TYPE_CHECKING:
    from stacks.settings import Settings

ZONES = ("1", "2", "3")
PASSWORD_DAYS = 365


def make_plan(settings: Settings, *, file: str = "Pulumi.<stack>.yaml") -> Plan:
    """The plan of an environment: a pure function of its settings.

    Args:
        settings: the settings.
        file: where they come from, for errors.

    Raises:
        SettingsError: with everything that the settings ask for and Azure, or this design, cannot give.
    """
    ledger = Ledger()
    _note_given(settings, ledger)
    production = settings.environment.environment_class is EnvironmentClass.PRODUCTION
    location, recovery_region = REGIONS[settings.location], REGIONS[settings.recovery.region]
    load = odoo_load(settings.workload)
    names = plan_names(settings.environment, location, recovery_region, ledger)
    tags = plan_tags(settings.environment, settings.governance, ledger)
    zones = _zones(location, ledger)
    maintenance = plan_maintenance(settings.calendar, ledger, production=production)
    cluster = _cluster(settings, load, zones, tags, maintenance, ledger)
    network = plan_network(settings.network, cluster.pools, ledger)
    database = _database(settings, load, maintenance, ledger)
    cache = plan_cache(load, location, ledger, production=production)
    storage = plan_storage(
        settings.workload, settings.odoo, settings.recovery, (location, recovery_region), ledger, production=production
    )
    monitoring = plan_monitoring(load, cluster.pools, settings.cost, ledger)
    password_expires_on = _password_expiry(settings, ledger)
    warn_of_ends((KUBERNETES, POSTGRESQL, ODOO[settings.odoo.version]), settings.calendar.plan_from, ledger)
    reasons, warnings = ledger.checked(file)
    return Plan(
        environment=settings.environment.name,
        location=location.name,
        recovery_region=recovery_region.name,
        zones=zones,
        names=names,
        tags=tags,
        network=network,
        database=database,
        cache=cache,
        storage=storage,
        cluster=cluster,
        monitoring=monitoring,
        password_expires_on=password_expires_on,
        reasons=reasons,
        warnings=warnings,
    )


def _zones(location: Region, ledger: Ledger) -> tuple[str, ...]:
    zones = ZONES if location.has_zones else ()
    ledger.note(
        "zones",
        ", ".join(zones) or "none",
        f"All zones of {location.display_name}." if zones else f"{location.display_name} has none.",
        "learn.microsoft.com azure/reliability/regions-list",
    )
    return zones


def _note_given(settings: Settings, ledger: Ledger) -> None:
    ledger.note("environment", settings.environment.name, "Given: environment.name.")
    ledger.note("location", settings.location, "Given: azure-native:location.")
    ledger.note("recovery_region", settings.recovery.region, "Given: recovery.region.")


def _password_expiry(settings: Settings, ledger: Ledger) -> str:
    expires = settings.calendar.plan_from + timedelta(days=PASSWORD_DAYS)
    return ledger.decide(
        "password_expires_on",
        expires.isoformat(),
        "A year after calendar.plan_from: moving that on once a year rotates them.",
        "learn.microsoft.com azure/key-vault/secrets/secrets-best-practices",
    )


def _cluster(
    settings: Settings,
    load: OdooLoad,
    zones: tuple[str, ...],
    tags: Mapping[str, str],
    maintenance: MaintenancePlan,
    ledger: Ledger,
) -> ClusterPlan:
    production = settings.environment.environment_class is EnvironmentClass.PRODUCTION
    pools = plan_pools(load, settings.workload, zones, ledger, production=production)
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
        namespace=plan_namespace(pools, ledger),
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


def _database(settings: Settings, load: OdooLoad, maintenance: MaintenancePlan, ledger: Ledger) -> DatabasePlan:
    production = settings.environment.environment_class is EnvironmentClass.PRODUCTION
    hardware = plan_hardware(settings.workload, load, ledger, production=production)
    protection = plan_protection(
        settings.recovery, REGIONS[settings.location], load.peak_users, ledger, production=production
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
