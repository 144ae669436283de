"""The jobs that make a tenant's database a copy of another environment's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pulumi
from pulumi_kubernetes import core

from components.base import Component
from components.odoo.update import COPY_SUFFIX
from components.tenant.args import OdooTenantArgs
from components.tenant.job_places import in_administration, in_tenant
from components.tenant.job_pods import ops_container
from components.tenant.jobs import (
    RESTORE_SECONDS,
    UPGRADE_SECONDS,
    declare_config,
    job,
    odoo_steps,
    short_hash,
)
from components.tenant.objects import tenant_labels
from components.tenant.operations import Operation


def declare_copy(
    component: Component,
    name: str,
    args: OdooTenantArgs,
    namespace: core.v1.Namespace,
    backup: str,
    depends_on: Sequence[pulumi.Resource],
) -> pulumi.Resource:
    """Declares three jobs: a backup comes beside the database, Odoo neutralises it there, it takes the place.

    Whatever fails, the pools serve the database that they had. The database remembers that it is a copy of the backup:
    all three do nothing when they run again.

    Args:
        component: the component that owns them.
        name: prefix of the Pulumi names.
        args: the tenant.
        namespace: its namespace.
        backup: name of the backup in the tenant's own backup container.
        depends_on: what must be done first: bootstrap, the right to pause the tenant's pools.

    Returns:
        the last of them.
    """
    copied = _declare_administration(component, name, args, "copy", backup, depends_on)
    neutralised = _declare_neutralization(component, name, args, namespace, backup, [*depends_on, copied])
    return _declare_administration(component, name, args, "promote", backup, [*depends_on, neutralised])


def _of_copy(args: OdooTenantArgs) -> OdooTenantArgs:
    """The tenant, with the copy for its database."""
    services = args.services
    database = replace(services.database, name=f"{services.database.name}{COPY_SUFFIX}")
    return replace(args, services=replace(services, database=database))


def _declare_administration(
    component: Component,
    name: str,
    args: OdooTenantArgs,
    command: str,
    backup: str,
    depends_on: Sequence[pulumi.Resource],
) -> pulumi.Resource:
    place = in_administration(args)
    operation = Operation(
        kind=command,
        job_name=f"{command}-{args.tenant}-{short_hash(backup)}",
        place=place,
        labels=tenant_labels(args),
        seconds=RESTORE_SECONDS,
    )
    container = ops_container(args, place, command, backup, calls_kubernetes=command == "promote")
    return job(component, name, args, operation, [], [container], depends_on)


def _declare_neutralization(
    component: Component,
    name: str,
    args: OdooTenantArgs,
    namespace: core.v1.Namespace,
    backup: str,
    depends_on: Sequence[pulumi.Resource],
) -> pulumi.Resource:
    """Nobody waits for the copy: no pool stands still, and what ends the job changes nothing for anybody."""
    copy, place = _of_copy(args), in_tenant(args, namespace)
    operation = Operation(
        kind="neutralize",
        job_name=f"neutralize-{short_hash(backup)}",
        place=place,
        labels=tenant_labels(args),
        seconds=UPGRADE_SECONDS,
    )
    preflight, update = odoo_steps(copy)
    steps = [preflight, ops_container(copy, place, "prepare-copy"), update]
    conclude = ops_container(copy, place, "conclude-copy")
    # Not the copy's: attachments are written below the name that it gets.
    config = declare_config(component, name, args, namespace, operation)
    return job(
        component, name, args, operation, steps, [conclude], [*depends_on, config], config_name=operation.job_name
    )
