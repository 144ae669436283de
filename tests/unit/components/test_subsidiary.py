"""Subsidiary: what a tenant has, where that is kept and reached, and that it shares nothing with another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from components.subsidiary.args import SubsidiaryAllowance, SubsidiaryBudget
from components.subsidiary.subsidiary import Subsidiary
from tests.unit.components.harness import Declared, arm_findings, declare, of_type, one, placement, resolve
from tests.unit.components.mocked_azure import arm_id
from tests.unit.components.subsidiary_example import (
    GROUPS,
    application,
    azure,
    declared_subsidiary,
    own_server,
    running,
    shared_database,
    subsidiary,
)

pytestmark = pytest.mark.stacks


@pytest.fixture(scope="module")
def declared() -> list[Declared]:
    return declared_subsidiary()


@pytest.fixture(scope="module")
def neighbours() -> list[Declared]:
    """Two tenants of one platform, in one program."""

    def make() -> None:
        subsidiary("acme-es")
        subsidiary("globex-it")

    return declare(make)


def roots(declared: list[Declared]) -> Mapping[str, str]:
    """The topmost component that each resource hangs below, by Pulumi name."""
    parents = {each.name: each.parent for each in declared}

    def root(name: str) -> str:
        return root(parents[name]) if parents.get(parents[name]) is not None else name

    return {name: root(name) for name in parents}


def test_all_that_it_has_hangs_below_one_component_and_is_named_after_it(declared: list[Declared]) -> None:
    below = {name: root for name, root in roots(declared).items() if name != "cluster-of-acme-es"}
    assert set(below.values()) == {"acme-es"}
    assert all(name == "acme-es" or name.startswith("acme-es-") for name in below)


def test_it_depends_on_nothing_but_its_own(declared: list[Declared]) -> None:
    for each in declared:
        assert all(name.startswith("acme-es") for name in each.depends_on - {"cluster-of-acme-es"}), each.name


@pytest.mark.parametrize(("index", "host"), [(0, "psql-erp-0"), (1, "psql-erp-1"), (None, "psql-erp-acme-it")])
def test_it_connects_to_the_server_that_its_database_is_on(index: int | None, host: str) -> None:
    declared = declare(lambda: subsidiary(database=shared_database(server=index, own=own_server())))
    hosts = {
        variable["value"]
        for job in declared
        if job.type.endswith(":Job")
        for container in job.inputs["spec"]["template"]["spec"]["containers"]
        for variable in container["env"]
        if variable["name"] == "PGHOST"
    }
    assert hosts == {f"{host}.postgres.database.azure.com"}


def test_odoo_gets_what_its_file_says(declared: list[Declared]) -> None:
    bootstrap = next(each for each in declared if each.name == "acme-es-tenant-bootstrap")
    (container,) = bootstrap.inputs["spec"]["template"]["spec"]["containers"]
    told = {variable["name"]: variable.get("value") for variable in container["env"]}
    assert (
        told.items()
        >= {
            "OPS_TENANT": "acme-es",
            "OPS_DATABASE": "acme-es",
            "OPS_OWNER": "acme-es",
            "OPS_ADMINISTRATOR": "odoo_bootstrap",
            "OPS_CONNECTION_LIMIT": "30",
            "OPS_DATABASE_CONNECTION_LIMIT": "40",
            "OPS_BACKUP_CONTAINER": "archive-acme-es",
        }.items()
    )


def test_what_it_keeps_in_shared_resources_is_in_the_platforms_groups(declared: list[Declared]) -> None:
    kept = {
        "storage:FileShare": "data",
        "storage:BlobContainer": "data",
        "dbforpostgresql:Database": "data",
        "redisenterprise:AccessPolicyAssignment": "data",
        "keyvault:Secret": "security",
        "privatedns:PrivateRecordSet": "network",
    }
    for type_, group in kept.items():
        found = {each.inputs["resourceGroupName"] for each in of_type(declared, type_)}
        assert found == {GROUPS[group]}, type_
    identities = of_type(declared, "managedidentity:UserAssignedIdentity")
    assert {each.inputs["resourceGroupName"] for each in identities} == {"rg-erp-acme-es"}


def test_what_holds_its_data_is_protected_and_locked_by_itself(declared: list[Declared]) -> None:
    data = {"acme-es-share", "acme-es-attachments", "acme-es-archive", "acme-es-database-0-database"}
    assert {each.name for each in declared if each.protect} == data | {"acme-es-groups-tenant"}
    locks = of_type(declared, "authorization:ManagementLockByScope")
    assert {each.inputs["scope"] for each in locks} == {
        arm_id("Microsoft.storage/FileShare", "acme-es"),
        arm_id("Microsoft.storage/BlobContainer", "attachments-acme-es"),
        arm_id("Microsoft.storage/BlobContainer", "archive-acme-es"),
        arm_id("Microsoft.dbforpostgresql/Database", "acme-es"),
    }


def test_a_released_tenant_can_go_whole() -> None:
    released = declare(lambda: subsidiary(placement=placement(data_protected=False)))
    assert not [each.name for each in released if each.protect]
    assert not of_type(released, "authorization:ManagementLockByScope")


def test_two_tenants_have_nothing_in_common(neighbours: list[Declared]) -> None:
    root = roots(neighbours)
    mine = [each for each in neighbours if root[each.name] == "acme-es"]
    theirs = [each for each in neighbours if root[each.name] == "globex-it"]
    assert len(mine) == len(theirs) > 100
    for one_side, other in ((mine, "globex"), (theirs, "acme-es")):
        for each in one_side:
            assert other not in str(each.inputs), each.name
            assert not any(other in name for name in each.depends_on), each.name


def test_a_neighbour_changes_nothing_of_it(declared: list[Declared], neighbours: list[Declared]) -> None:
    def by_name(resources: list[Declared]) -> Mapping[str, Declared]:
        return {f"{each.type} {each.name}": each for each in resources if "acme-es" in each.name}

    assert by_name(neighbours) == by_name(declared)


def test_it_is_reached_at_its_own_address_by_https_alone(declared: list[Declared]) -> None:
    service = next(each.inputs for each in declared if each.name == "acme-es-ingress-service")
    assert service["metadata"]["annotations"]["service.beta.kubernetes.io/azure-load-balancer-ipv4"] == "10.40.6.11"
    assert [port["port"] for port in service["spec"]["ports"]] == [443]
    record = one(declared, "privatedns:PrivateRecordSet").inputs
    assert (record["relativeRecordSetName"], record["privateZoneName"]) == ("acme-es", "erp.acme.example")
    assert (record["recordType"], record["aRecords"]) == ("A", [{"ipv4Address": "10.40.6.11"}])


def test_a_host_name_of_another_zone_gets_no_record() -> None:
    elsewhere = application(hostname="erp.globex.example")
    assert not of_type(declare(lambda: subsidiary(application=elsewhere)), "privatedns:PrivateRecordSet")


def test_what_it_shares_is_not_watched_by_it(declared: list[Declared]) -> None:
    assert not of_type(declared, "monitor:ActivityLogAlert")


def test_its_budget_counts_all_that_is_tagged_as_its_own(declared: list[Declared]) -> None:
    budget = SubsidiaryBudget(amount=900, start=date(2026, 12, 1), emails=("books@acme-es.example",))
    allowance = SubsidiaryAllowance(share_gib=100, budget=budget)
    tagged = replace(placement(), tags={"owner": "erp", "environment": "prod", "tenant": "acme-es"})
    made = declare(lambda: subsidiary(placement=tagged, allowance=allowance))
    counted = one(made, "consumption:Budget").inputs
    assert counted["amount"] == 900
    parts = [part["tags"] for part in counted["filter"]["and"]]
    assert {part["name"]: part["values"] for part in parts} == {"environment": ["prod"], "tenant": ["acme-es"]}
    assert all(each["contactEmails"] == ["books@acme-es.example"] for each in counted["notifications"].values())
    assert not of_type(declared, "consumption:Budget")


def test_a_suspended_tenant_keeps_everything_in_azure_and_has_no_way_in(declared: list[Declared]) -> None:
    suspended = declare(_suspended)
    assert azure(suspended) == azure(declared)
    assert {each.name for each in suspended if each.protect} == {each.name for each in declared if each.protect}
    assert not [each.name for each in suspended if each.name.startswith("acme-es-ingress")]


def _suspended() -> Subsidiary:
    return subsidiary(running=running(suspended=True))


@pytest.mark.parametrize(("make", "address"), [(subsidiary, "10.40.8.4"), (_suspended, "10.40.6.11")])
def test_it_tells_where_it_is(make: Any, address: str) -> None:
    def outputs() -> dict[str, Any]:
        made = make()
        return {"url": made.url, "namespace": made.namespace_name, "address": made.ingress_address}

    assert resolve(outputs) == {
        "url": "https://acme-es.erp.acme.example",
        "namespace": "acme-es",
        "address": address,
    }


def test_azure_takes_what_it_declares_there(declared: list[Declared]) -> None:
    assert arm_findings(declared) == []
