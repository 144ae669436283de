"""Private endpoints and their zone groups, as samples have them."""

from __future__ import annotations

from tests.policies.harness import Declared


def endpoint(group: str) -> Declared:
    return Declared(
        type="network:PrivateEndpoint",
        name="endpoint",
        properties={"privateLinkServiceConnections": [{"groupIds": [group], "name": "link"}]},
        uses={"privateLinkServiceConnections": ["service"]},
    )


def zone_group(zone: str) -> Declared:
    zone_id = f"/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/privateDnsZones/{zone}"
    return Declared(
        type="network:PrivateDnsZoneGroup",
        name="zone-group",
        properties={"privateDnsZoneConfigs": [{"name": "zone", "privateDnsZoneId": zone_id}]},
        uses={"privateEndpointName": ["endpoint"]},
    )
