"""The pods of the operations jobs: containers of the operations image and of Odoo's, which hand work to each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_kubernetes import core, meta

from components.odoo.pool import Pool
from components.tenant.args import Attachments, OdooTenantArgs
from components.tenant.objects import OPERATIONS_ACCOUNT, OPERATIONS_SECRETS
from components.tenant.pods import BACKGROUND, GROUP_ID, USER_ID
from components.tenant.running import POOL_KEY
from components.tenant.storage import CLAIM

OPERATIONS = "odoo-operations"
"""`app.kubernetes.io/name` of the jobs' pods."""
OPS_USER_ID = 65532
"""User of the operations image (images/ops/Containerfile)."""

INITIALISE, LOOK_FOR_UPDATER, UPDATE = ODOO_CONTAINERS = ("initialise", "look-for-updater", "update")
"""Names of the containers of Odoo's image."""

SECRETS_PATH = "/run/secrets/operations"
LOGIN_PATH = "/run/secrets/odoo"
WORK_PATH = "/run/ops"
_ACCOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"
_ODOO_SCRATCH = {"odoo-tmp": "/tmp", "odoo-home": "/home/odoo", "data": "/var/lib/odoo"}  # noqa: S108 of the pod's own
# Long enough to let the background pools run again when a job is told to stop.
GRACE_SECONDS = 120
TOKEN_SECONDS = 3600
"""Life of the token for the Kubernetes API; the kubelet renews it."""
# A dump is streamed in blocks of 32 MiB; pg_dump and pg_restore themselves take little.
OPS_RESOURCES = {"cpu": "250m", "memory": "512Mi", "ephemeral-storage": "128Mi"}
ODOO_EPHEMERAL = "2Gi"


def ops_container(
    args: OdooTenantArgs, command: str, *arguments: str, calls_kubernetes: bool = False
) -> core.v1.ContainerArgs:
    """A container that runs one command of the operations image.

    Args:
        args: the tenant.
        command: the command; also the container's name.
        arguments: its arguments.
        calls_kubernetes: whether it gets a token for the Kubernetes API.
    """
    mounts = {"secrets": SECRETS_PATH, "login": LOGIN_PATH, "work": WORK_PATH, "ops-tmp": "/tmp"}  # noqa: S108
    if calls_kubernetes:
        mounts["api-token"] = _ACCOUNT_PATH
    limits = {name: quantity for name, quantity in OPS_RESOURCES.items() if name != "cpu"}
    return core.v1.ContainerArgs(
        name=command,
        image=args.application.ops_image,
        image_pull_policy="IfNotPresent",
        args=[command, *arguments],
        env=[
            *(core.v1.EnvVarArgs(name=name, value=value) for name, value in ops_environment(args).items()),
            core.v1.EnvVarArgs(
                name="OPS_POD",
                value_from=core.v1.EnvVarSourceArgs(
                    field_ref=core.v1.ObjectFieldSelectorArgs(field_path="metadata.name")
                ),
            ),
        ],
        resources=core.v1.ResourceRequirementsArgs(requests=OPS_RESOURCES, limits=limits),
        security_context=_container_security(OPS_USER_ID, OPS_USER_ID),
        volume_mounts=[
            core.v1.VolumeMountArgs(name=name, mount_path=path, read_only=name in ("secrets", "api-token"))
            for name, path in mounts.items()
        ],
    )


def ops_environment(args: OdooTenantArgs) -> dict[str, pulumi.Input[str]]:
    """What the operations image is told; passwords are not among it (images/ops/ops/settings.py)."""
    return {
        "PGHOST": args.services.database.host,
        "PGPORT": str(args.services.database.direct_port),
        "PGSSLMODE": "verify-full",
        "PGSSLROOTCERT": "system",
        "OPS_TENANT": args.tenant,
        "OPS_DATABASE": args.services.database.name,
        "OPS_OWNER": args.services.database.owner,
        "OPS_ADMINISTRATOR": args.services.database.administrator_login,
        "OPS_CONNECTION_LIMIT": str(args.services.database.connection_limit),
        "OPS_GENERATION": str(args.services.secrets.generation),
        "OPS_IMAGE_DIGEST": args.application.image_digest,
        "OPS_SECRETS": SECRETS_PATH,
        "OPS_WORK": WORK_PATH,
        "OPS_PRIVATE": "/tmp",  # noqa: S108 of the container's own
        "OPS_SERVICE_FILE": f"{LOGIN_PATH}/pg_service.conf",
        "OPS_BACKUP_URL": args.services.stores.backup_account_url,
        "OPS_BACKUP_CONTAINER": args.services.stores.backup_container,
        "OPS_BACKGROUND_POOLS": ",".join(pool.value for pool in BACKGROUND if pool in args.pools.sizes),
    }


def odoo_container(
    args: OdooTenantArgs, container_name: str, script: str, environment: Mapping[str, pulumi.Input[str]]
) -> core.v1.ContainerArgs:
    """A container of the Odoo image that runs a shell script.

    Args:
        args: the tenant.
        container_name: its name.
        script: what `sh -c` runs. `$DATABASE` is the database; nothing else of the settings is put into the text.
        environment: Odoo's environment.
    """
    size = args.pools.sizes[Pool.CRON]
    memory = f"{size.memory_mib}Mi"
    variables = {
        "HOME": _ODOO_SCRATCH["odoo-home"],
        **environment,
        # The limits of the login roles are for people's requests, not for migrations.
        "PGOPTIONS": "-c statement_timeout=0 -c lock_timeout=0",
        "DATABASE": args.services.database.name,
    }
    return core.v1.ContainerArgs(
        name=container_name,
        image=args.application.image,
        image_pull_policy="IfNotPresent",
        command=["sh", "-c", script],
        env=[core.v1.EnvVarArgs(name=name, value=value) for name, value in variables.items()],
        resources=core.v1.ResourceRequirementsArgs(
            requests={"cpu": f"{size.cpu_millicores}m", "memory": memory, "ephemeral-storage": "1Gi"},
            limits={"memory": memory, "ephemeral-storage": ODOO_EPHEMERAL},
        ),
        security_context=_container_security(USER_ID, GROUP_ID),
        volume_mounts=[
            core.v1.VolumeMountArgs(name="config", mount_path="/etc/odoo", read_only=True),
            core.v1.VolumeMountArgs(name="login", mount_path=LOGIN_PATH, read_only=True),
            core.v1.VolumeMountArgs(name="work", mount_path=WORK_PATH),
            *(core.v1.VolumeMountArgs(name=name, mount_path=path) for name, path in _ODOO_SCRATCH.items()),
        ],
    )


def pod_template(
    args: OdooTenantArgs,
    operation: str,
    steps: Sequence[core.v1.ContainerArgs],
    containers: Sequence[core.v1.ContainerArgs],
    config_name: str | None = None,
) -> core.v1.PodTemplateSpecArgs:
    """What a job's pod is made from.

    Args:
        args: the tenant.
        operation: `bootstrap`, `upgrade` or `restore`.
        steps: what runs first, one after the other.
        containers: what runs then, at once.
        config_name: ConfigMap with Odoo's configuration, where there is a container of Odoo's.
    """
    placement = args.pools.nodes[Pool.CRON]
    return core.v1.PodTemplateSpecArgs(
        metadata=meta.v1.ObjectMetaArgs(
            labels={
                **args.labels,
                "app.kubernetes.io/name": OPERATIONS,
                "app.kubernetes.io/component": operation,
                "app.kubernetes.io/part-of": args.tenant,
                "azure.workload.identity/use": "true",
            },
            annotations=_annotations(args),
        ),
        spec=core.v1.PodSpecArgs(
            restart_policy="Never",
            service_account_name=OPERATIONS_ACCOUNT,
            # Only the containers that call the API mount a token.
            automount_service_account_token=False,
            enable_service_links=False,
            termination_grace_period_seconds=GRACE_SECONDS,
            priority_class_name=args.pools.priority_classes.get(Pool.CRON),
            node_selector=dict(placement.node_selector),
            tolerations=[
                core.v1.TolerationArgs(key=POOL_KEY, operator="Equal", value=value, effect="NoSchedule")
                for value in placement.tolerated_taints
            ],
            security_context=core.v1.PodSecurityContextArgs(
                run_as_non_root=True,
                # The group that the containers of both images share.
                fs_group=GROUP_ID,
                fs_group_change_policy="OnRootMismatch",
                seccomp_profile=core.v1.SeccompProfileArgs(type="RuntimeDefault"),
            ),
            init_containers=list(steps),
            containers=list(containers),
            volumes=[*_ops_volumes(), *(_odoo_volumes(args, config_name) if config_name else ())],
        ),
    )


def _annotations(args: OdooTenantArgs) -> dict[str, str]:
    """Keeps the identity, which may read the administrator's password, from Odoo; unless Odoo needs one for its blobs.

    (azure.github.io/azure-workload-identity/docs/topics/service-account-labels-and-annotations)
    """
    # An emptier node is no reason to stop an upgrade half-way (cluster-autoscaler FAQ).
    annotations = {"cluster-autoscaler.kubernetes.io/safe-to-evict": "false"}
    if args.application.attachments is not Attachments.BLOB:
        annotations["azure.workload.identity/skip-containers"] = ";".join(ODOO_CONTAINERS)
    return annotations


def _container_security(user_id: int, group_id: int) -> core.v1.SecurityContextArgs:
    return core.v1.SecurityContextArgs(
        run_as_user=user_id,
        run_as_group=group_id,
        allow_privilege_escalation=False,
        read_only_root_filesystem=True,
        capabilities=core.v1.CapabilitiesArgs(drop=["ALL"]),
    )


def _ops_volumes() -> list[core.v1.VolumeArgs]:
    return [
        core.v1.VolumeArgs(
            name="secrets",
            csi=core.v1.CSIVolumeSourceArgs(
                driver="secrets-store.csi.k8s.io",
                read_only=True,
                volume_attributes={"secretProviderClass": OPERATIONS_SECRETS},
            ),
        ),
        # Passwords stay in memory.
        *(_memory(name) for name in ("login", "work", "ops-tmp")),
        core.v1.VolumeArgs(
            name="api-token",
            # What Kubernetes mounts by itself (kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin).
            projected=core.v1.ProjectedVolumeSourceArgs(
                sources=[
                    core.v1.VolumeProjectionArgs(
                        service_account_token=core.v1.ServiceAccountTokenProjectionArgs(
                            path="token", expiration_seconds=TOKEN_SECONDS
                        )
                    ),
                    core.v1.VolumeProjectionArgs(
                        config_map=core.v1.ConfigMapProjectionArgs(
                            name="kube-root-ca.crt", items=[core.v1.KeyToPathArgs(key="ca.crt", path="ca.crt")]
                        )
                    ),
                ]
            ),
        ),
    ]


def _memory(name: str) -> core.v1.VolumeArgs:
    return core.v1.VolumeArgs(name=name, empty_dir=core.v1.EmptyDirVolumeSourceArgs(medium="Memory", size_limit="16Mi"))


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
