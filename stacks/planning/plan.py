"""The plan: every number and name that follows from the settings, as plain data, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stacks.planning.plan_names import Names
from stacks.planning.plan_odoo import ClusterOdooPlan, IngressPlan, OdooPlan


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why a value is what it is.

    Args:
        subject: what was decided, e.g. `database.sku_name`.
        value: the decision, for people.
        because: the reason in one sentence, with the numbers that led to it.
        source: page or rule it comes from; empty where it is our own judgement.
    """

    subject: str
    value: str
    because: str
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class NetworkPlan:
    """Addresses.

    Args:
        address_space: range of the virtual network.
        subnets: range by kind of subnet: `system`, `web`, `jobs`, `api-server`, `ingress`, `database`,
            `private-endpoints`, `runner`, and where they are needed `bastion`, `firewall`.
        pod_range: range of the pods.
        service_range: range of Kubernetes services.
        dns_service_ip: address of the cluster's DNS service, in the service range.
        free_addresses: addresses of the address space that no subnet has yet.
    """

    address_space: str
    subnets: Mapping[str, str]
    pod_range: str
    service_range: str
    dns_service_ip: str
    free_addresses: int


@dataclass(frozen=True, kw_only=True)
class DatabasePlan:
    """PostgreSQL Flexible Server.

    Args:
        sku_name: such as `Standard_E8ads_v5`.
        sku_tier: `GeneralPurpose` or `MemoryOptimized`.
        postgres_version: major version.
        storage_gib: one of the sizes Premium SSD has.
        storage_tier: performance tier, `P20` ...
        high_availability: `ZoneRedundant`, `SameZone` or `Disabled`.
        read_replica: whether there is one.
        geo_redundant_backup: whether backups also go to the paired region.
        backup_retention_days: 7 to 35.
        maintenance_day: 0 is Sunday, in UTC.
        maintenance_hour: hour of the day in UTC.
        parameters: server parameters that follow from sizes, by name, in the units of PostgreSQL's own files.
    """

    sku_name: str
    sku_tier: str
    postgres_version: str
    storage_gib: int
    storage_tier: str
    high_availability: str
    read_replica: bool
    geo_redundant_backup: bool
    backup_retention_days: int
    maintenance_day: int
    maintenance_hour: int
    parameters: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class CachePlan:
    """Azure Managed Redis: `Balanced_B1` ..."""

    sku_name: str
    high_availability: bool


@dataclass(frozen=True, kw_only=True)
class StoragePlan:
    """File store and backups.

    Args:
        file_share_gib: provisioned size of the NFS share.
        file_storage_sku: `Premium_ZRS` or `Premium_LRS`.
        backup_sku: redundancy of the backup account.
        recovery_backup_sku: redundancy of its copy in the recovery region.
        untagged_image_days: days that an image without a tag stays in the registry.
        recovery_region_has_zones: whether what is copied there can be spread over zones.
        cool_after_days: age of a backup when it moves to the cool tier.
        cold_after_days: age when it moves to the cold tier.
        undelete_days: days that a deleted blob can be brought back.
        archive_days: days that exported backups are immutable.
        archive_locked: whether that can be taken back.
        delete_after_days: days after which archived backups go.
    """

    file_share_gib: int
    file_storage_sku: str
    backup_sku: str
    recovery_backup_sku: str
    untagged_image_days: int
    recovery_region_has_zones: bool
    cool_after_days: int
    cold_after_days: int
    undelete_days: int
    archive_days: int
    archive_locked: bool
    delete_after_days: int


@dataclass(frozen=True, kw_only=True)
class PoolPlan:
    """One node pool."""

    vm_size: str
    min_nodes: int
    max_nodes: int
    os_disk_gib: int
    max_pods: int
    zones: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class FreezePlan:
    """A span of days, both included, as ISO dates, in which nothing is upgraded."""

    start: str
    end: str


@dataclass(frozen=True, kw_only=True)
class ClusterPlan:
    """AKS.

    Args:
        kubernetes_version: minor version, such as `1.35`.
        sku_tier: `Standard` has the SLA, `Free` has none.
        pools: pool by name: `system`, `web`, `jobs`.
        labels: labels of Kubernetes objects: the tags, in the characters that labels have.
        maintenance_day: day of the week, `Sunday` ...
        maintenance_time: `03:00`, with `utc_offset`.
        maintenance_hours: length of the window.
        utc_offset: offset of the time zone in winter, `+01:00`.
        maintenance_start: first day of the schedules, ISO date.
        freezes: spans without upgrades, the close calendar.
    """

    kubernetes_version: str
    sku_tier: str
    pools: Mapping[str, PoolPlan]
    labels: Mapping[str, str]
    maintenance_day: str
    maintenance_time: str
    maintenance_hours: int
    utc_offset: str
    maintenance_start: str
    freezes: tuple[FreezePlan, ...]


@dataclass(frozen=True, kw_only=True)
class MonitoringPlan:
    """Logs and metrics.

    Args:
        log_retention_days: days that logs are kept in Log Analytics.
        flow_log_days: days that the raw flow logs are kept in storage.
        daily_cap_gib: amount of logs a day after which no more are taken in.
    """

    log_retention_days: int
    flow_log_days: int
    daily_cap_gib: float


@dataclass(frozen=True, kw_only=True)
class FoundationPlan:
    """What every environment has, whatever its topology.

    Args:
        topology: what it is made of, such as `dedicated-aks`; never `auto`.
        environment: its name.
        location: its region.
        recovery_region: the region of its recovery.
        zones: availability zones in use.
        tags: tags of every resource.
        password_expires_on: day the application passwords expire, ISO date, from the calendar's `plan_from`.
        reasons: why each number is what it is.
        warnings: what the user should know, e.g. a version near the end of its support.
    """

    topology: str
    environment: str
    location: str
    recovery_region: str
    zones: tuple[str, ...]
    names: Names
    tags: Mapping[str, str]
    network: NetworkPlan
    cache: CachePlan
    storage: StoragePlan
    monitoring: MonitoringPlan
    password_expires_on: str
    reasons: tuple[Reason, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ClusterFoundationPlan(FoundationPlan):
    """What every environment on a cluster has."""

    cluster: ClusterPlan


@dataclass(frozen=True, kw_only=True)
class EnvironmentPlan(FoundationPlan):
    """What one company's environment has, whatever Odoo runs on."""

    database: DatabasePlan
    odoo: OdooPlan
    ingress: IngressPlan


@dataclass(frozen=True, kw_only=True)
class Plan(ClusterFoundationPlan, EnvironmentPlan):
    """Everything that follows from the settings of an environment of its own on a cluster: `dedicated-aks`."""

    odoo: ClusterOdooPlan
