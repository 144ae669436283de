"""The metrics agent of a machine: Prometheus 3, which keeps nothing and sends all to the Azure Monitor workspace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import yaml

from components.ingress.configuration import INTERNAL_PORT
from components.ingress.measurement import relabelings
from components.ingress.routers import FILE
from components.machines.containers import IDENTITY, INSIDE, Container, Limits, commanded, service
from components.machines.model import Images, MetricsTarget
from components.machines.paths import MACHINE_FILE, METRICS_FILE, scratch

NAME: Final = "metrics"
USER: Final = "65534:65534"
"""`nobody`, whom Prometheus' image runs as (github.com/prometheus/prometheus Dockerfile)."""
LIMITS: Final = Limits(memory_mib=256, cpus=0.5, cpu_shares=64, processes=64)

_PORT = 9090
_CONFIG = "/etc/prometheus/prometheus.yaml"
_STORAGE = "/prometheus"
_FIELDS = {"sourceLabels": "source_labels", "targetLabel": "target_label"}
"""Names of Prometheus' own file for those of its custom resources."""


def metrics_config(target: MetricsTarget, jobs: Sequence[Mapping[str, Any]] = ()) -> str:
    """The agent's configuration, in YAML.

    Sources: learn.microsoft.com azure/azure-monitor/metrics/prometheus-remote-write-virtual-machines;
    prometheus.io/docs/prometheus/latest/configuration/configuration#remote_write.

    Args:
        target: where metrics go.
        jobs: what it scrapes beside itself.
    """
    text: str = yaml.safe_dump(
        {
            # Of all machines the names of containers are the same.
            "global": {"scrape_interval": "30s", "external_labels": {"machine": "${MACHINE}"}},
            "scrape_configs": [_job("machine", f"127.0.0.1:{_PORT}"), *jobs],
            "remote_write": [
                {
                    "url": target.remote_write_url,
                    "azuread": {"cloud": "AzurePublic", "managed_identity": {"client_id": target.identity}},
                }
            ],
        },
        sort_keys=False,
        width=120,
    )
    return text


def traefik_job(tenant: str, hostname: str) -> Mapping[str, Any]:
    """What is scraped of Traefik, with the labels `tenant` and `transaction` of the cluster's own metrics.

    Args:
        tenant: the tenant's name.
        hostname: its host name.
    """
    rules = [
        {_FIELDS.get(name, name): value for name, value in rule.items()} for rule in relabelings(tenant, hostname, FILE)
    ]
    return {**_job("traefik", f"traefik:{INTERNAL_PORT}"), "metric_relabel_configs": rules}


def metrics_service(images: Images, *, networks: Sequence[str] = (IDENTITY, INSIDE)) -> dict[str, Any]:
    """The service.

    Args:
        images: the images.
        networks: networks that it is on.
    """
    return service(
        Container(
            name=NAME,
            image=images.metrics,
            user=USER,
            limits=LIMITS,
            networks=networks,
            mounts={METRICS_FILE: _CONFIG},
            writable={scratch(NAME): _STORAGE},
        ),
        command=commanded(
            f"--config.file={_CONFIG}",
            "--agent",
            f"--storage.agent.path={_STORAGE}",
            f"--web.listen-address=127.0.0.1:{_PORT}",
        ),
        healthcheck={
            "test": commanded("CMD", "promtool", "check", "healthy", f"--url=http://127.0.0.1:{_PORT}"),
            "interval": "30s",
            "timeout": "5s",
            "retries": 3,
        },
        restart="on-failure",
        env_file=[MACHINE_FILE],
    )


def _job(name: str, target: str) -> Mapping[str, Any]:
    return {"job_name": name, "static_configs": [{"targets": [target]}]}
