"""Messages between systems."""

from __future__ import annotations

from typing import Any

from pulumi_azure_native import eventhub, streamanalytics

from tests.policies.strangers.shared import group, password


def streams() -> None:
    """Events counted by the minute, between two hubs that a key opens (azure-ts-stream-analytics)."""
    inside = group("streams")
    namespace = eventhub.Namespace("streams-namespace", resource_group_name=inside.name, sku={"name": "Standard"})
    hubs = [
        eventhub.EventHub(
            f"streams-{name}",
            resource_group_name=inside.name,
            namespace_name=namespace.name,
            partition_count=2,
            message_retention_in_days=7,
        )
        for name in ("inputs", "outputs")
    ]
    eventhub.ConsumerGroup(
        "streams-readers",
        resource_group_name=inside.name,
        namespace_name=namespace.name,
        event_hub_name=hubs[0].name,
    )
    opened: dict[str, Any] = {
        "service_bus_namespace": namespace.name,
        "shared_access_policy_name": "RootManageSharedAccessKey",
        "shared_access_policy_key": password(),
    }
    job = streamanalytics.StreamingJob(
        "streams-job",
        resource_group_name=inside.name,
        compatibility_level="1.2",
        sku={"name": "Standard"},
        transformation={"name": "minutes", "query": "SELECT Make INTO [out] FROM [in]", "streaming_units": 1},
    )
    streamanalytics.Input(
        "streams-in",
        resource_group_name=inside.name,
        job_name=job.name,
        properties=streamanalytics.StreamInputPropertiesArgs(
            type="Stream",
            datasource=streamanalytics.EventHubStreamInputDataSourceArgs(
                type="Microsoft.ServiceBus/EventHub", event_hub_name=hubs[0].name, **opened
            ),
            serialization=streamanalytics.JsonSerializationArgs(type="Json", encoding="UTF8"),
        ),
    )
    streamanalytics.Output(
        "streams-out",
        resource_group_name=inside.name,
        job_name=job.name,
        datasource=streamanalytics.EventHubOutputDataSourceArgs(
            type="Microsoft.ServiceBus/EventHub", event_hub_name=hubs[1].name, **opened
        ),
        serialization=streamanalytics.JsonSerializationArgs(type="Json", encoding="UTF8", format="Array"),
    )
