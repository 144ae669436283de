"""The pods of a tenant's jobs: containers of the operations image and of Odoo's, which hand work to each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_kubernetes import core

from components.odoo.pool import Pool
from components.odoo.update import UPDATE_OPTIONS
from components.tenant.args import Attachments, OdooTenantArgs
from components.tenant.job_places import LOGIN_PATH, WORK_PATH, JobPlace
from components.tenant.operations import (
    Operation,
    container_security,
    operation_container,
    operation_pod,
    server_environment,
)
from components.tenant.pods import BACKGROUND, GROUP_ID, USER_ID
from components.tenant.storage import CLAIM

PREFLIGHT, UPDATE = ODOO_CONTAINERS = ("preflight", "update")
"""Names of the containers of Odoo's image."""

_ODOO_SCRATCH = {"odoo-tmp": "/tmp", "odoo-home": "/home/odoo", "data": "/var/lib/odoo"}  # noqa: S108 of the pod's own
_SESSIONS = "ODOO_SESSION_REDIS"
ODOO_EPHEMERAL = "2Gi"


def ops_container(
    args: OdooTenantArgs,
    place: JobPlace,
    command: str,
    *arguments: str,
    pools: Sequence[Pool] = BACKGROUND,
    calls_kubernetes: bool = False,
) -> core.v1.ContainerArgs:
    """A container that runs one command of the operations image for a tenant.

    Args:
        args: the tenant.
        place: where it runs.
        command: the command; also the container's name.
        arguments: its arguments.
        pools: pools that stand still while it works.
        calls_kubernetes: whether it gets a token for the Kubernetes API.
    """
    return operation_container(
        args.application.ops_image,
        place,
        command,
        *arguments,
        environment=_environment(args, pools),
        calls_kubernetes=calls_kubernetes,
    )


def _environment(args: OdooTenantArgs, pools: Sequence[Pool]) -> dict[str, pulumi.Input[str]]:
    database, stores = args.services.database, args.services.stores
    return {
        **server_environment(database.host, database.direct_port),
        "OPS_TENANT": args.tenant,
        "OPS_DATABASE": database.name,
        "OPS_OWNER": database.owner,
        "OPS_IMAGE_DIGEST": args.application.image_digest,
        "OPS_BACKUP_URL": stores.backup_account_url,
        "OPS_BACKUP_CONTAINER": stores.backup_container,
        "OPS_PAUSED_POOLS": ",".join(pool.value for pool in pools if pool in args.pools.sizes),
    }


def odoo_container(
    args: OdooTenantArgs, container_name: str, command: Sequence[str], environment: Mapping[str, pulumi.Input[str]]
) -> core.v1.ContainerArgs:
    """A container of the Odoo image.

    Args:
        args: the tenant.
        container_name: its name.
        command: what it runs; `$DATABASE` is the database.
        environment: Odoo's environment in its pods. Who runs a job has no users, and needs no place for sessions.
    """
    size = args.pools.sizes[Pool.CRON]
    memory = f"{size.memory_mib}Mi"
    variables = {
        "HOME": _ODOO_SCRATCH["odoo-home"],
        **{name: value for name, value in environment.items() if not name.startswith(_SESSIONS)},
        "PGOPTIONS": UPDATE_OPTIONS,
        "DATABASE": args.services.database.name,
    }
    return core.v1.ContainerArgs(
        name=container_name,
        image=args.application.image,
        image_pull_policy="IfNotPresent",
        command=list(command),
        env=[core.v1.EnvVarArgs(name=name, value=value) for name, value in variables.items()],
        # What it says last is shown as the reason of its failure.
        termination_message_policy="FallbackToLogsOnError",
        resources=core.v1.ResourceRequirementsArgs(
            requests={"cpu": f"{size.cpu_millicores}m", "memory": memory, "ephemeral-storage": "1Gi"},
            limits={"memory": memory, "ephemeral-storage": ODOO_EPHEMERAL},
        ),
        security_context=container_security(USER_ID, GROUP_ID),
        volume_mounts=[
            core.v1.VolumeMountArgs(name="config", mount_path="/etc/odoo", read_only=True),
            core.v1.VolumeMountArgs(name="secrets", mount_path=LOGIN_PATH, read_only=True),
            core.v1.VolumeMountArgs(name="work", mount_path=WORK_PATH),
            *(core.v1.VolumeMountArgs(name=name, mount_path=path) for name, path in _ODOO_SCRATCH.items()),
        ],
    )


def pod_template(
    args: OdooTenantArgs,
    operation: Operation,
    steps: Sequence[core.v1.ContainerArgs],
    containers: Sequence[core.v1.ContainerArgs],
    config_name: str | None = None,
) -> core.v1.PodTemplateSpecArgs:
    """What the pod of a tenant's job is made from.

    Args:
        args: the tenant.
        operation: the job.
        steps: what runs first, one after the other.
        containers: what runs then, at once.
        config_name: ConfigMap with Odoo's configuration, where there is a container of Odoo's.
    """
    return operation_pod(
        operation,
        containers,
        steps=steps,
        volumes=_odoo_volumes(args, config_name) if config_name else (),
        annotations=_annotations(args),
    )


def _annotations(args: OdooTenantArgs) -> dict[str, str]:
    """Keeps the identity, which may write backups, from Odoo; unless Odoo needs one for its blobs.

    (azure.github.io/azure-workload-identity/docs/topics/service-account-labels-and-annotations)
    """
    if args.application.attachments is Attachments.BLOB:
        return {}
    return {"azure.workload.identity/skip-containers": ";".join(ODOO_CONTAINERS)}


def _odoo_volumes(args: OdooTenantArgs, config_name: str) -> list[core.v1.VolumeArgs]:
    volumes = [
        core.v1.VolumeArgs(
            name="config", config_map=core.v1.ConfigMapVolumeSourceArgs(name=config_name, default_mode=0o444)
        ),
        *(
            core.v1.VolumeArgs(name=name, empty_dir=core.v1.EmptyDirVolumeSourceArgs(size_limit=ODOO_EPHEMERAL))
            for name in _ODOO_SCRATCH
            if name != "data" or args.services.stores.files is None
        ),
    ]
    if args.services.stores.files is not None:
        claim = core.v1.PersistentVolumeClaimVolumeSourceArgs(claim_name=CLAIM)
        volumes.append(core.v1.VolumeArgs(name="data", persistent_volume_claim=claim))
    return volumes
