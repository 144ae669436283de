"""What the operations machine runs: the containers of bootstrap, release, backup and restore, one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from components.machines.containers import IDENTITY, OUTSIDE, Container, Limits, commanded, service
from components.machines.metrics import metrics_service
from components.machines.model import OperationsMachine
from components.machines.paths import ODOO_SECRETS, OPERATIONS_SECRETS, WORK_DIRECTORY
from components.machines.pools import GATE, odoo_container
from components.odoo.pool import Pool
from components.odoo.preflight import preflight_command
from components.odoo.process import CONFIG_PATH, SERVICE_PATH
from components.odoo.settings import OdooSettings
from components.odoo.update import COPY_SUFFIX, UPDATE_OPTIONS, update_command
from components.tenant.job_places import BASE_MODULE, LOGIN_PATH, PASSWORDS_PATH, WORK_PATH
from components.tenant.operations import OPS_USER_ID
from components.tenant.pods import BACKGROUND, GROUP_ID

USER: Final = f"{OPS_USER_ID}:{OPS_USER_ID}"
BOOTSTRAP: Final = "bootstrap"
RESTORE: Final = "restore"
BACKUP: Final = "backup"
RESUME: Final = "resume"
COPY: Final = ("copy", "preflight", "prepare-copy", "update-copy", "conclude-copy", "promote")
"""The containers that make the database a copy of another environment's, before a release."""
RELEASE: Final = ("preflight", "prepare", "quiesce", "update", "conclude")
"""The containers of a release, in their order: those of Odoo's image are `preflight` and `update`."""
PROFILE: Final = "operations"
"""Compose's profile of what systemd starts, each at its time."""

# A dump is streamed in blocks of 32 MiB; pg_dump and pg_restore themselves take little.
_LIMITS = Limits(memory_mib=512, cpus=1.0, cpu_shares=256, processes=64)
_PRIVATE = "/tmp"  # noqa: S108 the container's own
_SESSIONS = "ODOO_SESSION_REDIS"


def operations_services(machine: OperationsMachine, settings: OdooSettings) -> dict[str, dict[str, Any]]:
    """All services, by name.

    Args:
        machine: the machine.
        settings: Odoo's, as they are on this machine.
    """
    modules = (BASE_MODULE, *(name for name in machine.modules if name != BASE_MODULE))
    preflight = preflight_command(CONFIG_PATH, WORK_PATH, modules)
    update = (
        *("python3", GATE, "--hold", "--port", str(settings.direct_port), "--"),
        *update_command(CONFIG_PATH, WORK_PATH),
    )
    return {
        "metrics": metrics_service(machine.images, networks=(IDENTITY,)),
        BOOTSTRAP: _as_administrator(machine, BOOTSTRAP),
        **({RESTORE: _as_administrator(machine, RESTORE, machine.restore)} if machine.restore else {}),
        "preflight": _odoo(machine, settings, "preflight", preflight),
        "update": _odoo(machine, settings, "update", update),
        **{name: _as_tenant(machine, modules, name) for name in ("prepare", "quiesce", "conclude", BACKUP, RESUME)},
        **(_copy_services(machine, settings, modules, update) if machine.copy else {}),
    }


def _copy_services(
    machine: OperationsMachine, settings: OdooSettings, modules: tuple[str, ...], update: tuple[str, ...]
) -> dict[str, dict[str, Any]]:
    """What only a copy needs; those between the first and the last know it for their database."""
    name = f"{settings.database_name}{COPY_SUFFIX}"
    beside = replace(machine, odoo=replace(machine.odoo, database_name=name))
    return {
        **{command: _as_administrator(machine, command, machine.copy or "") for command in ("copy", "promote")},
        **{command: _as_tenant(beside, modules, command) for command in ("prepare-copy", "conclude-copy")},
        "update-copy": _odoo(beside, replace(settings, database_name=name), "update", update),
    }


def administrator_environment(machine: OperationsMachine) -> dict[str, str]:
    """What commands are told that log in as the database administrator (images/ops/ops/settings.py).

    Args:
        machine: the machine.
    """
    return {
        **_environment(machine),
        "AZURE_CLIENT_ID": machine.administration_identity,
        "OPS_ADMINISTRATOR": machine.administrator_login,
        "OPS_SECRETS": PASSWORDS_PATH,
        "OPS_GENERATION": str(machine.generation),
        "OPS_CONNECTION_LIMIT": str(machine.connection_limit),
        "OPS_DATABASE_CONNECTION_LIMIT": str(machine.database_connection_limit),
    }


def tenant_environment(machine: OperationsMachine, modules: tuple[str, ...]) -> dict[str, str]:
    """What commands are told that log in as Odoo does.

    Args:
        machine: the machine.
        modules: modules that shall be installed.
    """
    return {
        **_environment(machine),
        "AZURE_CLIENT_ID": machine.operations_identity,
        "OPS_SERVICE_FILE": SERVICE_PATH,
        "OPS_WORK": WORK_PATH,
        "OPS_MODULES": ",".join(modules),
    }


def _environment(machine: OperationsMachine) -> dict[str, str]:
    odoo = machine.odoo
    return {
        "PGHOST": odoo.database_host,
        "PGPORT": str(odoo.direct_port),
        "PGSSLMODE": "verify-full",
        "PGSSLROOTCERT": "system",
        "OPS_RUNTIME": "machines",
        "OPS_PRIVATE": _PRIVATE,
        "OPS_TENANT": odoo.tenant,
        "OPS_DATABASE": odoo.database_name,
        "OPS_OWNER": machine.owner,
        "OPS_IMAGE_DIGEST": machine.images.odoo_digest,
        "OPS_BACKUP_URL": machine.backup_account_url,
        "OPS_BACKUP_CONTAINER": machine.backup_container,
        "OPS_PAUSED_POOLS": ",".join(pool.value for pool in BACKGROUND if pool in odoo.pools),
    }


def _as_administrator(machine: OperationsMachine, command: str, *arguments: str) -> dict[str, Any]:
    secrets = {OPERATIONS_SECRETS: PASSWORDS_PATH}
    return _operation(machine, command, arguments, secrets, {}, administrator_environment(machine))


def _as_tenant(machine: OperationsMachine, modules: tuple[str, ...], command: str) -> dict[str, Any]:
    secrets, work = {ODOO_SECRETS: LOGIN_PATH}, {WORK_DIRECTORY: WORK_PATH}
    return _operation(machine, command, (), secrets, work, tenant_environment(machine, modules))


def _operation(
    machine: OperationsMachine,
    command: str,
    arguments: tuple[str, ...],
    secrets: Mapping[str, str],
    work: Mapping[str, str],
    environment: Mapping[str, str],
) -> dict[str, Any]:
    container = Container(
        name=command,
        image=machine.images.operations,
        user=USER,
        limits=_LIMITS,
        networks=(IDENTITY,),
        mounts=secrets,
        writable=work,
        # Passwords stay in memory.
        tmpfs={_PRIVATE: f"mode=0700,uid={OPS_USER_ID},gid={OPS_USER_ID},size=16m"},
        environment=environment,
    )
    # The group that the containers of both images share.
    return service(
        container, command=commanded(command, *arguments), group_add=[str(GROUP_ID)], profiles=[PROFILE], restart="no"
    )


def _odoo(machine: OperationsMachine, settings: OdooSettings, name: str, command: tuple[str, ...]) -> dict[str, Any]:
    """A container of Odoo's image, configured as pool cron: past PgBouncer.

    Its modules are not ours: it gets tokens only where its attachments are blobs.
    """
    like = odoo_container(name, Pool.CRON, settings, machine.images)
    variables = {key: value for key, value in like.environment.items() if not key.startswith(_SESSIONS)}
    container = replace(
        like,
        networks=(IDENTITY,) if settings.attachments == "blob" else (OUTSIDE,),
        writable={**like.writable, WORK_DIRECTORY: WORK_PATH},
        environment={**variables, "PGOPTIONS": UPDATE_OPTIONS, "DATABASE": settings.database_name},
    )
    return service(container, entrypoint=commanded(*command), profiles=[PROFILE], restart="no")
