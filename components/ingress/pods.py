"""Traefik's Deployment: restricted, spread over zones, and patient when it stops."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

from pulumi_kubernetes import apps, core, meta

from components.ingress.args import TraefikIngressArgs
from components.ingress.configuration import (
    DRAIN_SECONDS,
    GRACE_SECONDS,
    HTTP_ENTRY_POINT,
    HTTP_PORT,
    HTTPS_ENTRY_POINT,
    HTTPS_PORT,
    INTERNAL_PORT,
    StaticConfiguration,
)
from components.ingress.middlewares import CERTIFICATES_DIRECTORY
from components.ingress.objects import (
    DYNAMIC_CONFIGURATION,
    METRICS_PORT,
    NAME,
    SELECTOR,
    STATIC_CONFIGURATION,
    STATIC_FILE,
)
from components.tenant.running import POOL_KEY

_USER = 65532
_STATIC_DIRECTORY = "/etc/traefik/static"
_DYNAMIC_DIRECTORY = StaticConfiguration.dynamic_directory
# Where clients inside a cluster look (kubernetes.io/docs/tasks/run-application/access-api-from-pod).
_API_TOKEN_DIRECTORY = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105 a folder

_DYNAMIC_FOLDER = "configuration"

_RELOAD_SECONDS: Final = 600
"""Shortest life of a token that Kubernetes makes; the kubelet writes a new one after four fifths of it."""


def deployment_spec(args: TraefikIngressArgs, configuration: str, files: Sequence[str]) -> apps.v1.DeploymentSpecArgs:
    """Spec of the Deployment.

    Args:
        args: what Traefik is made from.
        configuration: the static configuration: a change of it makes new pods.
        files: names of the files of the dynamic configuration.
    """
    return apps.v1.DeploymentSpecArgs(
        replicas=args.pods.replicas,
        revision_history_limit=5,
        # A pod is ready within seconds; one that waits for room may wait for a node.
        progress_deadline_seconds=900,
        selector=meta.v1.LabelSelectorArgs(match_labels=dict(SELECTOR)),
        strategy=apps.v1.DeploymentStrategyArgs(
            type="RollingUpdate", rolling_update=apps.v1.RollingUpdateDeploymentArgs(max_surge=1, max_unavailable=0)
        ),
        template=core.v1.PodTemplateSpecArgs(
            metadata=meta.v1.ObjectMetaArgs(
                labels={**args.labels, **SELECTOR},
                annotations={"odoo-azure/config": hashlib.sha256(configuration.encode()).hexdigest()[:16]},
            ),
            spec=_pod_spec(args, files),
        ),
    )


def _pod_spec(args: TraefikIngressArgs, files: Sequence[str]) -> core.v1.PodSpecArgs:
    nodes = args.pods.nodes
    return core.v1.PodSpecArgs(
        service_account_name=NAME,
        automount_service_account_token=False,
        priority_class_name=args.pods.priority_class,
        node_selector=dict(nodes.node_selector),
        tolerations=[
            core.v1.TolerationArgs(key=POOL_KEY, operator="Equal", value=value, effect="NoSchedule")
            for value in nodes.tolerated_taints
        ],
        topology_spread_constraints=[
            _spread("topology.kubernetes.io/zone", "DoNotSchedule"),
            _spread("kubernetes.io/hostname", "ScheduleAnyway"),
        ],
        termination_grace_period_seconds=DRAIN_SECONDS + GRACE_SECONDS + 10,
        security_context=core.v1.PodSecurityContextArgs(
            run_as_non_root=True,
            run_as_user=_USER,
            run_as_group=_USER,
            fs_group=_USER,
            seccomp_profile=core.v1.SeccompProfileArgs(type="RuntimeDefault"),
        ),
        containers=[_container(args)],
        volumes=_volumes(args, files),
    )


def _spread(topology_key: str, when_unsatisfiable: str) -> core.v1.TopologySpreadConstraintArgs:
    return core.v1.TopologySpreadConstraintArgs(
        topology_key=topology_key,
        max_skew=1,
        when_unsatisfiable=when_unsatisfiable,
        label_selector=meta.v1.LabelSelectorArgs(match_labels=dict(SELECTOR)),
        match_label_keys=["pod-template-hash"],
    )


def _container(args: TraefikIngressArgs) -> core.v1.ContainerArgs:
    memory = f"{args.pods.memory_mib}Mi"
    plain = {HTTP_ENTRY_POINT: HTTP_PORT} if args.network.plain_http else {}
    ports = {**plain, HTTPS_ENTRY_POINT: HTTPS_PORT, METRICS_PORT: INTERNAL_PORT}
    return core.v1.ContainerArgs(
        name=NAME,
        image=args.image,
        image_pull_policy="IfNotPresent",
        args=[f"--configFile={_STATIC_DIRECTORY}/{STATIC_FILE}"],
        # The runtime collects garbage before the kernel kills the process (pkg.go.dev/runtime).
        env=[core.v1.EnvVarArgs(name="GOMEMLIMIT", value=f"{args.pods.memory_mib * 9 // 10}MiB")],
        ports=[core.v1.ContainerPortArgs(name=name, container_port=port) for name, port in ports.items()],
        # No limit of the processor: Traefik would be slowed down for everybody while the node is idle.
        resources=core.v1.ResourceRequirementsArgs(
            requests={"cpu": f"{args.pods.cpu_millicores}m", "memory": memory}, limits={"memory": memory}
        ),
        # Ping answers a second or two before the routes are there, and 503 as soon as Traefik is told to stop.
        readiness_probe=_probe(period_seconds=5, failure_threshold=2, delay_seconds=10),
        liveness_probe=_probe(period_seconds=10, failure_threshold=6),
        security_context=core.v1.SecurityContextArgs(
            run_as_non_root=True,
            allow_privilege_escalation=False,
            read_only_root_filesystem=True,
            capabilities=core.v1.CapabilitiesArgs(drop=["ALL"]),
        ),
        volume_mounts=[
            core.v1.VolumeMountArgs(name=name, mount_path=path, read_only=name != "tmp")
            for name, path in {
                "static": _STATIC_DIRECTORY,
                "dynamic": _DYNAMIC_DIRECTORY,
                "certificates": CERTIFICATES_DIRECTORY,
                "api-token": _API_TOKEN_DIRECTORY,
                "tmp": "/tmp",  # noqa: S108 the pod's own
            }.items()
        ],
    )


def _probe(*, period_seconds: int, failure_threshold: int, delay_seconds: int = 0) -> core.v1.ProbeArgs:
    return core.v1.ProbeArgs(
        initial_delay_seconds=delay_seconds,
        http_get=core.v1.HTTPGetActionArgs(path="/ping", port=METRICS_PORT),
        period_seconds=period_seconds,
        failure_threshold=failure_threshold,
        timeout_seconds=2,
    )


def _volumes(args: TraefikIngressArgs, files: Sequence[str]) -> list[core.v1.VolumeArgs]:
    return [
        core.v1.VolumeArgs(name="static", config_map=core.v1.ConfigMapVolumeSourceArgs(name=STATIC_CONFIGURATION)),
        core.v1.VolumeArgs(name="dynamic", projected=_dynamic_volume(files)),
        core.v1.VolumeArgs(
            name="certificates",
            csi=core.v1.CSIVolumeSourceArgs(
                driver="secrets-store.csi.k8s.io", read_only=True, volume_attributes={"secretProviderClass": NAME}
            ),
        ),
        core.v1.VolumeArgs(name="api-token", projected=_api_token_volume()),
        core.v1.VolumeArgs(
            name="tmp", empty_dir=core.v1.EmptyDirVolumeSourceArgs(size_limit=f"{args.pods.spool_gib}Gi")
        ),
    ]


def _dynamic_volume(files: Sequence[str]) -> core.v1.ProjectedVolumeSourceArgs:
    """The dynamic configuration, and beside it a file that changes every eight minutes.

    Traefik reads certificates only when something changes in the folder of its configuration; the certificates' own
    folder it does not watch (traefik 3.6, pkg/provider/file/file.go). The kubelet renews the token, which is good for
    nothing else, and then Traefik reads the certificates again (kubernetes.io/docs/concepts/storage/projected-volumes).

    Files in a folder of the volume are found once; those beside the volume's own `..data` would be found twice.
    """
    return core.v1.ProjectedVolumeSourceArgs(
        sources=[
            core.v1.VolumeProjectionArgs(
                config_map=core.v1.ConfigMapProjectionArgs(
                    name=DYNAMIC_CONFIGURATION,
                    items=[core.v1.KeyToPathArgs(key=file, path=f"{_DYNAMIC_FOLDER}/{file}") for file in files],
                )
            ),
            core.v1.VolumeProjectionArgs(
                service_account_token=core.v1.ServiceAccountTokenProjectionArgs(
                    audience="traefik-reload", expiration_seconds=_RELOAD_SECONDS, path="reload"
                )
            ),
        ]
    )


def _api_token_volume() -> core.v1.ProjectedVolumeSourceArgs:
    """What `automountServiceAccountToken` would mount, for the one container that needs it."""
    return core.v1.ProjectedVolumeSourceArgs(
        sources=[
            core.v1.VolumeProjectionArgs(
                service_account_token=core.v1.ServiceAccountTokenProjectionArgs(expiration_seconds=3607, path="token")
            ),
            core.v1.VolumeProjectionArgs(
                config_map=core.v1.ConfigMapProjectionArgs(
                    name="kube-root-ca.crt", items=[core.v1.KeyToPathArgs(key="ca.crt", path="ca.crt")]
                )
            ),
            core.v1.VolumeProjectionArgs(
                downward_api=core.v1.DownwardAPIProjectionArgs(
                    items=[
                        core.v1.DownwardAPIVolumeFileArgs(
                            path="namespace",
                            field_ref=core.v1.ObjectFieldSelectorArgs(field_path="metadata.namespace"),
                        )
                    ]
                )
            ),
        ]
    )
