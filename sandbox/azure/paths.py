"""Pulumi tokens, ARM resource types and ARM ids: one table, `arm_paths.json` (token: API version, id template)."""

import functools
import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sandbox.provider.values import UNKNOWN

PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
GUID: Final = re.compile(r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")
DEFAULT_API_VERSION: Final = "2024-01-01"
RESOURCE_GROUP: Final = "azure-native:resources:ResourceGroup"
GROUP_SEGMENTS: Final = 4  # subscriptions/<sub>/resourceGroups/<name>


@dataclass(frozen=True)
class ArmPath:
    """Where resources of one type live: the id's template, and the API version the SDK uses by default."""

    token: str
    api_version: str
    template: str

    @functools.cached_property
    def parameters(self) -> list[str]:
        return PLACEHOLDER.findall(self.template)

    @functools.cached_property
    def name_parameter(self) -> str | None:
        """The input that holds the resource's own name; None where the name is fixed or made by the service."""
        last = PLACEHOLDER.fullmatch(self.template.rpartition("/")[2])
        return last.group(1) if last and last.group(1) != "guid" else None

    @property
    def is_top_level(self) -> bool:
        """Directly in a resource group: such names get a random suffix when they are left out."""
        return self.template.count("/") <= 2 * GROUP_SEGMENTS and "{resourceGroupName}" in self.template

    def identifier(self, inputs: Mapping[str, Any], subscription: str) -> str:
        """The ARM id, in the casing of the given names."""

        def fill(match: re.Match[str]) -> str:
            name = match.group(1)
            if name == "subscriptionId":
                return str(inputs.get(name, subscription))
            if name == "guid":
                return str(uuid.uuid4())
            return str(inputs.get(name, "")).strip("/")

        return "/" + PLACEHOLDER.sub(fill, self.template).lstrip("/").replace("//", "/")

    def is_complete(self, inputs: Mapping[str, Any]) -> bool:
        """Whether all parts of the id are known."""
        return all(inputs.get(name, UNKNOWN) is not UNKNOWN for name in self.parameters if name not in _MADE)

    def parse(self, identifier: str) -> dict[str, str]:
        """The path inputs that an id was made of; empty if the id is not of this type."""
        pattern = PLACEHOLDER.sub(_group, re.escape(self.template).replace(r"\{", "{").replace(r"\}", "}"))
        match = re.fullmatch(pattern, identifier, re.IGNORECASE)
        return {k: v for k, v in match.groupdict().items() if k not in _MADE} if match else {}


_MADE: Final = ("subscriptionId", "guid")
_SCOPES: Final = ("scope", "resourceUri", "resourceId", "scopeId", "parentResourcePath")


def _group(match: re.Match[str]) -> str:
    name = match.group(1)
    return f"(?P<{name}>{'.+?' if name in _SCOPES else '[^/]+'})"


@functools.cache
def _table() -> dict[str, list[str]]:
    table: dict[str, list[str]] = json.loads(Path(__file__).with_name("arm_paths.json").read_text(encoding="utf-8"))
    return table


@functools.cache
def path_of(token: str, inputs: tuple[str, ...] = ()) -> ArmPath:
    """The path of a token. Types outside the table get a made-up one from their `...Name` inputs."""
    short = token.partition(":")[2]
    row = _table().get(short)
    if row:
        return ArmPath(token, row[0], row[1])
    module, _, cls = short.partition(":")
    own = f"{cls[0].lower()}{cls[1:]}"
    name = next((key for key in inputs if key.lower() in (f"{own}name".lower(), "name")), None)
    name = name or next((key for key in inputs if key.endswith("Name") and key != "resourceGroupName"), "name")
    group = "/resourceGroups/{resourceGroupName}" if "resourceGroupName" in inputs else ""
    template = f"/subscriptions/{{subscriptionId}}{group}/providers/Microsoft.{module.capitalize()}/{own}s/{{{name}}}"
    return ArmPath(token, DEFAULT_API_VERSION, template)


def arm_type(identifier: str) -> str:
    """`Microsoft.Storage/storageAccounts/blobServices` of an id; of an extension resource, the extension's."""
    _, marker, rest = identifier.rpartition("/providers/")
    if not marker:
        is_group = len(identifier.strip("/").split("/")) == GROUP_SEGMENTS
        return "Microsoft.Resources/resourceGroups" if is_group else "Microsoft.Resources/subscriptions"
    namespace, *steps = rest.split("/")
    return "/".join([namespace, *steps[::2]])


def name_of(identifier: str) -> str:
    """The last name in an id."""
    return identifier.rpartition("/")[2]


def parent_of(identifier: str) -> str | None:
    """The id one step up: the parent resource, the scope of an extension, the group, the subscription; None above."""
    scope, marker, rest = identifier.rpartition("/providers/")
    if marker:
        steps = rest.split("/")
        if len(steps) > 3:  # noqa: PLR2004 - namespace, type and name: a resource of its own
            return f"{scope}/providers/{'/'.join(steps[:-2])}"
        return scope or None
    steps = identifier.strip("/").split("/")
    return "/" + "/".join(steps[:-2]) if len(steps) > 2 else None  # noqa: PLR2004


def ancestors(identifier: str) -> list[str]:
    """The ids above this one, nearest first."""
    found = []
    above = parent_of(identifier)
    while above:
        found.append(above)
        above = parent_of(above)
    return found


def subscription_of(identifier: str) -> str:
    """`/subscriptions/<guid>` of an id."""
    return "/" + "/".join(identifier.strip("/").split("/")[:2])


def group_of(identifier: str) -> str | None:
    """The id of the resource group an id is in."""
    match = re.match(r"(/subscriptions/[^/]+/resourceGroups/[^/]+)", identifier, re.IGNORECASE)
    return match.group(1) if match else None
