"""`ops backup`: the database as it is at one moment, with what is needed to trust it later."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, LiteralString

import psycopg
from psycopg import IsolationLevel

from ops.dump import dump
from ops.errors import OpsError
from ops.figures import figures
from ops.health import base_version, pending_modules
from ops.release import applied_digest
from ops.server import Server, tenant_conninfo
from ops.settings import Settings, TenantSettings
from ops.store import BackupStore

MANIFEST = ".json"
DIGEST_CHARACTERS = 12


def short(digest: str | None) -> str:
    """First characters of an image's digest, as the Jobs are named after them; `unknown` for None."""
    return "unknown" if digest is None else digest.removeprefix("sha256:")[:DIGEST_CHARACTERS]


def backup(settings: TenantSettings, store: BackupStore, now: datetime | None = None) -> str:
    """Dumps the tenant's database into the store, as the tenant itself, and returns the backup's name.

    All that Odoo makes belongs to the role that it acts as; what belongs to others ends the dump.

    A backup is its dump and, written last, a manifest beside it: hash, size, versions, and figures from the very
    snapshot that the dump was taken of. Without a manifest it is none.

    The name is `<tenant>/<from>-<to>/<time>.dump`: the digests of the image that the database fits, and of the one that
    is being deployed.
    """
    moment = (now or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
    conninfo = tenant_conninfo(settings)
    with psycopg.connect(conninfo) as connection:
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        snapshot = _value(connection, "SELECT pg_export_snapshot()")
        applied = applied_digest(Server(connection, []))
        name = f"{prefix(settings, applied)}{moment}.dump"
        with dump(conninfo, snapshot) as stream:
            store.write(name, stream)
        manifest = {
            "backup": name,
            "database": settings.database,
            "taken_at": moment,
            "sha256": stream.sha256,
            "bytes": stream.bytes,
            "postgresql": _value(connection, "SHOW server_version"),
            "image_digest": applied,
            "odoo": base_version(connection),
            "pending_modules": pending_modules(connection),
            "figures": figures(connection),
        }
    store.write_json(name + MANIFEST, manifest)
    return name


def prefix(settings: Settings, applied: str | None) -> str:
    """How the names of all backups of one upgrade begin."""
    return f"{settings.tenant}/{short(applied)}-{short(settings.digest)}/"


def newest(store: BackupStore, name_prefix: str) -> str | None:
    """The newest complete backup whose name begins so; None if there is none."""
    manifests = [name for name in store.names(name_prefix) if name.endswith(MANIFEST)]
    return manifests[-1].removesuffix(MANIFEST) if manifests else None


def manifest_of(store: BackupStore, name: str) -> dict[str, Any]:
    """What was written down of a backup; OpsError if there is no such backup, or if it never was completed."""
    try:
        return store.read_json(name + MANIFEST)
    except OpsError as error:
        raise OpsError(f"{error}: either there is no backup {name}, or it was not completed") from error


def _value(connection: psycopg.Connection[tuple[Any, ...]], query: LiteralString) -> str:
    return str((connection.execute(query).fetchone() or (None,))[0])
