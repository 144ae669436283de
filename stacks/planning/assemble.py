"""From the settings of an environment of its own to its plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from stacks.planning.addressing import most_nodes, plan_network
from stacks.planning.connections import database_limit, plan_connections
from stacks.planning.database_parameters import one_tenant
from stacks.planning.database_sizing import database_load, plan_hardware
from stacks.planning.foundation import (
    is_production,
    note_given,
    password_expiry,
    plan_cluster,
    plan_database,
    plan_zones,
    reads_from_replica,
)
from stacks.planning.ingress import plan_ingress
from stacks.planning.ledger import Ledger
from stacks.planning.maintenance import plan_maintenance
from stacks.planning.namespace import plan_namespace
from stacks.planning.naming import plan_names
from stacks.planning.node_pools import plan_pools
from stacks.planning.odoo_load import OdooLoad, odoo_load
from stacks.planning.odoo_pools import NODE_POOLS, OPERATIONS_POD, SURGE_PERCENT, normal_replicas, plan_odoo_pools
from stacks.planning.plan import Plan, PoolPlan
from stacks.planning.plan_odoo import ConnectionPlan, OdooPlan, OdooPoolPlan
from stacks.planning.regions import REGIONS
from stacks.planning.storage import local_sku, plan_cache, plan_monitoring, plan_storage, share_gib
from stacks.planning.tags import plan_tags
from stacks.planning.versions import KUBERNETES, ODOO, POSTGRESQL, warn_of_ends
from stacks.planning.windows import plan_windows
from stacks.scalars import OdooVersion, Sessions

if TYPE_CHECKING:
    from stacks.odoo_sections import Odoo
    from stacks.settings import Settings


def make_plan(settings: Settings, *, file: str = "Pulumi.<stack>.yaml") -> Plan:
    """The plan of an environment: a pure function of its settings.

    Args:
        settings: the settings.
        file: where they come from, for errors.

    Raises:
        SettingsError: with everything that the settings ask for and Azure, or this design, cannot give.
    """
    ledger = Ledger()
    note_given(settings, ledger)
    production = is_production(settings)
    location, recovery_region = REGIONS[settings.location], REGIONS[settings.recovery.region]
    load = odoo_load(settings.workload, queue_jobs=settings.odoo.queue_jobs)
    names = plan_names(settings.environment, location, recovery_region, ledger)
    tags = plan_tags(settings.environment, settings.governance, ledger)
    zones = plan_zones(location, ledger)
    maintenance = plan_maintenance(settings.calendar, ledger, production=production)
    pools = plan_odoo_pools(load, len(zones), ledger, production=production)
    ingress = plan_ingress(settings.ingress, settings.network, len(zones), ledger, production=production)
    nodes = plan_pools(pools, ingress.replicas, zones, ledger, production=production)
    cluster = plan_cluster(settings, nodes, tags, maintenance, ledger)
    network = plan_network(settings.network, most_nodes(nodes), ledger)
    hardware = plan_hardware(database_load(settings.workload, load), ledger, production=production)
    connections = plan_connections(pools, hardware.size, len(zones), ledger, production=production)
    database = plan_database(settings, load.peak_users, hardware, one_tenant(connections), maintenance, ledger)
    odoo = _odoo(settings, load, pools, nodes, connections, ledger, zones=len(zones), replica=database.read_replica)
    cache = plan_cache(load.peak_users, location, ledger, production=production)
    storage = plan_storage(
        share_gib(settings.workload, settings.odoo, ledger),
        local_sku(location, ledger, production=production),
        settings.recovery,
        (location, recovery_region),
        ledger,
        production=production,
    )
    monitoring = plan_monitoring(load.peak_users, sum(most_nodes(nodes).values()), settings.cost, ledger)
    password_expires_on = password_expiry(settings, ledger)
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


def _odoo(
    settings: Settings,
    load: OdooLoad,
    pools: Mapping[str, OdooPoolPlan],
    nodes: Mapping[str, PoolPlan],
    connections: ConnectionPlan,
    ledger: Ledger,
    *,
    zones: int,
    replica: bool,
) -> OdooPlan:
    _warn_of_sessions(settings.odoo, ledger)
    return OdooPlan(
        pools=pools,
        node_pools={pool: NODE_POOLS[pool] for pool in pools},
        surge_percent=SURGE_PERCENT,
        operations=OPERATIONS_POD,
        namespace=plan_namespace(nodes, ledger),
        role_limit=ledger.decide("odoo.role_limit", connections.role_limit, "That of odoo.connections."),
        database_limit=database_limit(connections.role_limit, connections.others, ledger),
        connections=connections,
        reads_from_replica=reads_from_replica(settings.odoo.version, ledger, replica=replica),
        windows=plan_windows(
            pools, normal_replicas(load, zones, production=is_production(settings)), settings.calendar, ledger
        ),
        timezone=ledger.decide("odoo.timezone", settings.calendar.timezone, "Given: calendar.timezone."),
    )


def _warn_of_sessions(odoo: Odoo, ledger: Ledger) -> None:
    if odoo.sessions is Sessions.REDIS and odoo.version is OdooVersion.V19:
        # Odoo 19, odoo/addons/base/models/res_device.py and odoo/http.py: what it calls of a session store.
        ledger.warn(
            "Odoo 19.0 asks more of a session store: check that the image's Redis module has delete_old_sessions, "
            "get_missing_session_identifiers and delete_from_identifiers; modules written for 17.0 lack them."
        )
