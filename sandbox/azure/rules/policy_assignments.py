"""Assignments of policies and initiatives, and exemptions from them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sandbox.azure import policies
from sandbox.azure.policies import PARAMETER
from sandbox.azure.rulebook import Change, stateful, static
from sandbox.azure.rules.scope import refuse
from sandbox.provider.errors import Failure, ProviderError
from sandbox.provider.values import Object, dig, known_items

# learn.microsoft.com azure/azure-resource-manager/management/resource-name-rules#microsoftauthorization
NAME_AT_A_MANAGEMENT_GROUP: Final = 24
EXCLUSIONS: Final = 400
# learn.microsoft.com azure/governance/policy/how-to/remediate-resources
CHANGING: Final = frozenset({"modify", "deployifnotexists"})
INSTANT: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z")


@static("authorization:PolicyAssignment")
def assignment(inputs: Object) -> Iterator[Failure]:
    """An identity lives somewhere; exclusions and, at management groups, names are short."""
    kind = dig(inputs, "identity", "type")
    if isinstance(kind, str) and kind != "None" and "location" not in inputs:
        yield Failure("location", "required with an identity")
    excluded = inputs.get("notScopes")
    if isinstance(excluded, list) and len(excluded) > EXCLUSIONS:
        yield Failure("notScopes", f"found {len(excluded)}, allowed: at most {EXCLUSIONS}")
    scope, name = inputs.get("scope"), inputs.get("policyAssignmentName")
    at_group = isinstance(scope, str) and "/microsoft.management/" in scope.lower()
    if at_group and isinstance(name, str) and len(name) > NAME_AT_A_MANAGEMENT_GROUP:
        limit = f"1 to {NAME_AT_A_MANAGEMENT_GROUP} at a management group"
        yield Failure("policyAssignmentName", f"found {name!r} of {len(name)} characters, allowed: {limit}")


@static("authorization:PolicyExemption")
def exemption(inputs: Object) -> Iterator[Failure]:
    """It ends at an instant."""
    end = inputs.get("expiresOn")
    if isinstance(end, str) and not INSTANT.fullmatch(end):
        yield refuse("expiresOn", end, "an instant in UTC, as 2027-01-31T23:59:59Z")


@stateful("authorization:PolicyAssignment")
def what_is_assigned_exists(change: Change) -> None:
    """The policy or initiative is there, takes its parameters, and has the members that messages are for."""
    identifier = str(change.new.get("policyDefinitionId"))
    policy = policies.find(change.world, identifier)
    policies.check_values("the assignment", policy, policies.values_of(change.new.get("parameters")))
    references = _references(change, identifier)
    if references is None:
        return
    for message in known_items(change.new.get("nonComplianceMessages")):
        reference = message.get("policyDefinitionReferenceId")
        if reference is not None and str(reference).lower() not in references:
            raise ProviderError(
                "InvalidCreatePolicyAssignmentRequest",
                f"the policy definition reference '{reference}' that a non-compliance message is for does not exist in"
                " the assigned policy set definition",
            )


@stateful("authorization:PolicyAssignment")
def what_changes_resources_has_an_identity(change: Change) -> None:
    """Somebody has to make the change."""
    if dig(change.new, "identity", "type") in ("SystemAssigned", "UserAssigned"):
        return
    for effect in _effects(change):
        if effect.lower() in CHANGING:
            raise ProviderError(
                "ResourceIdentityRequired",
                f"policy assignments must include a resource identity when assigning '{effect}' policy definitions",
            )


@stateful("authorization:PolicyExemption")
def an_exemption_fits_its_assignment(change: Change) -> None:
    """It is at or below the assignment's scope, and names policies of the assigned initiative."""
    identifier = str(change.new.get("policyAssignmentId"))
    if change.old is not None and str(change.old.get("policyAssignmentId")).lower() != identifier.lower():
        message = "the policy assignment of an exemption cannot be changed"
        raise ProviderError("InvalidPolicyAssignmentIdUpdate", message)
    assigned = change.world.store.get(identifier)
    if assigned is None:  # one of a management group, which only exists
        return
    if assigned.type != policies.ASSIGNMENT:
        message = f"'{identifier}' is no policy assignment"
        raise ProviderError("InvalidCreatePolicyExemptionRequest", message)
    scope, above = _scope(change.new), _scope(assigned.inputs)
    validated = change.new.get("assignmentScopeValidation", "Default") == "Default"
    if validated and not f"{scope}/".startswith(f"{above}/"):
        message = f"the exemption's scope '{scope}' is not at or under the assignment's scope '{above}'"
        raise ProviderError("InvalidCreatePolicyExemptionRequest", message)
    _check_references(change, str(assigned.inputs.get("policyDefinitionId")))


def _check_references(change: Change, assigned: str) -> None:
    named = [str(each) for each in known_items(change.new.get("policyDefinitionReferenceIds"))]
    if not named:
        return
    if "/policysetdefinitions/" not in assigned.lower():
        message = "a policy definition reference is only valid for an assignment of a policy set definition"
        raise ProviderError("InvalidPolicyDefinitionReference", message)
    references = _references(change, assigned)
    unknown = [each for each in named if references is not None and each.lower() not in references]
    if unknown:
        message = f"'{', '.join(unknown)}' is not in the assigned policy set definition '{assigned}'"
        raise ProviderError("InvalidPolicyDefinitionReference", message)


def _references(change: Change, identifier: str) -> frozenset[str] | None:
    """The members of an initiative, in lower case; None where they are not known, or it is none."""
    members = policies.members(change.world, identifier)
    return None if members is None else frozenset(policies.reference_of(each).lower() for each in members)


def _effects(change: Change) -> Iterator[str]:
    """What the assigned policies do, as far as it is known."""
    identifier = str(change.new.get("policyDefinitionId"))
    values = policies.values_of(change.new.get("parameters"))
    members = policies.members(change.world, identifier)
    if members is None:
        yield policies.find(change.world, identifier).effect_with(values)
        return
    initiative = change.world.store.get(identifier)
    defined = initiative.inputs.get("parameters") if initiative else None
    for member in members:
        policy = policies.find(change.world, str(member.get("policyDefinitionId")))
        given = policies.values_of(member.get("parameters"))
        yield _resolved(policy.effect_with(given), values, defined or {})


def _resolved(effect: str, values: Mapping[str, Any], defined: Mapping[str, Any]) -> str:
    """The effect, or the value of the initiative's parameter that it is taken from."""
    found = PARAMETER.search(effect)
    if found is None:
        return effect
    return str(values.get(found.group(1), dig(defined, found.group(1), "defaultValue")))


def _scope(inputs: Object) -> str:
    return "/" + str(inputs.get("scope")).strip("/").lower()
