"""The pods that read PostgreSQL's own figures, and what managed Prometheus makes of them. No resources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_kubernetes import apps, core, meta

from components.monitoring.tenant_shares import DATABASE_SERVER_LABEL
from components.tenant.running import POOL_KEY, NodePlacement

NAME: Final = "postgres-exporter"
"""Name of the pods, of their service account and of what they are scraped by."""
PORT: Final = 9187
SELECTOR: Final[Mapping[str, str]] = {"app.kubernetes.io/name": NAME}
SERVER_LABEL: Final = "odoo-azure/database-server"
"""Label of a pod: the server that it reads."""
API_VERSION: Final = "azmonitoring.coreos.com/v1"
"""learn.microsoft.com azure/azure-monitor/containers/prometheus-metrics-scrape-crd"""

_PORT_NAME: Final = "metrics"
_GENERATION: Final = "odoo-azure/password-generation"
_SECRETS_FOLDER: Final = "/run/secrets/metrics"
PASSWORD_FILE: Final = "password"  # noqa: S105 a file's name
# `nobody`, as the image has it (github.com/prometheus-community/postgres_exporter, Dockerfile).
_USER: Final = 65534
_CPU, _MEMORY = "50m", "64Mi"

# What rules and people read; all else stays out of the workspace.
_KEPT: Final = (
    "pg_up|pg_stat_activity_count|pg_locks_count|pg_stat_database_(?:numbackends|xact_commit|xact_rollback|blks_read|"
    "blks_hit|tup_inserted|tup_updated|tup_deleted|temp_bytes|deadlocks|active_time_seconds_total)"
)
# Databases of PostgreSQL and of Azure (learn.microsoft.com azure/postgresql/configure-maintain/concepts-servers).
_NO_TENANTS: Final = "postgres|template[01]|azure_maintenance|azure_sys"


@dataclass(frozen=True, kw_only=True)
class MeteredServer:
    """A PostgreSQL server that is measured.

    Args:
        host: its host name.
        password_secret: name of the secret with the password, in the vault.
        generation: which password it is; a new one replaces the pod, which reads it only when it starts.
    """

    host: pulumi.Input[str]
    password_secret: str
    generation: int = 1


@dataclass(frozen=True, kw_only=True)
class MetricsSecrets:
    """Where the passwords are.

    Args:
        vault_name: the Key Vault.
        azure_tenant_id: Entra tenant of the identity.
        client_id: client id of an identity that may read these secrets; the service account `postgres-exporter` of the
            namespace stands for it.
    """

    vault_name: pulumi.Input[str]
    azure_tenant_id: pulumi.Input[str]
    client_id: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class DatabaseExporter:
    """The program that reads a server.

    Args:
        image: image of postgres_exporter, 0.17 or newer, with its registry and digest.
        login: role that it logs in as: a member of `pg_monitor` without rights of its own.
        nodes: which nodes its pods run on.
        priority_class: name of their priority class; None for the cluster's default.
    """

    image: pulumi.Input[str]
    nodes: NodePlacement
    login: str = "metrics"
    priority_class: pulumi.Input[str] | None = None


def object_name(server: str) -> str:
    """Name of a server's Deployment and of its SecretProviderClass."""
    return f"{NAME}-{server}"


def deployment_spec(
    exporter: DatabaseExporter, labels: Mapping[str, str], server: str, metered: MeteredServer
) -> apps.v1.DeploymentSpecArgs:
    """Spec of a server's Deployment: one pod, which is gone before the next one comes.

    Args:
        exporter: the program.
        labels: labels of all objects.
        server: name of the server.
        metered: the server.
    """
    selector = {**SELECTOR, SERVER_LABEL: server}
    return apps.v1.DeploymentSpecArgs(
        replicas=1,
        revision_history_limit=5,
        selector=meta.v1.LabelSelectorArgs(match_labels=selector),
        strategy=apps.v1.DeploymentStrategyArgs(type="Recreate"),
        template=core.v1.PodTemplateSpecArgs(
            metadata=meta.v1.ObjectMetaArgs(
                labels={**labels, **selector}, annotations={_GENERATION: str(metered.generation)}
            ),
            spec=_pod_spec(exporter, server, metered),
        ),
    )


def _pod_spec(exporter: DatabaseExporter, server: str, metered: MeteredServer) -> core.v1.PodSpecArgs:
    return core.v1.PodSpecArgs(
        service_account_name=NAME,
        automount_service_account_token=False,
        enable_service_links=False,
        priority_class_name=exporter.priority_class,
        node_selector=dict(exporter.nodes.node_selector),
        tolerations=[
            core.v1.TolerationArgs(key=POOL_KEY, operator="Equal", value=value, effect="NoSchedule")
            for value in exporter.nodes.tolerated_taints
        ],
        termination_grace_period_seconds=60,
        security_context=core.v1.PodSecurityContextArgs(
            run_as_non_root=True,
            run_as_user=_USER,
            run_as_group=_USER,
            fs_group=_USER,
            seccomp_profile=core.v1.SeccompProfileArgs(type="RuntimeDefault"),
        ),
        containers=[_container(exporter, metered)],
        volumes=[
            core.v1.VolumeArgs(
                name="secrets",
                csi=core.v1.CSIVolumeSourceArgs(
                    driver="secrets-store.csi.k8s.io",
                    read_only=True,
                    volume_attributes={"secretProviderClass": object_name(server)},
                ),
            )
        ],
    )


def _container(exporter: DatabaseExporter, metered: MeteredServer) -> core.v1.ContainerArgs:
    probe = core.v1.HTTPGetActionArgs(path="/", port=_PORT_NAME)
    return core.v1.ContainerArgs(
        name=NAME,
        image=exporter.image,
        image_pull_policy="IfNotPresent",
        args=[
            # Size of every database, by walking all its files, at each scrape.
            "--no-collector.database",
            # Of the database `postgres`, which has no tables.
            "--no-collector.stat_user_tables",
            "--no-collector.statio_user_tables",
        ],
        env=[core.v1.EnvVarArgs(name=name, value=value) for name, value in _environment(exporter, metered).items()],
        ports=[core.v1.ContainerPortArgs(name=_PORT_NAME, container_port=PORT)],
        resources=core.v1.ResourceRequirementsArgs(
            requests={"cpu": _CPU, "memory": _MEMORY}, limits={"memory": _MEMORY}
        ),
        readiness_probe=core.v1.ProbeArgs(http_get=probe, period_seconds=10),
        liveness_probe=core.v1.ProbeArgs(http_get=probe, period_seconds=30, failure_threshold=4),
        security_context=core.v1.SecurityContextArgs(
            run_as_non_root=True,
            allow_privilege_escalation=False,
            read_only_root_filesystem=True,
            capabilities=core.v1.CapabilitiesArgs(drop=["ALL"]),
        ),
        volume_mounts=[core.v1.VolumeMountArgs(name="secrets", mount_path=_SECRETS_FOLDER, read_only=True)],
    )


def _environment(exporter: DatabaseExporter, metered: MeteredServer) -> Mapping[str, pulumi.Input[str]]:
    """github.com/prometheus-community/postgres_exporter, README: Environment Variables."""
    uri = pulumi.Output.concat(metered.host, ":5432/postgres?sslmode=verify-full&connect_timeout=5")
    return {
        "DATA_SOURCE_URI": uri,
        "DATA_SOURCE_USER": exporter.login,
        "DATA_SOURCE_PASS_FILE": f"{_SECRETS_FOLDER}/{PASSWORD_FILE}",
        "PG_EXPORTER_DISABLE_SETTINGS_METRICS": "true",
    }


def pod_monitor(database_pattern: str) -> Mapping[str, Any]:
    """Spec of the PodMonitor: samples get the labels `database_server` and `tenant`.

    Args:
        database_pattern: regular expression of the name of a tenant's database, whose first group is the tenant.
    """
    return {
        "selector": {"matchLabels": dict(SELECTOR)},
        "podMetricsEndpoints": [
            {
                "port": _PORT_NAME,
                "path": "/metrics",
                "interval": "30s",
                "relabelings": [
                    {
                        "sourceLabels": ["__meta_kubernetes_pod_label_odoo_azure_database_server"],
                        "targetLabel": DATABASE_SERVER_LABEL,
                    }
                ],
                "metricRelabelings": [
                    {"sourceLabels": ["__name__"], "regex": _KEPT, "action": "keep"},
                    {"sourceLabels": ["datname"], "regex": _NO_TENANTS, "action": "drop"},
                    # Sessions that do nothing are most of them.
                    {"sourceLabels": ["__name__", "state"], "regex": "pg_stat_activity_count;[^a].*", "action": "drop"},
                    {"sourceLabels": ["datname"], "regex": database_pattern, "targetLabel": "tenant"},
                ],
            }
        ],
    }
