"""From settings to the plan."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from stacks.planning.addressing import plan_network
from stacks.planning.connections import plan_connections
from stacks.planning.database_parameters import plan_parameters
from stacks.planning.database_sizing import DatabaseHardware, plan_hardware
from stacks.planning.freezes import plan_freezes
from stacks.planning.ingress import plan_ingress
from stacks.planning.ledger import Ledger
from stacks.planning.maintenance import MaintenancePlan, plan_maintenance
from stacks.planning.namespace import plan_namespace
from stacks.planning.naming import plan_names
from stacks.planning.node_pools import plan_pools
from stacks.planning.odoo_load import OdooLoad, odoo_load
from stacks.planning.odoo_pools import NODE_POOLS, OPERATIONS_POD, SURGE_PERCENT, normal_replicas, plan_odoo_pools
from stacks.planning.plan import ClusterPlan, DatabasePlan, Plan, PoolPlan
from stacks.planning.plan_odoo import ConnectionPlan, OdooPlan, OdooPoolPlan
from stacks.planning.recovery import plan_protection
from stacks.planning.regions import REGIONS, Region
from stacks.planning.storage import plan_cache, plan_monitoring, plan_storage
from stacks.planning.tags import plan_labels, plan_tags
from stacks.planning.versions import KUBERNETES, ODOO, POSTGRESQL, warn_of_ends
from stacks.planning.windows import plan_windows
from stacks.scalars import EnvironmentClass, OdooVersion, Sessions

if TYPE_CHECKING:
    from stacks.odoo_sections import Odoo
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
    load = odoo_load(settings.workload, queue_jobs=settings.odoo.queue_jobs)
    names = plan_names(settings.environment, location, recovery_region, ledger)
    tags = plan_tags(settings.environment, settings.governance, ledger)
    zones = _zones(location, ledger)
    maintenance = plan_maintenance(settings.calendar, ledger, production=production)
    pools = plan_odoo_pools(load, len(zones), ledger, production=production)
    ingress = plan_ingress(settings.ingress, settings.network, len(zones), ledger, production=production)
    nodes = plan_pools(pools, ingress.replicas, zones, ledger, production=production)
    cluster = _cluster(settings, nodes, tags, maintenance, ledger)
    network = plan_network(settings.network, nodes, ledger)
    hardware = plan_hardware(settings.workload, load, ledger, production=production)
    connections = plan_connections(pools, hardware.size, len(zones), ledger, production=production)
    database = _database(settings, load, hardware, connections, maintenance, ledger)
    odoo = _odoo(settings, load, pools, connections, ledger, zones=len(zones), replica=database.read_replica)
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
        odoo=odoo,
        ingress=ingress,
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


def _odoo(
    settings: Settings,
    load: OdooLoad,
    pools: Mapping[str, OdooPoolPlan],
    connections: ConnectionPlan,
    ledger: Ledger,
    *,
    zones: int,
    replica: bool,
) -> OdooPlan:
    production = settings.environment.environment_class is EnvironmentClass.PRODUCTION
    _warn_of_sessions(settings.odoo, ledger)
    return OdooPlan(
        pools=pools,
        node_pools={pool: NODE_POOLS[pool] for pool in pools},
        surge_percent=SURGE_PERCENT,
        operations=OPERATIONS_POD,
        connections=connections,
        reads_from_replica=_reads_from_replica(settings.odoo.version, ledger, replica=replica),
        windows=plan_windows(pools, normal_replicas(load, zones, production=production), settings.calendar, ledger),
        timezone=ledger.decide("odoo.timezone", settings.calendar.timezone, "Given: calendar.timezone."),
    )


def _reads_from_replica(version: OdooVersion, ledger: Ledger, *, replica: bool) -> bool:
    able = version is not OdooVersion.V17
    if replica and not able:
        ledger.warn("Reports read from the primary: Odoo 17.0 knows no replica, 18.0 does.")
    because = (
        f"Odoo {version.value} {'can' if able else 'cannot'}, and there is {'a' if replica else 'no'} replica; where "
        "they do, they make as many connections there."
    )
    return ledger.decide("odoo.reads_from_replica", able and replica, because, "odoo.com: db_replica_host, from 18.0")


def _warn_of_sessions(odoo: Odoo, ledger: Ledger) -> None:
    if odoo.sessions is Sessions.REDIS and odoo.version is OdooVersion.V19:
        # Odoo 19, odoo/addons/base/models/res_device.py and odoo/http.py: what it calls of a session store.
        ledger.warn(
            "Odoo 19.0 asks more of a session store: check that the image's Redis module has delete_old_sessions, "
            "get_missing_session_identifiers and delete_from_identifiers; modules written for 17.0 lack them."
        )


def _cluster(
    settings: Settings,
    pools: Mapping[str, PoolPlan],
    tags: Mapping[str, str],
    maintenance: MaintenancePlan,
    ledger: Ledger,
) -> ClusterPlan:
    production = settings.environment.environment_class is EnvironmentClass.PRODUCTION
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


def _database(
    settings: Settings,
    load: OdooLoad,
    hardware: DatabaseHardware,
    connections: ConnectionPlan,
    maintenance: MaintenancePlan,
    ledger: Ledger,
) -> DatabasePlan:
    production = settings.environment.environment_class is EnvironmentClass.PRODUCTION
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
        parameters=plan_parameters(hardware, connections, ledger, production=production),
    )
