"""Rules over what exists, of groups, networks and access: refused before the missing thing is there, accepted after."""

import pytest

from sandbox.azure.rules import authorization, identity
from sandbox.azure.tenant import SUBSCRIPTION_ID
from tests.unit.sandbox import bodies
from tests.unit.sandbox.harness import GROUP, Azure, Object, refused, tried

LOCK: Object = {"scope": GROUP, "lockName": "keep", "level": "CanNotDelete"}


def test_a_resource_needs_its_group_and_its_parent(azure: Azure) -> None:
    refused(
        "ResourceGroupNotFound",
        lambda: azure.make("storage:StorageAccount", bodies.ACCOUNT | {"resourceGroupName": "no"}),
    )
    refused("ParentResourceNotFound", lambda: azure.make("keyvault:Key", bodies.KEY))


def test_nothing_is_made_twice_whatever_the_casing(azure: Azure) -> None:
    azure.make("storage:StorageAccount", bodies.ACCOUNT)
    again = bodies.ACCOUNT | {"resourceGroupName": "RG"}
    refused("cannot create already existing resource", lambda: azure.make("storage:StorageAccount", again))


def test_a_dns_name_is_taken_for_all_of_azure(azure: Azure) -> None:
    azure.make("storage:StorageAccount", bodies.ACCOUNT)
    azure.make("resources:ResourceGroup", {"resourceGroupName": "other"})
    elsewhere = bodies.ACCOUNT | {"resourceGroupName": "other"}
    refused("StorageAccountAlreadyTaken", lambda: azure.make("storage:StorageAccount", elsewhere))


def test_a_reference_has_to_lead_somewhere(azure: Azure) -> None:
    vault = azure.make("keyvault:Vault", bodies.VAULT)
    refused("subnets/endpoints", lambda: azure.make("network:PrivateEndpoint", bodies.endpoint(vault, "vault")))
    azure.make("network:VirtualNetwork", bodies.VNET)
    shouted = vault.upper().replace("/SUBSCRIPTIONS", "/subscriptions")
    assert azure.store.exists(azure.make("network:PrivateEndpoint", bodies.endpoint(shouted, "vault")))


@pytest.mark.parametrize(
    "identifier",
    [
        f"{GROUP}/providers/Microsoft.Network/virtualNetworks/vnet/subnets/pg",
        f"{GROUP}/providers/Microsoft.Storage/storageAccounts/stfinance/blobServices/default",
        f"/subscriptions/{SUBSCRIPTION_ID}/resourceGroups/NetworkWatcherRG/providers/Microsoft.Network/networkWatchers/NetworkWatcher_westeurope",
        "/subscriptions/7c1d9a52-3f60-4f0e-9b7e-52d1c0a4e8f1/resourceGroups/rg-connectivity-weu/providers/Microsoft.Network/virtualNetworks/vnet-hub-weu",
    ],
)  # fmt: skip
def test_what_comes_along_with_something_else_exists(azure: Azure, identifier: str) -> None:
    azure.make("network:VirtualNetwork", bodies.VNET)
    azure.make("storage:StorageAccount", bodies.ACCOUNT)
    assert azure.provider.world.exists(identifier)
    assert not azure.provider.world.exists(identifier + "x")


def test_locks_stop_deletes_below_them_and_go_first(azure: Azure) -> None:
    account = azure.make("storage:StorageAccount", bodies.ACCOUNT)
    lock = azure.make("authorization:ManagementLockByScope", LOCK)
    refused("ScopeLocked", lambda: azure.delete("storage:StorageAccount", account))
    refused("ScopeLocked", lambda: azure.delete("resources:ResourceGroup", GROUP))
    azure.change("storage:StorageAccount", account, tags={"a": "b"})
    azure.delete("authorization:ManagementLockByScope", lock)
    azure.delete("resources:ResourceGroup", GROUP)
    assert azure.store.all() == []


def test_a_read_only_lock_stops_updates_too(azure: Azure) -> None:
    account = azure.make("storage:StorageAccount", bodies.ACCOUNT)
    azure.make("authorization:ManagementLockByScope", LOCK | {"level": "ReadOnly"})
    refused("ScopeLocked", lambda: azure.change("storage:StorageAccount", account, tags={"a": "b"}))


def test_a_subnet_in_use_stays(azure: Azure) -> None:
    vault = azure.make("keyvault:Vault", bodies.VAULT)
    vnet = azure.make("network:VirtualNetwork", bodies.VNET)
    endpoint = azure.make("network:PrivateEndpoint", bodies.endpoint(vault, "vault"))
    refused("InUseCannotBeDeleted", lambda: azure.delete("network:VirtualNetwork", vnet))
    without = [subnet for subnet in bodies.VNET["subnets"] if subnet["name"] != "endpoints"]
    refused("InUseSubnetCannotBeDeleted", lambda: azure.change("network:VirtualNetwork", vnet, subnets=without))
    azure.delete("network:PrivateEndpoint", endpoint)
    azure.change("network:VirtualNetwork", vnet, subnets=without)
    azure.delete("network:VirtualNetwork", vnet)
    assert not azure.store.exists(vnet)


@pytest.mark.parametrize(
    ("prefix", "code"),
    [("10.1.9.0/24", ""), ("10.1.1.0/25", "NetcfgSubnetRangesOverlap"), ("10.9.0.0/24", "NetcfgInvalidSubnet")],
)
def test_a_subnet_of_its_own_fits_in(azure: Azure, prefix: str, code: str) -> None:
    azure.make("network:VirtualNetwork", bodies.VNET)
    subnet = {"virtualNetworkName": "vnet", "subnetName": "late", "addressPrefix": prefix}
    tried(azure, code, "network:Subnet", subnet)


def test_peered_networks_do_not_overlap(azure: Azure) -> None:
    azure.make("network:VirtualNetwork", bodies.VNET)
    inside = {"virtualNetworkName": "vnet-b", "addressSpace": {"addressPrefixes": ["10.1.128.0/17"]}}
    apart = {"virtualNetworkName": "vnet-c", "addressSpace": {"addressPrefixes": ["10.2.0.0/16"]}}
    overlapping, fitting = (azure.make("network:VirtualNetwork", body) for body in (inside, apart))
    peering: Object = {"virtualNetworkName": "vnet", "virtualNetworkPeeringName": "p"}
    remote = peering | {"remoteVirtualNetwork": {"id": overlapping}}
    refused("VnetAddressSpacesOverlap", lambda: azure.make("network:VirtualNetworkPeering", remote))
    made = azure.make("network:VirtualNetworkPeering", peering | {"remoteVirtualNetwork": {"id": fitting}})
    assert azure.store.exists(made)


def test_an_endpoint_needs_the_right_group_and_zone(azure: Azure) -> None:
    azure.make("network:VirtualNetwork", bodies.VNET)
    vault = azure.make("keyvault:Vault", bodies.VAULT)
    refused("InvalidGroupId", lambda: azure.make("network:PrivateEndpoint", bodies.endpoint(vault, "blob")))
    delegated = bodies.endpoint(vault, "vault") | {"subnet": {"id": f"{bodies.SUBNETS}/pg"}}
    refused("SubnetDelegated", lambda: azure.make("network:PrivateEndpoint", delegated))
    elsewhere = bodies.endpoint(vault, "vault") | {"location": "northeurope"}
    refused("InvalidResourceReference", lambda: azure.make("network:PrivateEndpoint", elsewhere))
    azure.make("network:PrivateEndpoint", bodies.endpoint(vault, "vault"))
    for name, fits in (("privatelink.blob.core.windows.net", False), ("privatelink.vaultcore.azure.net", True)):
        zone = azure.make("privatedns:PrivateZone", {"privateZoneName": name, "location": "global"})
        group: Object = {
            "privateEndpointName": "pep",
            "privateDnsZoneGroupName": "default",
            "privateDnsZoneConfigs": [{"name": "z", "privateDnsZoneId": zone}],
        }
        tried(azure, "" if fits else "InvalidPrivateDnsZone", "network:PrivateDnsZoneGroup", group)


def test_a_role_assignment_needs_a_role_a_principal_and_to_be_new(azure: Azure) -> None:
    _, principal = bodies.identity(azure)
    good = bodies.role_assignment(principal, bodies.CRYPTO_USER, GROUP)
    unknown_role = bodies.role_assignment(principal, bodies.CRYPTO_USER.replace("e1", "f1"), GROUP)
    refused("RoleDefinitionDoesNotExist", lambda: azure.make("authorization:RoleAssignment", unknown_role))
    nobody = good | {"principalId": "11111111-2222-3333-4444-555555555555"}
    refused("PrincipalNotFound", lambda: azure.make("authorization:RoleAssignment", nobody))
    azure.make("authorization:RoleAssignment", nobody | {"principalType": "Group"})
    azure.make("authorization:RoleAssignment", good | {"roleAssignmentName": "1" + good["roleAssignmentName"][1:]})
    again = good | {"roleAssignmentName": "2" + good["roleAssignmentName"][1:]}
    refused("RoleAssignmentExists", lambda: azure.make("authorization:RoleAssignment", again))


def test_a_subscription_has_room_for_so_many_role_assignments(azure: Azure, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authorization, "MOST_ASSIGNMENTS", 2)
    _, principal = bodies.identity(azure)
    scopes = [azure.make("resources:ResourceGroup", {"resourceGroupName": name}) for name in ("a", "b", "c")]
    first, *_ = [
        azure.make("authorization:RoleAssignment", bodies.role_assignment(principal, bodies.CRYPTO_USER, scope))
        for scope in scopes[:2]
    ]
    last = bodies.role_assignment(principal, bodies.CRYPTO_USER, scopes[2])
    refused("RoleAssignmentLimitExceeded", lambda: azure.make("authorization:RoleAssignment", last))
    azure.delete("authorization:RoleAssignment", first)
    assert azure.store.exists(azure.make("authorization:RoleAssignment", last))


def trust(number: int, subject: str = "") -> Object:
    """A federated credential of an identity."""
    return {
        "resourceName": "id-keys",
        "federatedIdentityCredentialResourceName": f"trust-{number}",
        "issuer": "https://issuer.example/",
        "subject": subject or f"system:serviceaccount:tenant-{number}:odoo",
        "audiences": ["api://AzureADTokenExchange"],
    }


def test_an_identity_takes_twenty_federated_credentials(azure: Azure, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "BUSY_SECONDS", 0.0)
    bodies.identity(azure)
    bodies.identity(azure, "id-other")
    kind = "managedidentity:FederatedIdentityCredential"
    made = [azure.make(kind, trust(number)) for number in range(20)]
    refused("FederatedIdentityCredentialLimitExceeded", lambda: azure.make(kind, trust(20)))
    azure.change(kind, made[0], audiences=["api://other"])
    azure.make(kind, trust(20) | {"resourceName": "id-other"})
    azure.delete(kind, made[0])
    refused("already exists", lambda: azure.make(kind, trust(20, subject=str(trust(1)["subject"]))))
    assert azure.store.exists(azure.make(kind, trust(20)))


def test_a_name_has_one_alias_or_records_of_each_type_once(azure: Azure) -> None:
    azure.make("privatedns:PrivateZone", {"privateZoneName": "erp.example", "location": "global"})
    record = {"privateZoneName": "erp.example", "relativeRecordSetName": "es", "ttl": 300}
    address = record | {"recordType": "A", "aRecords": [{"ipv4Address": "10.0.0.4"}]}
    alias = record | {"recordType": "CNAME", "cnameRecord": {"cname": "elsewhere.example"}}
    azure.make("privatedns:PrivateRecordSet", address)
    again = address | {"relativeRecordSetName": "ES", "aRecords": [{"ipv4Address": "10.0.0.5"}]}
    refused("already existing", lambda: azure.make("privatedns:PrivateRecordSet", again))
    refused("CNAME is the only one", lambda: azure.make("privatedns:PrivateRecordSet", alias))
    azure.make("privatedns:PrivateRecordSet", alias | {"relativeRecordSetName": "it"})
    second = address | {"relativeRecordSetName": "it"}
    refused("CNAME is the only one", lambda: azure.make("privatedns:PrivateRecordSet", second))
    many = address | {"relativeRecordSetName": "fr", "aRecords": [{"ipv4Address": f"10.0.1.{n}"} for n in range(21)]}
    refused("20 records at most", lambda: azure.make("privatedns:PrivateRecordSet", many))
