"""Topology `dedicated-aks`: the files as they are, and the variants of network and life."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pytest

from tests.stacks.topologies import (
    HUB_FIREWALL,
    HUB_RESOLVERS,
    HUB_ZONES_GROUP,
    VARIANTS,
    WEBHOOK,
    declared_stack,
    plan_of,
    resources,
    settings_of,
)
from tests.unit.components.harness import of_type, one


def allowed_destinations(variant: str) -> set[tuple[str, str, str]]:
    """Name, port and purpose of everything that the firewall's policy lets out."""
    group = one(resources(variant), "network:FirewallPolicyRuleCollectionGroup").inputs
    rules = [rule for collection in group["ruleCollections"] for rule in collection["rules"]]
    return {
        (fqdn, str(port), rule["description"])
        for rule in rules
        for fqdn in rule.get("targetFqdns", []) + rule.get("destinationFqdns", [])
        for port in rule.get("destinationPorts") or [protocol["port"] for protocol in rule["protocols"]]
    }


def zone_ids(variant: str) -> set[str]:
    """Zones that the endpoints of the variant are named in."""
    groups = of_type(resources(variant), "network:PrivateDnsZoneGroup")
    return {zone["privateDnsZoneId"] for group in groups for zone in group.inputs["privateDnsZoneConfigs"]}


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_budget_counts_every_group_and_the_nodes(variant: str) -> None:
    budget = one(resources(variant), "consumption:Budget").inputs
    names = plan_of(variant).names
    assert f"'{names.node_resource_group}'" in repr(budget)
    assert all(f"'{group}'" in repr(budget) for group in asdict(names.resource_groups).values())


class TestProduction:
    def test_destinations_reach_the_firewall_and_nothing_that_was_not_asked_for(self) -> None:
        asked = {(wanted.fqdn, str(wanted.port), wanted.purpose) for wanted in settings_of("prod").network.destinations}
        assert len(asked) == 4
        assert allowed_destinations("prod") - allowed_destinations("released") == asked

    def test_the_runner_alone_reaches_the_code_host(self) -> None:
        group = one(resources("prod"), "network:FirewallPolicyRuleCollectionGroup").inputs
        rules = [rule for collection in group["ruleCollections"] for rule in collection["rules"]]
        sources = {fqdn: rule["sourceAddresses"] for rule in rules for fqdn in rule.get("targetFqdns", [])}
        subnets = plan_of("prod").network.subnets
        assert sources["*.github.com"] == [subnets["runner"]]
        assert sources["*.bank.example"] == [subnets["web"], subnets["jobs"]]

    def test_the_database_has_a_reader_in_another_server(self) -> None:
        servers = of_type(resources("prod"), "dbforpostgresql:Server")
        assert [server.inputs.get("createMode") for server in servers].count("Replica") == 1
        exports = declared_stack("prod").exports
        assert exports["database_host"] != exports["database_reader_host"]

    def test_the_spoke_uses_the_hubs_gateway_and_leaves_the_hub_alone(self) -> None:
        peering = one(resources("prod"), "network:VirtualNetworkPeering").inputs
        assert peering["useRemoteGateways"] is True
        hub = settings_of("prod").network.hub
        assert hub is not None
        assert peering["remoteVirtualNetwork"] == {"id": hub.network_id}

    def test_nodes_leave_by_the_firewall(self) -> None:
        cluster = one(resources("prod"), "containerservice:ManagedCluster").inputs
        assert cluster["networkProfile"]["outboundType"] == "userDefinedRouting"
        assert one(resources("prod"), "network:AzureFirewall")

    def test_nobody_is_called_where_nobody_asked_for_it(self) -> None:
        assert not one(resources("prod"), "monitor:ActionGroup").inputs.get("webhookReceivers")


class TestStaging:
    def test_leaves_by_a_nat_gateway_and_has_no_firewall(self) -> None:
        declared = resources("staging")
        assert one(declared, "network:NatGateway")
        assert not of_type(declared, "network:AzureFirewall")
        assert not of_type(declared, "network:RouteTable")
        assert not of_type(declared, "network:VirtualNetworkPeering")
        cluster = one(declared, "containerservice:ManagedCluster").inputs
        assert cluster["networkProfile"]["outboundType"] == "userAssignedNATGateway"

    def test_has_one_database_server_that_reads_and_writes(self) -> None:
        assert len(of_type(resources("staging"), "dbforpostgresql:Server")) == 1
        assert not of_type(resources("staging"), "dbforpostgresql:VirtualEndpoint")
        exports = declared_stack("staging").exports
        assert exports["database_host"] == exports["database_reader_host"]

    def test_can_be_reached_by_bastion(self) -> None:
        assert one(resources("staging"), "network:BastionHost")


class TestHub:
    """A hub with firewall, resolvers, zones and bastion of its own."""

    def test_everything_leaves_by_its_firewall(self) -> None:
        declared = resources("hub")
        assert not of_type(declared, "network:AzureFirewall")
        assert not of_type(declared, "network:NatGateway")
        for table in of_type(declared, "network:RouteTable"):
            hops = {route.get("nextHopIpAddress") for route in table.inputs["routes"]}
            assert HUB_FIREWALL in hops
        assert of_type(declared, "network:RouteTable")
        assert declared_stack("hub").exports["egress_addresses"] == []

    def test_endpoints_are_named_in_its_zones(self) -> None:
        assert zone_ids("hub")
        assert all(
            id_.startswith(f"{HUB_ZONES_GROUP}/providers/Microsoft.Network/privateDnsZones/privatelink.")
            for id_ in zone_ids("hub")
        )
        assert not any(id_.startswith(HUB_ZONES_GROUP) for id_ in zone_ids("prod"))

    def test_the_clusters_name_is_in_its_zone_too(self) -> None:
        access = one(resources("hub"), "containerservice:ManagedCluster").inputs["apiServerAccessProfile"]
        assert access["privateDNSZone"].startswith(HUB_ZONES_GROUP)

    def test_only_the_databases_zone_is_the_environments_own(self) -> None:
        zone = one(resources("hub"), "privatedns:PrivateZone")
        assert zone.inputs["privateZoneName"] == plan_of("hub").names.database_zone
        server = one(resources("hub"), "dbforpostgresql:Server", "odoo-database-server")
        assert server.inputs["network"]["privateDnsZoneArmResourceId"].endswith(f"/{zone.inputs['privateZoneName']}")

    def test_names_are_resolved_by_its_resolvers(self) -> None:
        options = one(resources("hub"), "network:VirtualNetwork").inputs["dhcpOptions"]
        assert options == {"dnsServers": HUB_RESOLVERS}

    def test_its_side_of_the_peering_is_made_where_that_was_asked_for(self) -> None:
        peerings = of_type(resources("hub"), "network:VirtualNetworkPeering")
        sides = {each.inputs["virtualNetworkName"] for each in peerings}
        assert sides == {"vnet-hub-weu", plan_of("hub").names.virtual_network}

    def test_has_the_bastion(self) -> None:
        assert not of_type(resources("hub"), "network:BastionHost")

    def test_alerts_call_the_on_call_service(self) -> None:
        receivers: list[Mapping[str, Any]] = one(resources("hub"), "monitor:ActionGroup").inputs["webhookReceivers"]
        assert [receiver["serviceUri"] for receiver in receivers] == [WEBHOOK]


def test_flow_logs_are_kept_as_long_as_azure_keeps_them() -> None:
    declared = resources("released")
    assert one(declared, "operationalinsights:Workspace").inputs["retentionInDays"] == 730
    assert one(declared, "network:FlowLog").inputs["retentionPolicy"] == {"enabled": True, "days": 365}
    service = one(declared, "storage:BlobServiceProperties", "odoo-flow-log-store-service").inputs
    assert service["deleteRetentionPolicy"] == {"enabled": True, "days": 365}
