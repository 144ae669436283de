"""OdooTenant: one company's Odoo on a cluster, from its namespace to its routes."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi_kubernetes import core

from components.base import Component
from components.ingress.routes import declare_routes
from components.odoo.pool import Pool
from components.tenant.args import OdooTenantArgs
from components.tenant.copy_jobs import declare_copy
from components.tenant.jobs import declare_bootstrap, declare_farewell, declare_restore, declare_upgrade
from components.tenant.namespace import declare_namespace
from components.tenant.runtime import pool_runtime
from components.tenant.scaling import declare_scaling
from components.tenant.secrets import declare_administration_secrets, declare_tenant_secrets
from components.tenant.storage import declare_files
from components.tenant.workload import declare_pool


class OdooTenant(Component):
    """One company's Odoo in a namespace of its own.

    What must be true before a step is what it depends on, so that whatever fails leaves the version before it running:

    1. the namespace with its rules, the volume of its share;
    2. outside of it, with the administrator's password, the bootstrap job: roles and rights in the database, a new
       password for the role whose turn it is;
    3. the service file in Key Vault by which Odoo, and the jobs in the namespace, connect as that role;
    4. a restore, if one was asked for; then what brings the database to the image, Odoo's first modules or an upgrade;
    5. the pools, all at once; their Services; the routes to them; what makes them grow.

    A suspended tenant has the first three, and a job that stops what still runs and takes a last backup.

    Args:
        name: prefix of the Pulumi names.
        args: what it is made from.
        opts: options of the component.

    Attributes:
        namespace_name: name of the namespace.
        url: address that users type.
    """

    namespace_name: pulumi.Output[str]
    url: pulumi.Output[str]

    def __init__(self, name: str, args: OdooTenantArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.placement, opts)
        _refuse_homeless_pools(args)
        place = declare_namespace(self, name, args)
        namespace = place.namespace
        files = (
            declare_files(self, name, args, namespace, args.services.stores.files)
            if args.services.stores.files is not None
            else []
        )
        bootstrap = declare_bootstrap(self, name, args, [declare_administration_secrets(self, name, args)])
        secrets = declare_tenant_secrets(self, name, args, namespace, [bootstrap])
        ready = [*place.rules, *files, *secrets]
        if args.suspended:
            declare_farewell(self, name, args, namespace, ready)
        else:
            self.__run(name, args, namespace, self.__migrate(name, args, namespace, ready))
        self.namespace_name = namespace.metadata.name.apply(str)
        self.url = pulumi.Output.from_input(f"https://{args.application.hostname}")
        self.finish({"namespace_name": self.namespace_name, "url": self.url})

    def __migrate(
        self, name: str, args: OdooTenantArgs, namespace: core.v1.Namespace, ready: Sequence[pulumi.Resource]
    ) -> list[pulumi.Resource]:
        """Brings the database to the image's version: from a backup if one was asked for."""
        rollback = args.application.rollback
        if rollback is None:
            restored = []
        elif rollback.neutralize:
            restored = [declare_copy(self, name, args, namespace, rollback.backup, ready)]
        else:
            restored = [declare_restore(self, name, args, rollback, ready)]
        return [*ready, declare_upgrade(self, name, args, namespace, [*ready, *restored])]

    def __run(
        self, name: str, args: OdooTenantArgs, namespace: core.v1.Namespace, migrated: Sequence[pulumi.Resource]
    ) -> None:
        pools = [
            resource
            for pool in Pool
            if pool in args.pools.sizes
            for resource in declare_pool(self, name, args, namespace, pool, pool_runtime(args, pool), migrated)
        ]
        routes = declare_routes(self, name, args, namespace, pools)
        declare_scaling(self, name, args, namespace, [*pools, *routes])


def _refuse_homeless_pools(args: OdooTenantArgs) -> None:
    homeless = sorted(pool.value for pool in args.pools.sizes if pool not in args.pools.nodes)
    if homeless:
        raise ValueError(f"OdooTenantArgs.nodes says nothing of the pools {', '.join(homeless)}")
