"""The part of the plan that says what a platform has, and what each of its tenants gets of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stacks.planning.plan import ClusterFoundationPlan, DatabasePlan, PoolPlan
from stacks.planning.plan_odoo import ClusterRunningPlan, IngressPlan


@dataclass(frozen=True, kw_only=True)
class ServerNames:
    """Azure names of a PostgreSQL server."""

    server: str
    replica: str
    endpoint: str


@dataclass(frozen=True, kw_only=True)
class ServerPlan:
    """A shared PostgreSQL server.

    Args:
        names: its Azure names.
        database: its size and parameters.
        slots: first and last slot whose tenants have their databases on it.
        pool_size: PgBouncer's server connections for each role and database: the largest shared tier's.
        connections: connections that all its tenants together may be promised.
        memory_mib: memory for what tenants' databases have in daily use.
        data_gib: databases that its disk holds.
    """

    names: ServerNames
    database: DatabasePlan
    slots: tuple[int, int]
    pool_size: int
    connections: int
    memory_mib: int
    data_gib: int


@dataclass(frozen=True, kw_only=True)
class Room:
    """How much of one thing the platform has, and what tenants take.

    Args:
        what: such as `connections of server 1`, `processors of pool web`, `load-balancer rules`.
        limit: how much there is.
        used: how much the tenants that there are take.
        each: how much one more tenant takes, by tier; 0 where a tier takes nothing of it.
        server: index of the shared server that it is on; None where it is the whole platform's.
        source: where the limit comes from.
    """

    what: str
    limit: int
    used: int
    each: Mapping[str, int]
    server: int | None = None
    source: str = ""

    def left(self, tier: str) -> int | None:
        """How many more tenants of a tier it is enough for; None where they take nothing of it."""
        each = self.each[tier]
        return max(self.limit - self.used, 0) // each if each else None


@dataclass(frozen=True, kw_only=True)
class CapacityPlan:
    """What still fits.

    Args:
        rooms: each thing that can run out.
        fitting: how many more tenants of each tier alone fit.
        binding: what runs out first, by tier.
    """

    rooms: tuple[Room, ...]
    fitting: Mapping[str, int]
    binding: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class PlatformPlan(ClusterFoundationPlan):
    """Everything that follows from a platform's settings, whichever tenants it has.

    Args:
        servers: the shared PostgreSQL servers.
        traefik: Traefik's pods of a tenant, by tier.
        role_limits: connections that a login role on a shared server may have, by tier.
        domain: private DNS zone of the tenants' names.
        isolated_servers: addresses and names are kept for so many servers of isolated tenants.
    """

    servers: tuple[ServerPlan, ...]
    traefik: Mapping[str, IngressPlan]
    role_limits: Mapping[str, int]
    domain: str
    isolated_servers: int


@dataclass(frozen=True, kw_only=True)
class TenantNames:
    """Azure names of a tenant's own resources.

    Args:
        resource_group: of its identities, and of its server where it has one.
        odoo_identity: of Odoo's pods.
        operations_identity: of its jobs.
        ingress_identity: of its Traefik.
        share: file share in the platform's account.
        attachments: container in the platform's account of attachments.
        archive: container in the platform's account of backups.
        node_pool: pool of nodes of an isolated tenant.
        server: PostgreSQL server of its own, for an isolated tenant.
        customer_key: purpose in the platform's key vault whose key encrypts that server.
        budget: budget of what is its own.
        health_alert: alert on the health of that server.
    """

    resource_group: str
    odoo_identity: str
    operations_identity: str
    ingress_identity: str
    share: str
    attachments: str
    archive: str
    node_pool: str
    server: ServerNames
    customer_key: str
    budget: str
    health_alert: str


@dataclass(frozen=True, kw_only=True)
class OwnHardware:
    """What an isolated tenant has of its own.

    Args:
        nodes: its pool of nodes.
        database: its server.
    """

    nodes: PoolPlan
    database: DatabasePlan


@dataclass(frozen=True, kw_only=True)
class TenantPlan:
    """Everything that follows from a tenant's file and its platform's settings.

    Args:
        name: its name, also its namespace, its database and its role.
        slot: its permanent number.
        tier: `standard`, `priority` or `isolated`.
        state: `active`, `suspended`, `released` or `removed`.
        hostname: host name users type.
        certificate: name of its certificate in the platform's vault.
        names: its Azure names.
        tags: tags of its resources.
        labels: labels of its Kubernetes objects.
        odoo: how Odoo runs; pods, connections, quota, windows.
        ingress: Traefik's pods, and who may reach it.
        ingress_address: address of its load balancer.
        image: image of Odoo, `name@sha256:...`.
        modules: modules to install beside Odoo's own base.
        queue_jobs: whether the image carries OCA queue_job.
        server: index of the shared server its database is on, from 0; None for its own.
        former_server: index of the shared server that its former database is kept on; None where there is none.
        own: what it has of its own; None below tier isolated.
        database_gib: size of its database in a year.
        file_share_gib: size of its file share.
        archive_days: days that its exported backups are immutable, as all tenants'.
        reasons: why each number is what it is, by subject.
    """

    name: str
    slot: int
    tier: str
    state: str
    hostname: str
    certificate: str
    names: TenantNames
    tags: Mapping[str, str]
    labels: Mapping[str, str]
    odoo: ClusterRunningPlan
    ingress: IngressPlan
    ingress_address: str
    image: str
    modules: tuple[str, ...]
    queue_jobs: bool
    server: int | None
    former_server: int | None
    own: OwnHardware | None
    database_gib: int
    file_share_gib: int
    archive_days: int
    reasons: Mapping[str, str]
