"""Each topology has settings of its own, and a stack's file says which."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pytest

from stacks.errors import SettingsError
from stacks.scalars import Topology
from stacks.settings import (
    BY_TOPOLOGY,
    LOCATION_KEY,
    PlatformSettings,
    Settings,
    TenantSettings,
    load_settings_file,
    load_settings_of,
    read_settings,
)
from stacks.shared_platform import settings_digest
from stacks.stack_config import load_secrets, load_settings
from stacks.stack_file import read_stack_file
from tests.unit.settings.broken import only_problem, problems
from tests.unit.settings.conftest import ROOT

Config = dict[str, Any]
ENVIRONMENT, TENANT = "odoo-azure:environment", "odoo-azure:tenant"
TOPOLOGIES = "dedicated-aks, dedicated-vm, multi-tenant-aks, tenant, governance, auto"
TENANT_STACK: Config = {ENVIRONMENT: {"topology": "tenant"}, TENANT: {"platform": "subsidiaries", "name": "acme-at"}}


def test_there_are_settings_for_every_topology() -> None:
    assert set(BY_TOPOLOGY) == set(Topology)


@pytest.mark.parametrize(
    ("stack", "model"), [("prod", Settings), ("subsidiaries", PlatformSettings), ("acme-at", TenantSettings)]
)
def test_a_stack_s_file_gives_the_settings_of_its_topology_complete(stack: str, model: type) -> None:
    settings = load_settings_file(ROOT / f"Pulumi.{stack}.yaml")
    assert type(settings) is model
    again = json.loads(settings.model_dump_json(by_alias=True))
    assert read_settings(again) == settings


@pytest.mark.parametrize("stack", ["subsidiaries", "acme-at"])
def test_the_engine_and_the_file_give_the_same_settings(stack: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulumi, "get_stack", lambda: stack)
    settings = load_settings_file(ROOT / f"Pulumi.{stack}.yaml")
    values = json.loads(settings.model_dump_json(by_alias=True))
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}
    pulumi.runtime.set_all_config(texts, [])
    assert load_settings() == settings
    assert load_secrets(settings).on_call_webhook_url is None


def test_a_topology_that_is_misspelt_is_read_as_the_one_that_was_meant(platform_config: Config) -> None:
    platform_config[ENVIRONMENT]["topology"] = "multi-tenant"
    problem = only_problem(platform_config, f"{ENVIRONMENT}.topology")
    assert problem.allowed == TOPOLOGIES
    assert problem.remedy == "Did you mean multi-tenant-aks?"


@pytest.mark.parametrize("topology", [None, 7, ["tenant"], {"tenant": 1}])
def test_a_topology_that_is_no_text_is_the_only_problem_of_a_dedicated_environment(
    config: Config, topology: object
) -> None:
    config[ENVIRONMENT]["topology"] = topology
    assert only_problem(config, f"{ENVIRONMENT}.topology").allowed == TOPOLOGIES


def test_sections_of_one_topology_are_unknown_to_the_other(config: Config, platform_config: Config) -> None:
    platform_config["odoo-azure:workload"] = config["odoo-azure:workload"]
    assert only_problem(platform_config, "odoo-azure:workload").found == "an unknown key"
    config["odoo-azure:platform"] = platform_config["odoo-azure:platform"]
    assert only_problem(config, "odoo-azure:platform").found == "an unknown key"


@pytest.mark.parametrize("key", ["certificate", "exposure", "edge_subscriptions", "allowed_ranges"])
def test_a_platform_s_ingress_has_only_what_all_tenants_share(platform_config: Config, key: str) -> None:
    platform_config["odoo-azure:ingress"][key] = "x"
    assert only_problem(platform_config, f"odoo-azure:ingress.{key}").allowed == "image, upload_limit_mib, limits"


class TestTenantStack:
    def test_needs_nothing_but_its_platform_and_its_name(self) -> None:
        settings = TenantSettings.from_config(TENANT_STACK)
        assert (settings.tenant.platform, settings.tenant.name) == ("subsidiaries", "acme-at")
        assert settings.tenant.organization == "organization"

    def test_says_all_that_is_missing(self) -> None:
        assert set(problems({ENVIRONMENT: {"topology": "tenant"}, TENANT: {}})) == {
            f"{TENANT}.platform",
            f"{TENANT}.name",
        }

    def test_takes_its_region_and_everything_else_from_its_platform(self) -> None:
        extra = TENANT_STACK | {"azure-native:location": "westeurope", "odoo-azure:cost": {}}
        assert only_problem(extra, "odoo-azure:cost").remedy == "Remove it."

    def test_has_no_secrets(self) -> None:
        key = "odoo-azure:onCallWebhookUrl"
        assert only_problem(TENANT_STACK | {key: {"secure": "v1:abc"}}, key).found == "an unknown key"

    def test_is_of_a_tenant_that_can_be(self) -> None:
        stack = TENANT_STACK | {TENANT: {"platform": "subsidiaries", "name": "kube-system"}}
        assert "belongs to Kubernetes" in only_problem(stack, f"{TENANT}.name").remedy


def test_settings_of_another_topology_than_wanted_are_refused_by_their_file() -> None:
    assert load_settings_of(PlatformSettings, ROOT / "Pulumi.subsidiaries.yaml").environment.name == "subs"
    with pytest.raises(SettingsError, match=r"Pulumi\.prod\.yaml cannot be used") as caught:
        load_settings_of(PlatformSettings, ROOT / "Pulumi.prod.yaml")
    (problem,) = caught.value.problems
    assert (problem.found, problem.allowed) == ('"dedicated-aks"', "multi-tenant-aks")


def test_a_platform_s_digest_is_the_same_from_its_file_and_from_the_engine_which_sorts_keys() -> None:
    written = read_stack_file(ROOT / "Pulumi.subsidiaries.yaml").config
    handed_over = {
        key: json.dumps(value, sort_keys=True) if key != LOCATION_KEY else value for key, value in written.items()
    }

    digests = {settings_digest(PlatformSettings.from_config(config)) for config in (written, handed_over)}
    changed = {**written, "odoo-azure:platform": {**written["odoo-azure:platform"], "tenants_per_server": 6}}

    assert len(digests) == 1
    assert settings_digest(PlatformSettings.from_config(changed)) not in digests
