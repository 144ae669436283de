"""The table of life cycles."""

from __future__ import annotations

import pulumi
import pytest

from components.lifecycle import LIFECYCLES, apply_lifecycle
from tests.unit.components.sdk import input_names

PLAIN = "azure-native:network:RouteTable"


def apply(
    token: str, opts: pulumi.ResourceOptions | None = None, *, data_protected: bool = True
) -> pulumi.ResourceOptions:
    return apply_lifecycle(token, opts or pulumi.ResourceOptions(), data_protected=data_protected)


@pytest.mark.parametrize("token", LIFECYCLES)
def test_a_row_is_of_a_type_and_of_inputs_that_the_sdk_has(token: str) -> None:
    firsts = {path.partition(".")[0].partition("[")[0] for path in LIFECYCLES[token].ignore_changes}
    assert firsts <= input_names(token)


@pytest.mark.parametrize("token", LIFECYCLES)
def test_a_row_says_why_and_does_something(token: str) -> None:
    row = LIFECYCLES[token]
    assert row.reason.endswith(".")
    assert row.holds_data or row.ignore_changes or row.delete_before_replace or row.stays


@pytest.mark.parametrize("token", [*LIFECYCLES, PLAIN])
def test_protection_is_always_written_out_so_that_none_is_inherited(token: str) -> None:
    holds_data = token in LIFECYCLES and LIFECYCLES[token].holds_data
    assert apply(token).protect is holds_data
    assert apply(token, pulumi.ResourceOptions(protect=not holds_data)).protect is holds_data
    assert apply(token, data_protected=False).protect is False
    assert apply(token, pulumi.ResourceOptions(protect=True), data_protected=False).protect is False


def test_what_holds_data_is_never_deleted_before_its_replacement_is_there() -> None:
    assert not [token for token, row in LIFECYCLES.items() if row.holds_data and row.delete_before_replace]


def test_what_azure_moves_is_left_alone_and_nothing_else() -> None:
    assert apply("azure-native:dbforpostgresql:Server").ignore_changes == [
        "availabilityZone",
        "highAvailability.standbyAvailabilityZone",
    ]
    assert apply(PLAIN).ignore_changes is None


def test_a_resources_own_ignored_changes_stay() -> None:
    own = pulumi.ResourceOptions(ignore_changes=["tags"])
    assert apply("azure-native:containerservice:AgentPool", own).ignore_changes == ["tags", "count"]


def test_a_role_is_taken_away_before_it_is_given_anew() -> None:
    assert apply("azure-native:authorization:RoleAssignment").delete_before_replace is True


@pytest.mark.parametrize("token", [PLAIN, "azure-native:keyvault:Vault"])
def test_a_resources_own_order_of_replacement_stays(token: str) -> None:
    assert not apply(token).delete_before_replace
    assert apply(token, pulumi.ResourceOptions(delete_before_replace=True)).delete_before_replace is True


def test_what_azure_never_deletes_is_only_forgotten() -> None:
    assert apply("azure-native:security:Pricing").retain_on_delete is True
    assert not apply("azure-native:keyvault:Vault").retain_on_delete
