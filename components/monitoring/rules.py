"""Data collection rules: which streams of a cluster go where."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_azure_native import monitor

METRICS_STREAM = monitor.KnownPrometheusForwarderDataSourceStreams.MICROSOFT_PROMETHEUS_METRICS
# learn.microsoft.com azure/azure-monitor/containers: the "logs and events" preset. Numbers come from Prometheus, so the
# older inventory and performance streams would only cost. Not high-scale mode: it is for nodes with more than 2,000 log
# lines a second, and takes a different stream.
LOG_STREAMS: tuple[str, ...] = ("Microsoft-ContainerLogV2", "Microsoft-KubeEvents", "Microsoft-KubePodInventory")

_METRICS_DESTINATION = "metrics"
_LOGS_DESTINATION = "logs"


@dataclass(frozen=True, kw_only=True)
class CollectionRule:
    """What differs between the two rules.

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
        destinations=monitor.DataCollectionRuleDestinationsArgs(
            log_analytics=[
                monitor.LogAnalyticsDestinationArgs(name=_LOGS_DESTINATION, workspace_resource_id=log_workspace_id)
            ]
        ),
        data_flow=monitor.DataFlowArgs(streams=list(LOG_STREAMS), destinations=[_LOGS_DESTINATION]),
    )
