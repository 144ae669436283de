"""From settings to a stack: topologies, warnings, exports, aliases."""

from __future__ import annotations

from dataclasses import asdict, fields, replace

import pulumi
import pytest
from pulumi_azure_native import storage

from stacks import deploy
from stacks.exports import ClusterExports, EnvironmentExports, MachineExports, export, exported_plan
from stacks.scalars import Topology
from stacks.sdk_aliases import drop_sdk_type_aliases
from stacks.settings import BY_TOPOLOGY, Settings
from stacks.stack_config import Secrets
from tests.stacks.topologies import MACHINES, VARIANTS, declared_stack, machine_plan, plan_of, settings_of
from tests.unit.components.harness import Declared, declare_stack, one

NO_SECRETS = Secrets(on_call_webhook_url=None)


def make_account(aliases: list[pulumi.Alias] | None = None) -> storage.StorageAccount:
    return storage.StorageAccount(
        "account",
        account_name="stbox",
        resource_group_name="rg",
        kind=storage.Kind.STORAGE_V2,
        sku=storage.SkuArgs(name=storage.SkuName.STANDARD_ZRS),
        opts=pulumi.ResourceOptions(aliases=list(aliases or [])),
    )


def account_with(aliases: list[pulumi.Alias] | None = None, *, dropped: bool = True) -> Declared:
    def program() -> None:
        if dropped:
            pulumi.runtime.register_stack_transformation(drop_sdk_type_aliases)
        make_account(aliases)

    return one(declare_stack(program).resources, "storage:StorageAccount")


class TestAliases:
    def test_of_the_sdk_are_there_unless_they_are_dropped(self) -> None:
        sdks = account_with(dropped=False).aliases
        assert len(sdks) > 10
        assert all(alias.startswith("azure-native:storage") for alias in sdks)

    def test_of_the_sdk_are_dropped(self) -> None:
        assert account_with().aliases == ()

    @pytest.mark.parametrize(
        ("own", "shown"),
        [
            (pulumi.Alias(name="old-name"), "old-name"),
            (pulumi.Alias(name="old-name", type_="azure-native:storage:OldKind"), "azure-native:storage:OldKind"),
            (pulumi.Alias(type_="acme:storage:Account"), "acme:storage:Account"),
            (
                pulumi.Alias(type_="azure-native:storage:OldKind", parent=pulumi.ROOT_STACK_RESOURCE),
                "azure-native:storage:OldKind",
            ),
        ],
    )
    def test_of_our_own_stay(self, own: pulumi.Alias, shown: str) -> None:
        assert account_with([own]).aliases == (shown,)

    @pytest.mark.parametrize("kept", [True, False])
    def test_are_kept_for_a_state_of_an_older_sdk(self, kept: bool, monkeypatch: pytest.MonkeyPatch) -> None:
        settings = settings_of("staging")
        environment = settings.environment.model_copy(update={"sdk_type_aliases": kept})
        declared = _deploy_account(settings.model_copy(update={"environment": environment}), monkeypatch)
        assert bool(declared.aliases) is kept


def _deploy_account(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Declared:
    """Deploys a topology that is one account."""

    def topology(*_: object) -> tuple[EnvironmentExports, ClusterExports]:
        make_account()
        return _exports()

    monkeypatch.setattr(deploy, "dedicated_aks", topology)
    program = declare_stack(lambda: deploy.deploy(settings, NO_SECRETS))
    return one(program.resources, "storage:StorageAccount")


def _exports() -> tuple[EnvironmentExports, ClusterExports]:
    plain = {"topology": "dedicated-aks", "plan": {}, "reasons": {}, "warnings": ("soon",)}
    return (
        replace(EnvironmentExports(**_texts(EnvironmentExports)), **plain),  # type: ignore[arg-type]  # as the class has them
        ClusterExports(**_texts(ClusterExports)),  # type: ignore[arg-type]
    )


def _texts(model: type[EnvironmentExports | ClusterExports]) -> dict[str, pulumi.Output[str]]:
    return {field.name: pulumi.Output.from_input("text") for field in fields(model)}


def names_of(*models: type[EnvironmentExports | ClusterExports | MachineExports]) -> set[str]:
    return {field.name for model in models for field in fields(model)}


def test_every_topology_that_can_be_named_has_settings() -> None:
    assert set(BY_TOPOLOGY) == set(Topology)


def test_warnings_of_the_plan_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", said.append)
    _deploy_account(settings_of("prod"), monkeypatch)
    assert tuple(said) == plan_of("prod").warnings
    assert said


class TestExports:
    def test_are_all_fields_under_their_names(self) -> None:
        exported = declare_stack(lambda: export(*_exports())).exports
        assert set(exported) == names_of(EnvironmentExports, ClusterExports)
        assert exported["warnings"] == ["soon"]
        assert exported["cluster_id"] == "text"

    @pytest.mark.parametrize("variant", VARIANTS)
    def test_of_an_environment_are_complete_and_right(self, variant: str) -> None:
        exports, settings, plan = declared_stack(variant).exports, settings_of(variant), plan_of(variant)
        assert set(exports) == names_of(EnvironmentExports, ClusterExports)
        may_be_empty = {"warnings", "egress_addresses"}
        assert [name for name, value in exports.items() if not value and name not in may_be_empty] == []
        assert exports["url"] == f"https://{settings.odoo.hostname}"
        assert exports["cluster_name"] == plan.names.cluster
        assert exports["cluster_resource_group"] == plan.names.resource_groups.runtime
        assert exports["registry_login_server"] == f"{plan.names.registry}.azurecr.io"
        assert exports["secret_vault_uri"] == f"https://{plan.names.secret_vault}.vault.azure.net/"
        assert exports["certificate_vault_name"] == plan.names.certificate_vault
        assert exports["network_id"].endswith(f"/{plan.names.virtual_network}")
        assert exports["log_workspace_id"].endswith(f"/{plan.names.log_workspace}")
        assert tuple(exports["warnings"]) == plan.warnings

    def test_of_machines_are_complete_and_name_no_cluster(self) -> None:
        exports, plan = declared_stack(MACHINES).exports, machine_plan()
        assert set(exports) == names_of(EnvironmentExports, MachineExports)
        assert exports["topology"] == "dedicated-vm"
        assert exports["ingress_address"]
        assert exports["machine_resource_group"] == plan.names.resource_groups.runtime
        assert {role: each.rpartition("/")[2] for role, each in exports["scale_set_ids"].items()} == {
            "app": plan.names.app_machines,
            "operations": plan.names.operations_machines,
        }

    def test_show_the_plan_and_why_once(self) -> None:
        plan = plan_of("prod")
        shown = exported_plan(plan)
        assert {**shown, "reasons": asdict(plan)["reasons"], "warnings": plan.warnings} == asdict(plan)
        reasons = declared_stack("prod").exports["reasons"]
        assert set(reasons) == {reason.subject for reason in plan.reasons}
        assert plan.database.sku_name in reasons["database.sku_name"]

    def test_hold_no_secret(self) -> None:
        assert "generated-" not in repr(declared_stack("prod").exports)
