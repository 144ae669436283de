"""What each policy of our own refuses, and what it lets through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.policies.azure_policy import ArmResource

_TAGS = {
    "application": "odoo",
    "environment": "prod",
    "owner": "finance",
    "business-unit": "finance",
    "cost-center": "4711",
    "managed-by": "pulumi",
    "data-classification": "internal",
    "criticality": "high",
}
_ROLES = "/subscriptions/x/providers/Microsoft.Authorization/roleDefinitions"
_CONTRIBUTOR = f"{_ROLES}/b24988ac-6180-42a0-ab88-20f7382dd24c"
_READER = f"{_ROLES}/acdd72a7-3385-48ef-bd42-f606fba81ae7"
_SSH_FROM_ANYWHERE = {
    "access": "Allow",
    "direction": "Inbound",
    "sourceAddressPrefix": "*",
    "destinationPortRange": "22",
}
_OPEN_LISTS = {
    "access": "Allow",
    "direction": "Inbound",
    "sourceAddressPrefixes": ["10.0.0.0/8", "Internet"],
    "destinationPortRanges": ["443", "5432"],
}
_PAST_FIREWALL = {"addressPrefix": "0.0.0.0/0", "nextHopType": "Internet"}
_TO_FIREWALL = {"addressPrefix": "0.0.0.0/0", "nextHopType": "VirtualAppliance"}
_HARD_SMB = {"versions": "SMB3.1.1", "channelEncryption": "AES-256-GCM", "authenticationMethods": "Kerberos"}


def _of(arm_type: str, **properties: Any) -> ArmResource:
    return ArmResource(type=arm_type, properties=properties)


def _account(**properties: Any) -> ArmResource:
    return _of("Microsoft.Storage/storageAccounts", **properties)


def _blobs(**enabled: bool) -> ArmResource:
    policies = {name: {"enabled": value} for name, value in enabled.items()}
    return _of("Microsoft.Storage/storageAccounts/blobServices", **policies)


def _shares(**smb: Any) -> ArmResource:
    return _of("Microsoft.Storage/storageAccounts/fileServices", protocolSettings={"smb": smb})


def _vault(**properties: Any) -> ArmResource:
    return _of("Microsoft.KeyVault/vaults", **properties)


def _group(*rules: Mapping[str, Any]) -> ArmResource:
    return _of("Microsoft.Network/networkSecurityGroups", securityRules=list(rules))


def _table(*routes: Mapping[str, Any]) -> ArmResource:
    return _of("Microsoft.Network/routeTables", routes=list(routes))


def _balancer(**front_end: Any) -> ArmResource:
    return _of("Microsoft.Network/loadBalancers", frontendIPConfigurations=[{"name": "inside"}, front_end])


def _cluster(**properties: Any) -> ArmResource:
    return _of("Microsoft.ContainerService/managedClusters", **properties)


def _gateway(**ssl_policy: Any) -> ArmResource:
    return _of("Microsoft.Network/applicationGateways", sslPolicy=ssl_policy)


def _machine(**profile: Any) -> ArmResource:
    return _of("Microsoft.Compute/virtualMachines", osProfile=profile)


def _assignment(kind: str, role: str) -> ArmResource:
    return _of("Microsoft.Authorization/roleAssignments", principalType=kind, roleDefinitionId=role)


def _role(kind: str, *actions: str) -> ArmResource:
    return _of("Microsoft.Authorization/roleDefinitions", type=kind, permissions=[{"actions": list(actions)}])


def _credential(**properties: Any) -> ArmResource:
    return _of("Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials", **properties)


def _postgres(**properties: Any) -> ArmResource:
    return _of("Microsoft.DBforPostgreSQL/flexibleServers", **properties)


CASES: Mapping[str, tuple[list[ArmResource], list[ArmResource]]] = {
    "postgres-entra-sign-in": (
        [_postgres(createMode="Create"), _postgres(authConfig={"activeDirectoryAuth": "Disabled"})],
        [_postgres(authConfig={"activeDirectoryAuth": "Enabled"}), _postgres(createMode="Replica")],
    ),
    "sql-firewall-open": (
        [
            _of("Microsoft.Sql/servers/firewallRules", startIpAddress="0.0.0.0", endIpAddress="0.0.0.0"),  # noqa: S104
            _of("Microsoft.Sql/servers/firewallRules", startIpAddress="1.0.0.0", endIpAddress="255.255.255.255"),
        ],
        [_of("Microsoft.Sql/servers/firewallRules", startIpAddress="192.0.2.1", endIpAddress="192.0.2.9")],
    ),
    "storage-container-public": (
        [_of("Microsoft.Storage/storageAccounts/blobServices/containers", publicAccess="Blob")],
        [
            _of("Microsoft.Storage/storageAccounts/blobServices/containers", publicAccess="None"),
            _of("Microsoft.Storage/storageAccounts/blobServices/containers"),
        ],
    ),
    "storage-links-expire": (
        [
            _account(),
            _account(allowSharedKeyAccess=True, sasPolicy={"sasExpirationPeriod": "7.00:00:01"}),
            _account(allowSharedKeyAccess=True, sasPolicy={"sasExpirationPeriod": "30.00:00:00"}),
        ],
        [
            _account(allowSharedKeyAccess=False),
            _account(sasPolicy={"sasExpirationPeriod": "7.00:00:00"}),
            _account(sasPolicy={"sasExpirationPeriod": "06.12:00:00"}),
            _account(sasPolicy={"sasExpirationPeriod": "0.01:00:00"}),
        ],
    ),
    "storage-blob-recovery": (
        [_blobs(), _blobs(deleteRetentionPolicy=True), _blobs(containerDeleteRetentionPolicy=True)],
        [_blobs(deleteRetentionPolicy=True, containerDeleteRetentionPolicy=True)],
    ),
    "storage-smb-hardened": (
        [_shares(), _shares(**_HARD_SMB | {"versions": "SMB3.0;SMB3.1.1"})],
        [_shares(**_HARD_SMB)],
    ),
    "vault-retention": (
        [_vault(softDeleteRetentionInDays=7), _vault(softDeleteRetentionInDays=89)],
        [_vault(softDeleteRetentionInDays=90), _vault(), _vault(createMode="recover", softDeleteRetentionInDays=7)],
    ),
    "vault-side-doors": (
        [
            _vault(enabledForDeployment=True),
            _vault(enabledForDiskEncryption=True),
            _vault(enabledForTemplateDeployment=True),
        ],
        [_vault(), _vault(enabledForDeployment=False)],
    ),
    "workspace-retention": (
        [_of("Microsoft.OperationalInsights/workspaces", retentionInDays=30)],
        [_of("Microsoft.OperationalInsights/workspaces", retentionInDays=90)],
    ),
    "security-rule-admin-ports": (
        [
            _group({"name": "closed", **_SSH_FROM_ANYWHERE, "access": "Deny"}, _SSH_FROM_ANYWHERE),
            _group(_OPEN_LISTS),
            _group(_SSH_FROM_ANYWHERE | {"destinationPortRange": "*"}),
            _of("Microsoft.Network/networkSecurityGroups/securityRules", **_SSH_FROM_ANYWHERE),
            _of("Microsoft.Network/networkSecurityGroups/securityRules", **_OPEN_LISTS),
        ],
        [
            _group(),
            _group(_SSH_FROM_ANYWHERE | {"direction": "Outbound"}),
            _group(_SSH_FROM_ANYWHERE | {"sourceAddressPrefix": "10.0.0.0/8"}),
            _group(_OPEN_LISTS | {"destinationPortRanges": ["443"]}),
            _of("Microsoft.Network/networkSecurityGroups/securityRules", **_OPEN_LISTS | {"access": "Deny"}),
        ],
    ),
    "route-past-firewall": (
        [_table(_TO_FIREWALL, _PAST_FIREWALL), _of("Microsoft.Network/routeTables/routes", **_PAST_FIREWALL)],
        [
            _table(_TO_FIREWALL, {"addressPrefix": "AzureActiveDirectory", "nextHopType": "Internet"}),
            _of("Microsoft.Network/routeTables/routes", **_TO_FIREWALL),
        ],
    ),
    "balancer-public-address": (
        [_balancer(publicIPAddress={"id": "/subscriptions/x"})],
        [_balancer(subnet={"id": "x"})],
    ),
    "balancer-tier": (
        [_of("Microsoft.Network/loadBalancers", sku={"name": "Basic"}), _of("Microsoft.Network/loadBalancers")],
        [_of("Microsoft.Network/loadBalancers", sku={"name": "Standard"})],
    ),
    "cluster-network-policy": (
        [_cluster(), _cluster(networkProfile={"networkPolicy": "none"})],
        [_cluster(networkProfile={"networkPolicy": "cilium"})],
    ),
    "cluster-azure-roles": (
        [_cluster(), _cluster(aadProfile={"managed": True})],
        [_cluster(aadProfile={"enableAzureRBAC": True})],
    ),
    "cluster-node-addresses": (
        [_cluster(agentPoolProfiles=[{"name": "system"}, {"enableNodePublicIP": True}])],
        [_cluster(), _cluster(agentPoolProfiles=[{"enableNodePublicIP": False}])],
    ),
    "gateway-tls-version": (
        [_gateway(), _gateway(policyName="AppGwSslPolicy20150501"), _gateway(minProtocolVersion="TLSv1_0")],
        [_gateway(policyName="AppGwSslPolicy20220101"), _gateway(minProtocolVersion="TLSv1_3")],
    ),
    "machine-passwords": (
        [_machine(linuxConfiguration={}), _machine(linuxConfiguration={"disablePasswordAuthentication": False})],
        [_machine(linuxConfiguration={"disablePasswordAuthentication": True}), _machine(windowsConfiguration={})],
    ),
    "cdn-https": (
        [_of("Microsoft.Cdn/profiles/endpoints"), _of("Microsoft.Cdn/profiles/endpoints", isHttpAllowed=True)],
        [_of("Microsoft.Cdn/profiles/endpoints", isHttpAllowed=False)],
    ),
    "role-all-powerful": (
        [_assignment("ServicePrincipal", _CONTRIBUTOR)],
        [_assignment("ServicePrincipal", _READER), _assignment("Group", _CONTRIBUTOR)],
    ),
    "role-wildcard": (
        [_role("CustomRole", "*/read", "*"), _role("CustomRole", "Microsoft.Authorization/roleAssignments/write")],
        [_role("CustomRole", "Microsoft.Compute/virtualMachines/read"), _role("BuiltInRole", "*"), _role("CustomRole")],
    ),
    "credential-exact": (
        [
            _credential(),
            _credential(subject="repo:acme/*"),
            _credential(subject="system:serviceaccount:odoo:default"),
        ],
        [_credential(subject="system:serviceaccount:odoo:odoo")],
    ),
    "insights-local-auth": (
        [_of("Microsoft.Insights/components"), _of("Microsoft.Insights/components", DisableLocalAuth=False)],
        [_of("Microsoft.Insights/components", DisableLocalAuth=True)],
    ),
    "service-bus-tls-version": (
        [_of("Microsoft.ServiceBus/namespaces"), _of("Microsoft.ServiceBus/namespaces", minimumTlsVersion="1.1")],
        [_of("Microsoft.ServiceBus/namespaces", minimumTlsVersion="1.2")],
    ),
    "event-hub-tls-version": (
        [_of("Microsoft.EventHub/namespaces"), _of("Microsoft.EventHub/namespaces", minimumTlsVersion="1.0")],
        [_of("Microsoft.EventHub/namespaces", minimumTlsVersion="1.2")],
    ),
    "tags-required": (
        [_vault(), ArmResource(type="any", tags={name: _TAGS[name] for name in _TAGS if name != "owner"})],
        [ArmResource(type="any", tags=_TAGS)],
    ),
    "tags-values": (
        [ArmResource(type="any", tags=_TAGS | {"criticality": "rather"})],
        [ArmResource(type="any", tags=_TAGS), ArmResource(type="any")],
    ),
}
"""By reference: resources that break it, and ones that do not."""
