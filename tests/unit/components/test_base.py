"""What every component does without doing anything: life cycle, logs, locks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pulumi
import pytest
from pulumi_azure_native import managedidentity, network, resources, storage

from components.base import Component, Placement
from tests.unit.components.harness import Declared, declare, names, of_type, one, placement

UNLOGGED = replace(placement(), log_workspace_id=None)


class Box(Component):
    """Holds what a test puts into it."""

    def __init__(
        self,
        name: str,
        fill: Callable[[Box], object],
        place: Placement | None = None,
        opts: pulumi.ResourceOptions | None = None,
        log_workspace_id: str | None = None,
    ) -> None:
        super().__init__(name, place or placement(), opts)
        fill(self)
        self.finish({}, log_workspace_id)


def security_group(box: Box, name: str = "box-nsg") -> network.NetworkSecurityGroup:
    return network.NetworkSecurityGroup(name, resource_group_name="rg", opts=box.child())


def identity(box: Box, name: str = "box-identity") -> managedidentity.UserAssignedIdentity:
    return managedidentity.UserAssignedIdentity(name, resource_group_name="rg", opts=box.child())


def resource_group(box: Box) -> resources.ResourceGroup:
    return resources.ResourceGroup("box-group", resource_group_name="rg", opts=box.child())


def account(box: Box, opts: pulumi.ResourceOptions | None = None) -> storage.StorageAccount:
    return storage.StorageAccount(
        "box-account",
        account_name="stbox",
        resource_group_name="rg",
        kind=storage.Kind.STORAGE_V2,
        sku=storage.SkuArgs(name=storage.SkuName.STANDARD_ZRS),
        opts=opts or box.child(),
    )


class TestLogs:
    def test_of_a_child_go_to_the_placements_workspace(self) -> None:
        declared = declare(lambda: Box("box", security_group))
        assert names(declared) == {
            ("network:NetworkSecurityGroup", "box-nsg"),
            ("monitor:DiagnosticSetting", "box-nsg-logs"),
        }
        setting = one(declared, "monitor:DiagnosticSetting")
        assert setting.parent == "box"
        assert setting.inputs["workspaceId"] == placement().log_workspace_id
        assert setting.depends_on == {"box-nsg"}

    def test_nothing_is_sent_of_what_has_none(self) -> None:
        assert names(declare(lambda: Box("box", identity))) == {
            ("managedidentity:UserAssignedIdentity", "box-identity")
        }

    def test_without_a_workspace_are_an_error(self) -> None:
        with pytest.raises(ValueError, match="Box has resources with logs but no log_workspace_id"):
            declare(lambda: Box("box", security_group, UNLOGGED))

    def test_are_not_needed_for_what_has_none(self) -> None:
        assert len(declare(lambda: Box("box", identity, UNLOGGED))) == 2

    def test_go_to_the_workspace_that_the_component_makes_itself(self) -> None:
        declared = declare(lambda: Box("box", security_group, UNLOGGED, log_workspace_id="/its/own"))
        assert one(declared, "monitor:DiagnosticSetting").inputs["workspaceId"] == "/its/own"

    def test_of_a_grandchild_are_sent_once_by_the_child(self) -> None:
        def fill(outer: Box) -> None:
            security_group(outer, "outer-nsg")
            Box("inner", lambda inner: security_group(inner, "inner-nsg"), opts=outer.child())

        settings = of_type(declare(lambda: Box("outer", fill)), "monitor:DiagnosticSetting")
        assert {(setting.name, setting.parent) for setting in settings} == {
            ("outer-nsg-logs", "outer"),
            ("inner-nsg-logs", "inner"),
        }

    def test_of_a_grandchild_are_no_business_of_a_component_without_a_workspace(self) -> None:
        def fill(outer: Box) -> None:
            Box("inner", security_group, opts=outer.child())

        assert len(of_type(declare(lambda: Box("outer", fill, UNLOGGED)), "monitor:DiagnosticSetting")) == 1


class TestProtection:
    @staticmethod
    def protected(declared: list[Declared]) -> set[str]:
        return {each.name for each in declared if each.protect}

    @staticmethod
    def fill(box: Box) -> None:
        account(box)
        identity(box)

    def test_is_of_what_holds_data(self) -> None:
        assert self.protected(declare(lambda: Box("box", self.fill))) == {"box-account"}

    def test_goes_where_the_environment_gives_it_up(self) -> None:
        assert not self.protected(declare(lambda: Box("box", self.fill, placement(data_protected=False))))

    @pytest.mark.parametrize(("data_protected", "children"), [(True, {"box-account"}), (False, set())])
    def test_of_the_component_by_its_caller_does_not_leak(self, data_protected: bool, children: set[str]) -> None:
        place = placement(data_protected=data_protected)
        opts = pulumi.ResourceOptions(protect=True)
        assert self.protected(declare(lambda: Box("box", self.fill, place, opts))) == {"box"} | children

    def test_of_a_grandchild_follows_its_own_component(self) -> None:
        def fill(outer: Box) -> None:
            resource_group(outer)
            Box("inner", account, placement(data_protected=False), outer.child())

        assert self.protected(declare(lambda: Box("outer", fill))) == {"box-group"}

    def test_cannot_be_taken_off_or_put_on_by_a_component(self) -> None:
        def fill(box: Box) -> None:
            account(box, pulumi.ResourceOptions(parent=box, protect=False))
            managedidentity.UserAssignedIdentity(
                "box-identity", resource_group_name="rg", opts=pulumi.ResourceOptions(parent=box, protect=True)
            )

        assert self.protected(declare(lambda: Box("box", fill))) == {"box-account"}


class TestLock:
    @staticmethod
    def fill(box: Box) -> None:
        box.lock("box-lock", account(box), "Holds the books.", depends_on=[identity(box)])

    def test_keeps_everybody_from_deleting_and_waits_for_what_hangs_on_the_resource(self) -> None:
        lock = one(declare(lambda: Box("box", self.fill)), "authorization:ManagementLockByScope", "box-lock")
        assert lock.inputs["level"] == "CanNotDelete"
        assert lock.inputs["scope"].endswith("/stbox")
        assert lock.inputs["notes"] == "Holds the books."
        assert lock.depends_on == {"box-account", "box-identity"}

    def test_is_not_there_where_the_environment_gives_up_its_data(self) -> None:
        declared = declare(lambda: Box("box", self.fill, placement(data_protected=False)))
        assert not of_type(declared, "authorization:ManagementLockByScope")

    def test_is_left_to_tenants_where_they_keep_their_own_in_it_and_protection_stays(self) -> None:
        declared = declare(lambda: Box("box", self.fill, replace(placement(), locked=False)))
        assert not of_type(declared, "authorization:ManagementLockByScope")
        assert one(declared, "storage:StorageAccount").protect


class TestOptions:
    def test_child_names_parent_and_dependencies(self) -> None:
        def fill(box: Box) -> None:
            first = identity(box, "first")
            managedidentity.UserAssignedIdentity("second", resource_group_name="rg", opts=box.child(depends_on=[first]))

        declared = declare(lambda: Box("box", fill))
        assert one(declared, "managedidentity:UserAssignedIdentity", "second").depends_on == {"first"}
        assert {each.parent for each in declared if each.name != "box"} == {"box"}

    def test_the_callers_transformations_still_run(self) -> None:
        def retag(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult:
            return pulumi.ResourceTransformationResult({**args.props, "tags": {"by": "the caller"}}, args.opts)

        opts = pulumi.ResourceOptions(transformations=[retag])
        declared = declare(lambda: Box("box", lambda box: (account(box), identity(box)), opts=opts))
        assert one(declared, "managedidentity:UserAssignedIdentity").inputs["tags"] == {"by": "the caller"}
        assert one(declared, "storage:StorageAccount").protect

    def test_the_type_is_of_this_package(self) -> None:
        assert [each.type for each in declare(lambda: Box("box", lambda _: None))] == ["odoo-azure:index:Box"]
