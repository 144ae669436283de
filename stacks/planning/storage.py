"""Session cache, file store, backups, logs."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Protocol

from stacks.planning.ledger import Ledger
from stacks.planning.plan import CachePlan, MonitoringPlan, StoragePlan
from stacks.planning.regions import Region
from stacks.planning.sizes import BALANCED_CACHES, CACHE_REGIONS_TO_CHECK
from stacks.scalars import Attachments
from stacks.sections import Recovery, Workload

if TYPE_CHECKING:
    from stacks.settings import PlatformSettings

# Our own estimates of Odoo: a session is a few tens of KiB, and lives a week after its last use.
SESSION_KIB = 32
SESSIONS_PER_USER = 8
KIB_PER_GIB = 1024 * 1024
MIN_SHARE_GIB = 100  # learn.microsoft.com azure/storage/files/understanding-billing: the smallest provisioned share
SHARE_STEP_GIB = 32
ATTACHMENT_GROWTH = 1.5
GROWTH_YEARS = 2
SESSIONS_AND_TEMPORARY_GIB = 16
DAYS_A_YEAR = 366
DELETE_AFTER_ARCHIVE_DAYS = 30
# Our own estimates: what a node's audit and system logs, and a user's requests, add a day.
LOG_GIB_PER_NODE = 0.3
LOG_GIB_PER_USER = 0.005
LOG_CAP_FACTOR = 2
# Of retention (learn.microsoft.com azure/network-watcher/vnet-flow-logs-manage), and of the account's soft delete.
MAX_FLOW_LOG_DAYS = 365
UNTAGGED_IMAGE_DAYS = 60
COOL_AFTER_DAYS = 30
COLD_AFTER_DAYS = 100
UNDELETE_DAYS = 35

_CACHE = "learn.microsoft.com azure/redis/overview"
_TIERS = "learn.microsoft.com azure/storage/blobs/access-tiers-overview"
_SHARES = "learn.microsoft.com azure/storage/files/understanding-billing"
_REDUNDANCY = "learn.microsoft.com azure/storage/common/storage-redundancy"


class KeepsAttachments(Protocol):
    """What says where attachments are kept."""

    @property
    def attachments(self) -> Attachments:
        """Where."""


class KeepsLogs(Protocol):
    """What says how long logs are kept."""

    @property
    def log_retention_days(self) -> int:
        """Days."""


def sessions_gib(peak_users: int) -> float:
    """Memory that so many users' sessions take, in GiB."""
    return peak_users * SESSIONS_PER_USER * SESSION_KIB / KIB_PER_GIB


def plan_cache(peak_users: int, location: Region, ledger: Ledger, *, production: bool, clients: int = 0) -> CachePlan:
    """The smallest cache that holds the sessions of the close.

    Args:
        peak_users: users at the close.
        location: its region.
        ledger: takes the reasons.
        production: whether it has a standby.
        clients: connections that it must take.
    """
    needed_gib = sessions_gib(peak_users)
    sizes = BALANCED_CACHES[1:] if production else BALANCED_CACHES
    size = next((size for size in sizes if size.usable_gib >= needed_gib and size.clients >= clients), sizes[-1])
    if location.name in CACHE_REGIONS_TO_CHECK:
        ledger.warn(
            f"Check that Azure Managed Redis is offered in {location.display_name}: its list lacked it ({_CACHE})."
        )
    return CachePlan(
        sku_name=ledger.decide(
            "cache.sku_name",
            size.sku_name,
            f"{peak_users} users at the close, {SESSIONS_PER_USER} sessions of {SESSION_KIB} KiB each: "
            f"{needed_gib:.2f} of {size.usable_gib:.1f} GiB.",
            _CACHE,
        ),
        high_availability=ledger.decide(
            "cache.high_availability",
            production,
            "Production: a lost cache signs everybody out."
            if production
            else "Not production: a lost cache signs testers out.",
            _CACHE,
        ),
    )


def _redundancy(subject: str, kind: str, region: Region, ledger: Ledger, *, production: bool) -> str:
    """`Premium` or `Standard` kind of storage, over the region's zones where it has them and it is production."""
    if not production:
        return ledger.decide(subject, f"{kind}_LRS", "Not production: three copies in one data centre do.", _REDUNDANCY)
    if region.has_zones:
        return ledger.decide(
            subject, f"{kind}_ZRS", "Production: survives the loss of a zone, without an interruption.", _REDUNDANCY
        )
    because = f"{region.display_name} has no availability zones."
    return ledger.decide(subject, f"{kind}_LRS", because, _REDUNDANCY)


def platform_archive_years(settings: PlatformSettings) -> int:
    """Years that exported backups of all tenants are kept: their account has one period, the longest promise's."""
    promised = (promise.archive_years for promise in settings.platform.recovery_classes.values())
    return max(settings.recovery.archive_years, *promised, 0)


def archive_days_of(archive_years: int) -> int:
    """Days that exported backups are immutable: of the years after the end of the one that they are from."""
    return (archive_years + 1) * DAYS_A_YEAR


def share_gib(workload: Workload, odoo: KeepsAttachments, ledger: Ledger) -> int:
    """Size of the file share of an environment of its own."""
    if odoo.attachments is Attachments.BLOB:
        return smallest_share(ledger)
    half_as_much_again = workload.attachments_gib * ATTACHMENT_GROWTH
    grown = workload.attachments_gib + GROWTH_YEARS * workload.attachments_growth_gib_per_year
    wanted = max(half_as_much_again, grown) + SESSIONS_AND_TEMPORARY_GIB
    growth = f"{GROWTH_YEARS} years' growth" if grown > half_as_much_again else "half as much again to grow"
    size_gib = max(ceil(wanted / SHARE_STEP_GIB) * SHARE_STEP_GIB, MIN_SHARE_GIB)
    because = (
        f"{workload.attachments_gib} GiB of attachments, {growth}, {SESSIONS_AND_TEMPORARY_GIB} GiB "
        f"for sessions and temporary files; {3000 + size_gib} operations a second come with it."
    )
    return ledger.decide("storage.file_share_gib", size_gib, because, _SHARES)


def smallest_share(ledger: Ledger) -> int:
    """Size of a file share without attachments."""
    because = "Attachments are in blobs; the share holds sessions and temporary files: the smallest."
    return ledger.decide("storage.file_share_gib", MIN_SHARE_GIB, because, _SHARES)


def local_sku(region: Region, ledger: Ledger, *, production: bool) -> str:
    """Redundancy of backups that are copied to the recovery region one by one."""
    return _redundancy("storage.backup_sku", "Standard", region, ledger, production=production)


def paired_sku(region: Region, ledger: Ledger, *, production: bool) -> str:
    """Redundancy of backups that Azure itself copies to the pair of the region, where they can be read."""
    if not production:
        return local_sku(region, ledger, production=production)
    because = "Production: a copy of everything in the paired region, and nothing to set up for each tenant; "
    because += "over the zones here." if region.has_zones else f"{region.display_name} has no availability zones."
    return ledger.decide(
        "storage.backup_sku", "Standard_RAGZRS" if region.has_zones else "Standard_RAGRS", because, _REDUNDANCY
    )


def plan_storage(
    file_share_gib: int,
    backup_sku: str,
    recovery: Recovery,
    regions: tuple[Region, Region],
    ledger: Ledger,
    *,
    production: bool,
) -> StoragePlan:
    """File store and backups; `regions` are the environment's and that of its recovery."""
    here, there = regions
    archive_days = archive_days_of(recovery.archive_years)
    return StoragePlan(
        file_share_gib=file_share_gib,
        file_storage_sku=_redundancy("storage.file_storage_sku", "Premium", here, ledger, production=production),
        backup_sku=backup_sku,
        recovery_backup_sku=_redundancy(
            "storage.recovery_backup_sku", "Standard", there, ledger, production=production
        ),
        untagged_image_days=ledger.decide(
            "storage.untagged_image_days",
            UNTAGGED_IMAGE_DAYS,
            "Images are used by digest: one that lost its tag may still run until the release after the next.",
            "learn.microsoft.com azure/container-registry/container-registry-retention-policy",
        ),
        recovery_region_has_zones=ledger.decide(
            "storage.recovery_region_has_zones", there.has_zones, f"{there.display_name}.", _REDUNDANCY
        ),
        cool_after_days=ledger.decide(
            "storage.cool_after_days", COOL_AFTER_DAYS, "Restores ask for the last month.", _TIERS
        ),
        cold_after_days=ledger.decide(
            "storage.cold_after_days", COLD_AFTER_DAYS, "After a quarter has closed only auditors ask.", _TIERS
        ),
        undelete_days=ledger.decide(
            "storage.undelete_days", UNDELETE_DAYS, "A wrong deletion is seen at the next close at the latest.", _TIERS
        ),
        archive_days=ledger.decide(
            "storage.archive_days",
            archive_days,
            f"{recovery.archive_years} years (recovery.archive_years, or a longer recovery class) after the end of the "
            "year an export is from.",
            "learn.microsoft.com azure/storage/blobs/immutable-storage-overview",
        ),
        archive_locked=ledger.decide(
            "storage.archive_locked",
            recovery.lock_archive,
            "Given: recovery.lock_archive; a lock can never be taken back.",
        ),
        delete_after_days=ledger.decide(
            "storage.delete_after_days",
            archive_days + DELETE_AFTER_ARCHIVE_DAYS,
            f"{DELETE_AFTER_ARCHIVE_DAYS} days after immutability ends: deleting earlier fails.",
            "learn.microsoft.com azure/storage/blobs/lifecycle-management-overview",
        ),
    )


def plan_monitoring(peak_users: int, nodes: int, cost: KeepsLogs, ledger: Ledger) -> MonitoringPlan:
    """How long logs are kept, and the daily amount that only a fault exceeds.

    Args:
        peak_users: users at the close.
        nodes: nodes at the most.
        cost: what is given.
        ledger: takes the reasons.
    """
    usual_gib = nodes * LOG_GIB_PER_NODE + peak_users * LOG_GIB_PER_USER
    return MonitoringPlan(
        log_retention_days=ledger.decide(
            "monitoring.log_retention_days",
            cost.log_retention_days,
            "Given: cost.log_retention_days.",
            "learn.microsoft.com azure/azure-monitor/logs/data-retention-configure",
        ),
        flow_log_days=ledger.decide(
            "monitoring.flow_log_days",
            min(cost.log_retention_days, MAX_FLOW_LOG_DAYS),
            f"As long as other logs, {MAX_FLOW_LOG_DAYS} days at most: what they say is in the workspace too.",
            "learn.microsoft.com azure/network-watcher/vnet-flow-logs-manage",
        ),
        daily_cap_gib=ledger.decide(
            "monitoring.daily_cap_gib",
            float(ceil(usual_gib * LOG_CAP_FACTOR)),
            f"Twice what {nodes} nodes and {peak_users} users write on the busiest day, {usual_gib:.1f} GiB: only "
            "a fault reaches it.",
            "learn.microsoft.com azure/azure-monitor/logs/daily-cap",
        ),
    )
