"""Platform services: reached through private endpoints, not from the Internet."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.kit.rule import Resource, ResourceRule, all_of, must, must_if_set, types
from policies.kit.values import IS_FALSE, IS_SET, IS_TRUE, Finding, one_of
from policies.rules.catalog import (
    AKS,
    AKS_POOL,
    COSMOS,
    DATABASE_FIREWALLS,
    LEARN,
    POSTGRES,
    PRIVATE_NETWORK,
    REDIS_CLUSTER,
    REGISTRY,
    SQL_SERVER,
    STORAGE_ACCOUNT,
    VAULT,
    WEB_APP,
    pools,
)

_PUBLIC_OFF = must("publicNetworkAccess", one_of("Disabled"))
_PRIVATE_REFERENCES = ("MCSB NS-2", "PCI DSS 1.3.1", "DORA 9", "ISO 27001 8.20")
# Outbound types that send the nodes' traffic past a firewall or through addresses of one's own.
_CONTROLLED_EGRESS = one_of("userDefinedRouting", "userAssignedNATGateway", "none")


def _postgres_is_private(resource: Resource) -> Iterator[Finding]:
    network = resource.at("network")
    if network.at("publicNetworkAccess").meets(one_of("Disabled")):
        return
    # A server in a delegated subnet has no public address at all (and ARM may refuse both settings together).
    if not network.at("delegatedSubnetResourceId").is_set():
        yield from network.at("publicNetworkAccess").must(one_of("Disabled"))


def _no_open_firewall(resource: Resource) -> Iterator[Finding]:
    """0.0.0.0 alone lets in every tenant of Azure; a range up to the last address, the Internet."""
    if resource.at("startIpAddress").meets(one_of("0.0.0.0")):  # noqa: S104 an address in a rule, nothing is bound
        yield Finding(message="startIpAddress must not be 0.0.0.0: that lets in every tenant of Azure, or everybody")
    if resource.at("endIpAddress").meets(one_of("255.255.255.255")):
        yield Finding(message="endIpAddress must not be the last of all addresses")


def _nodes_have_no_public_address(resource: Resource) -> Iterator[Finding]:
    for pool in pools(resource):
        yield from pool.at("enableNodePublicIP").must_not(IS_TRUE, "nodes are reached from inside the network")
        yield from pool.at("nodePublicIPPrefixID").must_not(IS_SET, "nodes are reached from inside the network")


RULES = (
    ResourceRule(
        id="pg-public-access-off",
        title="PostgreSQL servers have no public address",
        family=PRIVATE_NETWORK,
        severity=Severity.CRITICAL,
        types=POSTGRES,
        why="A database of the books must not be one password away from the Internet.",
        remedy="Use a delegated subnet, or set network.publicNetworkAccess to Disabled with a private endpoint.",
        url=f"{LEARN}/postgresql/flexible-server/concepts-networking-private",
        references=(*_PRIVATE_REFERENCES, "SOC 2 CC6.6"),
        check=_postgres_is_private,
    ),
    ResourceRule(
        id="pg-firewall-closed",
        title="Database firewall rules open neither to all of Azure nor to the Internet",
        family=PRIVATE_NETWORK,
        severity=Severity.CRITICAL,
        types=DATABASE_FIREWALLS,
        why="The rule that the portal offers, 0.0.0.0, admits every customer of Azure.",
        remedy="Remove the firewall rule and use a private endpoint.",
        url=f"{LEARN}/postgresql/flexible-server/concepts-networking-public",
        references=("MCSB NS-2", "CIS Azure 3.0 5.2.5", "PCI DSS 1.3.1"),
        check=_no_open_firewall,
    ),
    ResourceRule(
        id="redis-public-access-off",
        title="Managed Redis has no public address",
        family=PRIVATE_NETWORK,
        severity=Severity.CRITICAL,
        types=REDIS_CLUSTER,
        why="Whoever reaches the sessions is logged in.",
        remedy="Set publicNetworkAccess to Disabled and use a private endpoint.",
        url=f"{LEARN}/redis/private-link",
        references=(*_PRIVATE_REFERENCES, "SOC 2 CC6.6"),
        check=_PUBLIC_OFF,
    ),
    ResourceRule(
        id="storage-public-access-off",
        title="Storage accounts have no public address",
        family=PRIVATE_NETWORK,
        severity=Severity.CRITICAL,
        types=STORAGE_ACCOUNT,
        why="Attachments and backups are reached from inside the network only.",
        remedy="Set publicNetworkAccess to Disabled and use private endpoints.",
        url=f"{LEARN}/storage/common/storage-network-security",
        references=(*_PRIVATE_REFERENCES, "CIS Azure 6.0 9.3.2.2"),
        check=must("publicNetworkAccess", one_of("Disabled", "SecuredByPerimeter")),
    ),
    ResourceRule(
        id="storage-default-deny",
        title="Storage accounts deny by default",
        family=PRIVATE_NETWORK,
        severity=Severity.HIGH,
        types=STORAGE_ACCOUNT,
        why="Whoever turns public access on again must not open the account to everybody by that.",
        remedy="Set networkRuleSet.defaultAction to Deny and bypass to None or AzureServices.",
        url=f"{LEARN}/storage/common/storage-network-security",
        references=("MCSB NS-2", "CIS Azure 6.0 9.3.2.3"),
        check=all_of(
            must("networkRuleSet.defaultAction", one_of("Deny")),
            must_if_set("networkRuleSet.bypass", one_of("AzureServices", "None")),
        ),
    ),
    ResourceRule(
        id="storage-anonymous-off",
        title="Storage accounts know no anonymous access",
        family=PRIVATE_NETWORK,
        severity=Severity.CRITICAL,
        types=STORAGE_ACCOUNT,
        why="One container set to public shows its content to anybody with the address.",
        remedy="Set allowBlobPublicAccess to false.",
        url=f"{LEARN}/storage/blobs/anonymous-read-access-prevent",
        references=("MCSB NS-2", "CIS Azure 6.0 9.3.8", "SOC 2 C1.1"),
        check=must("allowBlobPublicAccess", IS_FALSE),
    ),
    ResourceRule(
        id="storage-container-private",
        title="Blob containers are private",
        family=PRIVATE_NETWORK,
        severity=Severity.CRITICAL,
        types=types("storage:BlobContainer"),
        why="A public container shows its content to anybody with the address.",
        remedy="Set publicAccess to None or leave it out.",
        url=f"{LEARN}/storage/blobs/anonymous-read-access-prevent",
        references=("MCSB NS-2", "CIS Azure 6.0 9.3.8"),
        check=must_if_set("publicAccess", one_of("None")),
    ),
    ResourceRule(
        id="storage-cross-tenant-off",
        title="Storage accounts do not replicate or copy to other tenants",
        family=PRIVATE_NETWORK,
        severity=Severity.HIGH,
        types=STORAGE_ACCOUNT,
        why="Object replication to another tenant is a way out that no firewall sees.",
        remedy="Set allowCrossTenantReplication to false and allowedCopyScope to AAD or PrivateLink.",
        url=f"{LEARN}/storage/blobs/object-replication-prevent-cross-tenant-policies",
        references=("MCSB DP-2", "CIS Azure 6.0 9.3.7", "ISO 27001 8.12"),
        check=all_of(
            must("allowCrossTenantReplication", IS_FALSE),
            must("allowedCopyScope", one_of("AAD", "PrivateLink")),
        ),
    ),
    ResourceRule(
        id="vault-public-access-off",
        title="Key vaults have no public address and deny by default",
        family=PRIVATE_NETWORK,
        severity=Severity.CRITICAL,
        types=VAULT,
        why="The keys of everything else are reached from inside the network only.",
        remedy="Set properties.publicNetworkAccess to disabled, networkAcls.defaultAction to Deny, use an endpoint.",
        url=f"{LEARN}/key-vault/general/network-security",
        references=(*_PRIVATE_REFERENCES, "CIS Azure 6.0 8.3.7"),
        check=all_of(
            must("properties.publicNetworkAccess", one_of("disabled")),
            must("properties.networkAcls.defaultAction", one_of("Deny")),
        ),
    ),
    ResourceRule(
        id="acr-public-access-off",
        title="Container registries have no public address",
        family=PRIVATE_NETWORK,
        severity=Severity.HIGH,
        types=REGISTRY,
        why="Images hold the company's own modules, and whoever pushes one runs it.",
        remedy="Take the Premium SKU, set publicNetworkAccess to Disabled and use a private endpoint.",
        url=f"{LEARN}/container-registry/container-registry-private-link",
        references=_PRIVATE_REFERENCES,
        check=_PUBLIC_OFF,
    ),
    ResourceRule(
        id="acr-export-off",
        title="Images cannot be exported from the registry",
        family=PRIVATE_NETWORK,
        severity=Severity.MEDIUM,
        types=REGISTRY,
        why="An import by another registry copies images past the private endpoint.",
        remedy="Set policies.exportPolicy.status to disabled and dataEndpointEnabled to true.",
        url=f"{LEARN}/container-registry/data-loss-prevention",
        references=("MCSB DP-2", "ISO 27001 8.12"),
        check=all_of(must("policies.exportPolicy.status", one_of("disabled")), must("dataEndpointEnabled", IS_TRUE)),
    ),
    ResourceRule(
        id="aks-private-api",
        title="The Kubernetes API is private",
        family=PRIVATE_NETWORK,
        severity=Severity.CRITICAL,
        types=AKS,
        why="Whoever reaches the API is one credential away from every pod and secret.",
        remedy="Set apiServerAccessProfile.enablePrivateCluster, and enablePrivateClusterPublicFQDN to false.",
        url=f"{LEARN}/aks/private-clusters",
        references=("MCSB NS-2", "CIS AKS 1.8 5.4.2", "PCI DSS 1.3.1"),
        check=all_of(
            must("apiServerAccessProfile.enablePrivateCluster", IS_TRUE),
            must_if_set("apiServerAccessProfile.enablePrivateClusterPublicFQDN", IS_FALSE),
        ),
    ),
    ResourceRule(
        id="aks-egress-controlled",
        title="Traffic out of the cluster takes a way of one's own",
        family=PRIVATE_NETWORK,
        severity=Severity.HIGH,
        types=AKS,
        why="The default leaves through addresses of the platform that nobody can allow or watch.",
        remedy="Set networkProfile.outboundType to userDefinedRouting (firewall) or userAssignedNATGateway.",
        url=f"{LEARN}/aks/egress-outboundtype",
        references=("MCSB NS-3", "PCI DSS 1.3.2"),
        check=must("networkProfile.outboundType", _CONTROLLED_EGRESS),
    ),
    ResourceRule(
        id="aks-network-policy",
        title="The cluster enforces network policies",
        family=PRIVATE_NETWORK,
        severity=Severity.HIGH,
        types=AKS,
        why="Without an engine NetworkPolicy objects are accepted and ignored.",
        remedy="Set networkProfile.networkPolicy to cilium (calico is tolerated; azure ends in 2028).",
        url=f"{LEARN}/aks/use-network-policies",
        references=("MCSB NS-1", "CIS AKS 1.8 5.4.4", "ISO 27001 8.22"),
        check=must("networkProfile.networkPolicy", one_of("cilium", "calico")),
    ),
    ResourceRule(
        id="pool-no-public-ip",
        title="Cluster nodes have no public address",
        family=PRIVATE_NETWORK,
        severity=Severity.CRITICAL,
        types=AKS | AKS_POOL,
        why="A node with a public address takes connections past every gateway.",
        remedy="Leave enableNodePublicIP off.",
        url=f"{LEARN}/aks/use-node-public-ips",
        references=("MCSB NS-2", "CIS AKS 1.8 5.4.3"),
        check=_nodes_have_no_public_address,
    ),
    ResourceRule(
        id="sql-public-access-off",
        title="SQL servers have no public address",
        family=PRIVATE_NETWORK,
        severity=Severity.CRITICAL,
        types=SQL_SERVER,
        why="A database must not be one password away from the Internet.",
        remedy="Set publicNetworkAccess to Disabled and use a private endpoint.",
        url=f"{LEARN}/azure-sql/database/connectivity-settings",
        references=(*_PRIVATE_REFERENCES, "CIS Azure 3.0 5.1.7"),
        check=_PUBLIC_OFF,
    ),
    ResourceRule(
        id="cosmos-public-access-off",
        title="Cosmos DB accounts have no public address",
        family=PRIVATE_NETWORK,
        severity=Severity.CRITICAL,
        types=COSMOS,
        why="A database must not be one key away from the Internet.",
        remedy="Set publicNetworkAccess to Disabled and use a private endpoint.",
        url=f"{LEARN}/cosmos-db/how-to-configure-private-endpoints",
        references=(*_PRIVATE_REFERENCES, "CIS Azure 3.0 5.4.1"),
        check=must("publicNetworkAccess", one_of("Disabled", "SecuredByPerimeter")),
    ),
    ResourceRule(
        id="app-public-access-off",
        title="Web apps are reached through the network",
        family=PRIVATE_NETWORK,
        severity=Severity.MEDIUM,
        types=WEB_APP,
        why="An app with an address of its own goes past the gateway that filters and logs.",
        remedy="Set publicNetworkAccess to Disabled and use a private endpoint.",
        url=f"{LEARN}/app-service/overview-private-endpoint",
        references=("MCSB NS-2",),
        check=_PUBLIC_OFF,
    ),
    ResourceRule(
        id="messaging-public-access-off",
        title="Service Bus and Event Hubs namespaces have no public address",
        family=PRIVATE_NETWORK,
        severity=Severity.HIGH,
        types=types("servicebus:Namespace", "eventhub:Namespace"),
        why="Messages between finance systems stay inside the network.",
        remedy="Set publicNetworkAccess to Disabled and use a private endpoint.",
        url=f"{LEARN}/service-bus-messaging/private-link-service",
        references=_PRIVATE_REFERENCES,
        check=must("publicNetworkAccess", one_of("Disabled", "SecuredByPerimeter")),
    ),
)
