"""Odoo on virtual machines, wired: what the machines of each set run, from the settings, the plan and Azure's names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pulumi

from components.ingress.middlewares import TenantLimits
from components.machines.cloud_init import app_cloud_init, operations_cloud_init
from components.machines.model import AppMachine, FileShare, Images, MachineSecret, MetricsTarget, OperationsMachine
from components.odoo.pool import Pool
from components.odoo.settings import OdooSettings
from components.tenant.secrets import role_in_use
from stacks.data_services import ARCHIVE, DATABASE_ADMINISTRATOR, ODOO
from stacks.environment_base import EnvironmentBase
from stacks.machine_sections import Machines
from stacks.planning.plan_machines import MachinePlan
from stacks.running import pool_size
from stacks.scalars import Attachments, Sessions
from stacks.settings import Settings
from stacks.vaults import ADMINISTRATOR_PASSWORD, BLUE_PASSWORD, GREEN_PASSWORD, MONITOR_PASSWORD, SESSION_KEY

BASE_MODULE = "base"


@dataclass(frozen=True, kw_only=True)
class MachinesSource:
    """What the machines' cloud-init is made from.

    Args:
        settings: the settings.
        plan: the plan.
        base: what Odoo stands on.
    """

    settings: Settings
    plan: MachinePlan
    base: EnvironmentBase


def machine_settings(settings: Settings) -> Machines:
    """The section of the machines.

    Raises:
        ValueError: it is missing, which the settings' own rules let nobody deploy with.
    """
    if settings.machines is None:
        raise ValueError("virtual machines need the section odoo-azure:machines")
    return settings.machines


def app_data(source: MachinesSource) -> pulumi.Output[str]:
    """Cloud-init of the machines that answer people."""
    return _rendered(source, _app_machine, app_cloud_init)


def operations_data(source: MachinesSource) -> pulumi.Output[str]:
    """Cloud-init of the machine that prepares the database and looks after it."""
    return _rendered(source, _operations_machine, operations_cloud_init)


def _rendered(
    source: MachinesSource,
    machine: Callable[[MachinesSource, dict[str, Any]], Any],
    render: Callable[[Any], str],
) -> pulumi.Output[str]:
    return pulumi.Output.all(**_azure_names(source)).apply(lambda names: render(machine(source, names)))


def _azure_names(source: MachinesSource) -> dict[str, pulumi.Input[str]]:
    """What Azure names, once it is there."""
    base, services = source.base, source.base.services
    return {
        "registry": services.registry.login_server,
        "database_host": services.database.writer_host,
        "reader_host": services.database.reader_host,
        "cache_host": services.cache.host_name,
        "blob_account_url": services.attachments.account_url if services.attachments else "",
        "files_account": services.files.account_name,
        "files_share": services.files.share_name,
        "backup_account_url": services.backups.blob_endpoint,
        "secret_vault_uri": base.vaults.secrets.vault_uri,
        "certificate_vault_uri": base.vaults.certificates.vault_uri,
        "odoo": base.identities.odoo.client_id,
        "operations": base.identities.operations.client_id,
        "administration": base.identities.administration.client_id,
        "ingress": base.identities.ingress.client_id,
        "remote_write_url": base.monitoring.metrics_write_url,
    }


def _app_machine(source: MachinesSource, names: dict[str, Any]) -> AppMachine:
    settings, limits = source.settings, source.settings.ingress.limits
    generation = settings.odoo.password_generation
    secrets = names["secret_vault_uri"]
    return AppMachine(
        odoo=_odoo_settings(source, names),
        images=_images(source, names),
        login=role_in_use(ODOO, generation),
        password=MachineSecret(vault_uri=secrets, name=_login_password(generation), identity=names["odoo"]),
        session_key=(
            MachineSecret(vault_uri=secrets, name=SESSION_KEY, identity=names["odoo"])
            if settings.odoo.sessions is Sessions.REDIS
            else None
        ),
        odoo_identity=names["odoo"],
        hostname=settings.odoo.hostname,
        certificate=MachineSecret(
            vault_uri=names["certificate_vault_uri"], name=settings.ingress.certificate, identity=names["ingress"]
        ),
        client_ranges=source.plan.ingress.allowed_ranges,
        limits=TenantLimits(
            upload_mib=settings.ingress.upload_limit_mib,
            login_per_minute=limits.login_requests_per_minute,
            rpc_per_minute=limits.rpc_requests_per_minute,
            reports_in_flight=limits.in_flight_reports,
        ),
        files=_files(names),
        metrics=MetricsTarget(remote_write_url=names["remote_write_url"], identity=names["odoo"]),
        packages_snapshot=source.plan.machines.packages_snapshot,
    )


def _operations_machine(source: MachinesSource, names: dict[str, Any]) -> OperationsMachine:
    settings, plan = source.settings, source.plan
    generation, secrets = settings.odoo.password_generation, names["secret_vault_uri"]
    passwords = {
        "administrator": ADMINISTRATOR_PASSWORD,
        "blue": BLUE_PASSWORD,
        "green": GREEN_PASSWORD,
        "monitor": MONITOR_PASSWORD,
    }
    return OperationsMachine(
        odoo=_odoo_settings(source, names),
        images=_images(source, names),
        owner=ODOO,
        generation=generation,
        administrator_login=DATABASE_ADMINISTRATOR,
        passwords={
            role: MachineSecret(vault_uri=secrets, name=secret, identity=names["administration"])
            for role, secret in passwords.items()
        },
        login_password=MachineSecret(vault_uri=secrets, name=_login_password(generation), identity=names["operations"]),
        administration_identity=names["administration"],
        operations_identity=names["operations"],
        backup_account_url=names["backup_account_url"],
        backup_container=ARCHIVE,
        connection_limit=plan.odoo.role_limit,
        database_connection_limit=plan.odoo.database_limit,
        modules=(BASE_MODULE,),
        files=_files(names),
        metrics=MetricsTarget(remote_write_url=names["remote_write_url"], identity=names["operations"]),
        packages_snapshot=plan.machines.packages_snapshot,
        backup_time=plan.machines.backup_time,
        timezone=plan.odoo.timezone,
        restore=settings.odoo.rollback.backup if settings.odoo.rollback else None,
        copy=settings.odoo.copy_of.backup if settings.odoo.copy_of else None,
    )


def _odoo_settings(source: MachinesSource, names: dict[str, Any]) -> OdooSettings:
    odoo, plan = source.settings.odoo, source.plan.odoo
    return OdooSettings(
        version=odoo.version,
        tenant=ODOO,
        pools={Pool(pool): pool_size(size) for pool, size in plan.pools.items()},
        database_host=names["database_host"],
        database_name=ODOO,
        reader_host=names["reader_host"] if plan.reads_from_replica else None,
        queue_jobs=odoo.queue_jobs,
        sessions="redis" if odoo.sessions is Sessions.REDIS else "shared-files",
        cache_host=names["cache_host"],
        cache_port=source.base.services.cache.port,
        attachments="blob" if odoo.attachments is Attachments.BLOB else "shared-files",
        blob_account_url=names["blob_account_url"] or None,
    )


def _images(source: MachinesSource, names: dict[str, Any]) -> Images:
    settings, registry = source.settings, names["registry"]
    image = settings.odoo.rollback.image if settings.odoo.rollback else settings.odoo.image
    return Images(
        registry=registry,
        odoo=f"{registry}/{image}",
        odoo_digest=image.partition("@")[2],
        operations=f"{registry}/{settings.odoo.ops_image}",
        traefik=f"{registry}/{settings.ingress.image}",
        metrics=f"{registry}/{machine_settings(settings).metrics_image}",
    )


def _files(names: dict[str, Any]) -> FileShare:
    return FileShare(account_name=names["files_account"], share_name=names["files_share"])


def _login_password(generation: int) -> str:
    """Secret with the password of the login role in use: blue in odd generations, green in even ones."""
    return BLUE_PASSWORD if generation % 2 else GREEN_PASSWORD
