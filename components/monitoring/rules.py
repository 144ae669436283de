"""Data collection rules: which streams of a cluster or of machines go where."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_azure_native import monitor

METRICS_STREAM = monitor.KnownPrometheusForwarderDataSourceStreams.MICROSOFT_PROMETHEUS_METRICS
# learn.microsoft.com azure/azure-monitor/containers: the "logs and events" preset. Numbers come from Prometheus, so the
# older inventory and performance streams would only cost. Not high-scale mode: it is for nodes with more than 2,000 log
# lines a second, and takes a different stream.
LOG_STREAMS: tuple[str, ...] = ("Microsoft-ContainerLogV2", "Microsoft-KubeEvents", "Microsoft-KubePodInventory")

# learn.microsoft.com azure/azure-monitor/agents/data-collection-syslog: rsyslog hands the journal's messages on.
# Containers log as `user`, units as `daemon`; of the rest what tells who came in and what broke.
_SYSLOG_FACILITIES = tuple(
    monitor.KnownSyslogDataSourceFacilityNames(facility)
    for facility in ("auth", "authpriv", "cron", "daemon", "kern", "syslog", "user")
)
_SYSLOG_LEVELS = tuple(
    monitor.KnownSyslogDataSourceLogLevels(level)
    for level in ("Info", "Notice", "Warning", "Error", "Critical", "Alert", "Emergency")
)
_COUNTERS = (
    r"Processor(*)\% Processor Time",
    r"Memory(*)\% Used Memory",
    r"Logical Disk(*)\% Used Space",
    r"Logical Disk(*)\Disk Transfers/sec",
    r"Network(*)\Total Bytes",
)
_COUNTER_SECONDS = 60
_SYSLOG_STREAM = monitor.KnownSyslogDataSourceStreams.MICROSOFT_SYSLOG
_COUNTER_STREAM = monitor.KnownPerfCounterDataSourceStreams.MICROSOFT_PERF

_WRITE_API_VERSION = "2023-04-24"
_METRICS_DESTINATION = "metrics"
_LOGS_DESTINATION = "logs"


@dataclass(frozen=True, kw_only=True)
class CollectionRule:
    """What differs between the rules.

    Args:
        description: what it is for, shown in the portal.
        data_sources: what is collected.
        destinations: where it can go.
        data_flow: which of it goes where.
    """

    description: str
    data_sources: monitor.DataCollectionRuleDataSourcesArgs
    destinations: monitor.DataCollectionRuleDestinationsArgs
    data_flow: monitor.DataFlowArgs


def metrics_rule(metrics_workspace_id: pulumi.Input[str]) -> CollectionRule:
    """Prometheus metrics to an Azure Monitor workspace."""
    return CollectionRule(
        description="Prometheus metrics of clusters",
        data_sources=monitor.DataCollectionRuleDataSourcesArgs(
            prometheus_forwarder=[
                monitor.PrometheusForwarderDataSourceArgs(name="prometheus", streams=[METRICS_STREAM])
            ]
        ),
        destinations=monitor.DataCollectionRuleDestinationsArgs(
            monitoring_accounts=[
                monitor.MonitoringAccountDestinationArgs(
                    name=_METRICS_DESTINATION, account_resource_id=metrics_workspace_id
                )
            ]
        ),
        data_flow=monitor.DataFlowArgs(streams=[METRICS_STREAM.value], destinations=[_METRICS_DESTINATION]),
    )


def logs_rule(log_workspace_id: pulumi.Input[str]) -> CollectionRule:
    """Container logs and events to a Log Analytics workspace."""
    return CollectionRule(
        description="Container logs and Kubernetes events of clusters",
        data_sources=monitor.DataCollectionRuleDataSourcesArgs(
            extensions=[
                monitor.ExtensionDataSourceArgs(
                    name="ContainerInsightsExtension",
                    extension_name="ContainerInsights",
                    extension_settings={
                        "dataCollectionSettings": {
                            "interval": "1m",
                            "namespaceFilteringMode": "Off",
                            "enableContainerLogV2": True,
                        }
                    },
                    streams=list(LOG_STREAMS),
                )
            ]
        ),
        destinations=_to_logs(log_workspace_id),
        data_flow=monitor.DataFlowArgs(streams=list(LOG_STREAMS), destinations=[_LOGS_DESTINATION]),
    )


def machine_logs_rule(log_workspace_id: pulumi.Input[str]) -> CollectionRule:
    """What machines and the containers on them log, and how full they are, to a Log Analytics workspace."""
    return CollectionRule(
        description="System logs and counters of machines",
        data_sources=monitor.DataCollectionRuleDataSourcesArgs(
            syslog=[
                monitor.SyslogDataSourceArgs(
                    name="syslog",
                    facility_names=list(_SYSLOG_FACILITIES),
                    log_levels=list(_SYSLOG_LEVELS),
                    streams=[_SYSLOG_STREAM],
                )
            ],
            performance_counters=[
                monitor.PerfCounterDataSourceArgs(
                    name="counters",
                    counter_specifiers=list(_COUNTERS),
                    sampling_frequency_in_seconds=_COUNTER_SECONDS,
                    streams=[_COUNTER_STREAM],
                )
            ],
        ),
        destinations=_to_logs(log_workspace_id),
        data_flow=monitor.DataFlowArgs(
            streams=[_SYSLOG_STREAM.value, _COUNTER_STREAM.value], destinations=[_LOGS_DESTINATION]
        ),
    )


def _to_logs(log_workspace_id: pulumi.Input[str]) -> monitor.DataCollectionRuleDestinationsArgs:
    return monitor.DataCollectionRuleDestinationsArgs(
        log_analytics=[
            monitor.LogAnalyticsDestinationArgs(name=_LOGS_DESTINATION, workspace_resource_id=log_workspace_id)
        ]
    )


def write_url(endpoint: monitor.DataCollectionEndpoint, rule: monitor.DataCollectionRule) -> pulumi.Output[str]:
    """Where Prometheus servers write metrics to (learn.microsoft.com azure/azure-monitor/metrics/
    prometheus-remote-write-virtual-machines).

    Args:
        endpoint: the data collection endpoint that the rule is tied to.
        rule: a rule for Prometheus metrics.
    """
    host = endpoint.metrics_ingestion.apply(lambda ingestion: (ingestion.endpoint if ingestion else None) or "")
    return pulumi.Output.concat(
        host,
        "/dataCollectionRules/",
        rule.immutable_id,
        f"/streams/{METRICS_STREAM.value}/api/v1/write?api-version={_WRITE_API_VERSION}",
    )
