"""Machines among what else exists: refused before what they need is there, in use, changed, deleted."""

import pytest

from tests.unit.sandbox import bodies
from tests.unit.sandbox import machine_bodies as machines
from tests.unit.sandbox.harness import GROUP, Azure, Object, changed, refused

SET, LB, VNET = "compute:VirtualMachineScaleSet", "network:LoadBalancer", "network:VirtualNetwork"
P = "virtualMachineProfile"
CONFIGURATION = f"{P}.networkProfile.networkInterfaceConfigurations.0.ipConfigurations.0"
ELSEWHERE: Object = {"location": "northeurope"}


def made(azure: Azure) -> str:
    machines.with_network(azure)
    return azure.make(SET, machines.SCALE_SET)


def test_a_scale_set_needs_its_subnet_and_its_pool(azure: Azure) -> None:
    refused("subnets/nodes", lambda: azure.make(SET, machines.SCALE_SET))
    machines.with_network(azure)
    poolless = changed(machines.SCALE_SET, f"{CONFIGURATION}.loadBalancerBackendAddressPools.0.id", machines.POOL + "x")
    refused("machinesx", lambda: azure.make(SET, poolless))
    identity = {"type": "UserAssigned", "userAssignedIdentities": [f"{GROUP}/providers/Microsoft.ManagedIdentity/x/y"]}
    refused("InvalidResourceReference", lambda: azure.make(SET, machines.SCALE_SET | {"identity": identity}))
    identifier = azure.make(SET, machines.SCALE_SET)
    assert azure.outputs(identifier)["uniqueId"]


def test_a_new_model_is_an_update_in_place(azure: Azure) -> None:
    identifier = made(azure)
    new = changed(machines.SCALE_SET, f"{P}.osProfile.customData", "I2Nsb3VkLWNvbmZpZwojIG5ldwo=")
    verdict = azure.diff(SET, machines.SCALE_SET, new)
    assert [path for path, _ in verdict.changes] == [f"{P}.osProfile.customData"]
    assert not verdict.replaces
    before = azure.outputs(identifier)["uniqueId"]
    azure.change(SET, identifier, virtualMachineProfile=new["virtualMachineProfile"])
    assert azure.outputs(identifier)["uniqueId"] == before


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (f"{P}.osProfile.adminUsername", "somebody"),
        (f"{P}.storageProfile.imageReference.offer", "ubuntu-26_04-lts"),
        ("singlePlacementGroup", True),
        ("zones", ["1", "2"]),
    ],
)
def test_some_of_a_scale_set_stays_as_it_was_made(azure: Azure, path: str, value: object) -> None:
    identifier = made(azure)
    new = changed(machines.SCALE_SET, path, value)
    if path.endswith("adminUsername"):
        new = changed(
            new, f"{P}.osProfile.linuxConfiguration.ssh.publicKeys.0.path", "/home/somebody/.ssh/authorized_keys"
        )
    if path == "singlePlacementGroup":
        new = new | {"zones": []}
    refused("PropertyChangeNotAllowed", lambda: azure.change(SET, identifier, **new))


def test_zones_can_be_added(azure: Azure) -> None:
    machines.with_network(azure)
    identifier = azure.make(SET, machines.SCALE_SET | {"zones": ["1"]})
    azure.change(SET, identifier, zones=["1", "2"])
    assert azure.entry(identifier).inputs["zones"] == ["1", "2"]


def test_orchestration_is_fixed(azure: Azure) -> None:
    verdict = azure.diff(SET, machines.SCALE_SET, machines.SCALE_SET | {"orchestrationMode": "Uniform"})
    assert verdict.replaces == {"orchestrationMode"}


def test_network_and_keys_are_in_the_region_of_the_machines(azure: Azure) -> None:
    machines.with_network(azure)
    refused("in westeurope", lambda: azure.make(SET, machines.SCALE_SET | ELSEWHERE))


def test_a_disk_encryption_set_is_in_the_region_and_stays_while_used(azure: Azure) -> None:
    machines.with_network(azure)
    azure.make("keyvault:Vault", bodies.VAULT)
    key = azure.make("keyvault:Key", bodies.KEY)
    given = {"activeKey": {"keyUrl": azure.outputs(key)["keyUri"]}, "identity": {"type": "SystemAssigned"}}
    far, near = (
        azure.make("compute:DiskEncryptionSet", given | {"diskEncryptionSetName": name} | place)
        for name, place in (("far", ELSEWHERE), ("near", {}))
    )
    disk = f"{P}.storageProfile.osDisk.managedDisk.diskEncryptionSet"
    refused("northeurope", lambda: azure.make(SET, changed(machines.SCALE_SET, disk, {"id": far})))
    identifier = azure.make(SET, changed(machines.SCALE_SET, disk, {"id": near}))
    refused("InUseCannotBeDeleted", lambda: azure.delete("compute:DiskEncryptionSet", near))
    azure.delete(SET, identifier)
    azure.delete("compute:DiskEncryptionSet", near)
    assert not azure.store.exists(near)


def test_an_internal_load_balancer_serves_its_own_network(azure: Azure) -> None:
    machines.with_network(azure)
    other = bodies.VNET | {"virtualNetworkName": "other"}
    azure.make(VNET, other)
    subnet = f"{bodies.NETWORK}/virtualNetworks/other/subnets/nodes"
    moved = changed(machines.SCALE_SET, f"{CONFIGURATION}.subnet.id", subnet)
    refused("MustUseSameVnet", lambda: azure.make(SET, moved))
    alone = changed(moved, f"{CONFIGURATION}.loadBalancerBackendAddressPools", ...)
    assert azure.store.exists(azure.make(SET, alone))


def test_a_subnet_has_an_address_for_each_machine(azure: Azure) -> None:
    machines.with_network(azure)
    refused("SubnetIsFull", lambda: azure.make(SET, changed(machines.SCALE_SET, "sku.capacity", 252)))
    assert azure.store.exists(azure.make(SET, changed(machines.SCALE_SET, "sku.capacity", 251)))


def test_what_machines_use_does_not_go(azure: Azure) -> None:
    identifier = made(azure)
    network = f"{bodies.NETWORK}/virtualNetworks/vnet"
    refused("LoadBalancerInUseByVirtualMachineScaleSet", lambda: azure.delete(LB, machines.BALANCER))
    empty: Object = {"backendAddressPools": [{"name": "machines-2"}], "loadBalancingRules": []}
    refused("LoadBalancerInUseByVirtualMachineScaleSet", lambda: azure.change(LB, machines.BALANCER, **empty))
    refused("InUseCannotBeDeleted", lambda: azure.delete(VNET, network))
    others = [subnet for subnet in bodies.VNET["subnets"] if subnet["name"] != "nodes"]
    refused("InUseSubnetCannotBeDeleted", lambda: azure.change(VNET, network, subnets=others))
    azure.delete(SET, identifier)
    azure.change(LB, machines.BALANCER, **empty)
    azure.delete(LB, machines.BALANCER)
    azure.change(VNET, network, subnets=others)
    assert not azure.store.exists(machines.BALANCER)


def test_a_pool_of_a_similar_name_is_not_in_use(azure: Azure) -> None:
    machines.with_network(azure)
    more = [{"name": "machines"}, {"name": "machine"}]
    azure.change(LB, machines.BALANCER, backendAddressPools=more)
    azure.make(SET, machines.SCALE_SET)
    azure.change(LB, machines.BALANCER, backendAddressPools=more[:1])
    assert azure.entry(machines.BALANCER).inputs["backendAddressPools"] == more[:1]


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("10.1.2.10", "PrivateIPAddressNotInSubnet"),
        ("10.1.1.3", "PrivateIPAddressInReservedRange"),
        ("10.1.1.255", "PrivateIPAddressInReservedRange"),
    ],
)
def test_a_fixed_address_is_in_the_subnet_and_free(azure: Azure, address: str, code: str) -> None:
    azure.make(VNET, bodies.VNET)
    given = changed(machines.LOAD_BALANCER, "frontendIPConfigurations.0.privateIPAddress", address)
    refused(code, lambda: azure.make(LB, given))


def test_a_load_balancer_answers_its_addresses(azure: Azure) -> None:
    machines.with_network(azure)
    assert azure.outputs(machines.BALANCER)["frontendIPConfigurations"][0]["privateIPAddress"] == "10.1.1.10"
    front_end = {"name": "front", "subnet": {"id": f"{bodies.SUBNETS}/endpoints"}}
    azure.change(LB, machines.BALANCER, frontendIPConfigurations=[front_end])
    answered = azure.outputs(machines.BALANCER)["frontendIPConfigurations"][0]
    assert answered["privateIPAddress"].startswith("10.1.1.")
    assert answered["id"] == f"{machines.BALANCER}/frontendIPConfigurations/front"
    address = azure.make("network:PublicIPAddress", {
        "publicIpAddressName": "pip", "publicIPAllocationMethod": "Static", "sku": {"name": "Standard"},
    })  # fmt: skip
    azure.change(
        LB, machines.BALANCER, frontendIPConfigurations=[{"name": "front", "publicIPAddress": {"id": address}}]
    )
    assert "privateIPAddress" not in azure.outputs(machines.BALANCER)["frontendIPConfigurations"][0]
    azure.make(LB, {"loadBalancerName": "empty", "sku": {"name": "Standard"}})


def test_a_scale_set_has_one_autoscale_setting(azure: Azure) -> None:
    kind = "monitor:AutoscaleSetting"
    refused("InvalidResourceReference", lambda: azure.make(kind, machines.AUTOSCALE))
    made(azure)
    identifier = azure.make(kind, machines.AUTOSCALE)
    refused("already has", lambda: azure.make(kind, machines.AUTOSCALE | {"autoscaleSettingName": "second"}))
    azure.change(kind, identifier, enabled=False)
    assert azure.entry(identifier).inputs["enabled"] is False


def test_a_window_for_images_is_for_scale_sets_that_take_them(azure: Azure) -> None:
    kind = "maintenance:ConfigurationAssignment"
    identifier = made(azure)
    azure.make("maintenance:MaintenanceConfiguration", machines.WINDOW)
    azure.make("maintenance:MaintenanceConfiguration", machines.WINDOW | {"resourceName": "far"} | ELSEWHERE)
    far = machines.ASSIGNMENT["maintenanceConfigurationId"].replace("/window", "/far")
    refused("one region", lambda: azure.make(kind, machines.ASSIGNMENT | {"maintenanceConfigurationId": far}))
    by_hand = machines.SCALE_SET["upgradePolicy"] | {"automaticOSUpgradePolicy": {}}
    azure.change(SET, identifier, upgradePolicy=by_hand)
    refused("enableAutomaticOSUpgrade", lambda: azure.make(kind, machines.ASSIGNMENT))
    azure.change(SET, identifier, upgradePolicy=machines.SCALE_SET["upgradePolicy"])
    assigned = azure.make(kind, machines.ASSIGNMENT)
    assert assigned.startswith(f"{machines.SET_ID}/providers/Microsoft.Maintenance/")
    azure.delete(SET, identifier)
    assert not azure.store.exists(assigned)


def test_a_window_for_patches_is_for_machines_that_take_them(azure: Azure) -> None:
    kind = "maintenance:ConfigurationAssignment"
    made(azure)
    patches = machines.WINDOW | {"maintenanceScope": "InGuestPatch", "duration": "02:00"}
    azure.make("maintenance:MaintenanceConfiguration", patches | {"extensionProperties": {"InGuestPatchMode": "User"}})
    refused("not for", lambda: azure.make(kind, machines.ASSIGNMENT))
    machine = azure.make("compute:VirtualMachine", machines.MACHINE)
    assignment = machines.ASSIGNMENT | {"resourceType": "virtualMachines", "resourceName": "vm"}
    refused("AutomaticByPlatform", lambda: azure.make(kind, assignment))
    linux = machines.LINUX | {"patchSettings": {"patchMode": "AutomaticByPlatform"}}
    profile = machines.MACHINE["osProfile"] | {"linuxConfiguration": linux}
    azure.change("compute:VirtualMachine", machine, osProfile=profile)
    assert azure.store.exists(azure.make(kind, assignment))


def test_machines_found_by_a_filter_get_patches_from_a_schedule_that_exists(azure: Azure) -> None:
    kind, configuration = "maintenance:ConfigurationAssignmentsForResourceGroup", "maintenance:MaintenanceConfiguration"
    refused("InvalidResourceReference", lambda: azure.make(kind, machines.DYNAMIC_SCOPE))
    azure.make(configuration, machines.WINDOW | {"resourceName": "images"})
    images = machines.DYNAMIC_SCOPE["maintenanceConfigurationId"].replace("/window", "/images")
    refused("InGuestPatch", lambda: azure.make(kind, machines.DYNAMIC_SCOPE | {"maintenanceConfigurationId": images}))
    azure.make(configuration, machines.PATCHES)
    assigned = azure.make(kind, machines.DYNAMIC_SCOPE)
    assert assigned == f"{GROUP}/providers/Microsoft.Maintenance/configurationAssignments/patches"


def test_machines_send_logs_by_a_rule_that_exists(azure: Azure) -> None:
    kind = "monitor:DataCollectionRuleAssociation"
    identifier = made(azure)
    rule = f"{GROUP}/providers/Microsoft.Insights/dataCollectionRules/dcr"
    association = {"resourceUri": identifier, "associationName": "logs", "dataCollectionRuleId": rule}
    refused("InvalidResourceReference", lambda: azure.make(kind, association))
    workspace = azure.make("operationalinsights:Workspace", {"workspaceName": "log-erp"})
    azure.make("monitor:DataCollectionRule", {
        "dataCollectionRuleName": "dcr",
        "destinations": {"logAnalytics": [{"name": "logs", "workspaceResourceId": workspace}]},
        "dataFlows": [{"streams": ["Microsoft-Syslog"], "destinations": ["logs"]}],
    })  # fmt: skip
    assert azure.store.exists(azure.make(kind, association))
