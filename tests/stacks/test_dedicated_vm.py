"""Topology `dedicated-vm`: who its machines are, what is in them, and what a cluster would have made the same."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from stacks.planning.assemble import make_plan
from tests.stacks.topologies import MACHINES, azure, declared_stack, machine_plan, resources, settings_of
from tests.unit.components.harness import Declared, of_type, one

SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"
ACR_PULL = "7f951dda-4ed3-4680-a7ca-43fe172d538d"


def scale_set(role: str) -> Declared:
    return one(resources(MACHINES), "compute:VirtualMachineScaleSet", f"odoo-{role}-machines-machines")


def custom_data(role: str) -> str:
    profile = scale_set(role).inputs["virtualMachineProfile"]
    return base64.b64decode(profile["osProfile"]["customData"]).decode()


def readers(secret: str) -> set[str]:
    """Pulumi names of the grants on one secret."""
    return {
        each.name
        for each in of_type(resources(MACHINES), "authorization:RoleAssignment")
        if each.inputs["roleDefinitionId"].endswith(SECRETS_USER) and each.inputs["scope"].endswith(f"/{secret}")
    }


def test_there_is_no_kubernetes_in_it() -> None:
    assert [each.name for each in resources(MACHINES) if each.type.startswith("kubernetes:")] == []
    assert of_type(resources(MACHINES), "containerservice:ManagedCluster") == []
    assert of_type(resources(MACHINES), "managedidentity:FederatedIdentityCredential") == []


@pytest.mark.parametrize(
    ("role", "identities"),
    [("app", {"odoo", "ingress"}), ("operations", {"operations", "administration"})],
)
def test_machines_have_the_identities_of_what_they_do_and_no_other(role: str, identities: set[str]) -> None:
    names = machine_plan().names
    known = {
        "odoo": names.odoo_identity,
        "ingress": names.ingress_identity,
        "operations": names.operations_identity,
        "administration": names.administration_identity,
    }
    has = {each.rpartition("/")[2] for each in scale_set(role).inputs["identity"]["userAssignedIdentities"]}
    assert has == {known[each] for each in identities}


def test_only_the_administration_reads_the_administrators_password() -> None:
    assert readers("database-administrator") == {"odoo-secrets-database-administrator-administration"}
    assert len(readers("database-odoo-blue")) == 3


def test_images_are_pulled_by_those_that_run_them() -> None:
    pulls = [
        each
        for each in of_type(resources(MACHINES), "authorization:RoleAssignment")
        if each.inputs["roleDefinitionId"].endswith(ACR_PULL)
    ]
    assert {each.name for each in pulls} == {"odoo-image-pull-odoo", "odoo-image-pull-operations"}


@pytest.mark.parametrize("role", ["app", "operations"])
def test_custom_data_holds_no_secret_and_names_its_images_by_digest(role: str) -> None:
    text, settings = custom_data(role), settings_of(MACHINES)
    assert text.startswith("#cloud-config")
    assert "generated-" not in text
    for image in (settings.odoo.image, settings.odoo.ops_image):
        assert (image.partition("@")[2] in text) or role == "app"
    assert settings.odoo.image in text


def test_users_reach_machines_by_a_private_address_only() -> None:
    balancer = one(resources(MACHINES), "network:LoadBalancer").inputs
    assert [("publicIPAddress" in end, "subnet" in end) for end in balancer["frontendIPConfigurations"]] == [
        (False, True)
    ]
    for role in ("app", "operations"):
        network = scale_set(role).inputs["virtualMachineProfile"]["networkProfile"]
        assert "publicIPAddressConfiguration" not in repr(network)


def test_a_cluster_would_stand_on_the_same() -> None:
    """All but what an environment runs on is the same: a change of its topology changes nothing else."""
    machines = machine_plan()
    cluster = make_plan(settings_of(MACHINES))
    assert machines.names == cluster.names
    assert machines.network == cluster.network
    assert machines.storage == cluster.storage
    assert machines.cache == cluster.cache
    assert replace(machines.database, parameters={}) == replace(cluster.database, parameters={})


def test_the_app_set_waits_for_what_makes_the_database_fit() -> None:
    assert "odoo-operations-machines-machines" in scale_set("app").depends_on
    assert declared_stack(MACHINES).exports["scale_set_ids"]["app"]
    assert len(azure(MACHINES)) > 200
