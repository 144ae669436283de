"""What Azure makes by itself, together with something that was asked for, and removes with it:

- NetworkWatcherRG and NetworkWatcher_<region>, with the first virtual network of a region;
- an AKS cluster's node resource group and the identities in it;
- the managed group of an Azure Monitor workspace, with its collection endpoint and rule;
- the network interface of a private endpoint.
"""

import re
from collections.abc import Iterator
from typing import Final

from sandbox.azure import paths
from sandbox.azure.regions import normal
from sandbox.provider.values import Object
from sandbox.store import Entry, Store

WATCHER: Final = re.compile(
    r"(?P<group>/subscriptions/[^/]+/resourcegroups/networkwatcherrg)"
    r"(/providers/microsoft.network/networkwatchers/networkwatcher_(?P<region>\w+))?"
)
VIRTUAL_NETWORK: Final = "azure-native:network:VirtualNetwork"
CLUSTER: Final = "azure-native:containerservice:ManagedCluster"
MONITOR_WORKSPACE: Final = "azure-native:monitor:AzureMonitorWorkspace"
PRIVATE_ENDPOINT: Final = "azure-native:network:PrivateEndpoint"
_GROUP_DEPTH: Final = 4  # slashes in the id of a resource group


def implied(store: Store, identifier: str) -> Entry | None:
    """The resource of that id, if it exists because of another one."""
    lowered = identifier.lower().rstrip("/")
    watcher = WATCHER.fullmatch(lowered)
    if watcher:
        return _watcher(store, identifier, watcher.group("region"))
    if "/microsoft.managedidentity/" in lowered or lowered.count("/") <= _GROUP_DEPTH:
        return next((entry for entry in _of_clusters(store) if entry.id.lower() == lowered), None)
    if "_managed/providers/microsoft.insights/" in lowered:
        return next((entry for entry in _of_workspaces(store) if entry.id.lower() == lowered), None)
    if "/microsoft.network/networkinterfaces/" in lowered:
        endpoints = store.of_type(PRIVATE_ENDPOINT)
        owner = next((entry for entry in endpoints if private_endpoint_nic(entry).lower() == lowered), None)
        return _made(identifier, "azure-native:network:NetworkInterface", owner, {}) if owner else None
    return None


def private_endpoint_nic(entry: Entry) -> str:
    """The id of the network interface that an endpoint brings along."""
    name = entry.inputs.get("customNetworkInterfaceName") or f"{paths.name_of(entry.id)}.nic.{entry.guid('nic')}"
    return f"{paths.group_of(entry.id)}/providers/Microsoft.Network/networkInterfaces/{name}"


def _watcher(store: Store, identifier: str, region: str | None) -> Entry | None:
    networks = store.of_type(VIRTUAL_NETWORK)
    places = [normal(network.inputs.get("location")) for network in networks]
    if region is None and networks:
        body = {"location": networks[0].inputs.get("location")}
        return _made(identifier, paths.RESOURCE_GROUP, networks[0], body)
    if region in places:
        return _made(identifier, "azure-native:network:NetworkWatcher", networks[0], {"location": region})
    return None


def _of_clusters(store: Store) -> Iterator[Entry]:
    for cluster in store.of_type(CLUSTER):
        subscription = paths.subscription_of(cluster.id)
        group = f"{subscription}/resourceGroups/{cluster.outputs.get('nodeResourceGroup')}"
        yield _made(group, paths.RESOURCE_GROUP, cluster, {"location": cluster.inputs.get("location")})
        addons = [addon.get("identity") for addon in (cluster.outputs.get("addonProfiles") or {}).values()]
        for identity in [*(cluster.outputs.get("identityProfile") or {}).values(), *filter(None, addons)]:
            values = {"clientId": identity.get("clientId"), "principalId": identity.get("objectId")}
            token = "azure-native:managedidentity:UserAssignedIdentity"  # noqa: S105 - a type token
            yield _made(str(identity.get("resourceId")), token, cluster, values)


def _of_workspaces(store: Store) -> Iterator[Entry]:
    kinds = {
        "dataCollectionEndpointResourceId": "azure-native:monitor:DataCollectionEndpoint",
        "dataCollectionRuleResourceId": "azure-native:monitor:DataCollectionRule",
    }
    for workspace in store.of_type(MONITOR_WORKSPACE):
        for key, identifier in (workspace.outputs.get("defaultIngestionSettings") or {}).items():
            yield _made(identifier, kinds[key], workspace, {"location": workspace.inputs.get("location")})


def _made(identifier: str, token: str, owner: Entry, values: Object) -> Entry:
    outputs = {**values, "name": paths.name_of(identifier), "type": paths.arm_type(identifier)}
    return Entry(identifier, token, values, outputs, nonce=f"{owner.nonce}/{identifier.lower()}")
