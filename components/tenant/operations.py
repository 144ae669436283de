"""A job of the operations image, whomever it works for: its container, its pod, and when it is done again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes import batch, core, meta

from components.base import Component
from components.tenant.job_places import WORK_PATH, JobPlace
from components.tenant.pods import GROUP_ID
from components.tenant.running import POOL_KEY

OPERATIONS = "odoo-operations"
"""`app.kubernetes.io/name` of the jobs and their pods."""
OPS_USER_ID = 65532
"""User of the operations image (images/ops/Containerfile)."""
# A dump is streamed in blocks of 32 MiB; pg_dump and pg_restore themselves take little.
OPS_RESOURCES = {"cpu": "250m", "memory": "512Mi", "ephemeral-storage": "128Mi"}
# Long enough to let the background pools run again when a job is told to stop.
GRACE_SECONDS = 120
TOKEN_SECONDS = 3600
"""Life of the token for the Kubernetes API; the kubelet renews it."""
TIMEOUT_MARGIN_SECONDS = 600
"""What Pulumi waits longer than the job may take, so that it is the job that says why."""

_ACCOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"
_TEMPORARY_PATH = "/tmp"  # noqa: S108 of the container's own


@dataclass(frozen=True, kw_only=True)
class Operation:
    """What a job does, and where.

    Args:
        kind: what it does: `bootstrap`, `upgrade`, ...
        job_name: name of the job, a label's value: up to 63 characters. It is done once under this name.
        place: where it runs.
        labels: whose it is.
        seconds: how long it may take.
        retries: how often a pod that failed is tried again.
        again: whether it is done again when its pod has changed, e.g. by another image.
    """

    kind: str
    job_name: str
    place: JobPlace
    labels: Mapping[str, str]
    seconds: int
    retries: int = 0
    again: bool = True

    @property
    def all_labels(self) -> dict[str, str]:
        """Labels of the job and of its pods, by which network policies know them."""
        return {**self.labels, **operation_labels(self.kind)}


def operation_labels(kind: str) -> dict[str, str]:
    """Labels of what belongs to operations of a kind."""
    return {"app.kubernetes.io/name": OPERATIONS, "app.kubernetes.io/component": kind}


def server_environment(host: pulumi.Input[str], port: int) -> dict[str, pulumi.Input[str]]:
    """How every command of the operations image reaches PostgreSQL (images/ops/ops/settings.py)."""
    return {
        "PGHOST": host,
        "PGPORT": str(port),
        "PGSSLMODE": "verify-full",
        "PGSSLROOTCERT": "system",
        "OPS_PRIVATE": _TEMPORARY_PATH,
    }


def operation_container(
    image: pulumi.Input[str],
    place: JobPlace,
    command: str,
    *arguments: str,
    environment: Mapping[str, pulumi.Input[str]],
    calls_kubernetes: bool = False,
) -> core.v1.ContainerArgs:
    """A container that runs one command of the operations image.

    Args:
        image: the image, with its registry and digest.
        place: where it runs.
        command: the command; also the container's name.
        arguments: its arguments.
        environment: what it is told; passwords are not among it.
        calls_kubernetes: whether it gets a token for the Kubernetes API.
    """
    mounts = {"secrets": place.secrets_path, "work": WORK_PATH, "ops-tmp": _TEMPORARY_PATH}
    if calls_kubernetes:
        mounts["api-token"] = _ACCOUNT_PATH
    limits = {name: quantity for name, quantity in OPS_RESOURCES.items() if name != "cpu"}
    return core.v1.ContainerArgs(
        name=command,
        image=image,
        image_pull_policy="IfNotPresent",
        args=[command, *arguments],
        env=[
            *(core.v1.EnvVarArgs(name=name, value=value) for name, value in {**environment, **place.settings}.items()),
            core.v1.EnvVarArgs(
                name="OPS_POD",
                value_from=core.v1.EnvVarSourceArgs(
                    field_ref=core.v1.ObjectFieldSelectorArgs(field_path="metadata.name")
                ),
            ),
        ],
        resources=core.v1.ResourceRequirementsArgs(requests=OPS_RESOURCES, limits=limits),
        security_context=container_security(OPS_USER_ID, OPS_USER_ID),
        volume_mounts=[
            core.v1.VolumeMountArgs(name=name, mount_path=path, read_only=name in ("secrets", "api-token"))
            for name, path in mounts.items()
        ],
    )


def container_security(user_id: int, group_id: int) -> core.v1.SecurityContextArgs:
    """What a job's container may do: nothing as root, and write to its volumes only."""
    return core.v1.SecurityContextArgs(
        run_as_user=user_id,
        run_as_group=group_id,
        allow_privilege_escalation=False,
        read_only_root_filesystem=True,
        capabilities=core.v1.CapabilitiesArgs(drop=["ALL"]),
    )


def operation_pod(
    operation: Operation,
    containers: Sequence[core.v1.ContainerArgs],
    *,
    steps: Sequence[core.v1.ContainerArgs] = (),
    volumes: Sequence[core.v1.VolumeArgs] = (),
    annotations: Mapping[str, str] | None = None,
) -> core.v1.PodTemplateSpecArgs:
    """What a job's pod is made from.

    Args:
        operation: the job.
        containers: what runs at once.
        steps: what runs before, one after the other.
        volumes: volumes beside those of the operations image.
        annotations: annotations beside that it must not be moved.
    """
    place = operation.place
    return core.v1.PodTemplateSpecArgs(
        metadata=meta.v1.ObjectMetaArgs(
            labels={**operation.all_labels, "azure.workload.identity/use": "true"},
            annotations={
                # An emptier node is no reason to stop an upgrade half-way (cluster-autoscaler FAQ).
                "cluster-autoscaler.kubernetes.io/safe-to-evict": "false",
                **(annotations or {}),
            },
        ),
        spec=core.v1.PodSpecArgs(
            restart_policy="Never",
            service_account_name=place.service_account,
            # Only the containers that call the API mount a token.
            automount_service_account_token=False,
            enable_service_links=False,
            termination_grace_period_seconds=GRACE_SECONDS,
            priority_class_name=place.priority_class,
            node_selector=dict(place.nodes.node_selector),
            tolerations=[
                core.v1.TolerationArgs(key=POOL_KEY, operator="Equal", value=value, effect="NoSchedule")
                for value in place.nodes.tolerated_taints
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
            volumes=[*_volumes(place), *volumes],
        ),
    )


def _volumes(place: JobPlace) -> list[core.v1.VolumeArgs]:
    return [
        core.v1.VolumeArgs(
            name="secrets",
            csi=core.v1.CSIVolumeSourceArgs(
                driver="secrets-store.csi.k8s.io",
                read_only=True,
                volume_attributes={"secretProviderClass": place.secrets_class},
            ),
        ),
        # Passwords stay in memory.
        *(_memory(name) for name in ("work", "ops-tmp")),
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


def declare_job(
    component: Component,
    name: str,
    provider: kubernetes.Provider,
    operation: Operation,
    pod: core.v1.PodTemplateSpecArgs,
    depends_on: Sequence[pulumi.Resource],
) -> batch.v1.Job:
    """Declares a job, which the next deployment makes anew if it failed.

    Args:
        component: the component that owns it.
        name: its Pulumi name.
        provider: Kubernetes provider of the cluster.
        operation: what it does.
        pod: its pod.
        depends_on: what must be done first.
    """
    options = component.child(provider=provider, depends_on=depends_on)
    timeout = f"{operation.seconds + TIMEOUT_MARGIN_SECONDS}s"
    options.custom_timeouts = pulumi.CustomTimeouts(create=timeout, update=timeout)
    if not operation.again:
        # A pod's template cannot be changed: the job would be made anew, and run.
        options.ignore_changes = ["spec"]
    namespace = operation.place.namespace
    return batch.v1.Job(
        name,
        metadata=meta.v1.ObjectMetaArgs(
            name=operation.job_name,
            namespace=namespace.metadata.name if isinstance(namespace, core.v1.Namespace) else namespace,
            labels=operation.all_labels,
            # A failed job is made anew by the next deployment
            # (pulumi.com/registry/packages/kubernetes/api-docs/batch/v1/job).
            annotations={"pulumi.com/replaceUnready": "true"},
        ),
        # No ttlSecondsAfterFinished: a job that vanishes would be made, and run, again.
        spec=batch.v1.JobSpecArgs(
            template=pod,
            active_deadline_seconds=operation.seconds,
            backoff_limit=operation.retries,
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
