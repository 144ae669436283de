"""What a stack that guards a subscription says, and what it must not say."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from stacks.errors import SettingsError
from stacks.governance_sections import DefenderPlan, Enforcement
from stacks.planning.governance import DATA_TYPES, make_governance_plan
from stacks.settings import GovernanceSettings, load_settings_file
from stacks.stack_file import read_stack_file
from tests.unit.settings.conftest import ROOT

FILE = ROOT / "Pulumi.governance.yaml"
Config = dict[str, Any]


@pytest.fixture
def guard() -> Config:
    return copy.deepcopy(dict(read_stack_file(FILE).config))


def _problems(config: Config) -> dict[str, str]:
    with pytest.raises(SettingsError) as caught:
        GovernanceSettings.from_config(config)
    return {problem.path: problem.found for problem in caught.value.problems}


def test_the_file_as_shipped_guards_with_the_strictest_values() -> None:
    settings = load_settings_file(FILE)
    assert isinstance(settings, GovernanceSettings)
    assert settings.guardrails.enforcement is Enforcement.DENY
    assert settings.guardrails.defender_plans == list(DefenderPlan)
    assert settings.activation.approval


def test_what_is_left_out_is_the_secure_value(guard: Config) -> None:
    for section in ("activation", "pipelines", "guardrails", "audit_trail"):
        del guard[f"odoo-azure:{section}"]
    plan = make_governance_plan(GovernanceSettings.from_config(guard))
    assert (plan.production, plan.enforced, plan.undeletable_types) == (True, True, DATA_TYPES)
    assert plan.warnings == ("audit_trail.directory_logs is false: sign-ins of the emergency accounts raise no alert.",)


@pytest.mark.parametrize("role", ["erp_functional", "developers", "auditors", "break_glass", "approvers"])
def test_no_group_has_two_duties(guard: Config, role: str) -> None:
    access = guard["odoo-azure:access"]
    access[role] = access["platform_administrators"].upper()
    found = _problems(guard)
    assert list(found) == [f"odoo-azure:access.{role}"]
    assert "the group of platform_administrators too" in found[f"odoo-azure:access.{role}"]


def test_the_region_is_an_allowed_one(guard: Config) -> None:
    guard["azure-native:location"] = "eastus"
    assert list(_problems(guard)) == ["azure-native:location"]


@pytest.mark.parametrize(
    "subject", ["repo:acme/odoo-azure:pull_request", "repo:acme/odoo-azure:environment:prod-preview"]
)
def test_what_previews_cannot_deploy(guard: Config, subject: str) -> None:
    guard["odoo-azure:pipelines"]["deploy"]["subjects"] = {"production": subject}
    assert list(_problems(guard)) == ["odoo-azure:pipelines.deploy.subjects.production"]


def test_the_same_subject_of_another_issuer_is_another_pipeline(guard: Config) -> None:
    pipelines = guard["odoo-azure:pipelines"]
    pipelines["deploy"] = {"issuer": "https://vstoken.dev.azure.com/acme", "subjects": {"production": "sc://a/b/c"}}
    pipelines["preview"]["subjects"] = {"pull-request": "sc://a/b/c"}
    assert GovernanceSettings.from_config(guard).pipelines.deploy is not None


@pytest.mark.parametrize("subject", ["repo:acme/*:environment:production", "repo:acme/odoo azure", ""])
def test_a_subject_is_whole(guard: Config, subject: str) -> None:
    guard["odoo-azure:pipelines"]["deploy"]["subjects"] = {"production": subject}
    assert list(_problems(guard)) == ["odoo-azure:pipelines.deploy.subjects.production"]


def test_every_mistake_comes_at_once(guard: Config) -> None:
    guard["odoo-azure:activation"] = {"hours": 24}
    guard["odoo-azure:guardrails"] = {"enforcement": "warn", "defender_plans": ["Servers"]}
    guard["odoo-azure:audit_trail"] = {"retention_days": 30}
    assert set(_problems(guard)) == {
        "odoo-azure:activation.hours",
        "odoo-azure:guardrails.enforcement",
        "odoo-azure:guardrails.defender_plans[0]",
        "odoo-azure:audit_trail.retention_days",
    }


def test_the_plan_says_what_is_weaker_than_it_could_be(guard: Config) -> None:
    guard["odoo-azure:activation"] = {"approval": False}
    guard["odoo-azure:audit_trail"] = {"retention_days": 90, "directory_logs": True}
    guard["odoo-azure:guardrails"] = {"enforcement": "audit", "undeletable": False}
    plan = make_governance_plan(GovernanceSettings.from_config(guard))
    assert (plan.enforced, plan.undeletable_types) == (False, ())
    assert [warning.partition(" ")[0] for warning in plan.warnings] == [
        "activation.approval",
        "audit_trail.retention_days",
    ]


def test_named_registries_take_the_place_of_any(guard: Config) -> None:
    assert "azurecr" in make_governance_plan(GovernanceSettings.from_config(guard)).image_pattern
    guard["odoo-azure:guardrails"] = {"image_registries": ["acme.azurecr.io", "images.acme.example"]}
    pattern = make_governance_plan(GovernanceSettings.from_config(guard)).image_pattern
    assert pattern == r"^(mcr\.microsoft\.com|acme\.azurecr\.io|images\.acme\.example)/.+$"
