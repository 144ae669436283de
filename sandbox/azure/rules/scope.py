"""What holds for every resource: parents and references exist, names are free, locks hold, tags fit."""

from collections.abc import Iterator
from typing import Any, Final

from sandbox.azure import paths
from sandbox.azure.regions import GLOBAL, normal, regions
from sandbox.azure.rulebook import ANY_TYPE, Change, deletion, stateful, static
from sandbox.azure.world import LOCKS, World, reference
from sandbox.provider.errors import Failure, ProviderError
from sandbox.provider.validate import did_you_mean
from sandbox.provider.values import Object, strings

# learn.microsoft.com azure/azure-resource-manager/management/tag-resources
MOST_TAGS: Final = 50
TAG_KEY_CHARACTERS: Final = 512
STORAGE_TAG_KEY_CHARACTERS: Final = 128
TAG_VALUE_CHARACTERS: Final = 256
TAG_KEY_FORBIDDEN: Final = "<>%&\\?/"
GLOBALLY_UNIQUE: Final = {
    "azure-native:keyvault:Vault": "VaultAlreadyExists",
    "azure-native:storage:StorageAccount": "StorageAccountAlreadyTaken",
    "azure-native:containerregistry:Registry": "AlreadyInUse",
    "azure-native:dbforpostgresql:Server": "ServerNameAlreadyExists",
    "azure-native:redisenterprise:RedisEnterprise": "NameNotAvailable",
}
# Types that Azure refuses to delete while something refers to them.
HELD_BY_REFERENCES: Final = {
    f"azure-native:network:{kind}"
    for kind in ("VirtualNetwork", "Subnet", "NetworkSecurityGroup", "RouteTable", "NatGateway", "PublicIPAddress",
                 "FirewallPolicy", "IpGroup", "ApplicationSecurityGroup", "PublicIPPrefix")
} | {"azure-native:compute:DiskEncryptionSet"}  # fmt: skip
REFERENCES_THAT_DO_NOT_HOLD: Final = (
    *LOCKS,
    "azure-native:monitor:DiagnosticSetting",
    "azure-native:network:FlowLog",
    "azure-native:authorization:RoleAssignment",
    "azure-native:network:VirtualNetworkPeering",
)


@static(ANY_TYPE)
def tags(inputs: Object) -> Iterator[Failure]:
    """Number, length and characters of tags."""
    given = inputs.get("tags")
    if not isinstance(given, dict):
        return
    if len(given) > MOST_TAGS:
        yield Failure("tags", f"found {len(given)} tags, allowed: at most {MOST_TAGS}")
    longest = STORAGE_TAG_KEY_CHARACTERS if "accountName" in inputs and "kind" in inputs else TAG_KEY_CHARACTERS
    for key, value in given.items():
        if len(key) > longest or set(key) & set(TAG_KEY_FORBIDDEN):
            allowed = f"a tag's name has at most {longest} characters and none of {TAG_KEY_FORBIDDEN}"
            yield Failure(f"tags.{key}", allowed)
        if isinstance(value, str) and len(value) > TAG_VALUE_CHARACTERS:
            yield Failure(f"tags.{key}", f"found {len(value)} characters, allowed: at most {TAG_VALUE_CHARACTERS}")


@static(ANY_TYPE)
def location(inputs: Object) -> Iterator[Failure]:
    """The region exists."""
    place = inputs.get("location")
    if isinstance(place, str) and normal(place) != GLOBAL and normal(place) not in regions():
        yield Failure("location", f"found {place!r}, which is no Azure region{did_you_mean(place, list(regions()))}")


@stateful(ANY_TYPE)
def parent_exists(change: Change) -> None:
    """The resource group, the parent resource or the scope is there."""
    parent = paths.parent_of(change.id)
    if parent is None or change.world.exists(parent):
        return
    group = paths.group_of(change.id)
    if group and not change.world.exists(group):
        raise ProviderError("ResourceGroupNotFound", f"resource group '{paths.name_of(group)}' could not be found")
    raise ProviderError("ParentResourceNotFound", f"the parent '{parent}' of '{change.id}' was not found")


@stateful(ANY_TYPE)
def references_exist(change: Change) -> None:
    """Every ARM id in the inputs is that of something that exists."""
    own = change.id.lower()
    for path, text in strings(change.new):
        identifier = reference(text)
        if identifier is None or identifier.lower() == own or identifier.lower().startswith(own + "/"):
            continue
        if not change.world.exists(identifier):
            raise ProviderError("InvalidResourceReference", f"{path} refers to '{identifier}', which was not found")


@stateful(*(name.removeprefix("azure-native:") for name in GLOBALLY_UNIQUE))
def name_is_free(change: Change) -> None:
    """Some names are DNS names: nobody else in Azure may hold them, not even a deleted vault."""
    if change.old is not None:
        return
    name = paths.name_of(change.id).lower()
    for other in change.world.store.of_type(change.token):
        if paths.name_of(other.id).lower() == name and other.id.lower() != change.id.lower():
            code = GLOBALLY_UNIQUE[change.token]
            raise ProviderError(code, f"the name '{name}' is already taken in Azure, by '{other.id}': choose another")


@stateful(ANY_TYPE)
def not_read_only(change: Change) -> None:
    """Under a ReadOnly lock nothing is made or changed."""
    locks = [lock for level, lock in change.world.locks_over(change.id) if level == "ReadOnly"]
    if locks and change.token not in LOCKS:
        raise _locked(change.id, "write", locks)


@deletion(ANY_TYPE)
def not_locked(world: World, identifier: str) -> None:
    """Under a lock nothing is deleted, role assignments and diagnostic settings included."""
    entry = world.get(identifier)
    locks = [lock for _, lock in world.locks_over(identifier)]
    if locks and (entry is None or entry.type not in LOCKS):
        raise _locked(identifier, "delete", locks)


@deletion(*(name.removeprefix("azure-native:") for name in HELD_BY_REFERENCES))
def not_in_use(world: World, identifier: str) -> None:
    """Network resources go only when nothing uses them any more."""
    users = [entry for entry in world.referring_to(identifier) if entry.type not in REFERENCES_THAT_DO_NOT_HOLD]
    if users:
        listed = ", ".join(f"'{entry.id}'" for entry in users[:3])
        raise ProviderError("InUseCannotBeDeleted", f"'{identifier}' is in use by {listed} and cannot be deleted")


def _locked(identifier: str, operation: str, locks: list[str]) -> ProviderError:
    return ProviderError(
        "ScopeLocked",
        f"the scope '{identifier}' cannot perform the {operation} operation because these scopes are locked:"
        f" '{', '.join(locks)}'. Remove the lock and try again",
    )


def refuse(path: str, found: Any, allowed: str) -> Failure:
    """A finding in the usual words."""
    return Failure(path, f"found {found!r}, allowed: {allowed}")
