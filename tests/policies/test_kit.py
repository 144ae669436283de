"""The kit: what a rule sees, and what becomes of what it says."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pulumi_azure_native
import pytest
from pulumi_policy import Severity

from policies.kit.graph import Graph
from policies.kit.rule import Resource, ResourceRule, Rule, StackRule, types
from policies.kit.runner import policy
from policies.kit.sdk import takes_tags
from policies.kit.tokens import canonical
from policies.kit.values import IS_SET, Finding, one_of
from tests.policies.harness import BY_ID, NOT_EVALUATED, UNKNOWN, Declared, judge, judge_stack

SDK = Path(pulumi_azure_native.__file__).parent
PLAIN: dict[str, Any] = {
    "id": "a-rule",
    "title": "Something holds",
    "family": "test",
    "severity": Severity.HIGH,
    "why": "because",
    "remedy": "change it",
    "url": "https://example.org",
    "references": (),
}
SECRET = "hunter2-9f1c"


def _rule(check: Any, **more: Any) -> ResourceRule:
    return ResourceRule(**PLAIN, types=types("storage:StorageAccount"), check=check, **more)


def _explodes_late(resource: Resource) -> Iterator[Finding]:
    yield Finding(message="said before")
    raise ValueError(f"cannot read {resource.at('password').text()}")


def test_a_rule_that_breaks_is_a_finding_after_what_it_had_said() -> None:
    outcome = judge(_rule(_explodes_late), "storage:StorageAccount", {"password": SECRET})
    assert [message.split(" (")[0] for _, message in outcome.violations] == ["said before", f"the rule {NOT_EVALUATED}"]
    assert "ValueError" in outcome.messages
    assert SECRET not in outcome.messages


def test_a_stack_rule_that_breaks_is_a_finding() -> None:
    rule = StackRule(**PLAIN, check=lambda graph, config: [config["no such setting"]])
    assert "KeyError" in judge_stack(rule, []).messages


def test_a_finding_stands_beside_what_is_not_yet_known() -> None:
    rule = _rule(lambda resource: (f for name in "ab" for f in resource.at(name).must(one_of("on"))))
    outcome = judge(rule, "storage:StorageAccount", {"a": UNKNOWN, "b": "off"})
    assert outcome.messages == "b must be on"
    assert outcome.not_yet_known.endswith("not yet known: a")


def test_many_unknown_values_are_said_in_one_line() -> None:
    rule = _rule(lambda resource: (f for name in "abcdefg" for f in resource.at(name).must(IS_SET)))
    outcome = judge(rule, "storage:StorageAccount", dict.fromkeys("abcdefg", UNKNOWN))
    assert outcome.not_yet_known.endswith("not yet known: a, b, c, d, e and 2 more")


def test_a_stack_rule_names_the_resource_whose_property_is_unknown() -> None:
    rule = StackRule(**PLAIN, check=lambda graph, _: (f for n in graph.nodes for f in n.at("sku.name").must(IS_SET)))
    stack = [Declared(type="storage:StorageAccount", name="files", properties={"sku": UNKNOWN})]
    assert judge_stack(rule, stack).not_yet_known.endswith("not yet known: files.sku.name")


def test_resources_whose_provider_waits_for_a_cluster_are_not_yet_known() -> None:
    namespace = Declared(type="kubernetes:core/v1:Namespace", name="odoo", properties=None)
    deny = Declared(
        type="kubernetes:networking.k8s.io/v1:NetworkPolicy", name="deny", properties=None, uses={"metadata": ["odoo"]}
    )
    outcome = judge_stack("netpol-default-deny", [namespace, deny])
    assert not outcome.violations
    assert "odoo.metadata.name" in outcome.not_yet_known


@pytest.mark.parametrize("empty", [None, "", [], {}])
def test_null_and_empty_values_are_not_set(empty: object) -> None:
    rule = _rule(lambda resource: resource.at("a").must(IS_SET))
    assert judge(rule, "storage:StorageAccount", {"a": empty}).violations


def test_list_elements_are_named_in_messages_only_by_plain_names() -> None:
    rule = _rule(lambda resource: (f for e in resource.at("list").elements() for f in e.at("x").must(IS_SET)))
    outcome = judge(rule, "storage:StorageAccount", {"list": [{"name": "web"}, {"name": f"p={SECRET} !"}, {}]})
    assert [m.split(" ")[0] for _, m in outcome.violations] == ["list[web].x", "list[1].x", "list[2].x"]


def test_values_are_compared_in_any_case() -> None:
    rule = _rule(lambda resource: resource.at("a").must(one_of("Disabled")))
    assert judge(rule, "storage:StorageAccount", {"a": "disabled"}).clean


def test_a_reference_is_followed_by_id_when_it_is_known_and_else_by_what_it_was_computed_from() -> None:
    rule = BY_ID["data-services-are-logged"]
    vault_id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/kv"
    setting = {"workspaceId": "/subscriptions/s/law", "logs": [{"enabled": True}]}

    def stack(resource_uri: str, uses: list[str]) -> list[Declared]:
        return [
            Declared(type="keyvault:Vault", name="kv", properties={"id": vault_id}),
            Declared(
                type="monitor:DiagnosticSetting",
                name="logs",
                properties={**setting, "resourceUri": resource_uri},
                uses={"resourceUri": uses},
            ),
        ]

    assert judge_stack(rule, stack(vault_id.upper(), [])).clean
    assert not judge_stack(rule, stack(UNKNOWN, ["kv"])).violations
    # Computed from the vault, but it names another: that one's logs do not count.
    assert judge_stack(rule, stack(f"{vault_id}2", ["kv"])).violations


def test_a_stack_rule_that_asks_for_types_it_is_not_shown_does_not_pass() -> None:
    rule = StackRule(
        **PLAIN, types=types("keyvault:Key"), check=lambda graph, _: (n.finding("") for n in graph.of("keyvault:Vault"))
    )
    assert NOT_EVALUATED in judge_stack(rule, []).messages


@pytest.mark.parametrize(
    ("named", "uses", "found"),
    [
        ("KV", [], "kv"),
        ("other", [], None),
        (UNKNOWN, ["key", "kv"], "kv"),
        (UNKNOWN, ["key"], None),
        # What it was computed from decides, also when its text is another's.
        ("kv-2", ["kv"], "kv"),
    ],
)
def test_a_target_is_what_a_property_was_computed_from_or_else_names(
    named: str, uses: list[str], found: str | None
) -> None:
    def check(graph: Graph, _: Mapping[str, Any]) -> Iterator[Finding]:
        for key in graph.of("keyvault:Key"):
            vault = graph.target(key, "vaultName", "keyvault:Vault")
            yield key.finding("none" if vault is None else vault.urn.rpartition("::")[2])

    stack = [
        Declared(type="keyvault:Vault", name="kv"),
        Declared(type="keyvault:Vault", name="kv-2"),
        Declared(type="keyvault:Vault", name="yet-to-come", properties=None),
        Declared(type="keyvault:Key", name="key", properties={"vaultName": named}, uses={"vaultName": uses}),
    ]

    outcome = judge_stack(StackRule(**PLAIN, check=check), stack)

    assert outcome.violations == (("key", found or "none"),)


def test_settings_come_over_the_defaults() -> None:
    group = ("resources:ResourceGroup", {"tags": {"owner": "me"}})
    assert judge("tags-required", *group).violations
    assert judge("tags-required", *group, config={"keys": ["owner"]}).clean
    assert judge("tags-format", *group, config={"formats": {"owner": "^team-"}}).violations


def test_only_rules_of_a_known_kind_become_policies() -> None:
    with pytest.raises(TypeError, match="neither a resource rule nor a stack rule"):
        policy(Rule(**PLAIN))


@pytest.mark.parametrize(
    ("spelling", "plain"),
    [
        ("azure-native:storage:StorageAccount", "azure-native:storage:StorageAccount"),
        ("azure-native:storage/v20240101:StorageAccount", "azure-native:storage:StorageAccount"),
        ("azure-native:cache/v20230501preview:RedisEnterprise", "azure-native:redisenterprise:RedisEnterprise"),
        ("azure-native_storage_v20240101:storage:StorageAccount", "azure-native:storage:StorageAccount"),
        ("azure-native:documentdb:DatabaseAccount", "azure-native:cosmosdb:DatabaseAccount"),
        ("kubernetes:core/v1:Pod", "kubernetes:core:Pod"),
        ("kubernetes:networking.k8s.io/v1beta1:Ingress", "kubernetes:networking.k8s.io:Ingress"),
        ("kubernetes:apps/v1:DeploymentPatch", "kubernetes:apps:DeploymentPatch"),
        ("random:index/randomPassword:RandomPassword", "random:index/randomPassword:RandomPassword"),
    ],
)
def test_one_type_has_one_name(spelling: str, plain: str) -> None:
    assert canonical(spelling) == plain


# Parts of a resource that the provider itself made a type of: they have no API version, and never had another name.
OF_THE_PROVIDER = {"azure-native:keyvault:AccessPolicy", "azure-native:storage:StorageAccountStaticWebsite"}


def _azure_tokens() -> set[str]:
    return {
        token
        for rule in BY_ID.values()
        if isinstance(rule, ResourceRule | StackRule)
        for token in rule.types
        if token.startswith("azure-native:")
    }


@pytest.mark.parametrize("token", sorted(_azure_tokens()))
def test_the_sdk_has_every_type_of_a_rule_and_all_its_former_names_lead_to_it(token: str) -> None:
    assert takes_tags(token) is not None
    _, module, name = token.split(":")
    source = (SDK / module / f"{_snake(name)}.py").read_text(encoding="utf-8")
    former = set(re.findall(r'type_="(azure-native:[^"]+)"', source))
    assert former or token in OF_THE_PROVIDER
    # A former token that another of our types holds today (two services once shared a module) belongs to that one.
    assert {canonical(alias) for alias in former or {token}} - (_azure_tokens() - {token}) == {token}


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


@pytest.mark.parametrize(
    ("token", "class_name"),
    [
        ("azure-native:network:VirtualNetwork", "VirtualNetworkInitArgs"),
        ("azure-native:network:Subnet", "SubnetInitArgs"),
        ("azure-native:redis:Redis", "RedisArgs"),
        ("azure-native:dbforpostgresql:Server", "ServerArgs"),
        ("azure-native:monitor:DiagnosticSetting", "DiagnosticSettingArgs"),
        ("azure-native:network:PublicIPAddress", "PublicIPAddressInitArgs"),
        ("azure-native:operationalinsights:Workspace", "WorkspaceArgs"),
    ],
)
def test_taggable_is_what_the_sdk_class_takes(token: str, class_name: str) -> None:
    _, module, _ = token.split(":")
    sdk_class = getattr(importlib.import_module(f"pulumi_azure_native.{module}"), class_name)
    assert takes_tags(token) is hasattr(sdk_class, "tags")


def test_a_type_that_the_sdk_lacks_is_neither() -> None:
    assert takes_tags("azure-native:future:Thing") is None
