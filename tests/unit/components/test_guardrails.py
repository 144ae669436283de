"""AzureGuardrails: the pack's controls, held by Azure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from components.access import Role
from components.cluster_guards import MANAGED_NAMESPACES
from components.guardrails import (
    AzureGuardrails,
    AzureGuardrailsArgs,
    BuiltInMember,
    CustomMember,
    Exemption,
    Member,
)
from tests.unit.components.harness import Declared, arm_findings, declare, names, of_type, one, placement, resolve
from tests.unit.components.mocked_azure import SUBSCRIPTION_ID, arm_id

SUBSCRIPTION = f"/subscriptions/{SUBSCRIPTION_ID}"
BUILT_IN = "/providers/Microsoft.Authorization/policyDefinitions"
SERVER = arm_id("Microsoft.DBforPostgreSQL/flexibleServers", "psql-erp-test")
EFFECT = {"type": "String", "allowedValues": ["Audit", "Deny"], "defaultValue": "Audit"}
POSTGRES = BuiltInMember(
    reference="postgres-public-access",
    guid="5e1de0e3-42cb-4ebc-a86d-61d0c619ca48",
    version=3,
    parameters={"effect": "Deny"},
    groups=("NS-2", "DP-3"),
)
ZONES = BuiltInMember(
    reference="postgres-zones", guid="493c215d-2553-4976-bc81-57d2c04fc8c1", version=1, preview=True, groups=("NS-2",)
)
REDIS = CustomMember(
    reference="redis-tls",
    title="Redis speaks TLS only",
    description="Set clientProtocol to Encrypted.",
    mode="Indexed",
    rule={"if": {"field": "type", "equals": "x"}, "then": {"effect": "[parameters('effect')]"}},
    definitions={"effect": {**EFFECT, "metadata": {"displayName": "Effect"}}},
    parameters={"effect": "Deny"},
)
PRIVILEGED = BuiltInMember(
    reference="pods-unprivileged",
    guid="95edb821-ddaf-4404-9732-666045e056b4",
    version=9,
    parameters={"effect": "Deny"},
)
MIGRATION = Exemption(
    name="migration",
    scope=SERVER,
    references=("redis-tls",),
    until=date(2027, 1, 31),
    reason="The old system reads from here until it is switched off.",
    approver="ciso@acme.example",
    ticket="SEC-42",
)
ARGS = AzureGuardrailsArgs(
    placement=placement(),
    name="pset-odoo-prod",
    members=(POSTGRES, ZONES, REDIS),
    security_contact="soc@acme.example",
)
TAGS = BuiltInMember(
    reference="tags-inherited",
    guid="ea3f2387-9b95-492a-a190-fcdc54f7b070",
    version=1,
    parameters={"tagName": "owner"},
    roles=(Role.NETWORK_CONTRIBUTOR, Role.READER),
)


def made(**changes: Any) -> list[Declared]:
    declared = declare(lambda: AzureGuardrails("gov", replace(ARGS, **changes)))
    assert arm_findings(declared) == []
    return declared


def members_of(declared: list[Declared], name: str) -> dict[str, dict[str, Any]]:
    initiative = one(declared, "authorization:PolicySetDefinition", name)
    return {each["policyDefinitionReferenceId"]: each for each in initiative.inputs["policyDefinitions"]}


def test_it_assigns_one_initiative_to_the_subscription() -> None:
    declared = made()
    assert names(declared) == {
        ("authorization:PolicyDefinition", "gov-redis-tls"),
        ("authorization:PolicySetDefinition", "gov-initiative"),
        ("authorization:PolicyAssignment", "gov-assignment"),
        ("security:SecurityContact", "gov-contact"),
    }
    initiative = one(declared, "authorization:PolicySetDefinition").inputs
    assert initiative["policySetDefinitionName"] == "pset-odoo-prod"
    assert initiative["policyDefinitionGroups"] == [{"name": "DP-3"}, {"name": "NS-2"}]
    assignment = one(declared, "authorization:PolicyAssignment").inputs
    assert (assignment["scope"], assignment["policyAssignmentName"]) == (SUBSCRIPTION, "pset-odoo-prod")
    assert assignment["enforcementMode"] == "Default"
    assert assignment["policyDefinitionId"].endswith("/pset-odoo-prod")
    assert "identity" not in assignment
    assert "location" not in assignment


def test_a_built_in_policy_is_the_newest_of_its_major_version() -> None:
    members = members_of(made(), "gov-initiative")
    assert members["postgres-public-access"] == {
        "policyDefinitionId": f"{BUILT_IN}/{POSTGRES.guid}",
        "policyDefinitionReferenceId": "postgres-public-access",
        "definitionVersion": "3.*.*",
        "groupNames": ["NS-2", "DP-3"],
        "parameters": {"effect": {"value": "Deny"}},
    }
    assert members["postgres-zones"]["definitionVersion"] == "1.*.*-preview"
    assert "definitionVersion" not in members["redis-tls"]


def test_a_policy_of_our_own_is_defined_first_and_explains_itself() -> None:
    declared = made()
    definition = one(declared, "authorization:PolicyDefinition")
    assert definition.inputs["policyDefinitionName"] == "redis-tls"
    assert definition.inputs["policyRule"] == REDIS.rule
    assert definition.inputs["parameters"] == {"effect": {**EFFECT, "metadata": {"displayName": "Effect"}}}
    assert "gov-redis-tls" in one(declared, "authorization:PolicySetDefinition").depends_on
    general, ours = one(declared, "authorization:PolicyAssignment").inputs["nonComplianceMessages"]
    assert "policyDefinitionReferenceId" not in general
    assert ours == {
        "message": "Redis speaks TLS only. Set clientProtocol to Encrypted.",
        "policyDefinitionReferenceId": "redis-tls",
    }


def test_who_puts_something_right_has_an_identity_and_the_roles_it_needs() -> None:
    declared = made(members=(*ARGS.members, TAGS))
    assignment = one(declared, "authorization:PolicyAssignment").inputs
    assert assignment["identity"] == {"type": "SystemAssigned"}
    assert assignment["location"] == "westeurope"
    grants = {
        each.inputs["roleDefinitionId"].rpartition("/")[2]: each
        for each in of_type(declared, "authorization:RoleAssignment")
    }
    assert set(grants) == {Role.NETWORK_CONTRIBUTOR.value, Role.READER.value}
    assert {each.inputs["scope"] for each in grants.values()} == {SUBSCRIPTION}
    assert all("gov-assignment" in each.depends_on for each in grants.values())


def test_policies_in_clusters_leave_the_clusters_own_namespaces_alone() -> None:
    own = replace(PRIVILEGED, reference="own", parameters={"excludedNamespaces": ["kube-system"]})
    declared = made(cluster_members=(PRIVILEGED, own))
    members = members_of(declared, "gov-clusters-initiative")
    assert members["pods-unprivileged"]["parameters"] == {
        "effect": {"value": "Deny"},
        "excludedNamespaces": {"value": list(MANAGED_NAMESPACES)},
    }
    assert members["own"]["parameters"]["excludedNamespaces"] == {"value": ["kube-system"]}
    assignment = one(declared, "authorization:PolicyAssignment", "gov-clusters-assignment").inputs
    assert assignment["policyAssignmentName"] == "pset-odoo-prod-clusters"
    assert "nonComplianceMessages" not in assignment


def test_an_exemption_ends_with_its_day_and_says_who_agreed() -> None:
    exemption = one(made(exemptions=(MIGRATION,)), "authorization:PolicyExemption").inputs
    assert exemption["scope"] == SERVER
    assert exemption["policyAssignmentId"].endswith("/pset-odoo-prod")
    assert exemption["policyDefinitionReferenceIds"] == ["redis-tls"]
    assert exemption["expiresOn"] == "2027-01-31T23:59:59Z"
    assert exemption["exemptionCategory"] == "Waiver"
    assert exemption["metadata"] == {"approver": "ciso@acme.example", "ticket": "SEC-42"}


def test_an_exemption_from_both_initiatives_is_two() -> None:
    both = replace(MIGRATION, references=("redis-tls", "pods-unprivileged"))
    declared = made(cluster_members=(PRIVILEGED,), exemptions=(both,))
    found = {
        each.inputs["policyExemptionName"]: (
            each.inputs["policyDefinitionReferenceIds"],
            each.inputs["policyAssignmentId"].rpartition("/")[2],
        )
        for each in of_type(declared, "authorization:PolicyExemption")
    }
    assert found == {
        "migration": (["redis-tls"], "pset-odoo-prod"),
        "migration-clusters": (["pods-unprivileged"], "pset-odoo-prod-clusters"),
    }


def test_an_exemption_from_one_initiative_is_none_from_the_other() -> None:
    declared = made(cluster_members=(PRIVILEGED,), exemptions=(MIGRATION,))
    assert one(declared, "authorization:PolicyExemption").inputs["policyExemptionName"] == "migration"


def test_nobody_deletes_what_holds_data_but_by_an_exemption() -> None:
    leave = replace(MIGRATION, references=("undeletable-types",))
    declared = made(undeletable_types=("Microsoft.DBforPostgreSQL/flexibleServers",), exemptions=(leave,))
    assert members_of(declared, "gov-initiative")["undeletable-types"] == {
        "policyDefinitionId": f"{BUILT_IN}/78460a36-508a-49a4-b2b2-2f5ec564f4bb",
        "policyDefinitionReferenceId": "undeletable-types",
        "definitionVersion": "1.*.*",
        "parameters": {
            "effect": {"value": "DenyAction"},
            "listOfResourceTypesDisallowedForDeletion": {"value": ["Microsoft.DBforPostgreSQL/flexibleServers"]},
        },
    }
    assert len(of_type(declared, "authorization:PolicyExemption")) == 1


def test_plans_of_defender_are_turned_on_one_after_another() -> None:
    plans = {"VirtualMachines": None, "Containers": None, "KeyVaults": "PerTransaction", "StorageAccounts": None}
    pricings = of_type(made(defender_plans=plans), "security:Pricing")
    found = {each.inputs["pricingName"]: each for each in pricings}
    assert {name: each.inputs.get("subPlan") for name, each in found.items()} == {
        "Containers": None,
        "KeyVaults": "PerTransaction",
        "StorageAccounts": "DefenderForStorageV2",
        "VirtualMachines": "P2",
    }
    assert {(each.inputs["pricingTier"], each.inputs["scopeId"]) for each in pricings} == {("Standard", SUBSCRIPTION)}
    before = {each.name: each.depends_on for each in pricings}
    assert before == {
        "gov-defender-Containers": frozenset(),
        "gov-defender-KeyVaults": {"gov-defender-Containers"},
        "gov-defender-StorageAccounts": {"gov-defender-KeyVaults"},
        "gov-defender-VirtualMachines": {"gov-defender-StorageAccounts"},
    }


def test_defender_writes_to_the_contact_and_to_the_owners() -> None:
    contact = one(made(), "security:SecurityContact").inputs
    assert (contact["securityContactName"], contact["emails"], contact["isEnabled"]) == (
        "default",
        "soc@acme.example",
        True,
    )
    assert contact["notificationsByRole"] == {"state": "On", "roles": ["Owner"]}
    assert {each["sourceType"] for each in contact["notificationsSources"]} == {"Alert", "AttackPath"}


def test_it_shows_its_assignments() -> None:
    both = replace(ARGS, cluster_members=(PRIVILEGED,))
    shown = resolve(lambda: AzureGuardrails("gov", both).assignment_ids)
    assert {kind: identifier.rpartition("/")[2] for kind, identifier in shown.items()} == {
        "resources": "pset-odoo-prod",
        "clusters": "pset-odoo-prod-clusters",
    }
    assert set(resolve(lambda: AzureGuardrails("gov", ARGS).assignment_ids)) == {"resources"}


def _many(number: int) -> tuple[Member, ...]:
    return tuple(replace(POSTGRES, reference=f"policy-{each}") for each in range(number))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "x" * 25}, "name has 25 characters, of 1 to 24"),
        ({"members": _many(1001)}, "1001 policies, of at most 1000"),
        ({"members": (POSTGRES, replace(POSTGRES, reference="POSTGRES-public-access"))}, "is there 2 times"),
        ({"cluster_members": (replace(PRIVILEGED, reference="redis-tls"),)}, "policy redis-tls is there 2 times"),
        ({"members": (replace(POSTGRES, reference="x" * 65),)}, "reference has 65 characters, of 1 to 64"),
        ({"members": (replace(POSTGRES, groups=tuple(map(str, range(17)))),)}, "17 groups of policy"),
        ({"members": (replace(POSTGRES, parameters={"effect": "Modify"}),)}, "has no role to do so"),
        ({"members": (replace(REDIS, title="x" * 129),)}, "title has 129 characters"),
        ({"members": (replace(REDIS, description="x" * 513),)}, "description has 513 characters"),
        ({"members": (replace(REDIS, parameters={"level": "Deny"}),)}, "does not define: level"),
        ({"members": (replace(REDIS, definitions={str(n): EFFECT for n in range(21)}),)}, "21 parameters of policy"),
        ({"exemptions": (replace(MIGRATION, name="x" * 65),)}, "name has 65 characters"),
        ({"exemptions": (replace(MIGRATION, reason=""),)}, "reason has 0 characters"),
        ({"exemptions": (MIGRATION, replace(MIGRATION, scope=SUBSCRIPTION))}, "exemption migration is there 2 times"),
        ({"exemptions": (replace(MIGRATION, references=("redis-tls", "none")),)}, "policies that are not there: none"),
        ({"exemptions": (replace(MIGRATION, references=()),)}, "would exempt from all of them"),
        ({"exemptions": (replace(MIGRATION, scope="/providers/Microsoft.X"),)}, "is no subscription"),
        (
            {
                "cluster_members": (PRIVILEGED,),
                "exemptions": (replace(MIGRATION, name="x" * 56, references=("pods-unprivileged",)),),
            },
            "name has 65 characters",
        ),
    ],
)
def test_what_azure_would_refuse_is_refused_before_anything_is_declared(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        made(**changes)


def test_all_that_is_wrong_is_said_at_once() -> None:
    wrong = replace(MIGRATION, references=("none",), reason="")
    with pytest.raises(ValueError, match=r"name has 25 .*; .*reason has 0 .*; .*not there: none"):
        made(name="x" * 25, exemptions=(wrong,))
