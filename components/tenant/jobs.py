"""The jobs of a tenant: bootstrap and restore of its database, upgrade to an image, a last backup."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pulumi
from pulumi_kubernetes import core

from components.base import Component
from components.odoo.pool import Pool
from components.odoo.preflight import preflight_command
from components.odoo.process import CONFIG_PATH
from components.odoo.update import update_command
from components.tenant.args import OdooTenantArgs, Rollback
from components.tenant.job_places import WORK_PATH, in_administration, in_tenant, modules
from components.tenant.job_pods import PREFLIGHT, UPDATE, odoo_container, ops_container, pod_template
from components.tenant.objects import metadata, tenant_labels
from components.tenant.operations import Operation, declare_job, operation_labels
from components.tenant.runtime import pool_runtime

IMAGE_CHARACTERS = 12
# A job's name goes into labels, which take 63 characters: with the tenant's name of up to 40 this is what is left.
HASH_CHARACTERS = 7

BOOTSTRAP_SECONDS = 1800
# A backup of some hundred GiB, half an hour for running jobs to end, and the migration; or Odoo's first modules.
UPGRADE_SECONDS = 4 * 3600
RESTORE_SECONDS = 4 * 3600
FAREWELL_SECONDS = 4 * 3600
RETRIES = 2


def declare_bootstrap(
    component: Component, name: str, args: OdooTenantArgs, depends_on: Sequence[pulumi.Resource]
) -> pulumi.Resource:
    """Declares the job that makes what only the database's administrator may make: roles, database, extensions.

    It runs for each image and each generation of the password, and changes only what is not as it shall be.

    Args:
        component: the component that owns it.
        name: prefix of the Pulumi names.
        args: the tenant.
        depends_on: what its pod needs: the passwords.
    """
    place = in_administration(args)
    image = _image_hash(args)[:HASH_CHARACTERS]
    operation = Operation(
        kind="bootstrap",
        job_name=f"bootstrap-{args.tenant}-{args.services.secrets.generation}-{image}",
        place=place,
        labels=tenant_labels(args),
        seconds=BOOTSTRAP_SECONDS,
        retries=RETRIES,
    )
    return job(component, name, args, operation, [], [ops_container(args, place, "bootstrap")], depends_on)


def declare_restore(
    component: Component, name: str, args: OdooTenantArgs, rollback: Rollback, depends_on: Sequence[pulumi.Resource]
) -> pulumi.Resource:
    """Declares the job that puts a backup in the place of the database, which is kept beside it.

    The database remembers where it came from: a second run for the same backup and image restores nothing. Nor does any
    run into a database with Odoo in it, if the backup is for an empty one.

    Args:
        component: the component that owns it.
        name: prefix of the Pulumi names.
        args: the tenant.
        rollback: the backup.
        depends_on: what must be done first: bootstrap, the right to pause the tenant's pools.
    """
    place = in_administration(args)
    backup = rollback.backup
    once_for = backup if rollback.into_empty else f"{backup} {args.application.image_digest}"
    operation = Operation(
        kind="restore",
        job_name=f"restore-{args.tenant}-{short_hash(once_for)}",
        place=place,
        labels=tenant_labels(args),
        seconds=RESTORE_SECONDS,
    )
    command = "adopt" if rollback.into_empty else "restore"
    restore = ops_container(args, place, command, backup, calls_kubernetes=True)
    return job(component, name, args, operation, [], [restore], depends_on)


def declare_upgrade(
    component: Component,
    name: str,
    args: OdooTenantArgs,
    namespace: core.v1.Namespace,
    depends_on: Sequence[pulumi.Resource],
) -> pulumi.Resource:
    """Declares the job that brings the database to the image: backup, pause of the background pools, update, checks.

    A database without Odoo gets it, and modules that are named anew are installed. A database that fits is left alone.
    After a failure the pools go on with the old image, and the next deployment tries again.

    Args:
        component: the component that owns it.
        name: prefix of the Pulumi names.
        args: the tenant.
        namespace: its namespace.
        depends_on: what must be done first: bootstrap, restore.
    """
    place = in_tenant(args, namespace)
    operation = Operation(
        kind="upgrade",
        job_name=_upgrade_name(args),
        place=place,
        labels=tenant_labels(args),
        seconds=UPGRADE_SECONDS,
    )
    preflight, update = odoo_steps(args)
    prepare = ops_container(args, place, "prepare")
    quiesce = ops_container(args, place, "quiesce", calls_kubernetes=True)
    watch = ops_container(args, place, "watch", calls_kubernetes=True)
    config = declare_config(component, name, args, namespace, operation)
    return job(
        component,
        name,
        args,
        operation,
        [preflight, prepare, quiesce],
        [update, watch],
        [*depends_on, config],
        config_name=operation.job_name,
    )


def odoo_steps(args: OdooTenantArgs) -> tuple[core.v1.ContainerArgs, core.v1.ContainerArgs]:
    """The containers of Odoo's image that look whether it can do what is asked, and do it."""
    environment = pool_runtime(args, Pool.CRON).environment
    preflight = preflight_command(CONFIG_PATH, WORK_PATH, tuple(modules(args)))
    update = update_command(CONFIG_PATH, WORK_PATH)
    return odoo_container(args, PREFLIGHT, preflight, environment), odoo_container(args, UPDATE, update, environment)


def declare_config(
    component: Component, name: str, args: OdooTenantArgs, namespace: core.v1.Namespace, operation: Operation
) -> core.v1.ConfigMap:
    """Declares Odoo's configuration in a job, which has the job's name.

    It is that of the cron pool: past PgBouncer. The pools' own change after the upgrade only.
    """
    return core.v1.ConfigMap(
        f"{name}-{operation.kind}-config",
        metadata=metadata(args, operation.job_name, namespace, labels=operation_labels(operation.kind)),
        data={CONFIG_PATH.rpartition("/")[2]: pool_runtime(args, Pool.CRON).config},
        opts=component.child(provider=args.provider),
    )


def declare_farewell(
    component: Component,
    name: str,
    args: OdooTenantArgs,
    namespace: core.v1.Namespace,
    depends_on: Sequence[pulumi.Resource],
) -> pulumi.Resource:
    """Declares the job that stops all pools, which the deployment then takes away, and takes a last backup.

    Args:
        component: the component that owns it.
        name: prefix of the Pulumi names.
        args: the tenant.
        namespace: its namespace.
        depends_on: what must be done first: bootstrap.
    """
    place = in_tenant(args, namespace)
    operation = Operation(
        kind="farewell-backup",
        job_name="farewell-backup",
        place=place,
        labels=tenant_labels(args),
        seconds=FAREWELL_SECONDS,
        # Nothing has changed since, so later releases' images have nothing to back up.
        again=False,
    )
    farewell = ops_container(args, place, "farewell", pools=tuple(Pool), calls_kubernetes=True)
    return job(component, name, args, operation, [], [farewell], depends_on)


def _upgrade_name(args: OdooTenantArgs) -> str:
    """After the image; and after the modules, where there are others than Odoo's base."""
    name = f"upgrade-{_image_hash(args)[:IMAGE_CHARACTERS]}"
    return f"{name}-{short_hash(','.join(args.application.modules))}" if args.application.modules else name


def _image_hash(args: OdooTenantArgs) -> str:
    return args.application.image_digest.removeprefix("sha256:")


def short_hash(text: str) -> str:
    """What tells jobs of a kind apart by what they are done for."""
    return hashlib.sha256(text.encode()).hexdigest()[:HASH_CHARACTERS]


def job(
    component: Component,
    name: str,
    args: OdooTenantArgs,
    operation: Operation,
    steps: Sequence[core.v1.ContainerArgs],
    containers: Sequence[core.v1.ContainerArgs],
    depends_on: Sequence[pulumi.Resource],
    config_name: str | None = None,
) -> pulumi.Resource:
    """Declares a job of a tenant: what runs first, one after the other, and what runs then."""
    pod = pod_template(args, operation, steps, containers, config_name)
    return declare_job(component, f"{name}-{operation.kind}", args.provider, operation, pod, depends_on)
