"""Resource groups and placements."""

from __future__ import annotations

import pulumi
import pytest

from components.base import Placement
from components.resource_groups import ResourceGroupPlace, ResourceGroups, ResourceGroupsArgs
from tests.unit.components.harness import arm_findings, declare, names, of_type, one, resolve, waits_for
from tests.unit.components.mocked_azure import SUBSCRIPTION_ID

TAGS = {"owner": "finance-platform"}


def make_groups(*, data_protected: bool = True) -> ResourceGroups:
    return ResourceGroups(
        "groups",
        ResourceGroupsArgs(
            subscription_id=pulumi.Output.from_input(SUBSCRIPTION_ID),
            groups={
                "data": ResourceGroupPlace(group_name="rg-erp-data-we", location="westeurope"),
                "recovery": ResourceGroupPlace(group_name="rg-erp-recovery-ne", location="northeurope"),
            },
            tags=TAGS,
            data_protected=data_protected,
        ),
    )


def test_makes_each_group_where_it_belongs_and_protects_it() -> None:
    declared = declare(make_groups)
    assert names(declared) == {
        ("resources:ResourceGroup", "groups-data"),
        ("resources:ResourceGroup", "groups-recovery"),
    }
    assert all(group.protect for group in of_type(declared, "resources:ResourceGroup"))
    assert one(declared, "resources:ResourceGroup", "groups-recovery").inputs == {
        "resourceGroupName": "rg-erp-recovery-ne",
        "location": "northeurope",
        "tags": TAGS,
    }
    assert arm_findings(declared) == []


@pytest.mark.parametrize("data_protected", [True, False])
def test_a_placement_carries_the_rules_of_its_group(data_protected: bool) -> None:
    placements: dict[str, Placement] = {}

    def outputs() -> dict[str, pulumi.Input[str]]:
        placements.update(make_groups(data_protected=data_protected).placements)
        return {purpose: placement.resource_group_name for purpose, placement in placements.items()}

    assert resolve(outputs) == {"data": "rg-erp-data-we", "recovery": "rg-erp-recovery-ne"}
    assert [placement.location for placement in placements.values()] == ["westeurope", "northeurope"]
    for placement in placements.values():
        assert placement.tags == TAGS
        assert placement.log_workspace_id is None
        assert placement.data_protected is data_protected


def test_what_goes_into_a_group_waits_for_it() -> None:
    assert waits_for(lambda: make_groups().placements["data"].resource_group_name) == {"groups-data"}


def test_groups_of_an_environment_that_is_dismantled_can_go() -> None:
    assert not any(each.protect for each in declare(lambda: make_groups(data_protected=False)))
