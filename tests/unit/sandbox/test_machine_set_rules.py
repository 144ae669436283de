"""Rules over scale sets and machines that look at several inputs together, and the generations of images."""

from __future__ import annotations

import pytest

from sandbox.azure.rules.machine_profile import generation
from tests.unit.sandbox import machine_bodies as bodies
from tests.unit.sandbox.harness import Azure, Object, changed
from tests.unit.sandbox.machine_findings import DISK, EXTENSIONS, GALLERY, IMAGE, JAMMY, NETWORK, SET, VM, P, found


def test_a_balance_of_zones_needs_two(azure: Azure) -> None:
    assert found(azure, SET, changed(bodies.SCALE_SET, "zones", ["2"]) | {"zoneBalance": True}) == {"zoneBalance"}
    assert found(azure, SET, bodies.SCALE_SET | {"zoneBalance": True}) == set()


def test_without_zones_machines_spread_over_one_to_three_fault_domains(azure: Azure) -> None:
    regional = changed(bodies.SCALE_SET, "zones", ...)
    assert found(azure, SET, regional | {"platformFaultDomainCount": 3}) == set()
    assert found(azure, SET, regional | {"platformFaultDomainCount": 5}) == {"platformFaultDomainCount"}


def test_what_only_flexible_orchestration_refuses_uniform_takes(azure: Azure) -> None:
    uniform: Object = bodies.SCALE_SET | {
        "orchestrationMode": "Uniform",
        "overprovision": True,
        "singlePlacementGroup": True,
        "identity": {"type": "SystemAssigned"},
    }
    assert found(azure, SET, uniform) == set()
    assert found(azure, SET, changed(uniform, "sku.capacity", 101)) == {"sku.capacity"}
    probed = changed(uniform, f"{NETWORK}.healthProbe", {"id": f"{bodies.BALANCER}/probes/health"})
    assert found(azure, SET, probed) == {f"{NETWORK}.healthProbe"}
    assert found(azure, SET, changed(probed, EXTENSIONS, [])) == set()


@pytest.mark.parametrize(
    ("size", "changes", "finding"),
    [
        ("Standard_D4ads_v5", {}, ""),
        ("Standard_D2ads_v5", {"diskSizeGB": 75}, f"{DISK}.diskSizeGB"),
        ("Standard_D4s_v5", {}, f"{DISK}.diffDiskSettings.option"),
        ("Standard_D4s_v3", {}, ""),
        ("Standard_D4ads_v5", {"caching": "ReadWrite"}, f"{DISK}.caching"),
    ],
)
def test_an_ephemeral_disk_fits_the_local_disk(azure: Azure, size: str, changes: Object, finding: str) -> None:
    disk = bodies.PROFILE["storageProfile"]["osDisk"] | {"diffDiskSettings": {"option": "Local"}} | changes
    inputs = changed(changed(bodies.SCALE_SET, "sku.name", size), DISK, disk)
    assert found(azure, SET, inputs) == ({finding} if finding else set())


def test_an_ephemeral_disk_with_a_key_of_ours_needs_encryption_at_host(azure: Azure) -> None:
    managed = {"storageAccountType": "Premium_LRS", "diskEncryptionSet": {"id": "/subscriptions/x"}}
    disk = bodies.PROFILE["storageProfile"]["osDisk"] | {
        "diffDiskSettings": {"option": "Local"},
        "managedDisk": managed,
    }
    inputs = changed(bodies.SCALE_SET, DISK, disk)
    assert found(azure, SET, inputs) == set()
    open_host = changed(inputs, f"{P}.securityProfile.encryptionAtHost", ...)
    assert found(azure, SET, open_host) == {f"{P}.securityProfile.encryptionAtHost"}


def test_without_trusted_launch_the_guest_state_takes_no_room(azure: Azure) -> None:
    disk = bodies.PROFILE["storageProfile"]["osDisk"] | {"diffDiskSettings": {"option": "Local"}, "diskSizeGB": 75}
    inputs = changed(changed(bodies.SCALE_SET, "sku.name", "Standard_D2ads_v5"), DISK, disk)
    assert found(azure, SET, changed(inputs, f"{P}.securityProfile", {"encryptionAtHost": True})) == set()


def test_new_sizes_need_an_image_of_the_second_generation(azure: Azure) -> None:
    plain = changed(changed(bodies.SCALE_SET, f"{P}.securityProfile", {}), IMAGE, JAMMY)
    assert found(azure, SET, changed(plain, "sku.name", "Standard_D4ads_v6")) == {"sku.name"}
    assert found(azure, SET, plain) == set()


def test_platform_patches_need_the_agent(azure: Azure) -> None:
    linux = {"patchSettings": {"patchMode": "AutomaticByPlatform"}, "provisionVMAgent": False}
    machine = changed(bodies.MACHINE, "osProfile.linuxConfiguration", bodies.LINUX | linux)
    assert found(azure, VM, machine) == {"osProfile.linuxConfiguration.patchSettings.patchMode"}


def test_a_disk_that_is_set_up_already_needs_no_login(azure: Azure) -> None:
    assert found(azure, VM, changed(bodies.MACHINE, "osProfile", ...)) == set()


def test_a_scale_set_without_a_profile_takes_machines_later(azure: Azure) -> None:
    empty = {key: bodies.SCALE_SET[key] for key in ("vmScaleSetName", "orchestrationMode", "platformFaultDomainCount")}
    assert found(azure, SET, empty) == set()


def test_a_scale_set_may_mix_sizes(azure: Azure) -> None:
    assert found(azure, SET, changed(bodies.SCALE_SET, "sku.name", "Mix")) == set()


@pytest.mark.parametrize(
    ("sku", "offer", "expected"),
    [
        ("server", "ubuntu-24_04-lts", None),
        ("22_04-lts-gen2", "0001-com-ubuntu-server-jammy", 2),
        ("22_04-lts", "0001-com-ubuntu-server-jammy", 1),
        ("2019-datacenter-gensecond", "WindowsServer", 2),
    ],
)
def test_names_tell_the_generation_of_an_image(sku: str, offer: str, expected: int | None) -> None:
    assert generation({"sku": sku, "offer": offer}) == expected


def test_an_image_of_a_gallery_has_no_generation_in_its_name() -> None:
    assert generation({"id": GALLERY}) is None
