"""Policies, initiatives, assignments and exemptions that Azure accepts, as starting points for ones that it refuses."""

from typing import Any

from tests.unit.sandbox.harness import GROUP, SUBSCRIPTION, Azure

Object = dict[str, Any]
DEFINITION, SET = "authorization:PolicyDefinition", "authorization:PolicySetDefinition"
ASSIGNMENT, EXEMPTION = "authorization:PolicyAssignment", "authorization:PolicyExemption"
BUILT_IN = "/providers/Microsoft.Authorization/policyDefinitions"
POSTGRES_IS_PRIVATE = f"{BUILT_IN}/5e1de0e3-42cb-4ebc-a86d-61d0c619ca48"
ALLOWED_LOCATIONS = f"{BUILT_IN}/e56962a6-4747-49cd-b67b-bf8b01975c4c"
INHERIT_A_TAG = f"{BUILT_IN}/ea3f2387-9b95-492a-a190-fcdc54f7b070"
ZONE_RESILIENT = f"{BUILT_IN}/493c215d-2553-4976-bc81-57d2c04fc8c1"
EFFECT: Object = {"type": "String", "allowedValues": ["Audit", "Deny"], "defaultValue": "Audit"}
CUSTOM: Object = {
    "policyDefinitionName": "redis-tls",
    "displayName": "Redis speaks TLS only",
    "description": "Set clientProtocol to Encrypted.",
    "mode": "Indexed",
    "policyType": "Custom",
    "parameters": {"effect": EFFECT},
    "policyRule": {
        "if": {"field": "type", "equals": "Microsoft.Cache/redisEnterprise/databases"},
        "then": {"effect": "[parameters('effect')]"},
    },
}


def value(given: object) -> Object:
    return {"value": given}


def member(policy: str, reference: str, **parameters: object) -> Object:
    return {
        "policyDefinitionId": policy,
        "policyDefinitionReferenceId": reference,
        "parameters": {name: value(given) for name, given in parameters.items()},
    }


def initiative(*members: Object, **more: object) -> Object:
    return {
        "policySetDefinitionName": "guardrails",
        "policyType": "Custom",
        "policyDefinitions": list(members) or [member(POSTGRES_IS_PRIVATE, "postgres", effect="Deny")],
        **more,
    }


def assignment(policy: str, **more: object) -> Object:
    return {"policyAssignmentName": "guardrails", "scope": SUBSCRIPTION, "policyDefinitionId": policy, **more}


def exemption(assigned: str, **more: object) -> Object:
    return {
        "policyExemptionName": "migration",
        "scope": GROUP,
        "policyAssignmentId": assigned,
        "exemptionCategory": "Waiver",
        "expiresOn": "2027-01-31T23:59:59Z",
        **more,
    }


def assigned_initiative(azure: Azure, **more: object) -> str:
    """The id of an assignment of an initiative with one policy, `postgres`."""
    return azure.make(ASSIGNMENT, assignment(azure.make(SET, initiative()), **more))
