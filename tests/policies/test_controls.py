"""The other halves of the controls: every rule has an Azure Policy and evidence, or says why not."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from components.admission_rules import (
    doors_guard,
    hosts_guard,
    images_guard,
    labels_guard,
    privileges_guard,
    services_guard,
)
from policies.controls.catalog import BY_RULE, POLICIES
from policies.controls.evidence import Proof, evidence_of
from policies.controls.model import BuiltInPolicy, CustomPolicy, FromSettings
from policies.controls.page import PAGE, page
from policies.controls.reasons import HELD_IN_CLUSTERS, why_not
from policies.controls.select import Assigned, AssignedBuiltIn, AssignedCustom, assigned, policy_rule
from policies.controls.state import ARM_TYPES
from policies.kit.rule import StackRule
from policies.pack import RULES
from sandbox.azure.paths import arm_type, path_of
from stacks.deploy import deploy
from stacks.settings import GovernanceSettings, load_settings_of
from stacks.stack_config import Secrets
from tests.policies.azure_policy import OPERATORS, ArmResource, applies
from tests.policies.custom_policy_cases import CASES
from tests.stacks import topologies
from tests.unit.components.harness import Declared, declare_stack

ROOT = Path(__file__).parents[2]
VALUES: Mapping[FromSettings, Any] = {
    FromSettings.ALLOWED_REGIONS: ["westeurope"],
    FromSettings.IMAGE_PATTERN: r"^[a-z0-9.]+\.azurecr\.io/.+$",
}
CUSTOM = [policy for policy in POLICIES if isinstance(policy, CustomPolicy)]
_CONDITION = {
    "oneOf": [
        {"$ref": "#/$defs/several"},
        {"type": "object", "required": ["not"], "properties": {"not": {"$ref": "#"}}, "additionalProperties": False},
        {
            "type": "object",
            "required": ["count", "greater"],
            "properties": {
                "count": {
                    "type": "object",
                    "required": ["field", "where"],
                    "properties": {"field": {"type": "string", "pattern": r"\[\*\]$"}, "where": {"$ref": "#"}},
                    "additionalProperties": False,
                },
                "greater": {"type": "integer"},
            },
            "additionalProperties": False,
        },
        {
            "type": "object",
            "required": ["field"],
            "minProperties": 2,
            "maxProperties": 2,
            "properties": {"field": {"type": "string", "minLength": 1}},
            "propertyNames": {"enum": ["field", *sorted(OPERATORS)]},
        },
    ],
    "$defs": {
        "several": {
            "type": "object",
            "minProperties": 1,
            "maxProperties": 1,
            "propertyNames": {"enum": ["allOf", "anyOf"]},
            "additionalProperties": {"type": "array", "minItems": 1, "items": {"$ref": "#"}},
        }
    },
}


def _is_stack(rule: Any) -> bool:
    return isinstance(rule, StackRule)


def test_no_rule_is_without_an_azure_policy_unless_it_says_why() -> None:
    silent = [rule.id for rule in RULES if rule.id not in BY_RULE and not why_not(rule, whole_stack=_is_stack(rule))]
    assert not silent, "add an Azure Policy to policies/controls, or a reason to policies/controls/reasons.py"


def test_no_rule_says_why_it_has_none_and_has_one() -> None:
    assert not [rule for rule in BY_RULE if why_not(_bare(rule), whole_stack=False)]


def _bare(rule: str) -> Any:
    return type("Bare", (), {"id": rule, "family": "", "types": ()})()


def test_policies_hold_rules_that_are_there() -> None:
    assert set(BY_RULE) | set(HELD_IN_CLUSTERS) <= {rule.id for rule in RULES}
    assert all(policy.rules for policy in POLICIES)


def test_references_are_unique_to_azure_and_fit_its_limits() -> None:
    assert not [name for name, times in Counter(each.reference.lower() for each in POLICIES).items() if times > 1]
    assert all(re.fullmatch(r"[a-z0-9-]{3,64}", policy.reference) for policy in POLICIES)
    assert all(len(policy.rules) <= 16 for policy in POLICIES)
    assert all(len(policy.title) <= 128 and 20 <= len(policy.description) <= 512 for policy in CUSTOM)


def test_built_in_policies_are_ones_that_azure_has() -> None:
    known = json.loads((ROOT / "sandbox/azure/policies.json").read_text(encoding="utf-8"))["definitions"]
    for policy in POLICIES:
        if isinstance(policy, BuiltInPolicy):
            fact = known[policy.guid]
            assert fact["title"] == policy.title, policy.reference
            assert fact["version"].split(".")[0] == str(policy.version), policy.reference
            assert ("preview" in fact["version"]) == policy.preview, policy.reference
            assert set(policy.effects) <= set(fact.get("effects", [fact.get("effect")])), policy.reference
            assert set(policy.parameters) <= set(fact.get("parameters", ())), policy.reference


def test_admission_policies_that_are_named_are_declared() -> None:
    guards = (
        images_guard("registry"),
        privileges_guard(),
        services_guard(),
        hosts_guard(),
        labels_guard(["owner"]),
        doors_guard([]),
    )
    named = {text.split("`")[1] for text in HELD_IN_CLUSTERS.values() if "`" in text}
    assert named <= {guard.name for guard in guards}


@pytest.mark.parametrize("policy", CUSTOM, ids=lambda policy: policy.reference)
def test_custom_policies_keep_to_the_grammar(policy: CustomPolicy) -> None:
    Draft202012Validator(_CONDITION).validate(policy.condition)
    assert set(policy_rule(policy)) == {"if", "then"}
    assert policy.mode in {"All", "Indexed"}
    # Children have neither tags nor a place: mode Indexed would pass them over.
    assert policy.mode == "All" or not re.search(r'"equals": "[^"/]+/[^"/]+/[^"]+"', json.dumps(policy.condition))


def test_every_custom_policy_has_cases() -> None:
    assert set(CASES) == {policy.reference for policy in CUSTOM}


@pytest.mark.parametrize("policy", CUSTOM, ids=lambda policy: policy.reference)
def test_custom_policies_find_the_bad_and_pass_the_good(policy: CustomPolicy) -> None:
    bad, good = CASES[policy.reference]
    assert [each for each in bad if not applies(policy.condition, each)] == []
    assert [each for each in good if applies(policy.condition, each)] == []


@pytest.mark.parametrize("variant", ["prod", topologies.MACHINES])
def test_custom_policies_refuse_nothing_that_our_stacks_declare(variant: str) -> None:
    declared = [_as_arm(each) for each in topologies.azure(variant)]
    assert len({each.type for each in declared}) > 30
    refused = [
        (policy.reference, each.type)
        for policy in CUSTOM
        for each in declared
        if (policy.mode == "All" or each.tags) and applies(policy.condition, each)
    ]
    assert refused == []


def test_custom_policies_refuse_nothing_that_the_governance_stack_itself_declares() -> None:
    settings = load_settings_of(GovernanceSettings, ROOT / "Pulumi.governance.yaml")
    stack = declare_stack(lambda: deploy(settings, Secrets(on_call_webhook_url=None)), stack="governance")
    declared = [_as_arm(each) for each in stack.resources if each.type.startswith("azure-native:")]
    assert "Microsoft.Authorization/roleDefinitions" in {each.type for each in declared}
    assert [
        (p.reference, each) for p in CUSTOM for each in declared if p.mode == "All" and applies(p.condition, each)
    ] == []


def _as_arm(declared: Declared) -> ArmResource:
    inputs = dict(declared.inputs)
    rules = {"networkAcls": inputs["networkRuleSet"]} if "networkRuleSet" in inputs else {}
    return ArmResource(
        type=arm_type(path_of(declared.type).template),
        properties=inputs | dict(inputs.get("properties") or {}) | rules,
        tags=inputs.get("tags") or {},
    )


def test_enforced_policies_have_their_strictest_effect_and_reporting_ones_refuse_nothing() -> None:
    enforced, reported = assigned(True, VALUES), assigned(False, VALUES)
    assert _effects(enforced)["postgres-public-access"] == "Deny"
    assert _effects(reported)["postgres-public-access"] == "Audit"
    assert _effects(enforced)["cosmos-cmk"] == "deny"
    assert {"deny", "Deny"} & set(_effects(reported).values()) == set()
    assert enforced.references - reported.references == {"interface-public-address", "interface-forwarding"}
    assert enforced.references == {policy.reference for policy in POLICIES}


def _effects(what: Assigned) -> dict[str, str]:
    names = {policy.reference: policy.effect_parameter for policy in POLICIES}
    members = (*what.members, *what.cluster_members)
    return {each.reference: str(each.parameters.get(names[each.reference], "")) for each in members}


def test_assigned_policies_are_told_apart_by_who_evaluates_them_and_who_made_them() -> None:
    everything = assigned(True, VALUES)
    by_name = {each.reference: each for each in (*everything.members, *everything.cluster_members)}
    assert {each.reference for each in everything.cluster_members} == {
        policy.reference for policy in POLICIES if policy.in_clusters
    }
    regions = by_name["allowed-regions"]
    assert isinstance(regions, AssignedBuiltIn)
    assert regions.parameters == {"listOfAllowedLocations": ["westeurope"], "effect": "Deny"}
    tags = by_name["tags-required"]
    assert isinstance(tags, AssignedCustom)
    assert tags.parameters == {"effect": "Audit"}
    assert tags.definitions["effect"]["allowedValues"] == ["Audit", "Disabled"]
    assert tags.rule["then"] == {"effect": "[parameters('effect')]"}
    assert by_name["vault-private-link"].parameters == {"audit_effect": "Audit"}


def test_a_value_that_only_the_settings_know_is_asked_for() -> None:
    with pytest.raises(ValueError, match="allowed-regions, image-pattern"):
        assigned(True, {})


def test_the_governance_stack_imports_neither_pulumi_nor_pydantic_with_the_catalog() -> None:
    program = (
        "import sys, policies.controls.select, policies.controls.exemptions\n"
        "print(sorted({'pulumi', 'pulumi_policy', 'pydantic', 'yaml'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_control_has_evidence() -> None:
    found = {rule.id: evidence_of(rule) for rule in RULES}
    assert found["pg-public-access-off"].proof is Proof.STATES
    assert found["redis-min-tls"].proof is Proof.RESOURCES
    assert found["rbac-scope-narrow"].proof is Proof.ROLES
    assert found["odoo-dbfilter"].proof is Proof.OBJECTS
    assert found["redis-keys-off"].proof is Proof.CHANGES
    alone = {rule for rule, each in found.items() if each.proof is Proof.REPORT}
    assert {"helm-not-opaque", "storage-website-refused"} <= alone
    assert len(alone) < len(RULES) / 50


def test_types_are_azures_own() -> None:
    known = {token: path_of(f"azure-native:{token}") for token in ARM_TYPES}
    table = json.loads((ROOT / "sandbox/azure/arm_paths.json").read_text(encoding="utf-8"))
    wrong = {t: p.template for t, p in known.items() if t in table and arm_type(p.template).lower() != ARM_TYPES[t]}
    assert wrong == {}


def test_queries_are_well_formed() -> None:
    """There is no parser of the Kusto language here: the outer form, the operators, the columns of each table."""
    queries = {rule.id: evidence_of(rule).query for rule in RULES}
    assert {rule: wrong for rule, query in queries.items() if query and (wrong := list(_faults(query)))} == {}


def _faults(query: str) -> Iterator[str]:
    bare = re.sub(r"'[^'\n]*'", "''", query)
    if "{" in query or bare.count("'") % 2 or list(_unbalanced(bare)):
        yield "unbalanced"
    table, *stages = bare.replace("\n   ", " ").split("\n")
    yield from (stage for stage in stages if not re.match(r"\| (where|project|order by) \S", stage))
    words = set(re.findall(r"(?<![.\w])[A-Za-z_]\w*(?=\.| !?in| [=!]~|\)|,|$)", bare)) - _WORDS
    yield from words - _COLUMNS[table] - set(re.findall(r"(\w+) = ", bare)) - set(re.findall(r"(\w+)\(", bare))
    if not stages:
        yield "no stages"


_COLUMNS = {
    "policyresources": {"type", "properties", "id"},
    "resources": {"type", "properties", "id", "location", "resourceGroup", "tags"},
    "authorizationresources": {"type", "properties", "id"},
    "AKSAuditAdmin": {"Verb", "ObjectRef", "RequestReceivedTime", "User", "ResponseStatus"},
    "AzureActivity": {
        "OperationNameValue",
        "EventSubmissionTimestamp",
        "Caller",
        "ActivityStatusValue",
        "ResourceId",
    },
}
_WORDS = {"and", "or", "in", "where", "project", "order", "by", "desc", "true", "false", *_COLUMNS}


def _unbalanced(text: str) -> Iterator[str]:
    depth = 0
    for character in text:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth < 0:
            yield character
    if depth:
        yield "("


def test_the_page_is_the_one_of_these_rules() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m policies.controls.page"


def test_the_page_has_every_rule_and_every_requirement() -> None:
    text = page()
    assert all(f"[`{rule.id}`](policies.md)" in text for rule in RULES)
    rows = set(re.findall(r"^\| (\S.*?) \| `", text, re.MULTILINE))
    assert {"NS-2", "8.24", "CC6.6", "1.3.1"} <= rows
