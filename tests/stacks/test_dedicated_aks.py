"""Topology `dedicated-aks`, whole: the files as they are, and the variants of network and life."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pytest

from components.diagnostics import diagnosable
from components.lifecycle import LIFECYCLES
from stacks.scalars import Attachments
from tests.stacks.topologies import (
    HUB_FIREWALL,
    HUB_RESOLVERS,
    HUB_ZONES_GROUP,
    VARIANTS,
    WEBHOOK,
    declared_stack,
    plan_of,
    settings_of,
)
from tests.unit.components.harness import Declared, arm_findings, of_type, one
from tests.unit.components.sdk import input_names

# Types that are reached over the network, by the number of endpoints that each resource has.
BEHIND_ENDPOINTS = (
    "keyvault:Vault",
    "storage:StorageAccount",
    "containerregistry:Registry",
    "redisenterprise:RedisEnterprise",
    "monitor:PrivateLinkScope",
    "monitor:AzureMonitorWorkspace",
)


def resources(variant: str) -> list[Declared]:
    return declared_stack(variant).resources


def azure(variant: str) -> list[Declared]:
    return [each for each in resources(variant) if each.type.startswith("azure-native:")]


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
class TestEveryVariant:
    def test_passes_the_types_of_azure(self, variant: str) -> None:
        assert arm_findings(resources(variant)) == []

    def test_tags_all_that_takes_tags(self, variant: str) -> None:
        tags = plan_of(variant).tags
        assert tags
        taggable = [each for each in azure(variant) if "tags" in input_names(each.type)]
        assert len(taggable) > 50
        assert [each.name for each in taggable if each.inputs.get("tags") != tags] == []

    def test_every_resource_belongs_to_a_component(self, variant: str) -> None:
        owners = {each.name for each in resources(variant) if each.type.startswith("odoo-azure:")}
        assert [each.name for each in azure(variant) if each.parent not in owners] == []

    def test_names_start_with_their_components_name(self, variant: str) -> None:
        assert [each.name for each in azure(variant) if not each.name.startswith(f"{each.parent}-")] == []

    def test_protects_what_holds_data_and_nothing_else(self, variant: str) -> None:
        given_up = variant == "released"
        for each in resources(variant):
            row = LIFECYCLES.get(each.type)
            assert each.protect is (row is not None and row.holds_data and not given_up), each.name

    def test_locks_what_cannot_be_had_again(self, variant: str) -> None:
        locked = {lock.inputs["scope"].split("/")[-2] for lock in of_type(resources(variant), _LOCK)}
        expected = {"Vault", "StorageAccount", "Server", "Registry", "Workspace"}
        assert locked >= expected if variant != "released" else locked == set()

    def test_logs_all_that_has_logs(self, variant: str) -> None:
        logged = [each.name for each in azure(variant) if diagnosable(each.type)]
        settings = of_type(resources(variant), "monitor:DiagnosticSetting")
        assert sorted(setting.name for setting in settings) == sorted(f"{name}-logs" for name in logged)
        workspace = declared_stack(variant).exports["log_workspace_id"]
        assert {setting.inputs["workspaceId"] for setting in settings} == {workspace}

    def test_every_service_has_a_private_endpoint_with_a_name(self, variant: str) -> None:
        services = [each for type_ in BEHIND_ENDPOINTS for each in of_type(resources(variant), type_)]
        endpoints = of_type(resources(variant), "network:PrivateEndpoint")
        reached = [each.inputs["privateLinkServiceConnections"][0]["privateLinkServiceId"] for each in endpoints]
        assert len(set(reached)) == len(services) == len(endpoints)
        blobs = settings_of(variant).odoo.attachments is Attachments.BLOB
        assert len(endpoints) == (13 if blobs else 12)
        assert {f"{each.name}-dns" for each in endpoints} == {
            each.name for each in of_type(resources(variant), "network:PrivateDnsZoneGroup")
        }

    def test_no_service_is_open(self, variant: str) -> None:
        closed = {
            each.name
            for each in azure(variant)
            if each.inputs.get("properties", each.inputs).get("publicNetworkAccess") == "Disabled"
        }
        services = [type_ for type_ in BEHIND_ENDPOINTS if type_ != "monitor:PrivateLinkScope"]
        for type_ in (*services, "containerservice:ManagedCluster"):
            assert closed >= {each.name for each in of_type(resources(variant), type_)}, type_
        scope = one(resources(variant), "monitor:PrivateLinkScope").inputs
        assert scope["accessModeSettings"]["ingestionAccessMode"] == "PrivateOnly"

    def test_secrets_are_secret(self, variant: str) -> None:
        secret = {(each.type.rpartition(":")[2], name) for each in resources(variant) for name in each.secrets}
        expected = {("Secret", "properties"), ("Server", "administratorLoginPassword"), ("kubernetes", "kubeconfig")}
        assert secret == expected | ({("ActionGroup", "webhookReceivers")} if variant == "hub" else set())
        for each in azure(variant):
            shown = {key: value for key, value in each.inputs.items() if key not in each.secrets}
            assert "generated-" not in repr(shown), each.name
            assert WEBHOOK not in repr(shown), each.name

    def test_nothing_is_named_by_the_sdks_old_types(self, variant: str) -> None:
        assert [each.name for each in azure(variant) if each.aliases] == []

    def test_groups_carry_the_planned_names_in_the_planned_regions(self, variant: str) -> None:
        plan = plan_of(variant)
        groups = {
            each.inputs["resourceGroupName"]: each.inputs["location"]
            for each in of_type(resources(variant), "resources:ResourceGroup")
        }
        planned = asdict(plan.names.resource_groups)
        assert groups == {
            name: plan.recovery_region if purpose == "recovery" else plan.location for purpose, name in planned.items()
        }
        used = {each.inputs["resourceGroupName"] for each in azure(variant) if "resourceGroupName" in each.inputs}
        assert used - {"NetworkWatcherRG", "rg-connectivity-weu"} <= set(planned.values())

    def test_the_budget_counts_every_group_and_the_nodes(self, variant: str) -> None:
        budget = one(resources(variant), "consumption:Budget").inputs
        names = plan_of(variant).names
        assert f"'{names.node_resource_group}'" in repr(budget)
        assert all(f"'{group}'" in repr(budget) for group in asdict(names.resource_groups).values())


_LOCK = "authorization:ManagementLockByScope"


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
