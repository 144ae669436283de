"""The grants of a cluster: what its control plane, its nodes and its people may do, and nothing more."""

from __future__ import annotations

import pytest

from components.access import Role
from components.cluster import ClusterEncryption
from tests.unit.components.cluster_example import (
    ADMINISTRATORS,
    ARGS,
    AUDITORS,
    DISKS_ID,
    KEY,
    NETWORK_ID,
    REGISTRY_ID,
    ZONE_ID,
    declare_with,
    declared_cluster,
    inputs_of,
)
from tests.unit.components.harness import Declared, of_type, one
from tests.unit.components.mocked_azure import arm_id


@pytest.fixture(scope="module")
def declared() -> list[Declared]:
    return declared_cluster()


def _grants(declared: list[Declared], principal_id: str) -> set[tuple[str, str]]:
    """Role id and scope of what a principal was granted."""
    return {
        (each.inputs["roleDefinitionId"].rpartition("/")[2], each.inputs["scope"])
        for each in of_type(declared, "authorization:RoleAssignment")
        if each.inputs["principalId"] == principal_id
    }


def test_the_control_plane_has_the_roles_it_needs_and_no_others(declared: list[Declared]) -> None:
    kubelet_id = arm_id("Microsoft.managedidentity/UserAssignedIdentity", "id-aks-erp-test-weu-kubelet")
    subnets = [*ARGS.network.subnet_ids.values(), ARGS.network.api_server_subnet_id]
    assert _grants(declared, str(KEY.identity_principal_id)) == {
        *((Role.NETWORK_CONTRIBUTOR.value, subnet) for subnet in subnets),
        (Role.PRIVATE_DNS_ZONE_CONTRIBUTOR.value, ZONE_ID),
        (Role.PRIVATE_DNS_ZONE_CONTRIBUTOR.value, NETWORK_ID),
        (Role.MANAGED_IDENTITY_OPERATOR.value, kubelet_id),
        (Role.KEY_VAULT_CRYPTO_USER.value, f"{KEY.vault_id}/keys/cluster"),
        (Role.KEY_VAULT_CONTRIBUTOR.value, KEY.vault_id),
        (Role.READER.value, DISKS_ID),
    }


def test_the_cluster_waits_for_its_grants(declared: list[Declared]) -> None:
    cluster = one(declared, "containerservice:ManagedCluster")
    made_before = {
        each.name
        for each in of_type(declared, "authorization:RoleAssignment")
        if each.inputs["principalType"] == "ServicePrincipal"
    }
    assert made_before <= cluster.depends_on
    assert "erp-pull" in made_before


def test_nodes_only_pull(declared: list[Declared]) -> None:
    profile = inputs_of(declared)["identityProfile"]["kubeletidentity"]
    assert _grants(declared, profile["objectId"]) == {(Role.ACR_PULL.value, REGISTRY_ID)}


def test_platform_keys_need_no_role_on_disks() -> None:
    declared = declare_with(encryption=ClusterEncryption(secrets_key=KEY))
    assert "diskEncryptionSetID" not in inputs_of(declared)
    assert not [each for each in declared if each.name == "erp-disks"]


def test_people_come_in_as_groups(declared: list[Declared]) -> None:
    cluster_id = arm_id("Microsoft.containerservice/ManagedCluster", "aks-erp-test-weu")
    assert _grants(declared, AUDITORS) == {
        (Role.AKS_RBAC_READER.value, cluster_id),
        (Role.AKS_CLUSTER_USER.value, cluster_id),
    }
    assert (Role.AKS_RBAC_CLUSTER_ADMIN.value, cluster_id) in _grants(declared, ADMINISTRATORS)
    people = [each for each in of_type(declared, "authorization:RoleAssignment") if each.name.startswith("erp-user-")]
    assert {each.inputs["principalType"] for each in people} == {"Group"}
