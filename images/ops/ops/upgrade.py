"""The steps of an upgrade around Odoo's own: what has to be done, a backup before it, and what its end means."""

from __future__ import annotations

import time

from ops.backup import backup, newest, prefix
from ops.cluster import Cluster
from ops.errors import OpsError
from ops.health import pending_modules, verify
from ops.pools import POLL_SECONDS, having_image, resume
from ops.release import applied_digest, ensure_journal, record_release
from ops.server import administrator
from ops.service_file import write_service_file
from ops.settings import Settings
from ops.store import BackupStore
from ops.tenant_database import ensure_monitoring

UPDATE = "update"
"""File in the work folder: there is something to do. Also the name of the container that does it."""
UPDATER = "click-odoo-update"
"""File in the work folder, made by a container of the Odoo image: the image has that program."""


def is_wanted(settings: Settings) -> bool:
    """Whether the database fits another image than the one that is being deployed."""
    return (settings.work / UPDATE).exists()


def plan(settings: Settings) -> str | None:
    """Finds out whether there is something to do, and refuses what could not be done.

    Returns:
        digest of the image that the database fits; None if nobody wrote one down.

    Raises:
        OpsError: there is, and the image cannot do it. Nothing has been touched.
    """
    with administrator(settings, settings.database) as server:
        applied = applied_digest(server)
    if applied != settings.digest:
        if not (settings.work / UPDATER).exists():
            raise OpsError(
                "this image cannot upgrade a database: it has no click-odoo-update. Install click-odoo-contrib in it"
                " (docs/reference/odoo-image.md). Nothing was changed; the old version goes on"
            )
        write_service_file(settings)
        (settings.work / UPDATE).touch()
    return applied


def back_up(settings: Settings, store: BackupStore) -> str:
    """Takes a backup, and returns its name.

    A database that an earlier attempt left half-way is worth less than what was kept before it: the backup of that
    attempt stays the one to go back to.
    """
    with administrator(settings, settings.database) as server:
        half_way = pending_modules(server.connection)
        kept = newest(store, prefix(settings, applied_digest(server)))
    return kept if half_way and kept else backup(settings, store)


def watch(settings: Settings, cluster: Cluster, pod: str, poll_seconds: float = POLL_SECONDS) -> None:
    """Waits for the container `update` to end, and concludes the upgrade.

    After a success the background pools stand still until their rollout wakes them; those that need none run again.
    After a failure all run again, with the old version.

    Raises:
        OpsError: the update failed, or left the database unhealthy.
    """
    try:
        while (code := cluster.exit_code(pod, UPDATE)) is None:
            time.sleep(poll_seconds)
        if code != 0:
            raise OpsError(f"click-odoo-update ended with {code}: see the log of the container `{UPDATE}`")
        conclude(settings)
    except BaseException:
        resume(cluster, settings.background_pools)
        raise
    resume(cluster, having_image(cluster, settings.background_pools, settings.digest))


def conclude(settings: Settings) -> None:
    """Makes sure that the database is healthy, and writes down the image that it fits now."""
    with administrator(settings, settings.database) as server:
        verify(server.connection)
        ensure_journal(server, settings)
        ensure_monitoring(server, settings)
        record_release(server, settings.digest)
