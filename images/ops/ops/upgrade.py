"""The steps around Odoo's own in a Job of the tenant: what has to be done, a backup before it, what its end means."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass

from ops.backup import backup, newest, prefix
from ops.copies import refuse_live, wants_neutralisation
from ops.errors import OpsError
from ops.health import pending_modules, verify
from ops.pools import POLL_SECONDS
from ops.release import applied_digest, ensure_journal, record_release
from ops.runtime import KubernetesRuntime, Runtime
from ops.server import as_tenant
from ops.settings import TenantSettings
from ops.store import BackupStore
from ops.tenant_database import BASE, ensure_monitoring, installed_modules

UPDATE = "update"
"""File in the work folder: modules are to be updated. Also the name of the container that works on the database."""
INSTALL = "install"
"""File in the work folder with the modules to install, with commas between them."""
NEUTRALIZE = "neutralize"
"""File in the work folder: the database is a copy of another environment's, which Odoo must neutralise."""
UPDATER = "click-odoo-update"
"""File in the work folder, made by a container of the Odoo image: the image has that program."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a database needs to fit an image.

    Args:
        applied: digest of the image that it fits; None if nobody wrote one down.
        initialised: whether Odoo is in it.
        install: modules to install; for a database without Odoo, Odoo's own base among them.
        update: whether installed modules must be brought to the image's version.
        neutralize: whether it is a copy of another environment's that must not act for it.
    """

    applied: str | None
    initialised: bool
    install: tuple[str, ...]
    update: bool
    neutralize: bool

    def __str__(self) -> str:
        steps = [
            *(["update of the installed modules"] if self.update else []),
            *([f"installation of {', '.join(self.install)}"] if self.install else []),
            *(["neutralisation of the copy"] if self.neutralize else []),
        ]
        return " and ".join(steps)


def is_wanted(settings: TenantSettings) -> bool:
    """Whether there is something to do, as `plan` found out."""
    return any((settings.work / name).exists() for name in (UPDATE, INSTALL, NEUTRALIZE))


def plan(settings: TenantSettings) -> Plan:
    """Finds out what there is to do, refuses what could not be done, and tells the container of Odoo.

    The image that is about to initialise a database is written down already: should the Job stop half-way, the next one
    goes on with what is missing.

    Raises:
        OpsError: modules must be updated, and the image cannot do it. Nothing has been touched.
    """
    with as_tenant(settings) as server:
        installed, applied = installed_modules(server), applied_digest(server)
        neutralize = wants_neutralisation(server)
        if BASE not in installed:
            ensure_journal(server, settings)
            record_release(server, settings.digest)
    found = Plan(
        applied=applied,
        initialised=BASE in installed,
        install=_to_install(settings, installed),
        update=BASE in installed and applied != settings.digest,
        neutralize=neutralize,
    )
    for name in (UPDATE, INSTALL, NEUTRALIZE):
        # On machines, the release of the database comes after that of a copy, in the same folder.
        (settings.work / name).unlink(missing_ok=True)
    if found.update:
        if not (settings.work / UPDATER).exists():
            raise OpsError(
                "this image cannot upgrade a database: it has no click-odoo-update. Install click-odoo-contrib in it"
                " (docs/reference/odoo-image.md). Nothing was changed; the old version goes on"
            )
        (settings.work / UPDATE).touch()
    if found.install:
        (settings.work / INSTALL).write_text(",".join(found.install), encoding="utf-8")
    if found.neutralize:
        (settings.work / NEUTRALIZE).touch()
    return found


def _to_install(settings: TenantSettings, installed: Collection[str]) -> tuple[str, ...]:
    return tuple(module for module in settings.modules if module not in installed)


def back_up(settings: TenantSettings, store: BackupStore) -> str:
    """Takes a backup, and returns its name.

    A database that an earlier attempt left half-way is worth less than what was kept before it: the backup of that
    attempt stays the one to go back to.
    """
    with as_tenant(settings) as server:
        half_way = pending_modules(server.connection)
        kept = newest(store, prefix(settings, applied_digest(server)))
    return kept if half_way and kept else backup(settings, store)


def watch(settings: TenantSettings, runtime: KubernetesRuntime, pod: str, poll_seconds: float = POLL_SECONDS) -> None:
    """Waits for the container `update` of the Job's pod to end, and ends the upgrade as `finish` does.

    Raises:
        OpsError: the update failed, or left the database unhealthy. All pools run again, with the old version.
    """
    try:
        while (code := runtime.cluster.exit_code(pod, UPDATE)) is None:
            time.sleep(poll_seconds)
        if code != 0:
            raise OpsError(f"Odoo ended with {code}: see the log of the container `{UPDATE}`")
    except BaseException:
        runtime.resume(settings.paused_pools)
        raise
    finish(settings, runtime)


def finish(settings: TenantSettings, runtime: Runtime) -> None:
    """Concludes an update that has ended well.

    After a success the background pools stand still until their rollout wakes them; those that need none run again.
    After a failure all run again, with the old version.

    Raises:
        OpsError: the update left the database unhealthy.
    """
    try:
        conclude(settings)
    except BaseException:
        runtime.resume(settings.paused_pools)
        raise
    runtime.resume(runtime.having_image(settings.paused_pools, settings.digest))


def conclude(settings: TenantSettings) -> None:
    """Makes sure that the database is as it shall be, lets the monitor read new tables, and writes the image down."""
    with as_tenant(settings) as server:
        if missing := _to_install(settings, installed_modules(server)):
            raise OpsError(f"Odoo did not install {', '.join(missing)}: see the log of the container `{UPDATE}`")
        verify(server.connection)
        if (settings.work / NEUTRALIZE).exists():
            refuse_live(server.connection)
        ensure_journal(server, settings)
        ensure_monitoring(server, settings)
        record_release(server, settings.digest)
