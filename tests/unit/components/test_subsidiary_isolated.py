"""A tenant of tier isolated: its own server, key and nodes, and its database on the way there and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.unit.components.harness import Declared, arm_findings, declare, of_type, one
from tests.unit.components.mocked_azure import arm_id
from tests.unit.components.subsidiary_example import (
    azure,
    declared_subsidiary,
    grants,
    nodes,
    own_server,
    principal,
    running,
    shared_database,
    subsidiary,
)

pytestmark = pytest.mark.stacks

KEY_USER = "e147488a-f6f5-4113-8e2d-b22465e65bf6"


@pytest.fixture(scope="module")
def declared() -> list[Declared]:
    return declared_subsidiary()


def isolated(**changes: Any) -> Mapping[str, Any]:
    """Changes that make a tenant one of tier isolated."""
    database = shared_database(server=None, own=own_server())
    return {"database": database, "running": running(nodes=nodes()), **changes}


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


def test_a_suspended_isolated_tenant_keeps_its_server_and_not_its_nodes() -> None:
    active = declare(lambda: subsidiary(**isolated()))
    suspended = declare(lambda: subsidiary(**isolated(running=running(nodes=nodes(), suspended=True))))
    assert azure(active) - azure(suspended) == {("containerservice:AgentPool", "acme-es-pool-t007")}
    assert {each.name for each in suspended if each.protect} == {each.name for each in active if each.protect}
