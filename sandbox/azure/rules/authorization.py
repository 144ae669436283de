"""Role assignments and role definitions."""

import functools
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from sandbox.azure import paths
from sandbox.azure.rulebook import Change, deletion, stateful, static
from sandbox.azure.rules.scope import refuse
from sandbox.azure.tenant import OBJECT_ID
from sandbox.azure.world import ROLE_ASSIGNMENT, World, principals
from sandbox.provider.errors import Failure, ProviderError
from sandbox.provider.values import Object, known_items, strings

ROLE_DEFINITION: Final = "azure-native:authorization:RoleDefinition"
IDENTITY: Final = "azure-native:managedidentity:UserAssignedIdentity"
MOST_ASSIGNMENTS: Final = 4000
# learn.microsoft.com azure/role-based-access-control/custom-roles#custom-role-properties, #custom-role-limits
MOST_CUSTOM_ROLES: Final = 5000
ROLE_NAME_CHARACTERS: Final = 512
ROLE_DESCRIPTION_CHARACTERS: Final = 2048
ASSIGNABLE: Final = re.compile(
    r"/subscriptions/[0-9a-f-]{36}(/resourceGroups/[^/]+)?|/providers/Microsoft\.Management/managementGroups/[^/]+",
    re.IGNORECASE,
)
# `*`, `*/read`, or a provider, types, and an operation; a wildcard may stand for any of them but a part of a word.
ACTION: Final = re.compile(r"\*|\*/\w+(/action)?|[A-Za-z][\w.]*(/(\*|[\w.$-]+))+", re.ASCII)


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
    yield from condition_findings(inputs)


def condition_findings(inputs: Object) -> Iterator[Failure]:
    """A condition has its version, and opens as many brackets as it closes."""
    condition = inputs.get("condition")
    if condition is None:
        return
    if inputs.get("conditionVersion") != "2.0":
        yield refuse("conditionVersion", inputs.get("conditionVersion"), "'2.0' with a condition")
    if isinstance(condition, str) and any(condition.count(a) != condition.count(b) for a, b in ("()", "{}", "[]")):
        yield Failure("condition", "brackets that are opened are closed")


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
    guid = role_must_exist(change)
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


def role_must_exist(change: Change) -> str:
    """The GUID of the role that is given; it is built in or made here."""
    role = str(change.new.get("roleDefinitionId"))
    guid = paths.name_of(role).lower()
    if guid not in roles() and not change.world.store.exists(role) and not _is_custom(change, guid):
        message = f"the role definition '{guid}' is neither built in nor made here"
        raise ProviderError("RoleDefinitionDoesNotExist", message)
    return guid


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


@static("authorization:RoleDefinition")
def definition(inputs: Object) -> Iterator[Failure]:
    """A custom role has a name, somewhere to be assigned, and operations in the form that Azure knows."""
    guid = inputs.get("roleDefinitionId")
    if isinstance(guid, str) and not paths.GUID.match(guid):
        yield refuse("roleDefinitionId", guid, "a GUID")
    for key, longest in {"roleName": ROLE_NAME_CHARACTERS, "description": ROLE_DESCRIPTION_CHARACTERS}.items():
        if isinstance(inputs.get(key), str) and len(inputs[key]) > longest:
            yield Failure(key, f"found {len(inputs[key])} characters, allowed: at most {longest}")
    if not inputs.get("roleName"):
        yield Failure("roleName", "give it: it is unique in the tenant")
    if not inputs.get("assignableScopes"):
        yield Failure("assignableScopes", "give at least one: the role is assigned there and nowhere else")
    for index, place in enumerate(known_items(inputs.get("assignableScopes"))):
        if not ASSIGNABLE.fullmatch(str(place)):
            allowed = "a subscription, a resource group or a management group; the root is for built-in roles"
            yield refuse(f"assignableScopes[{index}]", place, allowed)
    yield from _permissions(inputs)


def _permissions(inputs: Object) -> Iterator[Failure]:
    permissions = [each for each in known_items(inputs.get("permissions")) if isinstance(each, Mapping)]
    if not any(each.get("actions") or each.get("dataActions") for each in permissions):
        yield Failure("permissions", "give actions or dataActions")
    for path, action in strings(permissions, "permissions"):
        if not ACTION.fullmatch(action):
            yield refuse(path, action, "an operation, as Microsoft.Compute/virtualMachines/restart/action or */read")


@stateful("authorization:RoleDefinition")
def custom_role_is_new(change: Change) -> None:
    """Names of custom roles are unique in the tenant, which takes 5000 of them; built-in ones stay as they are."""
    name = str(change.new.get("roleName"))
    others = [each for each in change.world.store.of_type(ROLE_DEFINITION) if each.id.lower() != change.id.lower()]
    taken = {str(other.inputs.get("roleName")).casefold() for other in others} | {
        built_in.casefold() for built_in in roles().values()
    }
    if name.casefold() in taken:
        message = f"a custom role cannot be called '{name}': there is a role of that name in the tenant"
        raise ProviderError("RoleDefinitionWithSameNameExists", message)
    if paths.name_of(change.id).lower() in roles():
        raise ProviderError("InvalidRoleDefinitionId", f"'{paths.name_of(change.id)}' is a built-in role")
    if len(others) >= MOST_CUSTOM_ROLES:
        raise ProviderError("RoleDefinitionLimitExceeded", f"the tenant has {MOST_CUSTOM_ROLES} custom roles already")


@deletion("authorization:RoleDefinition")
def custom_role_is_not_held(world: World, identifier: str) -> None:
    """A role goes once nobody holds it, and nobody may activate it."""
    guid = paths.name_of(identifier).lower()
    for kind in (ROLE_ASSIGNMENT, "azure-native:authorization:PimRoleEligibilitySchedule"):
        for held in world.store.of_type(kind):
            if paths.name_of(str(held.inputs.get("roleDefinitionId"))).lower() == guid:
                message = f"there are existing role assignments referencing role '{guid}': '{held.id}'"
                raise ProviderError("RoleDefinitionHasAssignments", message)
