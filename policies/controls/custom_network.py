"""Policies of our own over networks, clusters, gateways and machines.

Each alias is one that a built-in policy, or several public ones, name as well (github.com/Azure/azure-policy).
"""

from __future__ import annotations

from policies.controls.model import CustomPolicy
from policies.controls.shorthand import DENY, Condition, all_of, any_of, contains_some, field, kind, negate, some

_BALANCER = "Microsoft.Network/loadBalancers"
_CLUSTER = "Microsoft.ContainerService/managedClusters"
_GATEWAY = "Microsoft.Network/applicationGateways"
_GROUP = "Microsoft.Network/networkSecurityGroups"
_TABLE = "Microsoft.Network/routeTables"
_MACHINE = "Microsoft.Compute/virtualMachines"
_LINUX = f"{_MACHINE}/osProfile.linuxConfiguration"
_ANYWHERE = ("*", "Internet", "0.0.0.0/0", "::/0")
# SSH, RDP, WinRM, PostgreSQL, PgBouncer, Redis, Managed Redis, Odoo and its websocket port, and all of them
_ADMIN_PORTS = (
    "22",
    "3389",
    "5985",
    "5986",
    "5432",
    "6432",
    "6379",
    "6380",
    "10000",
    "8069",
    "8072",
    "*",
    "0-65535",
    "1-65535",
)
_EVERYTHING = ("0.0.0.0/0", "::/0")


def _opens_admin_ports(rule: str) -> Condition:
    return all_of(
        field(_property(rule, "access"), equals="Allow"),
        field(_property(rule, "direction"), equals="Inbound"),
        any_of(
            field(_property(rule, "sourceAddressPrefix"), **{"in": list(_ANYWHERE)}),
            contains_some(_property(rule, "sourceAddressPrefixes[*]"), _ANYWHERE),
        ),
        any_of(
            field(_property(rule, "destinationPortRange"), **{"in": list(_ADMIN_PORTS)}),
            contains_some(_property(rule, "destinationPortRanges[*]"), _ADMIN_PORTS),
        ),
    )


def _leads_past_firewall(route: str) -> Condition:
    return all_of(
        field(_property(route, "addressPrefix"), **{"in": list(_EVERYTHING)}),
        field(_property(route, "nextHopType"), equals="Internet"),
    )


def _property(owner: str, name: str) -> str:
    """Alias of a property of a resource's own type, or of a member of an array in it."""
    return f"{owner}{'.' if owner.endswith(']') else '/'}{name}"


POLICIES: tuple[CustomPolicy, ...] = (
    CustomPolicy(
        reference="security-rule-admin-ports",
        title="No administrative or database port is open to the Internet",
        description="Such ports are found and tried within minutes. Name the sources, or administer through Bastion. "
        "Ranges of ports are compared as they are written: the pack looks into them.",
        rules=("nsg-no-admin-from-internet", "nsg-no-any-any"),
        effects=DENY,
        mode="All",
        condition=any_of(
            all_of(kind(_GROUP), some(f"{_GROUP}/securityRules[*]", _opens_admin_ports(f"{_GROUP}/securityRules[*]"))),
            all_of(kind(f"{_GROUP}/securityRules"), _opens_admin_ports(f"{_GROUP}/securityRules")),
        ),
    ),
    CustomPolicy(
        reference="route-past-firewall",
        title="No route sends all traffic past the firewall",
        description="What leaves the network is then neither filtered nor recorded. Send 0.0.0.0/0 to the firewall.",
        rules=("route-no-bypass",),
        effects=DENY,
        mode="All",
        condition=any_of(
            all_of(kind(_TABLE), some(f"{_TABLE}/routes[*]", _leads_past_firewall(f"{_TABLE}/routes[*]"))),
            all_of(kind(f"{_TABLE}/routes"), _leads_past_firewall(f"{_TABLE}/routes")),
        ),
    ),
    CustomPolicy(
        reference="balancer-public-address",
        title="Load balancers have front ends in subnets only",
        description="Whatever stands behind a public front end is on the Internet. Give each front end a subnet.",
        rules=("lb-internal-only", "pip-allowed-purpose"),
        effects=DENY,
        mode="Indexed",
        condition=all_of(
            kind(_BALANCER),
            some(
                f"{_BALANCER}/frontendIPConfigurations[*]",
                field(f"{_BALANCER}/frontendIPConfigurations[*].publicIPAddress.id", exists=True),
            ),
        ),
    ),
    CustomPolicy(
        reference="balancer-tier",
        title="Load balancers are of tier Standard",
        description="Tier Basic is retired, and open by default. Set sku.name to Standard.",
        rules=("lb-standard-sku",),
        effects=DENY,
        mode="Indexed",
        condition=all_of(kind(_BALANCER), field(f"{_BALANCER}/sku.name", notIn=["Standard", "Gateway"])),
    ),
    CustomPolicy(
        reference="cluster-network-policy",
        title="The cluster enforces network policies",
        description="Without an engine, NetworkPolicies are accepted and do nothing. Set networkProfile.networkPolicy.",
        rules=("aks-network-policy",),
        effects=DENY,
        mode="Indexed",
        condition=all_of(
            kind(_CLUSTER),
            any_of(
                field(f"{_CLUSTER}/networkProfile.networkPolicy", exists=False),
                field(f"{_CLUSTER}/networkProfile.networkPolicy", equals="none"),
            ),
        ),
    ),
    CustomPolicy(
        reference="cluster-azure-roles",
        title="Access to the cluster is decided by Azure roles",
        description="Roles inside the cluster are seen by nobody who reviews access. Set aadProfile.enableAzureRBAC to "
        "true.",
        rules=("aks-entra-azure-rbac",),
        effects=DENY,
        mode="Indexed",
        condition=all_of(kind(_CLUSTER), field(f"{_CLUSTER}/aadProfile.enableAzureRBAC", notEquals=True)),
    ),
    CustomPolicy(
        reference="cluster-node-addresses",
        title="Cluster nodes have no public address",
        description="Nodes are reached from inside the network. Leave enableNodePublicIP off in agentPoolProfiles.",
        rules=("pool-no-public-ip",),
        effects=DENY,
        mode="Indexed",
        condition=all_of(
            kind(_CLUSTER),
            some(
                f"{_CLUSTER}/agentPoolProfiles[*]",
                field(f"{_CLUSTER}/agentPoolProfiles[*].enableNodePublicIP", equals=True),
            ),
        ),
    ),
    CustomPolicy(
        reference="gateway-tls-version",
        title="Application gateways speak TLS 1.2 or newer only",
        description="Older versions of TLS are broken. Set sslPolicy.policyName to AppGwSslPolicy20220101, or "
        "minProtocolVersion to TLSv1_2.",
        rules=("appgw-min-tls",),
        effects=DENY,
        mode="Indexed",
        condition=all_of(
            kind(_GATEWAY),
            field(
                f"{_GATEWAY}/sslPolicy.policyName",
                notIn=["AppGwSslPolicy20220101", "AppGwSslPolicy20220101S", "AppGwSslPolicy20170401S"],
            ),
            field(f"{_GATEWAY}/sslPolicy.minProtocolVersion", notIn=["TLSv1_2", "TLSv1_3"]),
        ),
    ),
    CustomPolicy(
        reference="machine-passwords",
        title="Linux machines take no passwords",
        description="Passwords are guessed. Set linuxConfiguration.disablePasswordAuthentication to true and give a "
        "public key.",
        rules=("vm-ssh-keys-only",),
        effects=DENY,
        mode="Indexed",
        condition=all_of(
            kind(_MACHINE),
            field(_LINUX, exists=True),
            negate(field(f"{_LINUX}.disablePasswordAuthentication", equals=True)),
        ),
    ),
    CustomPolicy(
        reference="cdn-https",
        title="Endpoints of the content delivery network answer over HTTPS only",
        description="The default answers plain HTTP as well. Set isHttpAllowed to false.",
        rules=("cdn-https-only",),
        effects=DENY,
        mode="All",
        condition=all_of(
            kind("Microsoft.Cdn/profiles/endpoints"),
            field("Microsoft.Cdn/profiles/endpoints/isHttpAllowed", notEquals=False),
        ),
    ),
)
