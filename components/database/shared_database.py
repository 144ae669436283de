"""A database on a server that is there already."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_azure_native import dbforpostgresql as postgresql

from components.base import Component, Placement
from components.database.collation import CHARSET, COLLATION


@dataclass(frozen=True, kw_only=True)
class SharedDatabaseArgs:
    """Which database, and on which server.

    Args:
        placement: protection of the database.
        server_name: Azure name of the server.
        resource_group_name: the server's resource group.
        database_name: 1 to 63 letters, digits, underscores and hyphens; a letter or an underscore first.
    """

    placement: Placement
    server_name: pulumi.Input[str]
    resource_group_name: pulumi.Input[str]
    database_name: str


class SharedDatabase(Component):
    """One owner's database on a server that it shares with others. Locked by itself: its server must not be.

    Attributes:
        database_name: its name. It resolves once it is there.
    """

    database_name: pulumi.Output[str]

    def __init__(self, name: str, args: SharedDatabaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.placement, opts)
        database = postgresql.Database(
            f"{name}-database",
            database_name=args.database_name,
            server_name=args.server_name,
            resource_group_name=args.resource_group_name,
            charset=CHARSET,
            collation=COLLATION,
            opts=self.child(),
        )
        self.lock(f"{name}-lock", database, "Holds the books.")
        self.database_name = database.name
        self.finish({"database_name": self.database_name})
