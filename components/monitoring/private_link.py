"""MonitoringPrivateLink: how agents and people inside the network reach the monitoring base."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_azure_native import monitor

from components.base import Component, Placement
from components.private_link import PrivateLink, private_endpoint

# learn.microsoft.com azure/private-link/private-endpoint-dns: one endpoint of a scope writes into all five. The last
# is for the storage accounts that agents fetch solution packs from; it is shared with the endpoints of blobs.
SCOPE_ZONES: tuple[str, ...] = (
    "privatelink.monitor.azure.com",
    "privatelink.oms.opinsights.azure.com",
    "privatelink.ods.opinsights.azure.com",
    "privatelink.agentsvc.azure-automation.net",
    "privatelink.blob.core.windows.net",
)


def metrics_zone(location: str) -> str:
    """Zone of the query endpoints of Azure Monitor workspaces in a region."""
    return f"privatelink.{location}.prometheus.monitor.azure.com"


@dataclass(frozen=True, kw_only=True)
class MonitoringPrivateLinkArgs:
    """Arguments of `MonitoringPrivateLink`.

    Args:
        placement: where it goes.
        scope_name: Azure Monitor private link scope: 1 to 255 characters.
        private_link: subnet of the endpoints, and the zones: those of `SCOPE_ZONES` and `metrics_zone(location)`.
        log_workspace_id: Log Analytics workspace to reach.
        endpoint_id: data collection endpoint to reach.
        metrics_workspace_id: Azure Monitor workspace to query.
        metrics_workspace_name: its name.
    """

    placement: Placement
    scope_name: str
    private_link: PrivateLink
    log_workspace_id: pulumi.Input[str]
    endpoint_id: pulumi.Input[str]
    metrics_workspace_id: pulumi.Input[str]
    metrics_workspace_name: str


class MonitoringPrivateLink(Component):
    """Private access to logs and metrics.

    Makes an Azure Monitor private link scope with the log workspace and the data collection endpoint in it, its private
    endpoint, and one for queries of the metrics' workspace (what comes in goes through the data collection endpoint).

    The zones are shared by all of Azure Monitor: a network can be linked to one scope only, and once it is, everything
    in it reaches only what is in the scope. An environment whose hub brings its own scope and zones does without this.

    Args:
        name: prefix of the Pulumi names.
        args: what it is made from.
        opts: options of the component.

    Attributes:
        scope_id: ARM id of the scope.
    """

    scope_id: pulumi.Output[str]

    def __init__(self, name: str, args: MonitoringPrivateLinkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.placement, opts)
        scope = monitor.PrivateLinkScope(
            f"{name}-scope",
            scope_name=args.scope_name,
            resource_group_name=args.placement.resource_group_name,
            location="global",
            tags=args.placement.tags,
            # Open would let whoever is inside the network send its data to anybody's workspace.
            access_mode_settings=monitor.AccessModeSettingsArgs(
                ingestion_access_mode=monitor.AccessMode.PRIVATE_ONLY,
                query_access_mode=monitor.AccessMode.PRIVATE_ONLY,
            ),
            opts=self.child(),
        )
        logs = self.__link(name, "logs", args.log_workspace_id, args, scope)
        # One after the other, and the endpoint last: a scope takes one change at a time.
        collection = self.__link(name, "collection", args.endpoint_id, args, scope, after=logs)
        private_endpoint(
            self,
            f"{name}-scope-endpoint",
            args.private_link,
            service_id=pulumi.Output.all(scope.id, collection.id).apply(lambda ids: str(ids[0])),
            service_name=args.scope_name,
            group_id="azuremonitor",
            zone_names=SCOPE_ZONES,
        )
        private_endpoint(
            self,
            f"{name}-metrics-endpoint",
            args.private_link,
            service_id=args.metrics_workspace_id,
            service_name=args.metrics_workspace_name,
            group_id="prometheusMetrics",
            zone_names=(metrics_zone(args.placement.location),),
        )
        self.scope_id = scope.id
        self.finish({"scope_id": self.scope_id})

    def __link(
        self,
        name: str,
        what: str,
        resource_id: pulumi.Input[str],
        args: MonitoringPrivateLinkArgs,
        scope: monitor.PrivateLinkScope,
        after: pulumi.Resource | None = None,
    ) -> monitor.PrivateLinkScopedResource:
        return monitor.PrivateLinkScopedResource(
            f"{name}-{what}",
            name=what,
            scope_name=scope.name,
            resource_group_name=args.placement.resource_group_name,
            kind=monitor.ScopedResourceKind.RESOURCE,
            linked_resource_id=resource_id,
            opts=self.child(depends_on=[after] if after else None),
        )
