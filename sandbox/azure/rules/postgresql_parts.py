"""What belongs to a PostgreSQL server: parameters, administrators, databases, virtual endpoints.

A server takes one such change at a time and answers `ServerIsBusy` to a second one
(hashicorp/terraform-provider-azurerm issue 28298; azure/postgresql/server-parameters).
"""

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml

from sandbox.azure import paths
from sandbox.azure.rulebook import Change, keeps_busy, stateful, static
from sandbox.azure.rules.scope import refuse
from sandbox.provider.errors import Failure, ProviderError
from sandbox.provider.values import Object, dig, known_items

USER_SOURCE: Final = "user-override"
# Long enough that two requests the engine starts together do meet.
BUSY_SECONDS: Final = 0.03


@functools.cache
def parameters() -> dict[str, Any]:
    table: dict[str, Any] = yaml.safe_load(
        Path(__file__).with_name("postgresql_parameters.yaml").read_text(encoding="utf-8")
    )
    return table


@keeps_busy(
    "dbforpostgresql:Configuration",
    "dbforpostgresql:Administrator",
    "dbforpostgresql:AdministratorsMicrosoftEntra",
    "dbforpostgresql:VirtualEndpoint",
)
def server_of_a_part(_: Object, identifier: str) -> tuple[str, float]:
    return paths.parent_of(identifier) or "", BUSY_SECONDS


@keeps_busy("dbforpostgresql:Server")
def server_itself(inputs: Object, identifier: str) -> tuple[str, float]:
    """Making a replica keeps its primary busy, any other change the server itself."""
    return str(inputs.get("sourceServerResourceId") or identifier), BUSY_SECONDS


@static("dbforpostgresql:Configuration")
def parameter(inputs: Object) -> Iterator[Failure]:
    """Values inside their ranges, as texts."""
    name, value, table = str(inputs.get("configurationName")), inputs.get("value"), parameters()
    if name in table["read_only"]:
        yield Failure("configurationName", f"{name} is read-only")
    source = inputs.get("source")
    if isinstance(source, str) and source != USER_SOURCE:
        yield refuse("source", source, repr(USER_SOURCE))
    if isinstance(value, str):
        if name in table["words"] and value.lower() not in [word.lower() for word in table["words"][name]]:
            yield refuse("value", value, f"for {name}: {', '.join(table['words'][name])}")
        if name in table["ranges"]:
            yield from _range(name, value, *table["ranges"][name])


def _range(name: str, value: str, least: float, most: float) -> Iterator[Failure]:
    try:
        number = float(value)
    except ValueError:
        yield refuse("value", value, f"a number for {name}, without a unit")
        return
    if not least <= number <= most:
        yield refuse("value", value, f"for {name}: {least} to {most}")


@stateful("dbforpostgresql:Configuration")
def pgbouncer_tier(change: Change) -> None:
    """The built-in PgBouncer is not on Burstable servers."""
    server = change.world.body(paths.parent_of(change.id) or "") or {}
    if paths.name_of(change.id).startswith("pgbouncer.") and dig(server, "sku", "tier") == "Burstable":
        raise ProviderError("PgBouncerNotSupported", "the built-in PgBouncer needs GeneralPurpose or MemoryOptimized")


@stateful("dbforpostgresql:Administrator", "dbforpostgresql:AdministratorsMicrosoftEntra")
def entra_is_on(change: Change) -> None:
    """Entra administrators need Entra logins; their names are their objects' ids."""
    server = change.world.body(paths.parent_of(change.id) or "") or {}
    if dig(server, "authConfig", "activeDirectoryAuth") != "Enabled":
        raise ProviderError("AadAuthNotEnabled", "the server's authConfig.activeDirectoryAuth is not Enabled")
    if not paths.GUID.match(paths.name_of(change.id)):
        raise ProviderError("InvalidParameterValue", f"objectId: found {paths.name_of(change.id)!r}, allowed: a GUID")


@stateful("dbforpostgresql:VirtualEndpoint")
def endpoint_members(change: Change) -> None:
    """The members are the server itself or its replicas, by name."""
    server = paths.parent_of(change.id) or ""
    for member in known_items(change.new.get("members")):
        related = [
            entry
            for entry in change.world.store.of_type("azure-native:dbforpostgresql:Server")
            if paths.name_of(entry.id).lower() == str(member).lower()
            and server.lower() in (entry.id.lower(), str(entry.inputs.get("sourceServerResourceId")).lower())
        ]
        if not related:
            raise ProviderError("InvalidParameterValue", f"members: {member!r} is neither the server nor its replica")
