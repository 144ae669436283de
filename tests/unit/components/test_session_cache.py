"""Azure Managed Redis."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from components.session_cache import SessionCache, SessionCacheArgs
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
    waits_for,
)

USERS = {"web": "33333333-3333-4333-8333-333333333333", "jobs": "44444444-4444-4444-8444-444444444444"}


def make_cache(*, high_availability: bool = True, users: Mapping[str, str] = USERS) -> SessionCache:
    return SessionCache(
        "sessions",
        SessionCacheArgs(
            placement=placement(),
            cache_name="amr-erp-test-weu",
            sku_name="Balanced_B3",
            key=customer_key("cache"),
            private_link=private_link("privatelink.redis.azure.net"),
            high_availability=high_availability,
            users=users,
        ),
    )


@pytest.fixture(scope="module")
def declared() -> list[Declared]:
    return declare(make_cache)


def test_makes_a_managed_redis_never_the_retiring_service(declared: list[Declared]) -> None:
    assert names(declared) == {
        ("redisenterprise:RedisEnterprise", "sessions-cluster"),
        ("redisenterprise:Database", "sessions-database"),
        ("monitor:DiagnosticSetting", "sessions-database-logs"),
        ("redisenterprise:AccessPolicyAssignment", "sessions-web"),
        ("redisenterprise:AccessPolicyAssignment", "sessions-jobs"),
        ("network:PrivateEndpoint", "sessions-endpoint"),
        ("network:PrivateDnsZoneGroup", "sessions-endpoint-dns"),
    }


def test_is_private_and_takes_no_key_and_no_plain_text(declared: list[Declared]) -> None:
    cluster = one(declared, "redisenterprise:RedisEnterprise").inputs
    assert cluster["publicNetworkAccess"] == "Disabled"
    assert cluster["minimumTlsVersion"] == "1.2"
    database = one(declared, "redisenterprise:Database").inputs
    assert database["accessKeysAuthentication"] == "Disabled"
    assert database["clientProtocol"] == "Encrypted"
    assert (database["databaseName"], database["port"]) == ("default", 10000)


def test_plain_clients_can_use_it_and_old_sessions_make_room(declared: list[Declared]) -> None:
    database = one(declared, "redisenterprise:Database").inputs
    assert database["clusteringPolicy"] == "EnterpriseCluster"
    assert database["evictionPolicy"] == "VolatileLRU"
    assert database["persistence"] == {"aofEnabled": False, "rdbEnabled": False}


def test_its_key_has_a_version_as_the_service_demands(declared: list[Declared]) -> None:
    key = customer_key("cache")
    assert one(declared, "redisenterprise:RedisEnterprise").inputs["encryption"]["customerManagedKeyEncryption"] == {
        "keyEncryptionKeyUrl": key.versioned_key_uri,
        "keyEncryptionKeyIdentity": {
            "identityType": "userAssignedIdentity",
            "userAssignedIdentityResourceId": key.identity_id,
        },
    }


def test_users_are_let_in_one_after_another(declared: list[Declared]) -> None:
    assignments = {each.name: each for each in of_type(declared, "redisenterprise:AccessPolicyAssignment")}
    assert {each.inputs["user"]["objectId"] for each in assignments.values()} == set(USERS.values())
    assert "sessions-web" in assignments["sessions-jobs"].depends_on


def test_a_cache_of_tenants_lets_nobody_in_by_itself_and_is_there_before_they_come() -> None:
    shared = declare(lambda: make_cache(users={}))
    assert not of_type(shared, "redisenterprise:AccessPolicyAssignment")
    assert "sessions-database" in waits_for(lambda: make_cache(users={}).cache_name)


def test_endpoint_has_the_zone_of_managed_redis(declared: list[Declared]) -> None:
    group = one(declared, "network:PrivateDnsZoneGroup").inputs["privateDnsZoneConfigs"]
    assert [each["name"] for each in group] == ["privatelink-redis-azure-net"]
    connection = one(declared, "network:PrivateEndpoint").inputs["privateLinkServiceConnections"][0]
    assert connection["groupIds"] == ["redisEnterprise"]


@pytest.mark.parametrize(("wanted", "expected"), [(True, "Enabled"), (False, "Disabled")])
def test_high_availability_is_said_either_way(wanted: bool, expected: str) -> None:
    declared = declare(lambda: make_cache(high_availability=wanted))
    assert one(declared, "redisenterprise:RedisEnterprise").inputs["highAvailability"] == expected


def test_tells_where_to_connect() -> None:
    def outputs() -> dict[str, object]:
        cache = make_cache()
        return {"name": cache.cache_name, "host": cache.host_name, "port": cache.port}

    assert resolve(outputs) == {
        "name": "amr-erp-test-weu",
        "host": "amr-erp-test-weu.westeurope.redis.azure.net",
        "port": 10000,
    }


def test_arm_accepts_it(declared: list[Declared]) -> None:
    assert arm_findings(declared) == []
