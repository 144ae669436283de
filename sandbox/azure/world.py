"""The sandbox's Azure as the rules see it: what exists, in the store, in the landing zone or built in."""

import functools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from sandbox.azure import paths
from sandbox.azure.implied import implied
from sandbox.cluster.clusters import Clusters
from sandbox.provider.values import Object, known_items, strings
from sandbox.store import Entry, Store

ARM_ID: Final = re.compile(r"^/(subscriptions|providers)/[^\s?#]+$", re.IGNORECASE)
LANDING_ZONE: Final = Path(__file__).parent.parent / "landing_zone.yaml"
# Singletons that come with their parent, e.g. .../storageAccounts/x/blobServices/default.
IMPLIED_CHILDREN: Final = frozenset({"default", "$default", "namespaces"})
# Children that are made through the service's own API too: a certificate of a vault is also a secret of that name.
DATA_PLANE_CHILDREN: Final = frozenset({("vaults", "secrets")})
LOCKS: Final = (
    "azure-native:authorization:ManagementLockByScope",
    "azure-native:authorization:ManagementLockAtResourceGroupLevel",
    "azure-native:authorization:ManagementLockAtResourceLevel",
    "azure-native:authorization:ManagementLockAtSubscriptionLevel",
)
ROLE_ASSIGNMENT: Final = "azure-native:authorization:RoleAssignment"


@functools.cache
def landing_zone() -> dict[str, Object]:
    """What exists before anything is deployed, by lower-case id: the body of each."""
    declared = yaml.safe_load(LANDING_ZONE.read_text(encoding="utf-8"))
    return {item["id"].lower(): item for item in declared["resources"]}


@functools.cache
def principals() -> frozenset[str]:
    """Object ids of service principals that exist without being a resource, such as enterprise applications."""
    declared = yaml.safe_load(LANDING_ZONE.read_text(encoding="utf-8"))
    return frozenset(declared.get("principals", []))


class World:
    """What exists; `clusters` are the API servers of its AKS clusters, where they run."""

    def __init__(self, store: Store, clusters: Clusters | None = None) -> None:
        self.store = store
        self.clusters = clusters

    def get(self, identifier: str) -> Entry | None:
        """A resource of the store, of the landing zone, or made by Azure itself."""
        entry = self.store.get(identifier)
        if entry is None and (body := landing_zone().get(identifier.lower())):
            values = {key: value for key, value in body.items() if key not in ("id", "type")}
            entry = Entry(body["id"], body.get("type", ""), values, values, nonce=body["id"].lower())
        return entry or implied(self.store, identifier)

    def exists(self, identifier: str) -> bool:
        """Whether an ARM id names something: stored, in the landing zone, built in, or inside a parent's body."""
        lowered = identifier.lower().rstrip("/")
        if self.store.exists(lowered) or _is_built_in(lowered) or self.get(identifier) is not None:
            return True
        parent = paths.parent_of(identifier.rstrip("/"))
        if parent is None or parent.lower() == lowered or not self.exists(parent):
            return False
        collection, name = identifier.rstrip("/").split("/")[-2:]
        if collection.lower() in IMPLIED_CHILDREN or name.lower() in IMPLIED_CHILDREN:
            return True
        if (parent.lower().split("/")[-2], collection.lower()) in DATA_PLANE_CHILDREN:
            return True
        return self.inner(parent, collection, name) is not None

    def inner(self, parent: str, collection: str, name: str) -> Object | None:
        """A child declared inside its parent's body, such as a subnet of a virtual network."""
        entry = self.get(parent)
        if entry is None:
            return None
        for key, members in entry.outputs.items():
            if key.lower() != collection.lower():
                continue
            for member in known_items(members):
                if isinstance(member, Mapping) and str(member.get("name", "")).lower() == name.lower():
                    return dict(member)
        return None

    def body(self, identifier: str) -> Object | None:
        """What was asked for when the resource, or the child inside its parent's body, was made."""
        entry = self.get(identifier)
        if entry is not None:
            return entry.inputs
        parent = paths.parent_of(identifier)
        if parent is None:
            return None
        collection, name = identifier.split("/")[-2:]
        return self.inner(parent, collection, name)

    def locks_over(self, identifier: str) -> list[tuple[str, str]]:
        """(level, lock id) of every management lock at a resource or above it."""
        return [
            (str(lock.inputs.get("level")), lock.id)
            for scope in {scope.lower() for scope in [identifier, *paths.ancestors(identifier)]}
            for lock in self.store.below(f"{scope}/providers/Microsoft.Authorization/locks")
            if lock.type in LOCKS
        ]

    def has_role(self, principal: str, role: str, scope: str) -> bool:
        """Whether a principal holds a role (GUID) at a scope or above it."""
        scopes = {above.lower() for above in [scope, *paths.ancestors(scope)]}
        return any(
            str(assignment.inputs.get("principalId", "")).lower() == principal.lower()
            and str(assignment.inputs.get("roleDefinitionId", "")).lower().endswith(role)
            and "/" + str(assignment.inputs.get("scope", "")).strip("/").lower() in scopes
            for assignment in self.store.mentioning(principal.lower(), ROLE_ASSIGNMENT)
        )

    def referring_to(self, identifier: str) -> list[Entry]:
        """Resources elsewhere whose inputs name this id or something below it."""
        lowered = identifier.lower()
        return [
            entry
            for entry in self.store.mentioning(lowered)
            if entry.id.lower() != lowered
            and not entry.id.lower().startswith(lowered + "/")
            and any(f"{text.lower()}/".startswith(lowered + "/") for _, text in strings(entry.inputs))
        ]


def _is_built_in(lowered: str) -> bool:
    """Tenant-level definitions, subscriptions, and what hangs off a subscription without a resource group."""
    if lowered.startswith("/providers/"):
        return True
    steps = lowered.strip("/").split("/")
    if steps[0] != "subscriptions":
        return False
    if len(steps) <= 2:  # noqa: PLR2004 - the subscription itself
        return True
    return steps[2] == "providers" and any(
        part in lowered
        for part in ("/locations/", "/roledefinitions/", "/policydefinitions/", "/policysetdefinitions/")
    )


def reference(value: Any) -> str | None:
    """The text of a value that is an ARM id."""
    return value if isinstance(value, str) and ARM_ID.match(value) else None
