"""What proves a control: a query that an auditor can run; `python -m policies.controls.page <rule>` shows it.

Tables: learn.microsoft.com azure/governance/resource-graph/reference/supported-tables-resources (`resources`,
`authorizationresources`, `policyresources`), azure/azure-monitor/reference/tables/aksauditadmin and /azureactivity.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum

from policies.controls.catalog import BY_RULE
from policies.controls.reasons import Control, types_of
from policies.controls.state import ARM_TYPES, KINDS, VIOLATIONS


class Proof(Enum):
    """Kinds of evidence."""

    STATES = "policy states"
    """Azure Resource Graph: resources that Azure Policy finds at fault."""
    RESOURCES = "resources"
    """Azure Resource Graph: the resources themselves; those at fault alone, where one condition tells them."""
    ROLES = "roles"
    """Azure Resource Graph: role assignments and their roles."""
    OBJECTS = "objects"
    """Log Analytics: who changed which objects in the clusters, and what the API server refused."""
    CHANGES = "changes"
    """Log Analytics: who changed the resources, where Azure Resource Graph does not list them."""
    REPORT = "report"
    """The check's report of the deployed commit, alone: nothing in Azure shows it."""


TEMPLATES: Mapping[Proof, str] = {
    Proof.STATES: """\
policyresources
| where type =~ 'microsoft.policyinsights/policystates'
| where tostring(properties.policyDefinitionReferenceId) in~ ({names})
| where tostring(properties.complianceState) != 'Compliant'
| project resourceId = tostring(properties.resourceId), state = tostring(properties.complianceState),
    policy = tostring(properties.policyDefinitionReferenceId), checked = todatetime(properties.timestamp)""",
    Proof.RESOURCES: """\
resources
| where type in~ ({names})
| project id, location, resourceGroup, tags, properties""",
    Proof.ROLES: """\
authorizationresources
| where type in~ ({names})
| project id, properties""",
    Proof.OBJECTS: """\
AKSAuditAdmin
| where Verb in ('create', 'update', 'patch', 'delete')
| where tostring(ObjectRef.resource) in ({names})
| project RequestReceivedTime, User = tostring(User.username), Verb, Namespace = tostring(ObjectRef.namespace),
    Name = tostring(ObjectRef.name), Code = toint(ResponseStatus.code), Message = tostring(ResponseStatus.message)
| order by RequestReceivedTime desc""",
    Proof.CHANGES: """\
AzureActivity
| where tolower(OperationNameValue) in ({names})
| project EventSubmissionTimestamp, Caller, OperationNameValue, ActivityStatusValue, ResourceId = tolower(ResourceId)
| order by EventSubmissionTimestamp desc""",
}
"""Queries in the Kusto language, by kind; `{names}` are the texts that they are about."""

_ROLE_TYPES = frozenset({"microsoft.authorization/roleassignments", "microsoft.authorization/roledefinitions"})
# Resources that stand beside others, or hold others: Resource Graph's table `resources` has none of them.
_NOT_LISTED = frozenset(
    {
        "microsoft.authorization/locks",
        "microsoft.consumption/budgets",
        "microsoft.costmanagement/budgets",
        "microsoft.insights/datacollectionruleassociations",
        "microsoft.insights/diagnosticsettings",
        "microsoft.maintenance/configurationassignments",
        "microsoft.resources/deployments",
        "microsoft.resources/resourcegroups",
    }
)


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What proves one control.

    Args:
        proof: the kind.
        names: what its query is about: references of policies, types, kinds of objects, operations.
        query: the query; empty for a report.
    """

    proof: Proof
    names: tuple[str, ...] = ()
    query: str = ""


def evidence_of(control: Control) -> Evidence:
    """The evidence of a rule: of its policies, else of the resources or objects that it looks at."""
    if control.id in BY_RULE:
        return _evidence(Proof.STATES, [policy.reference for policy in BY_RULE[control.id]])
    if control.family == "tagging":
        return Evidence(proof=Proof.RESOURCES, names=("all",), query="resources\n| project id, type, tags")
    arm_types = _known(types_of(control), ARM_TYPES)
    if arm_types:
        return _of_resources(control.id, arm_types)
    kinds = _known(types_of(control), KINDS)
    return _evidence(Proof.OBJECTS, kinds) if kinds else Evidence(proof=Proof.REPORT)


def _of_resources(rule: str, arm_types: Collection[str]) -> Evidence:
    listed = [each for each in arm_types if each.count("/") == 1 and each not in _NOT_LISTED | _ROLE_TYPES]
    if _ROLE_TYPES & set(arm_types):
        return _evidence(Proof.ROLES, sorted(_ROLE_TYPES))
    if not listed:
        return _evidence(Proof.CHANGES, [f"{each}/{verb}" for each in arm_types for verb in ("write", "delete")])
    found = _evidence(Proof.RESOURCES, listed)
    violation = VIOLATIONS.get(rule)
    if violation is None:
        return found
    head, _, projection = found.query.rpartition("\n")
    return Evidence(proof=found.proof, names=found.names, query=f"{head}\n| where {violation}\n{projection}")


def _known(tokens: Collection[str], names: Mapping[str, str]) -> list[str]:
    plain = (token.removeprefix("azure-native:") for token in tokens)
    return sorted({names[token] for token in plain if token in names})


def _evidence(proof: Proof, names: Collection[str]) -> Evidence:
    quoted = ", ".join(f"'{name}'" for name in names)
    return Evidence(proof=proof, names=tuple(names), query=TEMPLATES[proof].replace("{names}", quoted))
