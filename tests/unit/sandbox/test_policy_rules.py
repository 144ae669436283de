"""Azure Policy: what Azure refuses of definitions, initiatives, assignments and exemptions."""

from typing import Any

import pytest

from sandbox.azure.policies import built_in
from sandbox.provider.contract import Naming, Request
from sandbox.provider.values import UNKNOWN
from tests.unit.sandbox import policy_bodies as bodies
from tests.unit.sandbox.harness import GROUP, SUBSCRIPTION, Azure, Object, changed, refused, tried
from tests.unit.sandbox.policy_bodies import ASSIGNMENT, DEFINITION, EXEMPTION, SET

UNUSED = {"effect": bodies.EFFECT, "spare": {"type": "String"}}
TEMPLATE: Object = {"properties": {"template": {"outputs": {"x": "[parameters('own')]"}}}}
TWO = [bodies.member(bodies.POSTGRES_IS_PRIVATE, name, effect="Deny") for name in ("postgres", "Postgres")]
GROUPED = {**bodies.initiative()["policyDefinitions"][0], "groupNames": ["NS-2"]}


@pytest.mark.parametrize(
    ("path", "value", "finding"),
    [
        ("displayName", "x" * 129, "displayName"),
        ("description", "x" * 513, "description"),
        ("policyDefinitionName", "a/b", "policyDefinitionName"),
        ("policyDefinitionName", "x" * 65, "policyDefinitionName"),
        ("policyType", "BuiltIn", "policyType"),
        ("mode", "Index", "mode"),
        ("policyRule.then", ..., "policyRule"),
        ("policyRule.then.effect", "Forbid", "policyRule.then.effect"),
        ("policyRule.then.effect", "[parameters('level')]", "parameters"),
        ("parameters", UNUSED, "parameters"),
        ("parameters", {f"p{number}": {"type": "String"} for number in range(21)}, "parameters"),
        ("parameters.effect.defaultValue", "deny", "parameters.effect.defaultValue"),
    ],
)
def test_a_definition_that_is_wrong_in_itself_is_refused(azure: Azure, path: str, value: Any, finding: str) -> None:
    assert azure.check(DEFINITION, bodies.CUSTOM) == []
    assert finding in {failure.path for failure in azure.check(DEFINITION, changed(bodies.CUSTOM, path, value))}


def test_a_template_that_a_policy_deploys_has_parameters_of_its_own(azure: Azure) -> None:
    deploys = changed(bodies.CUSTOM, "policyRule.then.details", {"deployment": TEMPLATE})
    assert azure.check(DEFINITION, deploys) == []


@pytest.mark.parametrize(
    ("inputs", "finding"),
    [
        (bodies.initiative(policyDefinitions=[]), "policyDefinitions"),
        (bodies.initiative(policyDefinitions=TWO), "policyDefinitions"),
        (bodies.initiative(policyDefinitions=TWO * 501), "policyDefinitions"),
        (bodies.initiative(GROUPED), "policyDefinitions[0].groupNames"),
        (bodies.initiative(policyDefinitionGroups=[{"name": "NS-2"}, {"name": "ns-2"}]), "policyDefinitionGroups"),
        (bodies.initiative(parameters={"spare": {"type": "String"}}), "parameters"),
    ],
)
def test_an_initiative_that_is_wrong_in_itself_is_refused(azure: Azure, inputs: Object, finding: str) -> None:
    assert azure.check(SET, bodies.initiative(GROUPED, policyDefinitionGroups=[{"name": "NS-2"}])) == []
    assert finding in {failure.path for failure in azure.check(SET, inputs)}


@pytest.mark.parametrize("kind", [DEFINITION, SET])
def test_nothing_is_said_about_policies_that_a_preview_does_not_know(azure: Azure, kind: str) -> None:
    good = (
        bodies.CUSTOM if kind == DEFINITION else bodies.initiative(GROUPED, policyDefinitionGroups=[{"name": "NS-2"}])
    )
    for name in good:
        assert azure.check(kind, changed(good, name, UNKNOWN)) == [], name


def test_ids_are_those_of_the_subscription(azure: Azure) -> None:
    definition = azure.make(DEFINITION, bodies.CUSTOM)
    assigned = bodies.assigned_initiative(azure)
    exempt = azure.make(EXEMPTION, bodies.exemption(assigned))
    provider = "providers/Microsoft.Authorization"
    assert definition == f"{SUBSCRIPTION}/{provider}/policyDefinitions/redis-tls"
    assert (
        azure.entry(assigned).inputs["policyDefinitionId"]
        == f"{SUBSCRIPTION}/{provider}/policySetDefinitions/guardrails"
    )
    assert assigned == f"{SUBSCRIPTION}/{provider}/policyAssignments/guardrails"
    assert exempt == f"{GROUP}/{provider}/policyExemptions/migration"


@pytest.mark.parametrize(
    ("code", "policy", "more"),
    [
        ("", bodies.POSTGRES_IS_PRIVATE, {"effect": "Deny"}),
        ("PolicyDefinitionNotFound", f"{bodies.BUILT_IN}/00000000-1111-4222-8333-444444444444", {}),
        ("PolicyDefinitionNotFound", f"{SUBSCRIPTION}{bodies.BUILT_IN}/redis-tls", {}),
        ("PolicyParameterValueNotAllowed", bodies.POSTGRES_IS_PRIVATE, {"effect": "deny"}),
        ("UndefinedPolicyParameter", bodies.POSTGRES_IS_PRIVATE, {"level": "Deny"}),
        ("MissingPolicyParameter", bodies.ALLOWED_LOCATIONS, {"effect": "Deny"}),
        ("", bodies.ALLOWED_LOCATIONS, {"effect": "Deny", "listOfAllowedLocations": ["westeurope"]}),
        ("UndefinedPolicyParameter", bodies.INHERIT_A_TAG, {"tagName": "owner", "effect": "modify"}),
        ("", bodies.INHERIT_A_TAG, {"tagName": "owner"}),
    ],
)
def test_a_member_exists_and_takes_what_it_is_given(azure: Azure, code: str, policy: str, more: Object) -> None:
    tried(azure, code, SET, bodies.initiative(bodies.member(policy, "it", **more)))


@pytest.mark.parametrize(
    ("code", "policy", "selector"),
    [
        ("", bodies.POSTGRES_IS_PRIVATE, "3.*.*"),
        ("", bodies.POSTGRES_IS_PRIVATE, "2.*.*"),
        ("PolicyDefinitionNotFound", bodies.POSTGRES_IS_PRIVATE, "4.*.*"),
        ("PolicyDefinitionNotFound", bodies.ZONE_RESILIENT, "1.*.*"),
        ("", bodies.ZONE_RESILIENT, "1.*.*-preview"),
    ],
)
def test_a_member_exists_in_that_version(azure: Azure, code: str, policy: str, selector: str) -> None:
    chosen = {**bodies.member(policy, "it"), "definitionVersion": selector}
    tried(azure, code, SET, bodies.initiative(chosen))


def test_a_member_of_our_own_has_its_own_effects(azure: Azure) -> None:
    ours = azure.make(DEFINITION, bodies.CUSTOM)
    refused(
        "PolicyParameterValueNotAllowed",
        lambda: azure.make(SET, bodies.initiative(bodies.member(ours, "redis", effect="Disabled"))),
    )
    assert azure.store.exists(azure.make(SET, bodies.initiative(bodies.member(ours, "redis", effect="Deny"))))


def test_a_parameter_of_an_initiative_gets_its_value_with_the_assignment(azure: Azure) -> None:
    passed_on = bodies.member(bodies.POSTGRES_IS_PRIVATE, "postgres", effect="[parameters('level')]")
    made = azure.make(SET, bodies.initiative(passed_on, parameters={"level": {"type": "String"}}))
    refused("MissingPolicyParameter", lambda: azure.make(ASSIGNMENT, bodies.assignment(made)))
    assigned = bodies.assignment(made, parameters={"level": bodies.value("Deny")})
    assert azure.store.exists(azure.make(ASSIGNMENT, assigned))


@pytest.mark.parametrize("parameters", [{}, {"effect": bodies.EFFECT, "spare": {"type": "String"}}])
def test_parameters_of_a_definition_stay(azure: Azure, parameters: Object) -> None:
    made = azure.make(DEFINITION, bodies.CUSTOM)
    rule = changed(bodies.CUSTOM, "policyRule.then.effect", "deny")["policyRule"]
    if "spare" in parameters:
        rule = changed(bodies.CUSTOM, "policyRule.if.equals", "[parameters('spare')]")["policyRule"]
    change = {"parameters": parameters, "policyRule": rule}
    refused("InvalidPolicyParameterUpdate", lambda: azure.change(DEFINITION, made, **change))
    azure.change(DEFINITION, made, displayName="Redis speaks TLS")


def test_what_is_in_use_stays(azure: Azure) -> None:
    ours = azure.make(DEFINITION, bodies.CUSTOM)
    made = azure.make(SET, bodies.initiative(bodies.member(ours, "redis")))
    assigned = azure.make(ASSIGNMENT, bodies.assignment(made))
    refused("InvalidDeletePolicyDefinitionRequest", lambda: azure.delete(DEFINITION, ours))
    refused("InvalidDeletePolicySetDefinitionRequest", lambda: azure.delete(SET, made))
    for kind, identifier in ((ASSIGNMENT, assigned), (SET, made), (DEFINITION, ours)):
        azure.delete(kind, identifier)
    assert not azure.store.exists(ours)


def test_an_initiative_that_is_assigned_exists(azure: Azure) -> None:
    nowhere = f"{SUBSCRIPTION}/providers/Microsoft.Authorization/policySetDefinitions/none"
    refused("PolicySetDefinitionNotFound", lambda: azure.make(ASSIGNMENT, bodies.assignment(nowhere)))
    baseline = "/providers/Microsoft.Authorization/policySetDefinitions/a8640138-9b0a-4a28-b8cb-1666c838647d"
    tried(azure, "UndefinedPolicyParameter", ASSIGNMENT, bodies.assignment(baseline, parameters={"x": bodies.value(1)}))
    tried(azure, "", ASSIGNMENT, bodies.assignment(baseline, parameters={"effect": bodies.value("Deny")}))


@pytest.mark.parametrize(("reference", "code"), [("postgres", ""), ("redis", "InvalidCreatePolicyAssignmentRequest")])
def test_a_message_is_for_a_policy_of_the_initiative(azure: Azure, reference: str, code: str) -> None:
    made = azure.make(SET, bodies.initiative())
    messages = [{"message": "no"}, {"message": "no", "policyDefinitionReferenceId": reference}]
    tried(azure, code, ASSIGNMENT, bodies.assignment(made, nonComplianceMessages=messages))


def test_who_changes_resources_needs_an_identity_that_lives_somewhere(azure: Azure) -> None:
    made = azure.make(SET, bodies.initiative(bodies.member(bodies.INHERIT_A_TAG, "tags", tagName="owner")))
    refused("ResourceIdentityRequired", lambda: azure.make(ASSIGNMENT, bodies.assignment(made)))
    identity = {"identity": {"type": "SystemAssigned"}}
    assert azure.check(ASSIGNMENT, bodies.assignment(made, location=UNKNOWN, **identity)) == []
    nowhere = Request(f"azure-native:{ASSIGNMENT}", "logical", {})
    _, failures = azure.provider.check(nowhere, bodies.assignment(made, **identity), {}, Naming())
    assert [failure.path for failure in failures] == ["location"]
    assigned = azure.make(ASSIGNMENT, bodies.assignment(made, location="westeurope", **identity))
    assert azure.outputs(assigned)["identity"]["principalId"]


def test_the_effect_of_an_assignment_decides_about_the_identity(azure: Azure) -> None:
    ddos = f"{bodies.BUILT_IN}/94de2ad3-e0c1-4caf-ad78-5d47bbc83d3d"
    plan = {"ddosPlan": bodies.value("none")}
    tried(azure, "ResourceIdentityRequired", ASSIGNMENT, bodies.assignment(ddos, parameters=plan))
    audited = bodies.assignment(ddos, parameters={**plan, "effect": bodies.value("Audit")})
    tried(azure, "", ASSIGNMENT, audited)


def test_names_at_management_groups_are_shorter(azure: Azure) -> None:
    above = "/providers/Microsoft.Management/managementGroups/acme"
    long = bodies.assignment(bodies.POSTGRES_IS_PRIVATE, policyAssignmentName="x" * 25)
    assert azure.check(ASSIGNMENT, long) == []
    assert [each.path for each in azure.check(ASSIGNMENT, {**long, "scope": above})] == ["policyAssignmentName"]
    excluded = bodies.assignment(bodies.POSTGRES_IS_PRIVATE, notScopes=[GROUP] * 401)
    assert [each.path for each in azure.check(ASSIGNMENT, excluded)] == ["notScopes"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({}, ""),
        ({"policyDefinitionReferenceIds": ["Postgres"]}, ""),
        ({"policyDefinitionReferenceIds": ["redis"]}, "InvalidPolicyDefinitionReference"),
    ],
)
def test_an_exemption_names_policies_of_the_initiative(azure: Azure, more: Object, code: str) -> None:
    tried(azure, code, EXEMPTION, bodies.exemption(bodies.assigned_initiative(azure), **more))


def test_an_exemption_from_one_policy_names_none(azure: Azure) -> None:
    assigned = azure.make(ASSIGNMENT, bodies.assignment(bodies.POSTGRES_IS_PRIVATE))
    named = bodies.exemption(assigned, policyDefinitionReferenceIds=["postgres"])
    tried(azure, "InvalidPolicyDefinitionReference", EXEMPTION, named)
    tried(azure, "", EXEMPTION, bodies.exemption(assigned))


def test_an_exemption_is_at_or_below_what_it_is_from(azure: Azure) -> None:
    azure.make("resources:ResourceGroup", {"resourceGroupName": "rg-other"})
    assigned = bodies.assigned_initiative(azure, scope=GROUP)
    for scope in (SUBSCRIPTION, f"{SUBSCRIPTION}/resourceGroups/rg-other"):
        beside = bodies.exemption(assigned, scope=scope)
        tried(azure, "InvalidCreatePolicyExemptionRequest", EXEMPTION, beside)
    tried(
        azure,
        "",
        EXEMPTION,
        bodies.exemption(assigned, scope=GROUP.upper().replace("/SUBSCRIPTIONS", "/subscriptions")),
    )


def test_an_exemption_is_from_an_assignment_and_stays_with_it(azure: Azure) -> None:
    assigned = bodies.assigned_initiative(azure)
    refused("InvalidResourceReference", lambda: azure.make(EXEMPTION, bodies.exemption(f"{assigned}-2")))
    refused("InvalidCreatePolicyExemptionRequest", lambda: azure.make(EXEMPTION, bodies.exemption(GROUP)))
    made = azure.make(EXEMPTION, bodies.exemption(assigned))
    other = azure.make(ASSIGNMENT, bodies.assignment(bodies.POSTGRES_IS_PRIVATE, policyAssignmentName="other"))
    refused("InvalidPolicyAssignmentIdUpdate", lambda: azure.change(EXEMPTION, made, policyAssignmentId=other))


def test_of_an_assignment_to_a_management_group_it_is_known_that_it_exists(azure: Azure) -> None:
    above = "/providers/Microsoft.Management/managementGroups/acme/providers/Microsoft.Authorization"
    named = bodies.exemption(f"{above}/policyAssignments/baseline", policyDefinitionReferenceIds=["any"])
    assert azure.store.exists(azure.make(EXEMPTION, named))


@pytest.mark.parametrize("end", ["2027-01-31", "2027-01-31T23:59:59+01:00"])
def test_an_exemption_ends_at_an_instant(azure: Azure, end: str) -> None:
    assigned = bodies.assigned_initiative(azure)
    assert [each.path for each in azure.check(EXEMPTION, bodies.exemption(assigned, expiresOn=end))] == ["expiresOn"]


def test_every_policy_that_is_known_takes_its_own_defaults() -> None:
    for kind in built_in().values():
        for guid, policy in kind.items():
            assert policy.required <= set(policy.parameters), guid
            assert not policy.effect_parameter or policy.effect in policy.parameters[policy.effect_parameter], guid
