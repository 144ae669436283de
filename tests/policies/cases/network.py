from tests.policies.cases import Case, StackCase, of
from tests.policies.harness import Declared

VNET, SUBNET = "network:VirtualNetwork", "network:Subnet"
NSG, SECURITY_RULE = "network:NetworkSecurityGroup", "network:SecurityRule"
CLOSED = {"publicNetworkAccess": "Disabled"}
NSG_ID = {"networkSecurityGroup": {"id": "/subscriptions/s/nsg"}}
GATEWAY = {"name": "GatewaySubnet"}

NARROW = {
    "name": "pooler",
    "access": "Allow",
    "direction": "Inbound",
    "protocol": "Tcp",
    "sourceAddressPrefix": "10.40.4.0/24",
    "destinationAddressPrefix": "10.40.8.0/28",
    "destinationPortRange": "5432",
    "description": "PgBouncer to PostgreSQL",
}
WIDE = {
    "name": "ranges",
    "access": "Allow",
    "direction": "Inbound",
    "protocol": "*",
    "sourceAddressPrefixes": ["10.0.0.0/8", "0.0.0.0/0"],
    "destinationAddressPrefix": "*",
    "destinationPortRanges": ["20-25", "5400-5500"],
}
WEB_FROM_INTERNET = {**NARROW, "sourceAddressPrefix": "Internet", "destinationPortRange": "443"}
DENY_ALL = {**WIDE, "access": "Deny", "destinationPortRanges": ["*"]}
ANY_TO_ANY = {**WIDE, "direction": "Outbound", "destinationPortRanges": ["*"]}


ADDRESS = Declared(type="network:PublicIPAddress", name="address")
NAT = Declared(type="network:NatGateway", name="nat", uses={"publicIpAddresses": ["address"]})
NIC = Declared(type="network:NetworkInterface", name="nic", uses={"ipConfigurations": ["address"]})
CASES = [
    Case(
        "subnet-has-nsg",
        good=[
            (VNET, {"subnets": [{"name": "nodes", **NSG_ID}, GATEWAY, {"name": "AzureFirewallSubnet"}]}),
            (SUBNET, {"subnetName": "nodes", **NSG_ID}),
            (VNET, {}),
        ],
        bad=[
            (VNET, {"subnets": [{"name": "nodes"}, {"name": "AzureBastionSubnet", **NSG_ID}]}),
            (SUBNET, {"subnetName": "AzureBastionSubnet"}),
            (SUBNET, {}),
        ],
    ),
    Case(
        "subnet-private-outbound",
        good=[
            (VNET, {"subnets": [{"name": "nodes", "defaultOutboundAccess": False}, GATEWAY]}),
            (SUBNET, {"name": "AzureBastionSubnet"}),
        ],
        bad=[(VNET, {"subnets": [{"name": "nodes"}]}), (SUBNET, {"name": "nodes", "defaultOutboundAccess": True})],
    ),
    Case(
        "subnet-pe-policies-on",
        good=[
            (VNET, {"subnets": [{"name": "endpoints", "privateEndpointNetworkPolicies": "Enabled"}, GATEWAY]}),
            (SUBNET, {"name": "db", "delegations": [{"serviceName": "Microsoft.DBforPostgreSQL/flexibleServers"}]}),
        ],
        bad=[(VNET, {"subnets": [{"name": "endpoints"}]}), (SUBNET, {"privateEndpointNetworkPolicies": "Disabled"})],
    ),
    Case(
        "nsg-no-admin-from-internet",
        good=[
            (NSG, {"securityRules": [NARROW, WEB_FROM_INTERNET, DENY_ALL]}),
            (SECURITY_RULE, NARROW),
            (NSG, {}),
            (SECURITY_RULE, {**WIDE, "direction": "Outbound"}),
        ],
        bad=[
            (NSG, {"securityRules": [NARROW, WIDE]}),
            (SECURITY_RULE, {**NARROW, "sourceAddressPrefix": "Internet"}),
            (SECURITY_RULE, {**NARROW, "sourceAddressPrefix": "*", "destinationPortRange": "*"}),
        ],
    ),
    Case(
        "nsg-no-any-any",
        good=[(NSG, {"securityRules": [NARROW, WIDE, DENY_ALL]}), (SECURITY_RULE, WEB_FROM_INTERNET)],
        bad=[(NSG, {"securityRules": [ANY_TO_ANY]}), (SECURITY_RULE, {**ANY_TO_ANY, "direction": "Inbound"})],
    ),
    Case(
        "nsg-rules-described",
        good=[(NSG, {"securityRules": [NARROW]}), (SECURITY_RULE, NARROW)],
        bad=[(NSG, {"securityRules": [WIDE]}), (SECURITY_RULE, {})],
    ),
    of(
        "nic-no-public-ip",
        "network:NetworkInterface",
        [{"ipConfigurations": [{"name": "a", "subnet": {"id": "x"}}]}, {}],
        [{"ipConfigurations": [{"name": "a", "publicIPAddress": {"id": "/subscriptions/s/pip"}}]}],
    ),
    of(
        "vmss-no-public-ip",
        "compute:VirtualMachineScaleSet",
        [{}],
        [
            {
                "virtualMachineProfile": {
                    "networkProfile": {
                        "networkInterfaceConfigurations": [
                            {"name": "n", "ipConfigurations": [{"publicIPAddressConfiguration": {"name": "p"}}]}
                        ]
                    }
                }
            }
        ],
    ),
    Case(
        "route-no-bypass",
        good=[
            ("network:RouteTable", {"routes": [{"addressPrefix": "0.0.0.0/0", "nextHopType": "VirtualAppliance"}]}),
            ("network:Route", {"addressPrefix": "203.0.113.0/24", "nextHopType": "Internet"}),
        ],
        bad=[
            ("network:RouteTable", {"routes": [{"addressPrefix": "0.0.0.0/0", "nextHopType": "Internet"}]}),
            ("network:Route", {"addressPrefix": "::/0", "nextHopType": "Internet"}),
        ],
    ),
    of(
        "disk-network-closed",
        "compute:Disk",
        [{**CLOSED, "networkAccessPolicy": "DenyAll"}],
        [{}, {**CLOSED, "networkAccessPolicy": "AllowAll"}],
    ),
    of(
        "bastion-hardened",
        "network:BastionHost",
        [{}, {"enableShareableLink": False}],
        [{"enableShareableLink": True}, {"enableIpConnect": True}],
    ),
]
STACK_CASES = [
    StackCase(
        "pip-allowed-purpose",
        good=[[ADDRESS, NAT], []],
        bad=[([ADDRESS], {"address"}), ([ADDRESS, NIC], {"address"}), ([ADDRESS, NAT, NIC], {"address"})],
    ),
]
