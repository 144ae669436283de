"""What one company's environment has, whatever Odoo runs on: what comes before its runtime is planned, and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stacks.planning.addressing import plan_network
from stacks.planning.assessment.advice import contradictions, refusals
from stacks.planning.connections import database_limit, plan_connections
from stacks.planning.database_parameters import one_tenant
from stacks.planning.database_sizing import database_load, plan_hardware
from stacks.planning.foundation import (
    is_production,
    note_given,
    password_expiry,
    plan_database,
    plan_zones,
    reads_from_replica,
)
from stacks.planning.ledger import Ledger
from stacks.planning.maintenance import MaintenancePlan, plan_maintenance
from stacks.planning.naming import plan_names
from stacks.planning.odoo_load import OdooLoad, odoo_load
from stacks.planning.odoo_pools import OPERATIONS_POD, SURGE_PERCENT
from stacks.planning.plan import EnvironmentPlan
from stacks.planning.plan_names import Names
from stacks.planning.plan_odoo import ConnectionPlan, IngressPlan, OdooPlan, OdooPoolPlan, PoolConnections
from stacks.planning.regions import REGIONS, Region
from stacks.planning.storage import local_sku, plan_cache, plan_monitoring, plan_storage, share_gib
from stacks.planning.tags import plan_tags
from stacks.planning.versions import ODOO, POSTGRESQL, Pin, warn_of_ends
from stacks.scalars import OdooVersion, Sessions, Topology

if TYPE_CHECKING:
    from stacks.odoo_sections import Odoo
    from stacks.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Basis:
    """What is decided before the runtime.

    Args:
        topology: what the environment is made of.
        settings: the settings.
        ledger: takes the reasons.
        production: whether it is production.
        location: its region.
        recovery_region: the region of its recovery.
        load: Odoo's processes.
        names: Azure names.
        tags: tags of every resource.
        zones: availability zones in use.
        maintenance: when Azure may patch.
    """

    topology: Topology
    settings: Settings
    ledger: Ledger
    production: bool
    location: Region
    recovery_region: Region
    load: OdooLoad
    names: Names
    tags: Mapping[str, str]
    zones: tuple[str, ...]
    maintenance: MaintenancePlan


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """What a runtime tells the rest of the plan.

    Args:
        pools: Odoo's pools.
        ingress: the way in.
        nodes: nodes or machines at the most, by subnet.
        version: what it is, and until when that is supported.
        connecting: the pools that connect to the database; those of `pools` unless given.
        beside: what else connects with Odoo's login.
    """

    pools: Mapping[str, OdooPoolPlan]
    ingress: IngressPlan
    nodes: Mapping[str, int]
    version: Pin
    connecting: Mapping[str, OdooPoolPlan] | None = None
    beside: Mapping[str, PoolConnections] = field(default_factory=dict)


def plan_basis(settings: Settings, topology: Topology, ledger: Ledger) -> Basis:
    """What is decided before the runtime.

    Args:
        settings: the settings.
        topology: what the environment is made of: never `auto`.
        ledger: takes the reasons.
    """
    note_given(settings, ledger)
    _note_topology(settings.environment.topology, topology, ledger)
    for text in contradictions(settings):
        ledger.warn(text)
    production = is_production(settings)
    location, recovery_region = REGIONS[settings.location], REGIONS[settings.recovery.region]
    return Basis(
        topology=topology,
        settings=settings,
        ledger=ledger,
        production=production,
        location=location,
        recovery_region=recovery_region,
        load=odoo_load(settings.workload, queue_jobs=settings.odoo.queue_jobs),
        names=plan_names(settings.environment, location, recovery_region, ledger),
        tags=plan_tags(settings.environment, settings.governance, ledger),
        zones=plan_zones(location, ledger),
        maintenance=plan_maintenance(settings.calendar, ledger, production=production),
    )


def _note_topology(named: Topology, topology: Topology, ledger: Ledger) -> None:
    """Says why it is not the one that the settings name."""
    if named is Topology.AUTO:
        because = "Assessed from the workload, as environment.topology is auto: `make assess` says why."
        ledger.warn(
            f"The topology follows from the workload, and is {topology.value} today: write that into "
            "environment.topology, so that a change of the workload alone never replaces the runtime."
        )
        ledger.note("topology", topology.value, because)
    elif named is not topology:
        ledger.note("topology", topology.value, f"As if environment.topology were not {named.value}.")


def plan_rest(basis: Basis, runtime: Runtime, file: str) -> EnvironmentPlan:
    """Everything else, once the runtime is planned.

    Args:
        basis: what came before it.
        runtime: what it is.
        file: where the settings come from, for errors.

    Raises:
        SettingsError: with everything that the settings ask for and Azure, or this design, cannot give.
    """
    settings, ledger, load = basis.settings, basis.ledger, basis.load
    network = plan_network(settings.network, runtime.nodes, ledger)
    hardware = plan_hardware(database_load(settings.workload, load), ledger, production=basis.production)
    connections = plan_connections(
        runtime.connecting or runtime.pools,
        hardware.size,
        len(basis.zones),
        ledger,
        production=basis.production,
        beside=runtime.beside,
    )
    database = plan_database(settings, load.peak_users, hardware, one_tenant(connections), basis.maintenance, ledger)
    odoo = _odoo(settings, runtime, connections, ledger, replica=database.read_replica)
    cache = plan_cache(load.peak_users, basis.location, ledger, production=basis.production)
    storage = plan_storage(
        share_gib(settings.workload, settings.odoo, ledger),
        local_sku(basis.location, ledger, production=basis.production),
        settings.recovery,
        (basis.location, basis.recovery_region),
        ledger,
        production=basis.production,
    )
    monitoring = plan_monitoring(load.peak_users, sum(runtime.nodes.values()), settings.cost, ledger)
    password_expires_on = password_expiry(settings, ledger)
    pins = (runtime.version, POSTGRESQL, ODOO[settings.odoo.version])
    warn_of_ends(pins, settings.calendar.plan_from, ledger)
    ledger.include(refusals(settings))
    reasons, warnings = ledger.checked(file)
    return EnvironmentPlan(
        topology=basis.topology.value,
        environment=settings.environment.name,
        location=basis.location.name,
        recovery_region=basis.recovery_region.name,
        zones=basis.zones,
        names=basis.names,
        tags=basis.tags,
        network=network,
        database=database,
        cache=cache,
        storage=storage,
        odoo=odoo,
        ingress=runtime.ingress,
        monitoring=monitoring,
        password_expires_on=password_expires_on,
        reasons=reasons,
        warnings=warnings,
    )


def _odoo(
    settings: Settings, runtime: Runtime, connections: ConnectionPlan, ledger: Ledger, *, replica: bool
) -> OdooPlan:
    _warn_of_sessions(settings.odoo, ledger)
    return OdooPlan(
        pools=runtime.pools,
        surge_percent=SURGE_PERCENT,
        operations=OPERATIONS_POD,
        role_limit=ledger.decide("odoo.role_limit", connections.role_limit, "That of odoo.connections."),
        database_limit=database_limit(connections.role_limit, connections.others, ledger),
        connections=connections,
        reads_from_replica=reads_from_replica(settings.odoo.version, ledger, replica=replica),
        timezone=ledger.decide("odoo.timezone", settings.calendar.timezone, "Given: calendar.timezone."),
    )


def _warn_of_sessions(odoo: Odoo, ledger: Ledger) -> None:
    if odoo.sessions is Sessions.REDIS and odoo.version is OdooVersion.V19:
        # Odoo 19, odoo/addons/base/models/res_device.py and odoo/http.py: what it calls of a session store.
        ledger.warn(
            "Odoo 19.0 asks more of a session store: check that the image's Redis module has delete_old_sessions, "
            "get_missing_session_identifiers and delete_from_identifiers; modules written for 17.0 lack them."
        )
