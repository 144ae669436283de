"""What people may do, and what keeps the best of them from a mistake."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pulumi_policy import Severity

from policies.kit.graph import Graph, Node
from policies.kit.rule import StackRule, types
from policies.kit.values import Finding, Test, Value, one_of
from policies.rules.catalog import IDENTITY, LEARN, RESILIENCE

PEOPLE = one_of("Group", "ForeignGroup", "User")
# Built-in roles that only read, and no secrets and no data of the business
# (learn.microsoft.com azure/role-based-access-control/built-in-roles).
_READING = {
    "acdd72a7-3385-48ef-bd42-f606fba81ae7": "Reader",
    "4abbcc35-e782-43d8-92c5-2d3f1bd2253f": "Azure Kubernetes Service Cluster User Role",
    "7f6c6a51-bcf8-42ba-9220-52d62157d7db": "Azure Kubernetes Service RBAC Reader",
    "a795c7a0-d4a2-40c1-ae25-d81f01202912": "Backup Reader",
    "fa23ad8b-c56e-40d8-ac0c-ce449e1d2c64": "Billing Reader",
    "72fafb9e-0641-4937-9268-a91bfd8191a3": "Cost Management Reader",
    "21090545-7ca7-4776-b22c-e363652d74d2": "Key Vault Reader",
    "3b03c2da-16b3-4a49-8834-0f8130efdd3b": "Log Analytics Data Reader",
    "73c42c96-874c-492b-b04d-ab87d138a893": "Log Analytics Reader",
    "b0d8363b-8ddd-447d-831f-62ca05bff136": "Monitoring Data Reader",
    "43d0d8ad-25c7-4714-9337-8ba259a9fe05": "Monitoring Reader",
    "39bc4728-0917-49c7-9d2c-d95423bc2eb4": "Security Reader",
    "b279062a-9be3-42a0-92ae-8b3cf002ec4d": "Workbook Reader",
}
# Actions that ask, and change nothing.
_ASKING = (
    "Microsoft.CostManagement/query/action",
    "Microsoft.PolicyInsights/policyEvents/queryResults/action",
    "Microsoft.PolicyInsights/policyStates/queryResults/action",
    "Microsoft.PolicyInsights/policyStates/summarize/action",
)
_LOCKS = (
    "authorization:ManagementLockByScope",
    "authorization:ManagementLockAtResourceLevel",
    "authorization:ManagementLockAtResourceGroupLevel",
    "authorization:ManagementLockAtSubscriptionLevel",
)
_LOCKED = (
    "containerregistry:Registry",
    "cosmosdb:DatabaseAccount",
    "dataprotection:BackupVault",
    "dbformysql:Server",
    "dbforpostgresql:Server",
    "keyvault:ManagedHsm",
    "keyvault:Vault",
    "recoveryservices:Vault",
    "sql:Server",
    "storage:StorageAccount",
)
_KEEPS = one_of("CanNotDelete", "ReadOnly")
_REPLICA = one_of("Replica")


def _people_only_read(graph: Graph, config: Mapping[str, Any]) -> Iterator[Finding]:
    reading = {role.casefold() for role in config["roles"]}
    for assignment in graph.of("authorization:RoleAssignment"):
        asked = assignment.at("roleDefinitionId")
        if not assignment.at("principalType").meets(PEOPLE) or not asked.known() or guid(asked) in reading:
            continue
        if not any(_only_reads(role, config["actions"]) for role in custom_roles(graph, assignment, asked)):
            yield assignment.finding(
                "roleDefinitionId must be a role that only reads: others are made eligible (PimRoleEligibilitySchedule)"
            )


def custom_roles(graph: Graph, assignment: Node, asked: Value) -> Iterator[Node]:
    """The stack's own role that is assigned, or those that it may turn out to be."""
    for role in graph.of("authorization:RoleDefinition"):
        given = role.named("roleDefinitionId")
        if assignment.refers_to(role, asked) or not given.known() or guid(given) == guid(asked):
            yield role


def guid(role: Value) -> str:
    """The last part of a role's id, which its other spellings share."""
    return "" if role.is_unknown() else (role.text() or "").casefold().rsplit("/", 1)[-1]


def _only_reads(role: Node, further: Sequence[str]) -> bool:
    reads = Test("only read", lambda action: str(action).casefold().endswith("/read"))
    asks = one_of(*further)
    return all(
        action.may_meet(reads) or action.may_meet(asks)
        for permission in role.at("permissions").elements()
        for name in ("actions", "dataActions")
        for action in permission.at(name).elements()
    )


def _data_is_locked(graph: Graph, _: Mapping[str, Any]) -> Iterator[Finding]:
    locks = [lock for lock in graph.of(*_LOCKS) if lock.at("level").may_meet(_KEEPS)]
    groups = list(graph.of("resources:ResourceGroup"))
    for store in graph.of(*_LOCKED):
        # What a replica holds, its primary holds too.
        replica = store.at("createMode").may_meet(_REPLICA) or store.has("sourceServerResourceId")
        if store.protected or replica:
            continue
        if not any(_holds(lock, store, groups) for lock in locks):
            yield store.finding(
                "a management lock (CanNotDelete) on it or its group, or the option protect, must keep this resource"
            )


def _holds(lock: Node, store: Node, groups: list[Node]) -> bool:
    if lock.type.endswith("AtSubscriptionLevel"):
        return True
    if lock.refers_to(store, lock.at("scope")) or lock.refers_to(store, lock.at("resourceName")):
        return True
    group_scope = lock.at("resourceGroupName" if lock.type.endswith("AtResourceGroupLevel") else "scope")
    return any(
        lock.refers_to(group, group_scope) and store.refers_to(group, store.at("resourceGroupName")) for group in groups
    )


RULES = (
    StackRule(
        id="rbac-no-standing-write-for-people",
        title="People hold no role all the time that changes anything",
        family=IDENTITY,
        severity=Severity.HIGH,
        types=types("authorization:RoleAssignment", "authorization:RoleDefinition"),
        why="Whoever takes over a session at night has every right that its owner holds then.",
        remedy="Make it a PimRoleEligibilitySchedule. What only reads: roles of the setting `roles`, and own ones with "
        "nothing but /read and the setting `actions`.",
        url="https://learn.microsoft.com/entra/id-governance/privileged-identity-management/pim-configure",
        references=("MCSB PA-2", "PCI DSS 7.2.5", "ISO 27001 8.2", "SOC 2 CC6.3"),
        config_schema={
            "roles": {"type": "array", "items": {"type": "string", "format": "uuid"}, "default": list(_READING)},
            "actions": {"type": "array", "items": {"type": "string"}, "default": list(_ASKING)},
        },
        check=_people_only_read,
    ),
    StackRule(
        id="data-has-lock",
        title="What holds data is deleted only after its lock, or its protection, is taken away",
        family=RESILIENCE,
        severity=Severity.MEDIUM,
        types=types(*_LOCKS, *_LOCKED, "resources:ResourceGroup"),
        why="One wrong command, or one attacker, deletes a server with everything in it.",
        remedy="Add a ManagementLockByScope of level CanNotDelete with the resource's id as scope; or set `protect`.",
        url=f"{LEARN}/azure-resource-manager/management/lock-resources",
        references=("CIS Azure 6.0 6.2", "CIS Azure 6.0 9.3.9", "MCSB AM-4", "DORA 12"),
        check=_data_is_locked,
    ),
)
