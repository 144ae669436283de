"""What a pipeline may hand out: the roles that components grant, to the kind of principal that they grant them to."""

from __future__ import annotations

from collections.abc import Iterable

from components.access import PEOPLES_ROLES, Role

CONDITION_VERSION = "2.0"
_ASSIGNMENTS = "Microsoft.Authorization/roleAssignments"


def delegation(*, production: bool) -> str:
    """The condition on a Role Based Access Control Administrator, over what it assigns and what it takes away.

    The form is that of learn.microsoft.com azure/role-based-access-control/delegate-role-assignments-examples,
    "Constrain roles and principal types".

    Args:
        production: people may be given roles that read only.
    """
    return f"({_clause('write', 'Request', production)}) AND ({_clause('delete', 'Resource', production)})"


def handed_out(*, production: bool) -> dict[str, tuple[Role, ...]]:
    """The roles that may be handed out, by kind of principal, in the order of their names."""
    people = PEOPLES_ROLES - {Role.AKS_RBAC_CLUSTER_ADMIN} if production else PEOPLES_ROLES
    return {"ServicePrincipal": _by_name(set(Role) - PEOPLES_ROLES), "Group": _by_name(people)}


def _by_name(roles: Iterable[Role]) -> tuple[Role, ...]:
    return tuple(sorted(roles, key=lambda role: role.name))


def _clause(action: str, source: str, production: bool) -> str:
    kinds = " OR ".join(_kind(source, kind, roles) for kind, roles in handed_out(production=production).items())
    return f"(!(ActionMatches{{'{_ASSIGNMENTS}/{action}'}})) OR ({kinds})"


def _kind(source: str, kind: str, roles: tuple[Role, ...]) -> str:
    attribute = f"@{source}[{_ASSIGNMENTS}"
    guids = ", ".join(role.value for role in roles)
    return (
        f"({attribute}:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{guids}}}"
        f" AND {attribute}:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {{'{kind}'}})"
    )
