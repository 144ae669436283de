"""The container registry."""

from __future__ import annotations

import pytest

from components.image_registry import ImageRegistry, ImageRegistryArgs, RegistryReplica
from tests.unit.components.harness import (
    Declared,
    arm_findings,
    customer_key,
    declare,
    names,
    of_type,
    one,
    placement,
    private_link,
    resolve,
)

KUBELET_ID = "33333333-3333-4333-8333-333333333333"
PIPELINE_ID = "44444444-4444-4444-8444-444444444444"


def make_registry(*, zones: bool = True, replica: RegistryReplica | None = None) -> ImageRegistry:
    return ImageRegistry(
        "images",
        ImageRegistryArgs(
            placement=placement(),
            registry_name="crerptestweu",
            key=customer_key("registry"),
            private_link=private_link("privatelink.azurecr.io"),
            retention_days=30,
            zone_redundant=zones,
            replica=replica,
            pullers={"kubelet": KUBELET_ID},
            pushers={"pipeline": PIPELINE_ID},
        ),
    )


@pytest.fixture(scope="module")
def declared() -> list[Declared]:
    return declare(lambda: make_registry(replica=RegistryReplica(location="northeurope", zone_redundant=False)))


def test_makes_the_registry_its_copy_and_its_grants(declared: list[Declared]) -> None:
    assert names(declared) == {
        ("containerregistry:Registry", "images-registry"),
        ("monitor:DiagnosticSetting", "images-registry-logs"),
        ("containerregistry:Replication", "images-replica"),
        ("network:PrivateEndpoint", "images-endpoint"),
        ("network:PrivateDnsZoneGroup", "images-endpoint-dns"),
        ("authorization:RoleAssignment", "images-pull-kubelet"),
        ("authorization:RoleAssignment", "images-push-pipeline"),
        ("authorization:ManagementLockByScope", "images-lock"),
    }


def test_nobody_gets_in_without_an_identity_or_from_outside(declared: list[Declared]) -> None:
    registry = one(declared, "containerregistry:Registry")
    assert registry.protect
    assert registry.inputs["sku"] == {"name": "Premium"}
    assert registry.inputs["adminUserEnabled"] is False
    assert registry.inputs["anonymousPullEnabled"] is False
    assert registry.inputs["publicNetworkAccess"] == "Disabled"
    assert registry.inputs["networkRuleSet"]["defaultAction"] == "Deny"
    assert registry.inputs["policies"]["exportPolicy"] == {"status": "disabled"}
    assert registry.inputs["policies"]["retentionPolicy"] == {"status": "enabled", "days": 30}


def test_is_encrypted_with_the_customer_key_and_follows_rotations(declared: list[Declared]) -> None:
    key = customer_key("registry")
    registry = one(declared, "containerregistry:Registry").inputs
    assert registry["encryption"] == {
        "status": "enabled",
        "keyVaultProperties": {"identity": key.identity_client_id, "keyIdentifier": key.key_uri},
    }
    assert registry["identity"] == {"type": "UserAssigned", "userAssignedIdentities": {key.identity_id: {}}}


def test_endpoint_is_made_after_the_copy_so_that_it_gets_its_address(declared: list[Declared]) -> None:
    assert "images-replica" in one(declared, "network:PrivateEndpoint").depends_on


@pytest.mark.parametrize(("zones", "expected"), [(True, "Enabled"), (False, "Disabled")])
def test_zones_follow_the_region_and_the_copy_has_its_own(zones: bool, expected: str) -> None:
    declared = declare(lambda: make_registry(zones=zones, replica=RegistryReplica(location="northeurope")))
    assert one(declared, "containerregistry:Registry").inputs["zoneRedundancy"] == expected
    copy = one(declared, "containerregistry:Replication").inputs
    assert (copy["location"], copy["zoneRedundancy"]) == ("northeurope", "Enabled")


def test_pulls_and_pushes_are_granted_apart(declared: list[Declared]) -> None:
    granted = {
        (each.inputs["principalId"], each.inputs["roleDefinitionId"].rpartition("/")[2])
        for each in of_type(declared, "authorization:RoleAssignment")
    }
    assert granted == {
        (KUBELET_ID, "7f951dda-4ed3-4680-a7ca-43fe172d538d"),
        (PIPELINE_ID, "8311e382-0749-4cb8-b61a-304f252e45ec"),
    }


def test_stands_alone_without_a_copy() -> None:
    assert not of_type(declare(make_registry), "containerregistry:Replication")
    assert resolve(lambda: {"host": make_registry().login_server}) == {"host": "crerptestweu.azurecr.io"}


def test_arm_accepts_it(declared: list[Declared]) -> None:
    assert arm_findings(declared) == []
