"""What keeps the database: against the loss of a server, of a zone, of a region, or of the data itself."""

from __future__ import annotations

from dataclasses import dataclass

from stacks.planning.ledger import Ledger
from stacks.planning.regions import Region
from stacks.sections import Recovery

# learn.microsoft.com azure/postgresql/flexible-server/concepts-business-continuity: a restore to a point in time loses
# up to 5 minutes and takes up to 12 hours, a geo-restore loses up to an hour; failing over or promoting takes minutes.
RESTORE_LOSS_MINUTES = 5
RESTORE_MINUTES = 720
GEO_RESTORE_LOSS_MINUTES = 60
# Azure restarts a server elsewhere when its machine is lost: our own judgement of how long that can take.
RESTART_MINUTES = 120
# From here on, reports and exports at the close deserve a server of their own.
REPLICA_FROM_USERS = 300

_CONTINUITY = "learn.microsoft.com azure/postgresql/flexible-server/concepts-business-continuity"
_BACKUP = "learn.microsoft.com azure/postgresql/flexible-server/concepts-backup-restore"


@dataclass(frozen=True, kw_only=True)
class Protection:
    """How the database is kept; the fields are those of `DatabasePlan`."""

    high_availability: str
    read_replica: bool
    geo_redundant_backup: bool


def plan_protection(
    recovery: Recovery, location: Region, peak_users: int, ledger: Ledger, *, production: bool
) -> Protection:
    """Availability, replica and geo-redundant backups that the recovery objectives ask for."""
    _check(recovery, location, ledger, production=production)
    protection = Protection(
        high_availability=_high_availability(recovery, location, ledger, production=production),
        read_replica=_read_replica(recovery, peak_users, ledger, production=production),
        geo_redundant_backup=_geo_redundant_backup(location, ledger, production=production),
    )
    ledger.decide(
        "database.backup_retention_days",
        recovery.backup_retention_days,
        "Given: recovery.backup_retention_days; a restore to any moment of these days.",
        _BACKUP,
    )
    if production:
        _warn_of_restores(recovery, ledger, geo=protection.geo_redundant_backup)
    return protection


def _check(recovery: Recovery, location: Region, ledger: Ledger, *, production: bool) -> None:
    if recovery.rpo_minutes < RESTORE_LOSS_MINUTES:
        ledger.refuse(
            "recovery.rpo_minutes",
            recovery.rpo_minutes,
            f"{RESTORE_LOSS_MINUTES} or more: a failover loses nothing, but a restore after a mistake loses "
            f"up to {RESTORE_LOSS_MINUTES} minutes",
            f"set it to {RESTORE_LOSS_MINUTES}",
        )
    if production and location.pair is not None and recovery.region != location.pair:
        ledger.refuse(
            "recovery.region",
            recovery.region,
            f"{location.pair}, the pair of {location.name}: geo-redundant backups and their key go nowhere else",
            f"set it to {location.pair}, and allow that in governance.allowed_regions",
        )


def _high_availability(recovery: Recovery, location: Region, ledger: Ledger, *, production: bool) -> str:
    subject = "database.high_availability"
    if production and location.has_zones:
        because = "Production: a standby in another zone takes over in about two minutes and loses nothing."
        return ledger.decide(subject, "ZoneRedundant", because, _CONTINUITY)
    if production:
        ledger.warn(f"{location.display_name} has no availability zones: the loss of its data centre is an outage.")
        because = f"Production, but {location.display_name} has no zones: the standby is in the same data centre."
        return ledger.decide(subject, "SameZone", because, _CONTINUITY)
    if recovery.rto_minutes < RESTART_MINUTES:
        because = f"Back within {recovery.rto_minutes} minutes needs a standby; not production, so in the same zone."
        return ledger.decide(subject, "SameZone", because, _CONTINUITY)
    because = (
        f"Not production, and {recovery.rto_minutes} minutes are enough for Azure to restart the server elsewhere."
    )
    return ledger.decide(subject, "Disabled", because, _CONTINUITY)


def _read_replica(recovery: Recovery, peak_users: int, ledger: Ledger, *, production: bool) -> bool:
    subject = "database.read_replica"
    if not production:
        return ledger.decide(subject, False, "Only production has one.")
    if recovery.rto_minutes < RESTORE_MINUTES:
        because = (
            f"Back within {recovery.rto_minutes} minutes: promoting a replica takes minutes, a restore up to "
            f"{RESTORE_MINUTES // 60} hours."
        )
        return ledger.decide(subject, True, because, _CONTINUITY)
    if peak_users >= REPLICA_FROM_USERS:
        because = f"Reports of {peak_users} users at the close are kept away from those who post."
        return ledger.decide(subject, True, because)
    because = f"{recovery.rto_minutes} minutes are enough for a restore, and {peak_users} users need no second server."
    return ledger.decide(subject, False, because, _CONTINUITY)


def _geo_redundant_backup(location: Region, ledger: Ledger, *, production: bool) -> bool:
    subject = "database.geo_redundant_backup"
    if not production:
        return ledger.decide(subject, False, "Not production: it can be made again from production's backups.", _BACKUP)
    if location.pair is None:
        because = f"{location.display_name} has no paired region; exported backups are copied to the recovery region."
        return ledger.decide(subject, False, because, _BACKUP)
    because = f"Production: backups survive the loss of {location.display_name}. Cannot be turned on later."
    return ledger.decide(subject, True, because, _BACKUP)


def _warn_of_restores(recovery: Recovery, ledger: Ledger, *, geo: bool) -> None:
    if not geo:
        ledger.warn(
            "After the loss of the whole region only exported backups are left: expect to lose what was entered since "
            "the last export, whatever recovery.rpo_minutes says."
        )
    elif recovery.rpo_minutes < GEO_RESTORE_LOSS_MINUTES or recovery.rto_minutes < RESTORE_MINUTES:
        ledger.warn(
            f"recovery.rpo_minutes and rto_minutes ({recovery.rpo_minutes} and {recovery.rto_minutes}) hold for the "
            f"loss of a server or a zone. A restore after a mistake loses up to {RESTORE_LOSS_MINUTES} minutes, a "
            f"geo-restore after the loss of the region up to {GEO_RESTORE_LOSS_MINUTES}; either takes up to "
            f"{RESTORE_MINUTES // 60} hours."
        )
