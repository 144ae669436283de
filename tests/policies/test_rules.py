"""Every rule, over the resources of tests/policies/cases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from policies.kit.rule import ResourceRule, StackRule
from tests.policies.cases import (
    Case,
    StackCase,
    alerting,
    connections,
    cost,
    cost_stacks,
    encryption,
    gateways,
    governance,
    hardening,
    identity,
    ingress,
    kubernetes,
    machines,
    network,
    odoo,
    paths,
    platform,
    platform_data,
    platform_identity,
    platform_resilience,
    reach,
    scaling,
    services,
    tenancy,
    tenancy_identities,
    workloads,
)
from tests.policies.harness import BY_ID, NOT_EVALUATED, UNKNOWN, Declared, judge, judge_stack

MODULES = (
    alerting,
    connections,
    cost,
    cost_stacks,
    encryption,
    gateways,
    governance,
    hardening,
    identity,
    ingress,
    kubernetes,
    machines,
    network,
    odoo,
    paths,
    platform,
    platform_data,
    platform_identity,
    platform_resilience,
    reach,
    scaling,
    services,
    tenancy,
    tenancy_identities,
    workloads,
)
CASES: list[Case] = [case for module in MODULES for case in module.CASES]
STACK_CASES: list[StackCase] = [case for module in MODULES for case in module.STACK_CASES]

# Rules for which a resource that says nothing is right: what they forbid is off by default, or belongs to a part that
# the resource may lack. For every other rule an absent property is a finding.
RIGHT_WHEN_SILENT = {
    "acr-admin-off",
    "acr-anonymous-pull-off",
    "admission-fails-closed",
    "aks-kms-private",
    "aks-public-access-off",
    "aks-secrets-renewed",
    "alerts-on",
    "apim-backend-verified",
    "apim-https-only",
    "apim-named-values-in-vault",
    "apim-old-protocols-off",
    "app-cors-named",
    "app-remote-debugging-off",
    "app-settings-no-secrets",
    "appgw-certificate-in-vault",
    "bastion-hardened",
    "binding-no-cluster-admin",
    "blob-ages-slowly",
    "configmap-no-secret",
    "container-app-https-only",
    "container-app-secrets-in-vault",
    "container-env-no-secrets",
    "container-group-private",
    "container-image-pinned",
    "cosmos-firewall-closed",
    "cost-idle-pools-shrink",
    "cost-no-idle-copies",
    "cost-no-idle-standby",
    "dns-private-zone-closed",
    "firewall-flows-named",
    "firewall-intrusions-denied",
    "firewall-rules-named",
    "geo-copies-stay",
    "ingress-host-exact",
    "ingress-no-catch-all",
    "key-lifetime",
    "key-not-exportable",
    "lb-internal-only",
    "logic-callers-limited",
    "messaging-no-manage-key",
    "mysql-tls-required",
    "netpol-peers-bounded",
    "netpol-peers-named",
    "netpol-pods-named",
    "nic-no-public-ip",
    "pe-approved-inside",
    "pg-cmk-geo-key",
    "pg-cmk-versionless",
    "pg-firewall-closed",
    "pg-tls-minimum",
    "pg-tls-required",
    "rbac-no-owner-to-apps",
    "rbac-scope-narrow",
    "region-allowed",
    "role-makes-no-pods",
    "role-no-secrets",
    "role-no-way-up",
    "role-no-wildcard",
    "role-no-wildcards",
    "route-no-bypass",
    "scaler-stores-no-secret",
    "scaler-web-keeps-two",
    "secret-no-literal",
    "sql-instance-public-endpoint-off",
    "storage-cmk-versionless",
    "storage-container-private",
    "storage-cors-named",
    "storage-immutable-stays",
    "svc-internal-only",
    "svc-no-external-name",
    "tags-fit-azure",
    "tags-format",
    "tags-no-secrets",
    "vault-no-side-doors",
    "vm-no-ip-forwarding",
    "vm-no-secrets-in-customdata",
    "vmss-no-public-ip",
    "vpn-entra-only",
}
# Rules about the parts of a resource, such as its containers: the resource itself is not what is silent.
ABOUT_PARTS = {rule for rule in BY_ID if rule.startswith(("nsg-", "odoo-", "pod-", "pool-", "subnet-", "traefik-"))}


def _ids(cases: Sequence[Case | StackCase]) -> list[str]:
    return [case.rule for case in cases]


def test_every_rule_has_resources_that_pass_and_resources_that_fail() -> None:
    resource_rules = {rule.id for rule in BY_ID.values() if isinstance(rule, ResourceRule)}
    assert sorted(_ids(CASES)) == sorted(resource_rules)
    assert sorted(_ids(STACK_CASES)) == sorted(rule.id for rule in BY_ID.values() if isinstance(rule, StackRule))
    assert all(case.good and case.bad for case in CASES)
    assert all(case.good and case.bad for case in STACK_CASES)


@pytest.mark.parametrize("case", CASES, ids=_ids(CASES))
def test_a_good_resource_passes(case: Case) -> None:
    for type_token, inputs in case.good:
        outcome = judge(case.rule, type_token, inputs)
        assert outcome.clean, (type_token, inputs, outcome)


@pytest.mark.parametrize("case", CASES, ids=_ids(CASES))
def test_a_bad_resource_fails(case: Case) -> None:
    for type_token, inputs in case.bad:
        outcome = judge(case.rule, type_token, inputs)
        assert outcome.violations, (type_token, inputs)
        assert NOT_EVALUATED not in outcome.messages


@pytest.mark.parametrize("case", STACK_CASES, ids=_ids(STACK_CASES))
def test_stacks_are_judged_and_the_right_resource_is_blamed(case: StackCase) -> None:
    for stack in case.good:
        assert judge_stack(case.rule, stack).clean, stack
    for stack, blamed in case.bad:
        outcome = judge_stack(case.rule, stack)
        assert {resource for resource, _ in outcome.violations} == blamed, stack
        assert NOT_EVALUATED not in outcome.messages


@pytest.mark.parametrize("case", CASES, ids=_ids(CASES))
def test_an_absent_block_is_a_finding(case: Case) -> None:
    type_token = case.bad[0][0]
    outcome = judge(case.rule, type_token, {})
    assert NOT_EVALUATED not in outcome.messages
    if case.rule in ABOUT_PARTS:
        return
    assert bool(outcome.violations) is (case.rule not in RIGHT_WHEN_SILENT)


def test_the_list_of_rules_that_accept_silence_names_rules() -> None:
    assert set(BY_ID) >= RIGHT_WHEN_SILENT


@pytest.mark.parametrize("case", CASES, ids=_ids(CASES))
def test_a_resource_of_which_nothing_is_known_yet_does_not_pass(case: Case) -> None:
    for type_token, inputs in case.bad:
        outcome = judge(case.rule, type_token, _obscured(inputs))
        assert not inputs or not outcome.clean, (type_token, inputs)
        assert NOT_EVALUATED not in outcome.messages


@pytest.mark.parametrize("case", CASES, ids=_ids(CASES))
def test_one_unknown_value_neither_breaks_a_rule_nor_makes_a_violation(case: Case) -> None:
    for type_token, inputs in case.good:
        for unknown in _each_obscured(inputs):
            outcome = judge(case.rule, type_token, unknown)
            assert not outcome.violations, (unknown, outcome)


@pytest.mark.parametrize("case", STACK_CASES, ids=_ids(STACK_CASES))
def test_unknown_values_do_not_break_a_stack_rule(case: StackCase) -> None:
    for stack, _ in case.bad:
        unknown = [Declared(type=r.type, name=r.name, properties=_obscured(r.properties), uses=r.uses) for r in stack]
        assert NOT_EVALUATED not in judge_stack(case.rule, unknown).messages
    for stack in case.good:
        for index, resource in enumerate(stack):
            for properties in _each_obscured(resource.properties):
                changed = Declared(type=resource.type, name=resource.name, properties=properties, uses=resource.uses)
                outcome = judge_stack(case.rule, [*stack[:index], changed, *stack[index + 1 :]])
                assert not outcome.violations, changed


@pytest.mark.parametrize("case", CASES, ids=_ids(CASES))
def test_resources_of_other_types_are_left_alone(case: Case) -> None:
    for type_token in ("random:index/randomPassword:RandomPassword", "kubernetes:core/v1:ConfigMap"):
        assert judge(case.rule, type_token, {"properties": UNKNOWN, "spec": {"containers": [{}]}}).clean


@pytest.mark.parametrize("case", CASES, ids=_ids(CASES))
def test_every_spelling_of_a_type_is_judged(case: Case) -> None:
    type_token, inputs = case.bad[0]
    if not type_token.startswith("kubernetes:") and "/" not in type_token:
        module, name = type_token.split(":")
        assert judge(case.rule, f"{module}/v20240101preview:{name}", inputs).violations or case.rule == "tags-required"


def _obscured(value: Any) -> Any:
    """The same structure with every leaf not yet known."""
    if isinstance(value, Mapping):
        return {name: _obscured(member) for name, member in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_obscured(member) for member in value]
    return UNKNOWN


def _each_obscured(value: Any) -> Iterator[Any]:
    """The same structure, with one part at a time not yet known."""
    if isinstance(value, Mapping):
        for name, member in value.items():
            for changed in (UNKNOWN, *_each_obscured(member)):
                yield {**value, name: changed}
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for index, member in enumerate(value):
            for changed in (UNKNOWN, *_each_obscured(member)):
                yield [*value[:index], changed, *value[index + 1 :]]
