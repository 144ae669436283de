"""The operations jobs of a tenant: bootstrap of its database, upgrade to an image, restore of a backup."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pulumi
from pulumi_kubernetes import batch, core

from components.base import Component
from components.odoo.pool import Pool
from components.odoo.process import CONFIG_PATH
from components.tenant.args import OdooTenantArgs
from components.tenant.job_pods import (
    INITIALISE,
    LOOK_FOR_UPDATER,
    OPERATIONS,
    UPDATE,
    WORK_PATH,
    odoo_container,
    ops_container,
    pod_template,
)
from components.tenant.objects import metadata
from components.tenant.runtime import pool_runtime

HASH_CHARACTERS = 12

# With a pod to schedule, an image to pull, and Odoo's base module to install.
BOOTSTRAP_SECONDS = 3600
# A backup of some hundred GiB, half an hour for running jobs to end, and the migration.
UPGRADE_SECONDS = 4 * 3600
RESTORE_SECONDS = 4 * 3600
TIMEOUT_MARGIN_SECONDS = 600
"""What Pulumi waits longer than the job may take, so that it is the job that says why."""
BOOTSTRAP_RETRIES = 2
LOCK_PATIENCE_SECONDS = 300
"""A statement that waits for a lock longer than this ends the update: users' requests pile up behind it."""

_INITIALISE = f"""\
[ -e {WORK_PATH}/initialise ] || exit 0
exec odoo --config={CONFIG_PATH} --database="$DATABASE" --init=base --stop-after-init \
--no-http --workers=0 --max-cron-threads=0 --limit-memory-hard=0
"""
_LOOK_FOR_UPDATER = f"""\
if command -v click-odoo-update >/dev/null; then touch {WORK_PATH}/click-odoo-update; fi
"""
_UPDATE = f"""\
[ -e {WORK_PATH}/update ] || exit 0
exec click-odoo-update --config={CONFIG_PATH} --database="$DATABASE" --watcher-max-seconds={LOCK_PATIENCE_SECONDS}
"""


def declare_bootstrap(
    component: Component,
    name: str,
    args: OdooTenantArgs,
    namespace: core.v1.Namespace,
    depends_on: Sequence[pulumi.Resource],
) -> pulumi.Resource:
    """Declares the job that makes roles, passwords, extensions and, if there is none, Odoo in the database.

    It runs for each image and each generation of the password, and changes only what is not as it shall be.

    Args:
        component: the component that owns it.
        name: prefix of the Pulumi names.
        args: the tenant.
        namespace: its namespace.
        depends_on: what its pod needs: rules, secrets, volumes.
    """
    job_name = f"bootstrap-{args.services.secrets.generation}-{_image_hash(args)}"
    environment = pool_runtime(args, Pool.CRON).environment
    return _job(
        component,
        name,
        args,
        namespace,
        "bootstrap",
        job_name,
        steps=[ops_container(args, "bootstrap"), odoo_container(args, INITIALISE, _INITIALISE, environment)],
        containers=[ops_container(args, "settle")],
        depends_on=[*depends_on, _config(component, name, args, namespace, "bootstrap", job_name)],
        seconds=BOOTSTRAP_SECONDS,
        config_name=job_name,
        retries=BOOTSTRAP_RETRIES,
    )


def declare_upgrade(
    component: Component,
    name: str,
    args: OdooTenantArgs,
    namespace: core.v1.Namespace,
    depends_on: Sequence[pulumi.Resource],
) -> pulumi.Resource:
    """Declares the job that brings the database to the image: backup, pause of the background pools, update, checks.

    A database that fits the image already is left alone. After a failure the pools go on with the old image, and the
    next deployment tries again.

    Args:
        component: the component that owns it.
        name: prefix of the Pulumi names.
        args: the tenant.
        namespace: its namespace.
        depends_on: what must be done first: bootstrap, restore.
    """
    job_name = f"upgrade-{_image_hash(args)}"
    environment = pool_runtime(args, Pool.CRON).environment
    return _job(
        component,
        name,
        args,
        namespace,
        "upgrade",
        job_name,
        steps=[
            odoo_container(args, LOOK_FOR_UPDATER, _LOOK_FOR_UPDATER, environment),
            ops_container(args, "prepare"),
            ops_container(args, "quiesce", calls_kubernetes=True),
        ],
        containers=[
            odoo_container(args, UPDATE, _UPDATE, environment),
            ops_container(args, "watch", calls_kubernetes=True),
        ],
        depends_on=[*depends_on, _config(component, name, args, namespace, "upgrade", job_name)],
        seconds=UPGRADE_SECONDS,
        config_name=job_name,
    )


def declare_restore(
    component: Component,
    name: str,
    args: OdooTenantArgs,
    namespace: core.v1.Namespace,
    depends_on: Sequence[pulumi.Resource],
) -> pulumi.Resource:
    """Declares the job that puts a backup in the place of the database, which is kept beside it.

    The database remembers where it came from: a second run for the same backup and image restores nothing.

    Args:
        component: the component that owns it.
        name: prefix of the Pulumi names.
        args: the tenant, with a `rollback`.
        namespace: its namespace.
        depends_on: what must be done first: bootstrap.

    Raises:
        ValueError: there is no `rollback`.
    """
    if args.rollback is None:
        raise ValueError("OdooTenantArgs.rollback names no backup to restore")
    key = f"{args.rollback.backup} {args.application.image_digest}"
    return _job(
        component,
        name,
        args,
        namespace,
        "restore",
        f"restore-{hashlib.sha256(key.encode()).hexdigest()[:HASH_CHARACTERS]}",
        steps=[],
        containers=[ops_container(args, "restore", args.rollback.backup, calls_kubernetes=True)],
        depends_on=depends_on,
        seconds=RESTORE_SECONDS,
    )


def _image_hash(args: OdooTenantArgs) -> str:
    return args.application.image_digest.removeprefix("sha256:")[:HASH_CHARACTERS]


def _config(
    component: Component,
    name: str,
    args: OdooTenantArgs,
    namespace: core.v1.Namespace,
    operation: str,
    job_name: str,
) -> core.v1.ConfigMap:
    """Odoo's configuration, of the cron pool: past PgBouncer. The pools' own change after the upgrade only."""
    return core.v1.ConfigMap(
        f"{name}-{operation}-config",
        metadata=metadata(args, job_name, namespace, labels=_labels(operation)),
        data={CONFIG_PATH.rpartition("/")[2]: pool_runtime(args, Pool.CRON).config},
        opts=component.child(provider=args.provider),
    )


def _labels(operation: str) -> dict[str, str]:
    return {"app.kubernetes.io/name": OPERATIONS, "app.kubernetes.io/component": operation}


def _job(  # noqa: PLR0913 one caller's worth of named values
    component: Component,
    name: str,
    args: OdooTenantArgs,
    namespace: core.v1.Namespace,
    operation: str,
    job_name: str,
    *,
    steps: Sequence[core.v1.ContainerArgs],
    containers: Sequence[core.v1.ContainerArgs],
    depends_on: Sequence[pulumi.Resource],
    seconds: int,
    config_name: str | None = None,
    retries: int = 0,
) -> batch.v1.Job:
    options = component.child(provider=args.provider, depends_on=depends_on)
    timeout = f"{seconds + TIMEOUT_MARGIN_SECONDS}s"
    options.custom_timeouts = pulumi.CustomTimeouts(create=timeout, update=timeout)
    return batch.v1.Job(
        f"{name}-{operation}",
        metadata=metadata(
            args,
            job_name,
            namespace,
            labels=_labels(operation),
            # A failed job is made anew by the next deployment
            # (pulumi.com/registry/packages/kubernetes/api-docs/batch/v1/job).
            annotations={"pulumi.com/replaceUnready": "true"},
        ),
        # No ttlSecondsAfterFinished: a job that vanishes would be made, and run, again.
        spec=batch.v1.JobSpecArgs(
            template=pod_template(args, operation, steps, containers, config_name),
            active_deadline_seconds=seconds,
            backoff_limit=retries,
            # A drained node is no failure (kubernetes.io/docs/concepts/workloads/controllers/job, pod failure policy).
            pod_failure_policy=batch.v1.PodFailurePolicyArgs(
                rules=[
                    batch.v1.PodFailurePolicyRuleArgs(
                        action="Ignore",
                        on_pod_conditions=[
                            batch.v1.PodFailurePolicyOnPodConditionsPatternArgs(type="DisruptionTarget", status="True")
                        ],
                    )
                ]
            ),
        ),
        opts=options,
    )
