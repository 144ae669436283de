"""What identities are granted: no role but those that somebody has listed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from pulumi_policy import Severity

from policies.kit.graph import Graph, Node
from policies.kit.rule import StackRule, types
from policies.kit.values import Finding
from policies.rules.catalog import IDENTITY, LEARN
from policies.rules.people import PEOPLE, custom_roles, guid

_IDENTITY = "managedidentity:UserAssignedIdentity"
# Built-in roles that do one thing each, with no right to hand out roles or to change what they are not named after
# (learn.microsoft.com azure/role-based-access-control/built-in-roles).
_NARROW = {
    "7f951dda-4ed3-4680-a7ca-43fe172d538d": "AcrPull",
    "8311e382-0749-4cb8-b61a-304f252e45ec": "AcrPush",
    "5e467623-bb1f-42f4-a55d-6e525e11384b": "Backup Contributor",
    "00c29273-979b-4161-815c-10b084fb9324": "Backup Operator",
    "3e5e47e6-65f7-47ef-90b5-e5dd4d455f24": "Disk Backup Reader",
    "b50d9833-a0cb-478e-945f-707fcc997c13": "Disk Restore Operator",
    "7efff54f-a5b4-42b5-a1c5-5411624893ce": "Disk Snapshot Contributor",
    "db79e9a7-68ee-4b58-9aeb-b90e7c24fcba": "Key Vault Certificate User",
    "f25e0fa2-a7c8-4377-a976-54943a77a395": "Key Vault Contributor",
    "e147488a-f6f5-4113-8e2d-b22465e65bf6": "Key Vault Crypto Service Encryption User",
    "12338af0-0e69-4776-bea7-57ae8d297424": "Key Vault Crypto User",
    "4633458b-17de-408a-b874-0445c86b69e6": "Key Vault Secrets User",
    "f1a07417-d97a-45cb-824c-7a7467783830": "Managed Identity Operator",
    "c088a766-074b-43ba-90d4-1fb21feae531": "PostgreSQL Flexible Server Long Term Retention Backup Role",
    "b0d8363b-8ddd-447d-831f-62ca05bff136": "Monitoring Data Reader",
    "3913510d-42f4-4e42-8a64-420c390055eb": "Monitoring Metrics Publisher",
    "4d97b98b-1d4f-4787-a291-c67834d212e7": "Network Contributor",
    "b12aa53e-6015-4669-85d0-8515ebb3ae7f": "Private DNS Zone Contributor",
    "acdd72a7-3385-48ef-bd42-f606fba81ae7": "Reader",
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe": "Storage Blob Data Contributor",
    "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1": "Storage Blob Data Reader",
    "db58b8e5-c6ad-4a2a-8342-4190687cbf4a": "Storage Blob Delegator",
    "0c867c2a-1d8c-454a-a3db-ab2ea1bdc8bb": "Storage File Data SMB Share Contributor",
    "aba4ae5f-2193-4029-9191-0cb91df5e314": "Storage File Data SMB Share Reader",
    "974c5e8b-45b9-4653-ba55-5f855dd0fb88": "Storage Queue Data Contributor",
    "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3": "Storage Table Data Contributor",
}
_ROLES = {"type": "array", "items": {"type": "string", "format": "uuid"}}
_LISTED = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "roles": _ROLES},
    "required": ["name", "roles"],
    "additionalProperties": False,
}


def _identities_hold_listed_roles(graph: Graph, config: Mapping[str, Any]) -> Iterator[Finding]:
    for assignment in graph.of("authorization:RoleAssignment"):
        role = assignment.at("roleDefinitionId")
        if assignment.at("principalType").may_meet(PEOPLE) or not role.known():
            continue
        if not _is_listed(graph, assignment, guid(role), config) and not any(custom_roles(graph, assignment, role)):
            yield assignment.finding(
                "roleDefinitionId must be a role that the rule's settings list for this identity, or the stack's own"
            )


def _is_listed(graph: Graph, assignment: Node, role: str, config: Mapping[str, Any]) -> bool:
    """Whether the first pattern that the identity's name fits has the role; the list of all, where none fits."""
    identity = graph.target(assignment, "principalId", _IDENTITY, key="principalId")
    named = identity.named("resourceName") if identity and config["identities"] else None
    if named is not None and not named.known():
        return True
    name = (named.text() if named is not None else None) or ""
    fitting = (each["roles"] for each in config["identities"] if fnmatchcase(name, each["name"]))
    return role in {each.casefold() for each in next(fitting, config["roles"])}


RULES = (
    StackRule(
        id="rbac-roles-listed",
        title="Identities hold no role but those that are listed for them",
        family=IDENTITY,
        severity=Severity.HIGH,
        types=types("authorization:RoleAssignment", "authorization:RoleDefinition", _IDENTITY),
        why="Rights grow one grant at a time, each of them small; a list is looked at by somebody before it grows.",
        remedy="Grant a listed role on a narrow scope, or have the role added: `identities` for those whose name "
        "fits a pattern, the first that does; `roles` for all others.",
        url=f"{LEARN}/role-based-access-control/best-practices",
        references=("MCSB PA-7", "PCI DSS 7.2.2", "ISO 27001 5.15", "ISO 27001 8.2", "SOC 2 CC6.3"),
        config_schema={
            "roles": {**_ROLES, "default": list(_NARROW)},
            "identities": {"type": "array", "items": _LISTED, "default": []},
        },
        check=_identities_hold_listed_roles,
    ),
)
