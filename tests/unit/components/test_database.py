"""The database server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from components.database import (
    DatabaseAccess,
    DatabaseBackup,
    DatabaseNetwork,
    DatabaseServer,
    MaintenanceWindow,
    OdooDatabase,
    OdooDatabaseArgs,
    ReadReplica,
    SharedDatabase,
    SharedDatabaseArgs,
)
from components.database.parameters import FIXED_PARAMETERS, in_order
from tests.unit.components.harness import (
    Declared,
    arm_findings,
    customer_key,
    declare,
    names,
    of_type,
    one,
    placement,
    resolve,
)
from tests.unit.components.mocked_azure import TENANT_ID, arm_id

GROUP_ID = "33333333-3333-4333-8333-333333333333"
SUBNET_ID = arm_id("Microsoft.Network/virtualNetworks", "vnet-erp-test-weu") + "/subnets/snet-database"
ZONE_ID = arm_id("Microsoft.Network/privateDnsZones", "erp-test.private.postgres.database.azure.com")
GIVEN = {"max_connections": "800", "pgbouncer.enabled": "true", "pgbouncer.default_pool_size": "60"}
REPLICA = ReadReplica(
    server_name="psql-erp-test-weu-replica",
    sku_name="Standard_E4ads_v5",
    tier="MemoryOptimized",
    virtual_endpoint_name="erp-test",
)


def make_args(parameters: Mapping[str, str] = GIVEN) -> OdooDatabaseArgs:
    return OdooDatabaseArgs(
        placement=placement(),
        server=DatabaseServer(
            name="psql-erp-test-weu",
            version="17",
            sku_name="Standard_E8ads_v5",
            tier="MemoryOptimized",
            storage_gib=512,
            storage_tier="P30",
        ),
        network=DatabaseNetwork(subnet_id=SUBNET_ID, private_dns_zone_id=ZONE_ID),
        key=customer_key("database"),
        access=DatabaseAccess(
            tenant_id=TENANT_ID,
            entra_administrators={"sg-erp-dba": GROUP_ID},
            administrator_login="erpadmin",
            administrator_password="never shown",
        ),
        backup=DatabaseBackup(retention_days=35, geo_key=customer_key("geo-backup")),
        maintenance=MaintenanceWindow(day_of_week=0, start_hour=2),
        databases=("odoo",),
        parameters=parameters,
        replica=REPLICA,
    )


@pytest.fixture(scope="module")
def declared() -> list[Declared]:
    return declare(lambda: OdooDatabase("database", make_args()))


@pytest.fixture(scope="module")
def plain() -> list[Declared]:
    """Without replica, second copy of the backups and standby."""
    args = make_args()
    server = replace(args.server, high_availability="Disabled")
    backup = replace(args.backup, geo_key=None)
    return declare(lambda: OdooDatabase("database", replace(args, server=server, backup=backup, replica=None)))


def primary(declared: list[Declared]) -> Declared:
    return one(declared, "dbforpostgresql:Server", "database-server")


def test_primary_has_a_standby_in_another_zone_and_a_failover_is_not_undone(declared: list[Declared]) -> None:
    server = primary(declared)
    assert server.inputs["highAvailability"]["mode"] == "ZoneRedundant"
    assert "availabilityZone" in server.ignore_changes
    assert "highAvailability.standbyAvailabilityZone" in server.ignore_changes


def test_primary_is_inside_the_network_and_says_nothing_of_public_access(declared: list[Declared]) -> None:
    assert primary(declared).inputs["network"] == {
        "delegatedSubnetResourceId": SUBNET_ID,
        "privateDnsZoneArmResourceId": ZONE_ID,
    }


def test_people_log_in_with_entra_and_the_password_is_a_secret(declared: list[Declared]) -> None:
    server = primary(declared)
    assert server.inputs["authConfig"] == {
        "activeDirectoryAuth": "Enabled",
        "passwordAuth": "Enabled",
        "tenantId": TENANT_ID,
    }
    assert server.secrets == {"administratorLoginPassword"}
    administrator = one(declared, "dbforpostgresql:AdministratorsMicrosoftEntra").inputs
    assert (administrator["objectId"], administrator["principalType"]) == (GROUP_ID, "Group")
    assert administrator["principalName"] == "sg-erp-dba"


def test_backups_are_copied_to_the_paired_region_with_a_key_of_its_own(declared: list[Declared]) -> None:
    key, geo_key = customer_key("database"), customer_key("geo-backup")
    server = primary(declared).inputs
    assert server["backup"] == {"backupRetentionDays": 35, "geoRedundantBackup": "Enabled"}
    assert server["dataEncryption"] == {
        "type": "AzureKeyVault",
        "primaryKeyURI": key.key_uri,
        "primaryUserAssignedIdentityId": key.identity_id,
        "geoBackupKeyURI": geo_key.key_uri,
        "geoBackupUserAssignedIdentityId": geo_key.identity_id,
    }
    assert server["identity"]["userAssignedIdentities"] == {key.identity_id: {}, geo_key.identity_id: {}}


def test_without_a_geo_key_there_is_no_copy_but_still_the_customer_key(plain: list[Declared]) -> None:
    key = customer_key("database")
    server = primary(plain).inputs
    assert server["backup"]["geoRedundantBackup"] == "Disabled"
    assert server["highAvailability"]["mode"] == "Disabled"
    assert server["dataEncryption"] == {
        "type": "AzureKeyVault",
        "primaryKeyURI": key.key_uri,
        "primaryUserAssignedIdentityId": key.identity_id,
    }
    assert server["identity"]["userAssignedIdentities"] == {key.identity_id: {}}


def test_size_and_maintenance_come_in(declared: list[Declared]) -> None:
    server = primary(declared).inputs
    assert server["sku"] == {"name": "Standard_E8ads_v5", "tier": "MemoryOptimized"}
    assert server["storage"] == {"type": "Premium_LRS", "storageSizeGB": 512, "tier": "P30", "autoGrow": "Enabled"}
    assert server["maintenanceWindow"] == {
        "customWindow": "Enabled",
        "dayOfWeek": 0,
        "startHour": 2,
        "startMinute": 0,
    }


def test_changes_to_the_server_form_one_chain(declared: list[Declared]) -> None:
    """Databases, parameters, administrators, replica, endpoint: each waits for the one before, and for no other."""
    changes = [each for each in declared if each.parent == "database" and each.type.startswith("azure-native:dbfor")]
    chain = {each.name: each.depends_on - {"database-server"} for each in changes if each.name != "database-server"}
    order = ["database-odoo"]
    while len(order) < len(chain):
        (following,) = (name for name, waits_for in chain.items() if waits_for == {order[-1]})
        order.append(following)
    kinds = list(dict.fromkeys(each.type.rpartition(":")[2] for name in order for each in changes if each.name == name))
    assert kinds == ["Database", "Configuration", "AdministratorsMicrosoftEntra", "Server", "VirtualEndpoint"]


def test_parameters_are_those_of_every_database_and_those_given(declared: list[Declared]) -> None:
    applied = {
        each.inputs["configurationName"]: each.inputs["value"]
        for each in of_type(declared, "dbforpostgresql:Configuration")
    }
    assert applied == {**FIXED_PARAMETERS, **GIVEN}
    assert {each.inputs["source"] for each in of_type(declared, "dbforpostgresql:Configuration")} == {"user-override"}


def test_libraries_come_before_their_parameters_whatever_the_order_given() -> None:
    order = [name for name, _ in in_order(GIVEN)]
    assert order == [name for name, _ in in_order(dict(reversed(GIVEN.items())))]
    assert order.index("shared_preload_libraries") < order.index("pgaudit.log")
    assert order.index("pgbouncer.enabled") < order.index("pgbouncer.default_pool_size")


def test_loads_every_library_it_sets_parameters_of() -> None:
    loaded = FIXED_PARAMETERS["shared_preload_libraries"].split(",")
    assert "pgaudit" in loaded
    assert {"pg_trgm", "unaccent"} <= set(FIXED_PARAMETERS["azure.extensions"].split(","))


def test_refuses_to_weaken_what_is_fixed() -> None:
    with pytest.raises(ValueError, match="require_secure_transport"):
        make_args({"require_secure_transport": "off"})


def test_databases_sort_as_odoo_makes_them_and_are_protected(declared: list[Declared]) -> None:
    database = one(declared, "dbforpostgresql:Database")
    assert (database.inputs["charset"], database.inputs["collation"]) == ("UTF8", "C")
    assert database.protect


def test_a_server_of_tenants_has_no_database_of_its_own_and_is_otherwise_the_same(declared: list[Declared]) -> None:
    shared = declare(lambda: OdooDatabase("database", replace(make_args(), databases=())))
    assert names(declared) - names(shared) == {("dbforpostgresql:Database", "database-odoo")}
    assert primary(shared) == primary(declared)
    first = one(shared, "dbforpostgresql:Configuration", "database-shared_preload_libraries")
    assert first.depends_on == {"database-server"}


@pytest.mark.parametrize("data_protected", [True, False])
def test_a_tenants_database_on_a_shared_server_is_protected_and_locked_by_itself(data_protected: bool) -> None:
    declared = declare(
        lambda: SharedDatabase(
            "acme",
            SharedDatabaseArgs(
                placement=placement(data_protected=data_protected),
                server_name="psql-erp-test-weu",
                resource_group_name="rg-erp-data",
                database_name="acme-es",
            ),
        )
    )
    database = one(declared, "dbforpostgresql:Database")
    assert database.inputs == {
        "databaseName": "acme-es",
        "serverName": "psql-erp-test-weu",
        "resourceGroupName": "rg-erp-data",
        "charset": "UTF8",
        "collation": "C",
    }
    assert database.protect is data_protected
    scopes = [each.inputs["scope"] for each in of_type(declared, "authorization:ManagementLockByScope")]
    assert scopes == ([arm_id("Microsoft.dbforpostgresql/Database", "acme-es")] if data_protected else [])
    assert arm_findings(declared) == []


def test_replica_is_beside_the_primary_without_standby_password_or_backups(declared: list[Declared]) -> None:
    replica = one(declared, "dbforpostgresql:Server", "database-replica").inputs
    assert replica["createMode"] == "Replica"
    assert replica["sourceServerResourceId"] == arm_id("Microsoft.dbforpostgresql/Server", "psql-erp-test-weu")
    assert replica["network"] == primary(declared).inputs["network"]
    assert replica["storage"] == primary(declared).inputs["storage"]
    assert replica["dataEncryption"]["primaryKeyURI"] == customer_key("database").key_uri
    assert not {"highAvailability", "administratorLogin", "administratorLoginPassword", "backup"} & replica.keys()


def test_clients_follow_a_promotion_through_the_virtual_endpoint(declared: list[Declared]) -> None:
    endpoint = one(declared, "dbforpostgresql:VirtualEndpoint").inputs
    assert (endpoint["serverName"], endpoint["members"]) == ("psql-erp-test-weu", ["psql-erp-test-weu-replica"])
    assert endpoint["endpointType"] == "ReadWrite"

    def outputs() -> dict[str, object]:
        database = OdooDatabase("database", make_args())
        return {"host": database.host, "writer": database.writer_host, "reader": database.reader_host}

    assert resolve(outputs) == {
        "host": "psql-erp-test-weu.postgres.database.azure.com",
        "writer": "erp-test.writer.postgres.database.azure.com",
        "reader": "erp-test.reader.postgres.database.azure.com",
    }


def test_without_a_replica_everybody_connects_to_the_primary(plain: list[Declared]) -> None:
    assert len(of_type(plain, "dbforpostgresql:Server")) == 1
    assert not of_type(plain, "dbforpostgresql:VirtualEndpoint")

    def outputs() -> dict[str, object]:
        database = OdooDatabase("database", replace(make_args(), replica=None))
        return {"writer": database.writer_host, "reader": database.reader_host}

    assert set(resolve(outputs).values()) == {"psql-erp-test-weu.postgres.database.azure.com"}


def test_primary_is_protected_and_its_lock_is_lifted_first(declared: list[Declared]) -> None:
    assert primary(declared).protect
    lock = one(declared, "authorization:ManagementLockByScope")
    assert lock.inputs["scope"] == arm_id("Microsoft.dbforpostgresql/Server", "psql-erp-test-weu")
    assert lock.depends_on >= {"database-server", "database-odoo", "database-endpoint"}


def test_logs_of_both_servers_are_kept(declared: list[Declared]) -> None:
    settings = of_type(declared, "monitor:DiagnosticSetting")
    assert {each.name for each in settings} == {"database-server-logs", "database-replica-logs"}


def test_arm_accepts_it(declared: list[Declared], plain: list[Declared]) -> None:
    assert arm_findings(declared) == []
    assert arm_findings(plain) == []
