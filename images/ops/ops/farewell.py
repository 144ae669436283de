"""`ops farewell`: the last backup of a tenant that is being suspended."""

from __future__ import annotations

from ops.backup import backup
from ops.runtime import Runtime
from ops.settings import TenantSettings
from ops.store import BackupStore


def farewell(settings: TenantSettings, runtime: Runtime, store: BackupStore) -> str:
    """Stops all pools, so that nothing is posted any more, takes a backup, and returns its name.

    The pools are taken away by the deployment that follows. If there is no backup, all of them run again.
    """
    runtime.quiesce(settings.paused_pools)
    try:
        return backup(settings, store)
    except BaseException:
        runtime.resume(settings.paused_pools)
        raise
