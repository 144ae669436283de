"""From the settings of a platform to its plan, whichever tenants it has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from stacks.errors import SettingsError
from stacks.planning.foundation import is_production, note_given, password_expiry, plan_cluster, plan_zones
from stacks.planning.ingress import allowed_ranges
from stacks.planning.isolated import most_own_nodes
from stacks.planning.ledger import Ledger
from stacks.planning.maintenance import plan_maintenance
from stacks.planning.naming import plan_names
from stacks.planning.plan_odoo import IngressPlan
from stacks.planning.plan_tenant import PlatformPlan
from stacks.planning.platform_cache import plan_shared_cache
from stacks.planning.platform_layout import plan_platform_network
from stacks.planning.platform_nodes import nodes_in_subnets, plan_shared_pools
from stacks.planning.regions import REGIONS, Region
from stacks.planning.rooms import overbooked
from stacks.planning.shared_servers import connection_budget, plan_servers
from stacks.planning.storage import paired_sku, plan_monitoring, plan_storage, platform_archive_years, smallest_share
from stacks.planning.tags import plan_tags
from stacks.planning.tier_shapes import TRAEFIK
from stacks.planning.tiers import envelopes, platform_peak_users, traefik_replicas
from stacks.planning.versions import KUBERNETES, ODOO, POSTGRESQL, TRAEFIK_SERIES, warn_of_ends
from stacks.tenant_scalars import Tier

if TYPE_CHECKING:
    from stacks.planning.plan import StoragePlan
    from stacks.settings import PlatformSettings


def make_platform_plan(settings: PlatformSettings, *, file: str = "Pulumi.<stack>.yaml") -> PlatformPlan:
    """The plan of a platform: a pure function of its settings. Tenants that come and go change nothing of it.

    Args:
        settings: the platform's settings.
        file: where they come from, for errors.

    Raises:
        SettingsError: with everything that the settings ask for and Azure, or this design, cannot give.
    """
    # The servers are several here, and each tenant has limits of its own.
    ledger = Ledger(places={"database": "servers.database"})
    note_given(settings, ledger)
    production = is_production(settings)
    location, recovery_region = REGIONS[settings.location], REGIONS[settings.recovery.region]
    names = plan_names(settings.environment, location, recovery_region, ledger)
    tags = plan_tags(settings.environment, settings.governance, ledger)
    zones = plan_zones(location, ledger)
    given = envelopes(settings, len(zones), production=production)
    maintenance = plan_maintenance(settings.calendar, ledger, production=production)
    nodes = plan_shared_pools(settings, given, zones, ledger)
    own_nodes = settings.platform.capacity.isolated * most_own_nodes(settings, zones)
    in_subnets = nodes_in_subnets(nodes, own_nodes)
    cluster = plan_cluster(settings, nodes, tags, maintenance, ledger)
    network = plan_platform_network(settings.network, in_subnets, ledger)
    budget = connection_budget(settings, given, ledger)
    servers = plan_servers(settings, given, budget, maintenance, ledger)
    cache = plan_shared_cache(settings, given, location, ledger)
    storage = _storage(settings, (location, recovery_region), ledger)
    monitoring = plan_monitoring(platform_peak_users(settings), sum(in_subnets.values()), settings.cost, ledger)
    traefik = _traefik(settings, len(zones), ledger)
    role_limits = _role_limits(budget.role_limits, ledger)
    domain = ledger.decide("domain", settings.platform.domain, "Given: platform.domain.")
    isolated_servers = ledger.decide(
        "isolated_servers", settings.platform.capacity.isolated, "Given: platform.capacity.isolated."
    )
    password_expires_on = password_expiry(settings, ledger)
    offered = (ODOO[version] for version in settings.platform.releases)
    warn_of_ends((KUBERNETES, POSTGRESQL, *offered), settings.calendar.plan_from, ledger)
    reasons, warnings = ledger.checked(file)
    plan = PlatformPlan(
        topology=settings.environment.topology.value,
        environment=settings.environment.name,
        location=location.name,
        recovery_region=recovery_region.name,
        zones=zones,
        names=names,
        tags=tags,
        network=network,
        cache=cache,
        storage=storage,
        cluster=cluster,
        monitoring=monitoring,
        password_expires_on=password_expires_on,
        reasons=reasons,
        warnings=warnings,
        servers=servers,
        traefik=traefik,
        role_limits=role_limits,
        domain=domain,
        isolated_servers=isolated_servers,
    )
    if problems := overbooked(plan, settings):
        raise SettingsError(problems, file)
    return plan


def _storage(settings: PlatformSettings, regions: tuple[Region, Region], ledger: Ledger) -> StoragePlan:
    production = is_production(settings)
    return plan_storage(
        smallest_share(ledger),
        paired_sku(regions[0], ledger, production=production),
        settings.recovery.model_copy(update={"archive_years": platform_archive_years(settings)}),
        regions,
        ledger,
        production=production,
    )


def _traefik(settings: PlatformSettings, zones: int, ledger: Ledger) -> Mapping[str, IngressPlan]:
    plans = {
        tier.value: IngressPlan(
            traefik_version=TRAEFIK_SERIES,
            replicas=traefik_replicas(tier, zones, production=is_production(settings)),
            pod=TRAEFIK[tier],
            allowed_ranges=allowed_ranges(settings.network.client_ranges),
        )
        for tier in Tier
    }
    for tier, plan in plans.items():
        ledger.note(
            f"traefik.{tier}",
            f"{plan.replicas} pods, {plan.pod.cpu_millicores}m, {plan.pod.memory_mib} MiB",
            f"Traefik {TRAEFIK_SERIES}, of each tenant's own; "
            + ("one can be replaced while the other answers." if tier == Tier.STANDARD else "spread over the zones."),
            "doc.traefik.io/traefik",
        )
    return plans


def _role_limits(limits: Mapping[Tier, int], ledger: Ledger) -> Mapping[str, int]:
    for tier, limit in limits.items():
        ledger.note(
            f"role_limits.{tier}",
            f"{limit}",
            "PgBouncer's pools of its own database and of `postgres`, and direct connections at worst: PgBouncer lets "
            "requests wait, and is never refused itself.",
            "postgresql.org docs/17/sql-createrole.html",
        )
    return {tier.value: limit for tier, limit in limits.items()}
