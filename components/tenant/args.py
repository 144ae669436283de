"""What a tenant is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import pulumi
import pulumi_kubernetes as kubernetes

from components.base import Placement
from components.tenant.running import TenantPools
from components.tenant.services import TenantServices


class Sessions(StrEnum):
    """Where Odoo keeps its sessions."""

    SHARED_FILES = "shared-files"
    REDIS = "redis"


class Attachments(StrEnum):
    """Where Odoo keeps its attachments."""

    SHARED_FILES = "shared-files"
    BLOB = "blob"


@dataclass(frozen=True, kw_only=True)
class NamespaceLimits:
    """What a namespace may take, in Kubernetes quantities.

    Args:
        requests: most that all its pods request, e.g. `{"cpu": "24", "memory": "96Gi"}`.
        limits: most that all its pods may use.
        pods: most pods.
        default_request: request of a container that names none.
        default_limit: limit of a container that names none.
        container_max: most that one container may use.
    """

    requests: Mapping[str, str]
    limits: Mapping[str, str]
    pods: int
    default_request: Mapping[str, str]
    default_limit: Mapping[str, str]
    container_max: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Rollback:
    """The backup to restore before the image runs: a way back, what a database begins with, or another's books.

    Args:
        backup: name of the backup in the backup container.
        into_empty: only into a database without Odoo, whatever the image: the tenant has moved to a new server. Else
            once for each image, over what is there.
        neutralize: it is another environment's: Odoo neutralises it before it takes the place of the database, once,
            whatever the image.
    """

    backup: str
    into_empty: bool = False
    neutralize: bool = False

    def __post_init__(self) -> None:
        if self.into_empty and self.neutralize:
            raise ValueError("Rollback: a copy takes the place of a database, whether it is empty or not")


@dataclass(frozen=True, kw_only=True)
class Application:
    """The Odoo to run.

    Args:
        version: series, `17.0`, `18.0` or `19.0`.
        image: image with its registry and digest.
        image_digest: the digest alone, `sha256:...`, known before anything is deployed: an upgrade is named after it.
        ops_image: image of the operations jobs (bootstrap, backup, upgrade), with its registry and digest.
        hostname: host name users type.
        sessions: where sessions are kept.
        attachments: where attachments are kept.
        queue_jobs: whether the image carries OCA queue_job, and there is a queue pool.
        modules: modules to install beside Odoo's base; those that are installed and no longer named stay.
        rollback: restore a backup before the image runs.
    """

    version: str
    image: pulumi.Input[str]
    image_digest: str
    ops_image: pulumi.Input[str]
    hostname: str
    sessions: Sessions = Sessions.SHARED_FILES
    attachments: Attachments = Attachments.SHARED_FILES
    queue_jobs: bool = False
    modules: tuple[str, ...] = ()
    rollback: Rollback | None = None


@dataclass(frozen=True, kw_only=True)
class TenantNetwork:
    """Who a tenant talks to, as ranges and namespaces.

    Args:
        database_range: subnet of PostgreSQL.
        private_endpoints_range: subnet of the private endpoints.
        api_server_range: subnet of the API server (operations jobs only).
        ingress_namespace: namespace of Traefik.
        client_ranges: ranges that users and integrations come from; Traefik lets no other address in.
        internet_ports: TCP ports that Odoo may reach on the Internet (the firewall narrows them to names).
    """

    database_range: str
    private_endpoints_range: str
    api_server_range: str
    ingress_namespace: str
    client_ranges: tuple[str, ...]
    internet_ports: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class OdooTenantArgs:
    """Arguments of `OdooTenant`.

    Args:
        placement: of the environment; Azure resources of the tenant go to its resource group.
        provider: Kubernetes provider of the cluster.
        tenant: its name, a DNS label of up to 40 characters; also its namespace.
        labels: labels of all objects: owner, cost centre, ...: values of up to 63 letters, digits, `-`, `_` and `.`.
        limits: what its namespace may take.
        application: the Odoo to run.
        services: what it stands on outside of the cluster.
        pools: how its pools run.
        network: who it talks to.
        suspended: it keeps what it has and runs nothing; a last backup is taken.
    """

    placement: Placement
    provider: kubernetes.Provider
    tenant: str
    labels: Mapping[str, str]
    limits: NamespaceLimits
    application: Application
    services: TenantServices
    pools: TenantPools
    network: TenantNetwork
    suspended: bool = False
