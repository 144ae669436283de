"""The spoke network: what it is made of in each of its ways out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from components.network.egress import Egress, FirewallEgress, FirewallTier, HubEgress, NatEgress
from components.network.flows import Destination
from components.network.hub import Hub
from components.network.subnets import SubnetKind
from tests.unit.components import mocked_azure
from tests.unit.components import network_example as example
from tests.unit.components.harness import Declared, arm_findings, declare, names, of_type, one, resolve

pytestmark = pytest.mark.stacks

FIREWALL = FirewallEgress(firewall_name="afw-erp-test-weu", address_count=2)
HUB = Hub(network_id=example.HUB_ID, dns_servers=example.HUB_RESOLVERS)
MANAGED_HUB = Hub(network_id=example.HUB_ID, manage_peering=True, use_gateway=True)
HUB_EGRESS = HubEgress(firewall_private_address="10.200.0.4")
MACHINES = {"snet-system", "snet-web", "snet-jobs", "snet-runner"}


def nat() -> list[Declared]:
    return declare(example.spoke)


def own_firewall(hub: Hub | None = None, egress: FirewallEgress = FIREWALL) -> list[Declared]:
    return declare(lambda: example.spoke(egress=egress, subnets=example.SUBNETS_WITH_FIREWALL, hub=hub))


def hub_firewall() -> list[Declared]:
    return declare(lambda: example.spoke(egress=HUB_EGRESS, hub=HUB))


def subnets(declared: list[Declared]) -> Mapping[str, Any]:
    return {subnet["name"]: subnet for subnet in one(declared, "network:VirtualNetwork").inputs["subnets"]}


def security_group_names(*kinds: str) -> set[tuple[str, str]]:
    return {("network:NetworkSecurityGroup", f"spoke-rules-{kind}") for kind in kinds} | {
        ("monitor:DiagnosticSetting", f"spoke-rules-{kind}-logs") for kind in kinds
    }


NETWORK_NAMES = {
    *security_group_names(*example.SUBNETS),
    ("network:VirtualNetwork", "spoke-network"),
    ("monitor:DiagnosticSetting", "spoke-network-logs"),
}


def test_nat_egress_makes_one_zonal_gateway_with_addresses_over_all_zones() -> None:
    declared = nat()
    assert names(declared) == NETWORK_NAMES | {
        ("network:NatGateway", "spoke-nat-z1"),
        ("network:PublicIPPrefix", "spoke-nat-addresses-z1-31"),
    }
    gateway = one(declared, "network:NatGateway").inputs
    assert gateway["natGatewayName"] == "ng-erp-test-weu-z1"
    assert gateway["zones"] == ["1"]
    assert gateway["sku"] == {"name": "Standard"}
    addresses = one(declared, "network:PublicIPPrefix").inputs
    assert addresses["zones"] == ["1", "2", "3"]
    assert {name for name, subnet in subnets(declared).items() if "natGateway" in subnet} == MACHINES
    assert not any("routeTable" in subnet for subnet in subnets(declared).values())


def test_nat_in_another_zone_has_other_names_so_that_it_is_made_beside_the_old_one() -> None:
    moved = declare(lambda: example.spoke(egress=NatEgress(gateway_name="ng-erp-test-weu", zone="2")))
    here, there = ({one(each, type_).inputs[key] for type_, key in _NAT_NAMES} for each in (nat(), moved))
    assert not here & there


_NAT_NAMES = (("network:NatGateway", "natGatewayName"), ("network:PublicIPPrefix", "publicIpPrefixName"))


def test_own_firewall_stands_in_all_zones_and_is_the_way_out_of_machines_and_database() -> None:
    declared = own_firewall()
    assert names(declared) == NETWORK_NAMES | {
        ("network:AzureFirewall", "spoke-firewall"),
        ("monitor:DiagnosticSetting", "spoke-firewall-logs"),
        ("network:FirewallPolicy", "spoke-firewall-policy"),
        ("network:FirewallPolicyRuleCollectionGroup", "spoke-firewall-rules"),
        ("network:PublicIPAddress", "spoke-firewall-address-1"),
        ("monitor:DiagnosticSetting", "spoke-firewall-address-1-logs"),
        ("network:PublicIPAddress", "spoke-firewall-address-2"),
        ("monitor:DiagnosticSetting", "spoke-firewall-address-2-logs"),
        ("network:RouteTable", "spoke-routes-machines"),
        ("network:RouteTable", "spoke-routes-database"),
    }
    firewall = one(declared, "network:AzureFirewall")
    assert firewall.inputs["zones"] == ["1", "2", "3"]
    assert [("subnet" in each) for each in firewall.inputs["ipConfigurations"]] == [True, False]
    assert "spoke-firewall-rules" in firewall.depends_on
    for address in of_type(declared, "network:PublicIPAddress"):
        assert address.inputs["zones"] == ["1", "2", "3"]
        assert address.inputs["sku"] == {"name": "Standard"}
        assert address.inputs["publicIPAllocationMethod"] == "Static"
    routed = {name: subnet["routeTable"]["id"] for name, subnet in subnets(declared).items() if "routeTable" in subnet}
    assert set(routed) == MACHINES | {"snet-database"}
    assert not any("natGateway" in subnet for subnet in subnets(declared).values())


def test_routes_lead_to_the_own_firewall_but_for_what_postgresql_needs() -> None:
    declared = own_firewall()
    out = {
        "name": "everything",
        "addressPrefix": "0.0.0.0/0",
        "nextHopType": "VirtualAppliance",
        "nextHopIpAddress": example.FIREWALL_ADDRESS,
    }
    machines = one(declared, "network:RouteTable", "spoke-routes-machines").inputs
    assert machines["routes"] == [out]
    assert machines["disableBgpRoutePropagation"] is False
    assert one(declared, "network:RouteTable", "spoke-routes-database").inputs["routes"] == [
        out,
        {"name": "entra", "addressPrefix": "AzureActiveDirectory", "nextHopType": "Internet"},
        {"name": "replication", "addressPrefix": "10.40.3.32/28", "nextHopType": "VnetLocal"},
    ]


def test_own_firewall_is_the_dns_server_and_asks_the_hubs() -> None:
    declared = own_firewall(hub=HUB)
    assert one(declared, "network:VirtualNetwork").inputs["dhcpOptions"] == {"dnsServers": [example.FIREWALL_ADDRESS]}
    dns = one(declared, "network:FirewallPolicy").inputs["dnsSettings"]
    assert dns == {"enableProxy": True, "servers": list(example.HUB_RESOLVERS)}
    assert "spoke-peering-to-hub" in one(declared, "network:AzureFirewall").depends_on


@pytest.mark.parametrize(
    ("tier", "intrusion_detection"), [(FirewallTier.PREMIUM, {"mode": "Deny"}), (FirewallTier.STANDARD, None)]
)
def test_policy_denies_known_threats(tier: FirewallTier, intrusion_detection: object) -> None:
    declared = own_firewall(egress=FirewallEgress(firewall_name="afw-erp-test-weu", tier=tier))
    policy = one(declared, "network:FirewallPolicy").inputs
    assert policy["sku"] == {"tier": tier.value}
    assert policy["threatIntelMode"] == "Deny"
    assert policy.get("intrusionDetection") == intrusion_detection
    assert one(declared, "network:AzureFirewall").inputs["sku"] == {"name": "AZFW_VNet", "tier": tier.value}


def test_firewall_lets_out_to_names_only() -> None:
    collections = one(own_firewall(), "network:FirewallPolicyRuleCollectionGroup").inputs["ruleCollections"]
    assert {each["action"]["type"] for each in collections} == {"Allow"}
    rules = {rule["name"]: rule for each in collections for rule in each["rules"]}
    assert len(rules) == sum(len(each["rules"]) for each in collections)
    for rule in rules.values():
        named = rule.get("targetFqdns") or rule.get("fqdnTags") or rule.get("destinationFqdns")
        assert named
        assert "*" not in named
        assert "*" not in rule["name"]
        assert rule["sourceAddresses"]
    assert rules["aks"]["fqdnTags"] == ["AzureKubernetesService"]
    assert "westeurope.handler.control.monitor.azure.com" in rules["monitor"]["targetFqdns"]
    assert {"packages.aks.azure.com", "acs-mirror.azureedge.net"} <= set(rules["packages-and-images"]["targetFqdns"])
    assert rules["any.bank.example-443-from-web-jobs"]["targetFqdns"] == ["*.bank.example"]
    assert rules["any.bank.example-443-from-web-jobs"]["sourceAddresses"] == ["10.40.1.0/24", "10.40.2.0/25"]
    mail = rules["smtp.example-587-from-web-jobs"]
    assert (mail["ruleType"], mail["destinationPorts"], mail["destinationFqdns"]) == (
        "NetworkRule",
        ["587"],
        ["smtp.example"],
    )
    assert rules["code.example-443-from-runner"]["sourceAddresses"] == ["10.40.3.128/28"]


def test_plain_http_destination_is_filtered_as_http_and_absent_sources_make_no_rule() -> None:
    packages = (
        Destination(fqdn="packages.example", purpose="Packages", port=80),
        Destination(fqdn="code.example", purpose="Source code", sources=(SubnetKind.RUNNER,)),
    )
    kinds = {kind: range_ for kind, range_ in example.SUBNETS_WITH_FIREWALL.items() if kind != "runner"}
    declared = declare(lambda: example.spoke(egress=FIREWALL, subnets=kinds, destinations=packages))
    collections = one(declared, "network:FirewallPolicyRuleCollectionGroup").inputs["ruleCollections"]
    assert [each["name"] for each in collections] == ["azure", "destinations"]
    (rule,) = collections[1]["rules"]
    assert rule["protocols"] == [{"protocolType": "Http", "port": 80}]


def test_hub_firewall_is_reached_by_routes_only() -> None:
    declared = hub_firewall()
    assert names(declared) == NETWORK_NAMES | {
        ("network:RouteTable", "spoke-routes-machines"),
        ("network:RouteTable", "spoke-routes-database"),
        ("network:VirtualNetworkPeering", "spoke-peering-to-hub"),
    }
    table = one(declared, "network:RouteTable", "spoke-routes-machines").inputs
    assert table["routes"][0]["nextHopIpAddress"] == "10.200.0.4"
    assert table["disableBgpRoutePropagation"] is True
    assert one(declared, "network:VirtualNetwork").inputs["dhcpOptions"] == {"dnsServers": list(example.HUB_RESOLVERS)}


def test_every_subnet_is_private_guarded_and_delegated_as_it_must_be() -> None:
    made = subnets(own_firewall())
    assert {name: subnet["addressPrefix"] for name, subnet in made.items()} == {
        {"bastion": "AzureBastionSubnet", "firewall": "AzureFirewallSubnet"}.get(kind, f"snet-{kind}"): range_
        for kind, range_ in example.SUBNETS_WITH_FIREWALL.items()
    }
    assert all(subnet["defaultOutboundAccess"] is False for subnet in made.values())
    unguarded = {name for name, subnet in made.items() if "networkSecurityGroup" not in subnet}
    assert unguarded == {"AzureFirewallSubnet"}
    delegations = {
        name: subnet["delegations"][0]["serviceName"] for name, subnet in made.items() if "delegations" in subnet
    }
    assert delegations == {
        "snet-api-server": "Microsoft.ContainerService/managedClusters",
        "snet-database": "Microsoft.DBforPostgreSQL/flexibleServers",
    }
    assert made["snet-private-endpoints"]["privateEndpointNetworkPolicies"] == "Enabled"
    endpoints = {name: subnet["serviceEndpoints"] for name, subnet in made.items() if "serviceEndpoints" in subnet}
    assert endpoints == {"snet-database": [{"service": "Microsoft.Storage"}]}


def test_each_group_guards_its_own_subnet() -> None:
    declared = nat()
    azure_names = {
        each.inputs["networkSecurityGroupName"] for each in of_type(declared, "network:NetworkSecurityGroup")
    }
    assert azure_names == {f"nsg-erp-test-weu-{kind}" for kind in example.SUBNETS}
    for name, subnet in subnets(declared).items():
        kind = "bastion" if name == "AzureBastionSubnet" else name.removeprefix("snet-")
        assert subnet["networkSecurityGroup"]["id"].endswith(f"/nsg-erp-test-weu-{kind}")


def test_managed_peering_offers_the_hubs_gateway_before_the_spoke_takes_it() -> None:
    declared = declare(lambda: example.spoke(hub=MANAGED_HUB))
    hub_side = one(declared, "network:VirtualNetworkPeering", "spoke-peering-from-hub")
    spoke_side = one(declared, "network:VirtualNetworkPeering", "spoke-peering-to-hub")
    assert hub_side.inputs["resourceGroupName"] == "rg-hub-weu"
    assert hub_side.inputs["virtualNetworkName"] == "vnet-hub-weu"
    assert hub_side.inputs["allowGatewayTransit"] is True
    assert spoke_side.inputs["remoteVirtualNetwork"] == {"id": example.HUB_ID}
    assert spoke_side.inputs["useRemoteGateways"] is True
    assert "spoke-peering-from-hub" in spoke_side.depends_on
    for side in (hub_side, spoke_side):
        assert side.inputs["allowForwardedTraffic"] is True
        assert side.inputs["allowVirtualNetworkAccess"] is True


def test_outputs_name_the_subnets_and_the_addresses_that_others_see() -> None:
    def outputs(egress: Egress, kinds: Mapping[str, str], hub: Hub | None = None) -> dict[str, Any]:
        def make() -> dict[str, Any]:
            spoke = example.spoke(egress=egress, subnets=kinds, hub=hub)
            return {
                "network": spoke.network_id,
                "name": spoke.network_name,
                "addresses": spoke.egress_addresses,
                **spoke.subnet_ids,
            }

        return resolve(make)

    behind_nat = outputs(example.NAT, example.SUBNETS)
    assert behind_nat["name"] == "vnet-erp-test-weu"
    assert behind_nat["web"] == behind_nat["network"] + "/subnets/snet-web"
    assert behind_nat["bastion"] == behind_nat["network"] + "/subnets/AzureBastionSubnet"
    assert behind_nat["addresses"] == ["203.0.113.64/31"]
    assert outputs(FIREWALL, example.SUBNETS_WITH_FIREWALL)["addresses"] == ["203.0.113.20", "203.0.113.20"]
    assert outputs(HUB_EGRESS, example.SUBNETS, HUB)["addresses"] == []


def test_firewall_at_another_address_than_the_routes_lead_to_stops_the_program(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def answer(address: str) -> None:
        monkeypatch.setitem(
            mocked_azure.OUTPUTS,
            "network:AzureFirewall",
            lambda _name, _inputs: {"ipConfigurations": [{"privateIPAddress": address}]},
        )

    answer(example.FIREWALL_ADDRESS)
    own_firewall()
    answer("10.40.4.70")
    with pytest.raises(RuntimeError, match=r"10\.40\.4\.70, but the network's routes lead to 10\.40\.4\.68"):
        own_firewall()


def test_network_without_cluster_or_database_has_routes_for_what_is_there() -> None:
    kinds = {"runner": "10.40.3.128/28", "private-endpoints": "10.40.3.64/26"}
    declared = declare(lambda: example.spoke(egress=HUB_EGRESS, subnets=kinds, hub=HUB, pod_address_range=None))
    assert {each.name for each in of_type(declared, "network:RouteTable")} == {"spoke-routes-machines"}
    database_only = {"database": "10.40.3.32/28"}
    declared = declare(lambda: example.spoke(egress=HUB_EGRESS, subnets=database_only, hub=HUB))
    assert {each.name for each in of_type(declared, "network:RouteTable")} == {"spoke-routes-database"}


@pytest.mark.parametrize(
    ("egress", "kinds", "hub", "message"),
    [
        (FIREWALL, example.SUBNETS, None, "come together or not at all"),
        (example.NAT, example.SUBNETS_WITH_FIREWALL, None, "come together or not at all"),
        (HUB_EGRESS, example.SUBNETS, None, "needs a hub"),
        (example.NAT, {"webb": "10.40.1.0/24"}, None, "'webb' is not a valid SubnetKind"),
    ],
)
def test_arguments_that_contradict_each_other_are_refused(
    egress: Egress, kinds: Mapping[str, str], hub: Hub | None, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        declare(lambda: example.spoke(egress=egress, subnets=kinds, hub=hub))


def test_hub_that_is_no_network_is_refused() -> None:
    with pytest.raises(ValueError, match="no ARM id of a virtual network"):
        Hub(network_id="vnet-hub-weu")


def test_everything_fits_arm_and_is_tagged() -> None:
    for declared in (nat(), own_firewall(hub=MANAGED_HUB), hub_firewall()):
        assert arm_findings(declared) == []
        untagged = {
            each.type for each in declared if each.type.startswith("azure-native:") and "tags" not in each.inputs
        }
        assert untagged <= {
            "azure-native:monitor:DiagnosticSetting",
            "azure-native:network:FirewallPolicyRuleCollectionGroup",
            "azure-native:network:VirtualNetworkPeering",
        }
