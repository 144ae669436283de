"""The pods of Odoo's pools: what all of them have, and where they run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

import pulumi
from pulumi_kubernetes import core, meta

from components.odoo.pool import Pool, PoolSize
from components.odoo.process import CONFIG_PATH, SERVICE_PATH, Probe
from components.tenant.args import OdooTenantArgs
from components.tenant.objects import ODOO_ACCOUNT, ODOO_SECRETS, pool_selector
from components.tenant.running import POOL_KEY, NodePlacement
from components.tenant.runtime import PoolRuntime
from components.tenant.storage import CLAIM

CONFIG_ANNOTATION = "odoo-azure/config"
"""Annotation of pods with the hash of their configuration: another one makes a new rollout."""
BACKGROUND = (Pool.CRON, Pool.QUEUE, Pool.REPORTING)
"""Pools whose work takes long and starts anew when its pod goes."""
WAITED_FOR = (Pool.WEB, Pool.WEBSOCKET)
"""Pools that people wait for."""

# The stock image's user and group `odoo` (github.com/odoo/docker Dockerfile).
USER_ID, GROUP_ID = 100, 101
# Uploads, imports and the pages of reports pass through /tmp; fonts are cached in the home directory; without a share
# the data directory holds what Odoo can make again. Kubernetes evicts a pod that takes more.
SCRATCH = {"tmp": "4Gi", "home": "256Mi", "data": "2Gi"}
SCRATCH_REQUEST, SCRATCH_LIMIT = "1Gi", "7Gi"
_MOUNTS = {"tmp": "/tmp", "home": "/home/odoo", "data": "/var/lib/odoo"}  # noqa: S108 a volume of the pod's own


def pod_template(args: OdooTenantArgs, pool: Pool, runtime: PoolRuntime) -> core.v1.PodTemplateSpecArgs:
    """What a pool's pods are made from.

    Args:
        args: the tenant.
        pool: the pool.
        runtime: how Odoo runs in it.
    """
    size, placement = args.pools.sizes[pool], args.pools.nodes[pool]
    return core.v1.PodTemplateSpecArgs(
        metadata=meta.v1.ObjectMetaArgs(
            labels={
                **args.labels,
                "app.kubernetes.io/part-of": args.tenant,
                "azure.workload.identity/use": "true",
                **pool_selector(pool),
            },
            annotations=_annotations(pool, runtime),
        ),
        spec=core.v1.PodSpecArgs(
            service_account_name=ODOO_ACCOUNT,
            automount_service_account_token=False,
            # Variables such as WEB_PORT, which Kubernetes makes of Services, are not for Odoo to read.
            enable_service_links=False,
            priority_class_name=args.pools.priority_classes.get(pool),
            node_selector=dict(placement.node_selector),
            tolerations=_tolerations(placement),
            topology_spread_constraints=_spread(pool, size),
            termination_grace_period_seconds=runtime.process.termination_grace_seconds,
            security_context=core.v1.PodSecurityContextArgs(
                run_as_non_root=True,
                run_as_user=USER_ID,
                run_as_group=GROUP_ID,
                fs_group=GROUP_ID,
                # A file store of years would take hours to walk at every start.
                fs_group_change_policy="OnRootMismatch",
                seccomp_profile=core.v1.SeccompProfileArgs(type="RuntimeDefault"),
            ),
            containers=[_container(args, size, runtime)],
            volumes=_volumes(args, pool),
        ),
    )


def _annotations(pool: Pool, runtime: PoolRuntime) -> dict[str, pulumi.Input[str]]:
    annotations: dict[str, pulumi.Input[str]] = {CONFIG_ANNOTATION: runtime.config_hash}
    if pool in BACKGROUND:
        # An emptier node is no reason to stop a job half-way (cluster-autoscaler FAQ).
        annotations["cluster-autoscaler.kubernetes.io/safe-to-evict"] = "false"
    return annotations


def _tolerations(placement: NodePlacement) -> list[core.v1.TolerationArgs]:
    return [
        core.v1.TolerationArgs(key=POOL_KEY, operator="Equal", value=value, effect="NoSchedule")
        for value in placement.tolerated_taints
    ]


def _spread(pool: Pool, size: PoolSize) -> list[core.v1.TopologySpreadConstraintArgs]:
    """Over zones, and within them over nodes; each rollout by itself.

    What people wait for, and has several pods at all times, never crowds into one zone. Zones whose nodes are all down
    do not count (node_taints_policy), so that the others may then take its pods.
    """
    strict = pool in WAITED_FOR and size.min_replicas > 1
    wanted = {
        "topology.kubernetes.io/zone": "DoNotSchedule" if strict else "ScheduleAnyway",
        "kubernetes.io/hostname": "ScheduleAnyway",
    }
    return [
        core.v1.TopologySpreadConstraintArgs(
            max_skew=1,
            topology_key=topology_key,
            when_unsatisfiable=when_unsatisfiable,
            label_selector=meta.v1.LabelSelectorArgs(match_labels=pool_selector(pool)),
            match_label_keys=["pod-template-hash"],
            node_taints_policy="Honor",
        )
        for topology_key, when_unsatisfiable in wanted.items()
    ]


def _container(args: OdooTenantArgs, size: PoolSize, runtime: PoolRuntime) -> core.v1.ContainerArgs:
    process = runtime.process
    memory = f"{size.memory_mib}Mi"
    return core.v1.ContainerArgs(
        name="odoo",
        image=args.application.image,
        image_pull_policy="IfNotPresent",
        # The image's own entrypoint would put the password on the command line.
        command=["odoo"],
        args=list(process.arguments),
        env=[core.v1.EnvVarArgs(name=key, value=value) for key, value in _environment(runtime).items()],
        ports=[
            core.v1.ContainerPortArgs(name=port_name, container_port=port) for port_name, port in process.ports.items()
        ],
        # No limit for the processor: it would slow requests down while the node is idle, and on a busy node its pods
        # share it as they requested it. Memory does not stretch: what a pod may use is what it gets.
        resources=core.v1.ResourceRequirementsArgs(
            requests={"cpu": f"{size.cpu_millicores}m", "memory": memory, "ephemeral-storage": SCRATCH_REQUEST},
            limits={"memory": memory, "ephemeral-storage": SCRATCH_LIMIT},
        ),
        security_context=core.v1.SecurityContextArgs(
            allow_privilege_escalation=False,
            read_only_root_filesystem=True,
            capabilities=core.v1.CapabilitiesArgs(drop=["ALL"]),
        ),
        lifecycle=_lifecycle(process.prestop_seconds),
        startup_probe=_probe(process.startup),
        readiness_probe=_probe(process.readiness),
        liveness_probe=_probe(process.liveness),
        volume_mounts=[
            core.v1.VolumeMountArgs(name="config", mount_path=_folder(CONFIG_PATH), read_only=True),
            # Whole, without subPath, so that a changed secret reaches the pod.
            core.v1.VolumeMountArgs(name="secrets", mount_path=_folder(SERVICE_PATH), read_only=True),
            *(core.v1.VolumeMountArgs(name=volume, mount_path=path) for volume, path in _MOUNTS.items()),
        ],
    )


def _environment(runtime: PoolRuntime) -> Mapping[str, pulumi.Input[str]]:
    return {"HOME": _MOUNTS["home"], **runtime.environment}


def _folder(path: str) -> str:
    return str(PurePosixPath(path).parent)


def _probe(probe: Probe) -> core.v1.ProbeArgs:
    by_command, by_path = bool(probe.command), bool(probe.path)
    by_port = not (by_command or by_path)
    return core.v1.ProbeArgs(
        period_seconds=probe.period_seconds,
        timeout_seconds=probe.timeout_seconds,
        failure_threshold=probe.failure_threshold,
        exec_=core.v1.ExecActionArgs(command=list(probe.command)) if by_command else None,
        http_get=core.v1.HTTPGetActionArgs(path=probe.path, port=probe.port) if by_path else None,
        tcp_socket=core.v1.TCPSocketActionArgs(port=probe.port) if by_port else None,
    )


def _lifecycle(prestop_seconds: int) -> core.v1.LifecycleArgs | None:
    """Requests still arrive until every proxy knows that the pod is going: it waits for that before it stops."""
    if not prestop_seconds:
        return None
    return core.v1.LifecycleArgs(
        pre_stop=core.v1.LifecycleHandlerArgs(sleep=core.v1.SleepActionArgs(seconds=prestop_seconds))
    )


def _volumes(args: OdooTenantArgs, pool: Pool) -> list[core.v1.VolumeArgs]:
    scratch = {
        volume: size for volume, size in SCRATCH.items() if volume != "data" or args.services.stores.files is None
    }
    volumes = [
        core.v1.VolumeArgs(
            name="config", config_map=core.v1.ConfigMapVolumeSourceArgs(name=config_name(pool), default_mode=0o444)
        ),
        core.v1.VolumeArgs(
            name="secrets",
            csi=core.v1.CSIVolumeSourceArgs(
                driver="secrets-store.csi.k8s.io",
                read_only=True,
                volume_attributes={"secretProviderClass": ODOO_SECRETS},
            ),
        ),
        *(
            core.v1.VolumeArgs(name=volume, empty_dir=core.v1.EmptyDirVolumeSourceArgs(size_limit=size))
            for volume, size in scratch.items()
        ),
    ]
    if args.services.stores.files is not None:
        claim = core.v1.PersistentVolumeClaimVolumeSourceArgs(claim_name=CLAIM)
        volumes.append(core.v1.VolumeArgs(name="data", persistent_volume_claim=claim))
    return volumes


def config_name(pool: Pool) -> str:
    """Name of a pool's ConfigMap."""
    return f"odoo-{pool.value}"
