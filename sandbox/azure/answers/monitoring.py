"""Endpoints of the monitoring services."""

from sandbox.azure import paths
from sandbox.azure.answerbook import answers, derived, location
from sandbox.azure.world import World
from sandbox.provider.values import Object
from sandbox.store import Entry


@answers("operationalinsights:Workspace")
def _workspace(entry: Entry, _: World) -> Object:
    return {"customerId": entry.guid("customer")}


@answers("monitor:DataCollectionEndpoint")
def _data_collection_endpoint(entry: Entry, _: World) -> Object:
    host = f"{paths.name_of(entry.id).lower()}-{derived(entry, 'endpoint', 4)}.{location(entry)}-1"
    return {
        "immutableId": f"dce-{derived(entry, 'immutable', 32)}",
        "logsIngestion": {"endpoint": f"https://{host}.ingest.monitor.azure.com"},
        "metricsIngestion": {"endpoint": f"https://{host}.metrics.ingest.monitor.azure.com"},
        "configurationAccess": {"endpoint": f"https://{host}.handler.control.monitor.azure.com"},
    }


@answers("monitor:DataCollectionRule")
def _data_collection_rule(entry: Entry, _: World) -> Object:
    return {"immutableId": f"dcr-{derived(entry, 'immutable', 32)}"}


@answers("monitor:AzureMonitorWorkspace")
def _monitor_workspace(entry: Entry, _: World) -> Object:
    name, region = paths.name_of(entry.id).lower(), location(entry)
    label = f"{name}-{derived(entry, 'query', 4)}"
    managed = (
        f"{paths.subscription_of(entry.id)}/resourceGroups/MA_{name}_{region}_managed/providers/Microsoft.Insights"
    )
    return {
        "accountId": entry.guid("account"),
        "metrics": {
            "prometheusQueryEndpoint": f"https://{label}.{region}.prometheus.monitor.azure.com",
            "internalId": f"mac_{entry.guid('account')}",
        },
        "defaultIngestionSettings": {
            "dataCollectionEndpointResourceId": f"{managed}/dataCollectionEndpoints/{name}",
            "dataCollectionRuleResourceId": f"{managed}/dataCollectionRules/{name}",
        },
    }


@answers("dashboard:Grafana")
def _grafana(entry: Entry, _: World) -> Object:
    properties = dict(entry.inputs.get("properties", {}))
    host = f"{paths.name_of(entry.id).lower()}-{derived(entry, 'host', 8)}.{location(entry)[:3]}.grafana.azure.com"
    return {"properties": {**properties, "endpoint": f"https://{host}", "provisioningState": "Succeeded"}}


@answers("monitor:AutoscaleSetting")
def _autoscale_setting(entry: Entry, _: World) -> Object:
    """The service's settings come back below `properties`, where the SDK has them too."""
    keys = ("enabled", "notifications", "predictiveAutoscalePolicy", "profiles", "targetResourceLocation",
            "targetResourceUri")  # fmt: skip
    return {"properties": {key: entry.inputs[key] for key in keys if key in entry.inputs}}
