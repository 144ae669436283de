"""Where a tenant's database is: on a server of the platform, or on one of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pulumi

from components.base import Component
from components.database import (
    DatabaseAccess,
    DatabaseNetwork,
    OdooDatabase,
    OdooDatabaseArgs,
    SharedDatabase,
    SharedDatabaseArgs,
)
from components.subsidiary.args import OwnServer, SubsidiaryArgs
from components.subsidiary.secrets import Secrets
from components.vault_key import KeyVaultAddress, make_key


@dataclass(frozen=True, kw_only=True)
class DatabaseHost:
    """The server that the tenant's database is on.

    Args:
        host: name of its writer.
        reader_host: name of its replica; None where there is none.
        administrator_login: login of its administrator.
        administrator_password: name of the secret with its password.
        resources: what must be there before anybody connects.
    """

    host: pulumi.Input[str]
    reader_host: pulumi.Input[str] | None
    administrator_login: str
    administrator_password: str
    resources: tuple[pulumi.Resource, ...]


def declare_database(component: Component, name: str, args: SubsidiaryArgs, secrets: Secrets) -> DatabaseHost:
    """Declares the database, the one that it has moved away from, and its own server.

    A database is named after its server in Pulumi, so that it stays the same when it becomes the former one.

    Args:
        component: the component that owns them.
        name: prefix of the Pulumi names.
        args: the tenant.
        secrets: its secrets.

    Raises:
        ValueError: it has neither a shared server nor one of its own.
    """
    database = args.database
    if database.former_server is not None:
        _on_shared(component, name, args, database.former_server, released=database.former_released)
    own = None if database.own is None else _on_own(component, name, args, database.own, secrets)
    if database.server is not None:
        server = args.platform.servers[database.server]
        return DatabaseHost(
            host=server.host,
            reader_host=server.reader_host,
            administrator_login=server.administrator_login,
            administrator_password=server.administrator_secret,
            resources=(_on_shared(component, name, args, database.server),),
        )
    if own is None:
        raise ValueError(f"tenant {args.tenant} has neither a database on a shared server nor a server of its own")
    return own


def _on_shared(
    component: Component, name: str, args: SubsidiaryArgs, index: int, *, released: bool = False
) -> SharedDatabase:
    placement = component.placement
    return SharedDatabase(
        f"{name}-database-{index}",
        SharedDatabaseArgs(
            placement=replace(placement, data_protected=placement.data_protected and not released),
            server_name=args.platform.servers[index].server_name,
            resource_group_name=args.platform.stores.resource_group_name,
            database_name=args.tenant,
        ),
        pulumi.ResourceOptions(parent=component),
    )


def _on_own(component: Component, name: str, args: SubsidiaryArgs, own: OwnServer, secrets: Secrets) -> DatabaseHost:
    vaults, network = args.platform.vaults, args.platform.network
    key = make_key(
        component,
        f"{name}-database",
        KeyVaultAddress(
            vault_id=vaults.keys_id,
            vault_name=vaults.keys_name,
            vault_uri=vaults.keys_uri,
            resource_group_name=vaults.resource_group_name,
        ),
        own.key_purpose,
        f"id-{own.server.name}",
    )
    server = OdooDatabase(
        f"{name}-server",
        OdooDatabaseArgs(
            placement=component.placement,
            server=own.server,
            network=DatabaseNetwork(subnet_id=network.database_subnet_id, private_dns_zone_id=network.database_zone_id),
            key=key.customer_key,
            access=DatabaseAccess(
                tenant_id=vaults.azure_tenant_id,
                entra_administrators=own.entra_administrators,
                administrator_login=own.administrator_login,
                administrator_password=secrets.values[secrets.administrator],
            ),
            backup=own.backup,
            maintenance=own.maintenance,
            databases=(args.tenant,),
            parameters=own.parameters,
            replica=own.replica,
        ),
        pulumi.ResourceOptions(parent=component),
    )
    return DatabaseHost(
        host=server.writer_host,
        reader_host=server.reader_host if own.replica is not None else None,
        administrator_login=own.administrator_login,
        administrator_password=secrets.administrator,
        resources=(server,),
    )
