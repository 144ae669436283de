"""Role assignments."""

import functools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sandbox.azure import paths
from sandbox.azure.rulebook import Change, stateful, static
from sandbox.azure.rules.scope import refuse
from sandbox.azure.tenant import OBJECT_ID
from sandbox.azure.world import ROLE_ASSIGNMENT, principals
from sandbox.provider.errors import Failure, ProviderError
from sandbox.provider.values import Object

ROLE_DEFINITION: Final = "azure-native:authorization:RoleDefinition"
IDENTITY: Final = "azure-native:managedidentity:UserAssignedIdentity"
MOST_ASSIGNMENTS: Final = 4000


@functools.cache
def roles() -> dict[str, str]:
    """Names of the built-in roles by GUID (learn.microsoft.com azure/role-based-access-control/built-in-roles)."""
    table: dict[str, str] = json.loads((Path(__file__).parent.parent / "roles.json").read_text(encoding="utf-8"))
    return table


def role_id(name: str) -> str:
    """The GUID of a built-in role."""
    return next(guid for guid, role in roles().items() if role == name)


@static("authorization:RoleAssignment")
def assignment(inputs: Object) -> Iterator[Failure]:
    """Names and principals are GUIDs."""
    for key in ("roleAssignmentName", "principalId"):
        value = inputs.get(key)
        if isinstance(value, str) and not paths.GUID.match(value):
            yield refuse(key, value, "a GUID")
    if "condition" in inputs and inputs.get("conditionVersion") != "2.0":
        yield refuse("conditionVersion", inputs.get("conditionVersion"), "'2.0' with a condition")


@stateful("authorization:RoleAssignment")
def subscription_has_room(change: Change) -> None:
    """A fixed limit of a subscription, groups and resources in it included (learn.microsoft.com
    azure/role-based-access-control/troubleshoot-limits)."""
    subscription = paths.subscription_of(change.id)
    if change.old is None and change.world.store.count_below(subscription, ROLE_ASSIGNMENT) >= MOST_ASSIGNMENTS:
        message = f"no more role assignments can be created: the subscription has {MOST_ASSIGNMENTS}"
        raise ProviderError("RoleAssignmentLimitExceeded", message)


@stateful("authorization:RoleAssignment")
def role_and_principal_exist(change: Change) -> None:
    """The role is built in or defined here, the principal exists, and it does not hold the role there already."""
    role = str(change.new.get("roleDefinitionId"))
    guid = paths.name_of(role).lower()
    if guid not in roles() and not change.world.store.exists(role) and not _is_custom(change, guid):
        message = f"the role definition '{guid}' is neither built in nor made here"
        raise ProviderError("RoleDefinitionDoesNotExist", message)
    principal = str(change.new.get("principalId"))
    kind = change.new.get("principalType", "ServicePrincipal")
    if kind == "ServicePrincipal" and not _is_principal(change, principal):
        raise ProviderError(
            "PrincipalNotFound",
            f"service principal '{principal}' does not exist in the directory: if it is a group or a person, say so"
            " with principalType",
        )
    key = _key(change.new)
    # Assignments lie below their scope.
    for other in change.world.store.below(change.id.rpartition("/")[0]):
        if other.id.lower() != change.id.lower() and _key(other.inputs) == key:
            name = roles().get(guid, guid)
            raise ProviderError("RoleAssignmentExists", f"'{principal}' already is {name} at {key[0]}: '{other.id}'")


def _key(inputs: Object) -> tuple[str, str, str]:
    scope = "/" + str(inputs.get("scope")).strip("/").lower()
    return scope, str(inputs.get("principalId")).lower(), paths.name_of(str(inputs.get("roleDefinitionId"))).lower()


def _is_custom(change: Change, guid: str) -> bool:
    return any(paths.name_of(entry.id).lower() == guid for entry in change.world.store.of_type(ROLE_DEFINITION))


def _is_principal(change: Change, principal: str) -> bool:
    lowered = principal.lower()
    if lowered == OBJECT_ID or lowered in principals():
        return True
    # Most are such identities, and these are few among all that exists.
    return change.world.store.answers(lowered, IDENTITY) or change.world.store.answers(lowered)
