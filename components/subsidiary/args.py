"""What a tenant of a platform is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import pulumi_kubernetes as kubernetes

from components.base import Placement
from components.cluster import NodePool
from components.database import DatabaseBackup, DatabaseServer, MaintenanceWindow, ReadReplica
from components.ingress.middlewares import TenantLimits
from components.subsidiary.shared import SharedPlatform
from components.tenant.args import NamespaceLimits, Rollback
from components.tenant.running import TenantPools


@dataclass(frozen=True, kw_only=True)
class SubsidiaryNames:
    """Azure names of what is the tenant's own.

    Args:
        resource_group: of its identities, and of its server where it has one.
        odoo_identity: of Odoo's pods.
        operations_identity: of its jobs.
        ingress_identity: of its Traefik.
        share: file share.
        attachments: container of attachments.
        archive: container of backups.
        budget: budget of what is its own, where it has one.
        health_alert: alert on the health of a server of its own.
    """

    resource_group: str
    odoo_identity: str
    operations_identity: str
    ingress_identity: str
    share: str
    attachments: str
    archive: str
    budget: str
    health_alert: str


@dataclass(frozen=True, kw_only=True)
class SubsidiaryApplication:
    """The Odoo it runs.

    Args:
        version: series.
        image: image, `name@sha256:...`, without the registry.
        ops_image: image of the operations jobs, likewise.
        hostname: host name users type.
        modules: modules to install beside Odoo's own base.
        queue_jobs: whether the image carries OCA queue_job.
        rollback: restore a backup before the image runs.
    """

    version: str
    image: str
    ops_image: str
    hostname: str
    modules: tuple[str, ...] = ()
    queue_jobs: bool = False
    rollback: Rollback | None = None


@dataclass(frozen=True, kw_only=True)
class OwnServer:
    """A PostgreSQL server of the tenant's own.

    Args:
        server: what it is.
        backup: how it is backed up.
        maintenance: when Azure may patch it.
        parameters: server parameters.
        replica: its read replica.
        key_purpose: purpose of the key that encrypts it, in the platform's vault of keys.
        administrator_login: name of its one administrator with a password. Fixed.
        entra_administrators: object id of the group of administrators by its display name.
    """

    server: DatabaseServer
    backup: DatabaseBackup
    maintenance: MaintenanceWindow
    parameters: Mapping[str, str]
    replica: ReadReplica | None
    key_purpose: str
    administrator_login: str
    entra_administrators: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class SubsidiaryDatabase:
    """Where its database is.

    Args:
        server: index of the shared server; None for `own`.
        role_limit: connections that each of its login roles may have.
        database_limit: connections that its database may have.
        former_server: index of the shared server that its former database is kept on.
        former_released: whether the former database is still protected.
        own: a server of its own; with `server` given too, the one that it has moved away from.
        generation: how often its password has been changed.
        expires_on: when its passwords expire.
        reads_from_replica: whether reports read from the replica.
    """

    server: int | None
    role_limit: int
    database_limit: int
    expires_on: datetime
    former_server: int | None = None
    former_released: bool = False
    own: OwnServer | None = None
    generation: int = 1
    reads_from_replica: bool = False

    def __post_init__(self) -> None:
        if self.former_server is not None and self.former_server == self.server:
            raise ValueError(f"SubsidiaryDatabase: former_server {self.former_server} is the server it is on")


@dataclass(frozen=True, kw_only=True)
class SubsidiaryBudget:
    """What its own resources may cost: all that carry its tags.

    Args:
        amount: cost that is planned for a month, in the currency that the subscription is billed in.
        start: first day of the month that it begins in. Fixed at creation.
        emails: addresses that are told.
    """

    amount: float
    start: date
    emails: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class SubsidiaryAllowance:
    """What it may store and cost.

    Args:
        share_gib: size of its file share. Exported backups are immutable for as long as the platform's account says.
        budget: what its own resources may cost; None where nobody is to be told.
    """

    share_gib: int
    budget: SubsidiaryBudget | None = None


@dataclass(frozen=True, kw_only=True)
class SubsidiaryRunning:
    """How it runs on the cluster.

    Args:
        labels: labels of all its objects.
        limits: what its namespace may take.
        pools: how its pools run.
        nodes: its own pool of nodes, by name; empty below tier isolated. It has none while it is suspended.
        internet_ports: TCP ports that Odoo may reach on the Internet.
        suspended: it keeps its data and runs nothing.
    """

    labels: Mapping[str, str]
    limits: NamespaceLimits
    pools: TenantPools
    nodes: Mapping[str, NodePool]
    internet_ports: tuple[int, ...] = ()
    suspended: bool = False


@dataclass(frozen=True, kw_only=True)
class SubsidiaryIngress:
    """The way in.

    Args:
        image: Traefik's image, `name@sha256:...`, without the registry.
        certificate: certificate of its host name, in the platform's vault of certificates.
        address: address of its load balancer.
        client_ranges: ranges that its users and integrations come from.
        limits: what they may ask for.
        replicas: pods.
        cpu_millicores: processor that a pod requests, in thousandths.
        memory_mib: memory that a pod requests and may use, in MiB.
    """

    image: str
    certificate: str
    address: str
    client_ranges: tuple[str, ...]
    limits: TenantLimits
    replicas: int
    cpu_millicores: int
    memory_mib: int


@dataclass(frozen=True, kw_only=True)
class SubsidiaryArgs:
    """Arguments of `Subsidiary`.

    Args:
        placement: subscription, region, tags and protection; its own resource group is made, and named in `names`.
        provider: Kubernetes provider of the platform's cluster.
        tenant: its name: a DNS label of 2 to 20 characters; its namespace, database and role.
        platform: what it finds there.
        names: Azure names.
        application: the Odoo it runs.
        database: where its database is.
        allowance: what it may store and cost.
        running: how it runs.
        ingress: the way in.
    """

    placement: Placement
    provider: kubernetes.Provider
    tenant: str
    platform: SharedPlatform
    names: SubsidiaryNames
    application: SubsidiaryApplication
    database: SubsidiaryDatabase
    allowance: SubsidiaryAllowance
    running: SubsidiaryRunning
    ingress: SubsidiaryIngress
