"""Subsidiary: what a tenant has, who may touch it, and that it shares nothing with another."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import yaml

from components.subsidiary.args import SubsidiaryAllowance, SubsidiaryBudget
from components.subsidiary.stores import cache_user_name
from components.subsidiary.subsidiary import Subsidiary
from tests.unit.components.harness import (
    Declared,
    arm_findings,
    arm_id,
    declare,
    names,
    of_type,
    one,
    placement,
    resolve,
)
from tests.unit.components.subsidiary_example import (
    CERTIFICATES_ID,
    GROUPS,
    SCALER_ID,
    application,
    nodes,
    own_server,
    running,
    shared_database,
    subsidiary,
)

pytestmark = pytest.mark.stacks

SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"
BLOB_CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
KEY_USER = "e147488a-f6f5-4113-8e2d-b22465e65bf6"


def isolated(**changes: Any) -> Mapping[str, Any]:
    """Changes that make a tenant one of tier isolated."""
    database = shared_database(server=None, own=own_server())
    return {"database": database, "running": running(nodes=nodes()), **changes}


@pytest.fixture(scope="module")
def declared() -> list[Declared]:
    return declare(subsidiary)


@pytest.fixture(scope="module")
def neighbours() -> list[Declared]:
    """Two tenants of one platform, in one program."""

    def make() -> None:
        subsidiary("acme-es")
        subsidiary("globex-it")

    return declare(make)


def principal(identity_name: str) -> str:
    """Object id of the identity of that name."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{identity_name}/principal"))


def grants(declared: list[Declared]) -> set[tuple[str, str, str]]:
    """Principal, role and scope of every role assignment."""
    return {
        (each.inputs["principalId"], each.inputs["roleDefinitionId"].rpartition("/")[2], each.inputs["scope"])
        for each in of_type(declared, "authorization:RoleAssignment")
    }


def azure(declared: list[Declared]) -> set[tuple[str, str]]:
    """Type and Pulumi name of its resources in Azure."""
    return names(each for each in declared if each.type.startswith("azure-native:"))


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


def test_an_identity_may_do_what_its_pods_need_and_nothing_else(declared: list[Declared]) -> None:
    odoo, operations, ingress = (principal(f"id-erp-acme-es-{who}") for who in ("odoo", "operations", "ingress"))

    def secret(name: str) -> str:
        return arm_id("Microsoft.keyvault/Secret", f"acme-es-{name}")

    def container(name: str) -> str:
        return arm_id("Microsoft.storage/BlobContainer", name)

    assert grants(declared) == {
        (odoo, SECRETS_USER, secret("database-service")),
        (odoo, SECRETS_USER, secret("session-key")),
        (odoo, BLOB_CONTRIBUTOR, container("attachments-acme-es")),
        (operations, SECRETS_USER, secret("database-service")),
        (operations, BLOB_CONTRIBUTOR, container("attachments-acme-es")),
        (operations, BLOB_CONTRIBUTOR, container("archive-acme-es")),
        (ingress, SECRETS_USER, f"{CERTIFICATES_ID}/secrets/acme-es"),
        (SCALER_ID, SECRETS_USER, secret("database-monitor")),
    }


def test_each_identity_trusts_one_service_account_of_the_tenants_namespaces(declared: list[Declared]) -> None:
    trusts = of_type(declared, "managedidentity:FederatedIdentityCredential")
    assert {(each.inputs["resourceName"], each.inputs["subject"]) for each in trusts} == {
        ("id-erp-acme-es-odoo", "system:serviceaccount:acme-es:odoo"),
        ("id-erp-acme-es-operations", "system:serviceaccount:acme-es:operations"),
        ("id-erp-acme-es-ingress", "system:serviceaccount:acme-es-ingress:traefik"),
    }
    assert {each.inputs["resourceGroupName"] for each in trusts} == {"rg-erp-acme-es"}


def test_no_pod_of_its_own_sees_a_password_but_its_login(declared: list[Declared]) -> None:
    mounted: dict[str, set[str]] = {}
    for each in declared:
        if each.type.endswith(":SecretProviderClass"):
            wanted = yaml.safe_load(each.inputs["spec"]["parameters"]["objects"])["array"]
            namespace = mounted.setdefault(each.inputs["metadata"]["namespace"], set())
            namespace |= {yaml.safe_load(entry)["objectName"] for entry in wanted}
    assert mounted == {
        "acme-es": {"acme-es-database-service", "acme-es-session-key"},
        "acme-es-ingress": {"acme-es"},
        "platform-operations": {
            "database-administrator-0",
            "acme-es-database-blue",
            "acme-es-database-green",
            "acme-es-database-monitor",
        },
    }


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


def test_its_login_to_the_cache_has_a_name_that_azure_takes_and_nobody_else_has(declared: list[Declared]) -> None:
    user = one(declared, "redisenterprise:AccessPolicyAssignment").inputs
    assert user["user"] == {"objectId": principal("id-erp-acme-es-odoo")}
    tenants = ["acme-es", "acmees", "acme-e-s", "a" * 63, "a" * 62 + "b"]
    user_names = [cache_user_name(tenant) for tenant in tenants]
    assert len(set(user_names)) == len(tenants)
    assert all(name.isalnum() and len(name) <= 60 for name in user_names)


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


def test_an_isolated_tenant_has_a_server_with_its_own_key_and_nodes() -> None:
    declared = declare(lambda: subsidiary(**isolated()))
    server = one(declared, "dbforpostgresql:Server")
    assert server.protect
    assert server.inputs["resourceGroupName"] == "rg-erp-acme-es"
    key = one(declared, "keyvault:Key").inputs
    assert (key["keyName"], key["vaultName"]) == ("database-acme-it", "kv-erp-keys")
    key_grant = (principal("id-psql-erp-acme-it"), KEY_USER, arm_id("Microsoft.keyvault/Key", "database-acme-it"))
    assert key_grant in grants(declared)
    assert server.inputs["dataEncryption"]["primaryKeyURI"] == (
        "https://kv-erp-keys.vault.azure.net/keys/database-acme-it"
    )
    database = one(declared, "dbforpostgresql:Database").inputs
    assert (database["databaseName"], database["serverName"]) == ("acme-es", "psql-erp-acme-it")
    pool = one(declared, "containerservice:AgentPool").inputs
    assert (pool["agentPoolName"], pool["resourceName"]) == ("t007", "aks-erp")
    assert arm_findings(declared) == []


def test_the_administrators_password_of_its_own_server_is_read_by_none_of_its_identities() -> None:
    declared = declare(lambda: subsidiary(**isolated()))
    secret = one(declared, "keyvault:Secret", "acme-es-database-administrator")
    assert secret.inputs["secretName"] == "acme-es-database-administrator"
    assert not [grant for grant in grants(declared) if grant[2].endswith("acme-es-database-administrator")]


def test_a_database_that_was_moved_away_from_is_the_same_resource_as_before(declared: list[Declared]) -> None:
    moved = declare(lambda: subsidiary(**isolated(database=_moved())))
    name = "acme-es-database-0-database"
    assert one(moved, "dbforpostgresql:Database", name) == one(declared, "dbforpostgresql:Database", name)
    assert one(moved, "dbforpostgresql:Database", "acme-es-server-acme-es").protect


def test_a_former_database_goes_when_it_is_released_and_nothing_else_does() -> None:
    released = declare(lambda: subsidiary(**isolated(database=_moved(former_released=True))))
    assert not one(released, "dbforpostgresql:Database", "acme-es-database-0-database").protect
    locks = {each.name for each in of_type(released, "authorization:ManagementLockByScope")}
    assert "acme-es-database-0-lock" not in locks
    assert {"acme-es-server-lock", "acme-es-share-lock"} <= locks
    assert one(released, "dbforpostgresql:Server").protect


def _moved(**changes: Any) -> Any:
    return shared_database(server=None, own=own_server(), former_server=0, **changes)


def test_a_server_that_was_moved_away_from_is_kept() -> None:
    declared = declare(lambda: subsidiary(database=shared_database(server=1, own=own_server())))
    assert one(declared, "dbforpostgresql:Server").protect
    shared = one(declared, "dbforpostgresql:Database", "acme-es-database-1-database").inputs
    assert shared["serverName"] == "psql-erp-1"


def test_a_tenant_without_a_server_is_refused() -> None:
    with pytest.raises(ValueError, match="acme-es has neither"):
        declare(lambda: subsidiary(database=shared_database(server=None)))
    with pytest.raises(ValueError, match="former_server 0 is the server it is on"):
        shared_database(server=0, former_server=0)


def test_a_server_of_its_own_is_watched_where_it_is() -> None:
    declared = declare(lambda: subsidiary(**isolated()))
    alert = one(declared, "monitor:ActivityLogAlert").inputs
    assert [scope.rpartition("/")[2] for scope in alert["scopes"]] == ["rg-erp-acme-es"]
    assert alert["resourceGroupName"] == "rg-erp-acme-es"
    assert alert["actions"]["actionGroups"] == [{"actionGroupId": arm_id("Microsoft.Insights/actionGroups", "ag-erp")}]


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


def test_a_suspended_isolated_tenant_keeps_its_server_and_not_its_nodes() -> None:
    active = declare(lambda: subsidiary(**isolated()))
    suspended = declare(lambda: subsidiary(**isolated(running=running(nodes=nodes(), suspended=True))))
    assert azure(active) - azure(suspended) == {("containerservice:AgentPool", "acme-es-pool-t007")}
    assert {each.name for each in suspended if each.protect} == {each.name for each in active if each.protect}


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
