"""Where flow logs are kept."""

from __future__ import annotations

import pytest

from components.network.flow_log_store import FlowLogStore, FlowLogStoreArgs
from tests.unit.components.harness import (
    Declared,
    arm_findings,
    customer_key,
    declare,
    names,
    one,
    placement,
    private_link,
    resolve,
)

ACCOUNT = "stflowerptestweu"


def make_store() -> FlowLogStore:
    return FlowLogStore(
        "flows",
        FlowLogStoreArgs(
            placement=placement(),
            account_name=ACCOUNT,
            sku_name="Standard_ZRS",
            key=customer_key("flow-logs"),
            private_link=private_link("privatelink.blob.core.windows.net"),
            retention_days=180,
        ),
    )


@pytest.fixture(scope="module")
def declared() -> list[Declared]:
    return declare(make_store)


def test_makes_an_account_and_one_identity_that_writes(declared: list[Declared]) -> None:
    assert names(declared) == {
        ("storage:StorageAccount", "flows-account"),
        ("storage:BlobServiceProperties", "flows-service"),
        ("monitor:DiagnosticSetting", "flows-service-logs"),
        ("network:PrivateEndpoint", "flows-endpoint"),
        ("network:PrivateDnsZoneGroup", "flows-endpoint-dns"),
        ("managedidentity:UserAssignedIdentity", "flows-writer"),
        ("authorization:RoleAssignment", "flows-write"),
        ("authorization:ManagementLockByScope", "flows-lock"),
    }


def test_account_lets_in_trusted_services_and_nobody_else_from_outside(declared: list[Declared]) -> None:
    account = one(declared, "storage:StorageAccount")
    assert account.protect
    assert account.inputs["publicNetworkAccess"] == "Disabled"
    assert account.inputs["networkRuleSet"] == {"defaultAction": "Deny", "bypass": "AzureServices"}
    assert account.inputs["allowSharedKeyAccess"] is False
    assert account.inputs["encryption"]["keyVaultProperties"]["keyName"] == "flow-logs"


def test_writer_may_write_blobs_of_this_account_only(declared: list[Declared]) -> None:
    grant = one(declared, "authorization:RoleAssignment")
    assert grant.inputs["scope"].endswith(f"/{ACCOUNT}")
    assert grant.inputs["roleDefinitionId"].endswith("ba92f5b4-2d11-453d-a403-e96b0029c9fe")
    assert grant.depends_on == {"flows-account", "flows-writer"}


def test_deleted_logs_can_be_brought_back_as_long_as_they_are_kept(declared: list[Declared]) -> None:
    service = one(declared, "storage:BlobServiceProperties").inputs
    assert service["deleteRetentionPolicy"] == {"enabled": True, "days": 180}
    assert service["containerDeleteRetentionPolicy"] == {"enabled": True, "days": 180}


def test_lock_goes_before_what_hangs_on_the_account(declared: list[Declared]) -> None:
    assert one(declared, "authorization:ManagementLockByScope").depends_on >= {
        "flows-account",
        "flows-service",
        "flows-write",
    }


def test_writer_is_known_once_it_may_write() -> None:
    found = resolve(lambda: {"writer": make_store().writer_id})
    assert found["writer"].endswith(f"/id-{ACCOUNT}-writer")


def test_arm_accepts_it(declared: list[Declared]) -> None:
    assert arm_findings(declared) == []
