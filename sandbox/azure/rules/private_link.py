"""Private endpoints: the right group id for the target, the right DNS zone for the group id.

learn.microsoft.com azure/private-link/private-endpoint-dns
"""

import re
from typing import Final

from sandbox.azure import paths
from sandbox.azure.regions import normal
from sandbox.azure.rulebook import Change, stateful
from sandbox.provider.errors import ProviderError
from sandbox.provider.values import dig, known_items

_VAULT_ZONES: Final = (r"privatelink\.\w+\.backup\.windowsazure\.com", r"privatelink\.(blob|queue)\.core\.windows\.net")
_MONITOR_ZONES: Final = (
    r"privatelink\.monitor\.azure\.com",
    r"privatelink\.(oms|ods)\.opinsights\.azure\.com",
    r"privatelink\.agentsvc\.azure-automation\.net",
    r"privatelink\.blob\.core\.windows\.net",
)
# Target type: {group id: patterns of the zone names}.
TARGETS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "microsoft.dbforpostgresql/flexibleservers": {
        "postgresqlServer": (r"privatelink\.postgres\.database\.azure\.com",)
    },
    "microsoft.cache/redisenterprise": {"redisEnterprise": (r"privatelink\.redis\.azure\.net",)},
    "microsoft.storage/storageaccounts": {
        **{
            name: (rf"privatelink\.{name}\.core\.windows\.net",)
            for name in ("blob", "file", "queue", "table", "dfs", "web")
        },
        **{
            f"{name}_secondary": (rf"privatelink\.{name}\.core\.windows\.net",)
            for name in ("blob", "queue", "table", "dfs", "web")
        },
    },
    "microsoft.keyvault/vaults": {"vault": (r"privatelink\.vaultcore\.azure\.net",)},
    "microsoft.containerregistry/registries": {"registry": (r"(\w+\.)?privatelink\.azurecr\.io",)},
    "microsoft.containerservice/managedclusters": {"management": (r"([\w-]+\.)?privatelink\.\w+\.azmk8s\.io",)},
    "microsoft.insights/privatelinkscopes": {"azuremonitor": _MONITOR_ZONES},
    "microsoft.monitor/accounts": {"prometheusMetrics": (r"privatelink\.\w+\.prometheus\.monitor\.azure\.com",)},
    "microsoft.dashboard/grafana": {"grafana": (r"privatelink\.grafana\.azure\.com",)},
    "microsoft.recoveryservices/vaults": {
        "AzureBackup": _VAULT_ZONES,
        "AzureSiteRecovery": (r"privatelink\.siterecovery\.windowsazure\.com",),
    },
    "microsoft.dataprotection/backupvaults": {"AzureBackup": _VAULT_ZONES},
    "microsoft.eventgrid/topics": {"topic": (r"privatelink\.eventgrid\.azure\.net",)},
    "microsoft.eventgrid/domains": {"domain": (r"privatelink\.eventgrid\.azure\.net",)},
    "microsoft.automation/automationaccounts": {
        "Webhook": (r"privatelink\.azure-automation\.net",),
        "DSCAndHybridWorker": (r"privatelink\.azure-automation\.net",),
    },
    "microsoft.compute/diskaccesses": {"disks": (r"privatelink\.blob\.core\.windows\.net",)},
}


@stateful("network:PrivateEndpoint")
def endpoint(change: Change) -> None:
    """The target offers the group, and the subnet can hold the endpoint."""
    connections = known_items(change.new.get("privateLinkServiceConnections"))
    connections += known_items(change.new.get("manualPrivateLinkServiceConnections"))
    if not connections:
        raise ProviderError("PrivateEndpointNoConnections", "a private endpoint needs a privateLinkServiceConnections")
    for connection in connections:
        _check_group(change, str(connection.get("privateLinkServiceId")), known_items(connection.get("groupIds")))
    subnet = str(dig(change.new, "subnet", "id"))
    if known_items((change.world.body(subnet) or {}).get("delegations")):
        raise ProviderError("SubnetDelegated", f"subnet '{subnet}' is delegated and can hold no private endpoint")
    network = change.world.body(paths.parent_of(subnet) or "") or {}
    if "location" in network and normal(network["location"]) != normal(change.new.get("location")):
        raise ProviderError(
            "InvalidResourceReference",
            f"the endpoint is in {change.new.get('location')}, its subnet in {network['location']}: not allowed",
        )


def _check_group(change: Change, target: str, groups: list[str]) -> None:
    kind = paths.arm_type(target)
    offered = TARGETS.get(kind.lower())
    if offered is None:
        return  # somebody's own private link service
    wrong = [group for group in groups if group not in offered] or ([""] if not groups else [])
    if wrong:
        listed = ", ".join(offered)
        raise ProviderError("InvalidGroupId", f"found groupIds {groups} for {kind}, allowed: one of {listed}")
    body = change.world.body(target) or {}
    if kind.lower() == "microsoft.containerregistry/registries" and dig(body, "sku", "name") not in (None, "Premium"):
        raise ProviderError("PrivateEndpointSkuNotSupported", f"'{target}' is no Premium registry")
    injected = dig(body, "network", "delegatedSubnetResourceId")
    if kind.lower() == "microsoft.dbforpostgresql/flexibleservers" and injected:
        raise ProviderError("BadRequest", f"'{target}' is VNet-integrated and takes no private endpoint")


@stateful("network:PrivateDnsZoneGroup")
def zone_group(change: Change) -> None:
    """Each zone is one that clients of the endpoint's target look into."""
    owner = change.world.get(paths.parent_of(change.id) or "")
    connection = dig(owner.inputs if owner else {}, "privateLinkServiceConnections", 0) or {}
    offered = TARGETS.get(paths.arm_type(str(connection.get("privateLinkServiceId"))).lower(), {})
    patterns = [pattern for group in known_items(connection.get("groupIds")) for pattern in offered.get(group, ())]
    for index, configuration in enumerate(known_items(change.new.get("privateDnsZoneConfigs"))):
        zone = paths.name_of(str(configuration.get("privateDnsZoneId")))
        if patterns and not any(re.fullmatch(pattern, zone, re.IGNORECASE) for pattern in patterns):
            allowed = ", ".join(pattern.replace("\\", "") for pattern in patterns)
            raise ProviderError(
                "InvalidPrivateDnsZone",
                f"privateDnsZoneConfigs[{index}]: found zone {zone!r}, allowed for groupIds"
                f" {connection.get('groupIds')}: {allowed}",
            )
