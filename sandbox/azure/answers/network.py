"""Addresses and names of network resources."""

import ipaddress
from typing import Any

from sandbox.azure import paths
from sandbox.azure.answerbook import answers, derived
from sandbox.azure.implied import private_endpoint_nic
from sandbox.azure.world import World
from sandbox.provider.values import Object, dig
from sandbox.store import Entry


def public_address(entry: Entry) -> str:
    """An address of a documentation range (RFC 5737), stable for the resource."""
    return f"203.0.113.{int(derived(entry, 'address', 2), 16) % 254 + 1}"


@answers("network:PublicIPAddress")
def _public_ip(entry: Entry, _: World) -> Object:
    return {"ipAddress": public_address(entry)}


@answers("network:PublicIPPrefix")
def _public_prefix(entry: Entry, _: World) -> Object:
    length = int(entry.inputs.get("prefixLength") or 28)
    return {"ipPrefix": str(ipaddress.ip_network(f"{public_address(entry)}/{length}", strict=False))}


@answers("network:PrivateEndpoint")
def _private_endpoint(entry: Entry, world: World) -> Object:
    connections = entry.inputs.get("privateLinkServiceConnections") or []
    result: Object = {
        "networkInterfaces": [{"id": private_endpoint_nic(entry)}],
        "customDnsConfigs": [
            {"fqdn": fqdn, "ipAddresses": [private_address(entry, world)]}
            for connection in connections
            for fqdn in _private_names(str(connection.get("privateLinkServiceId", "")))
        ],
    }
    result["privateLinkServiceConnections"] = [
        {
            **connection,
            "id": f"{entry.id}/privateLinkServiceConnections/{connection.get('name', 'default')}",
            "provisioningState": "Succeeded",
            "privateLinkServiceConnectionState": {"status": "Approved", "description": "Auto-approved"},
        }
        for connection in connections
    ]
    return result


def _private_names(target: str) -> list[str]:
    name = paths.name_of(target).lower()
    suffix = {
        "microsoft.keyvault/vaults": "vault.azure.net",
        "microsoft.containerregistry/registries": "azurecr.io",
        "microsoft.dbforpostgresql/flexibleservers": "postgres.database.azure.com",
        "microsoft.storage/storageaccounts": "blob.core.windows.net",
    }.get(paths.arm_type(target).lower())
    return [f"{name}.{suffix}"] if suffix else []


def private_address(entry: Entry, world: World, subnet: Any = None) -> str:
    """An address inside a subnet, if not given the resource's own: the first four are Azure's."""
    prefix = dig(world.body(str(subnet or dig(entry.inputs, "subnet", "id"))) or {}, "addressPrefix")
    if not isinstance(prefix, str):
        return "10.255.255.4"
    network = ipaddress.ip_network(prefix, strict=False)
    offset = 4 + int(derived(entry, "private", 4), 16) % max(1, network.num_addresses - 5)
    return str(network[offset])


@answers("network:AzureFirewall")
def _firewall(entry: Entry, world: World) -> Object:
    configurations: list[Any] = []
    for configuration in entry.inputs.get("ipConfigurations") or []:
        prefix = dig(world.body(str(dig(configuration, "subnet", "id"))) or {}, "addressPrefix")
        network = ipaddress.ip_network(str(prefix), strict=False) if prefix else None
        address = {"privateIPAddress": str(network[4])} if network else {}
        identifier = f"{entry.id}/azureFirewallIpConfigurations/{configuration.get('name')}"
        configurations.append({**configuration, **address, "id": identifier, "provisioningState": "Succeeded"})
    return {"ipConfigurations": configurations} if configurations else {}


@answers("network:LoadBalancer")
def _load_balancer(entry: Entry, world: World) -> Object:
    front_ends: list[Any] = []
    for front_end in entry.inputs.get("frontendIPConfigurations") or []:
        subnet = dig(front_end, "subnet", "id")
        given = dig(front_end, "privateIPAddress")
        address = {"privateIPAddress": given or private_address(entry, world, subnet)} if subnet else {}
        identifier = f"{entry.id}/frontendIPConfigurations/{front_end.get('name')}"
        front_ends.append({**front_end, **address, "id": identifier, "provisioningState": "Succeeded"})
    return {"frontendIPConfigurations": front_ends} if front_ends else {}
