"""The pools of a tenant without the tenant, and the parts of what they declare."""

from __future__ import annotations

from functools import cache
from typing import Any

from pulumi_kubernetes import core

from components.base import Component
from components.odoo.pool import Pool
from components.tenant.args import OdooTenantArgs
from components.tenant.objects import metadata
from components.tenant.runtime import pool_runtime
from components.tenant.workload import declare_pool
from tests.unit.components.harness import Declared, declare
from tests.unit.components.tenant_example import tenant_args

POOLS = list(Pool)


class Pools(Component):
    """The pools alone, after an upgrade."""

    def __init__(self, args: OdooTenantArgs) -> None:
        super().__init__("erp", args.placement, None)
        namespace = core.v1.Namespace(
            "erp-namespace", metadata=metadata(args, args.tenant), opts=self.child(provider=args.provider)
        )
        upgrade = core.v1.ConfigMap("erp-upgrade", opts=self.child(provider=args.provider))
        for pool in args.pools.sizes:
            declare_pool(self, "erp", args, namespace, pool, pool_runtime(args, pool), [upgrade])
        self.finish({})


@cache
def declared_pools() -> list[Declared]:
    """What the pools of the example's tenant declare."""
    return declare(lambda: Pools(tenant_args()))


def named(declared: list[Declared], name: str) -> Declared:
    """The only resource of that name."""
    [found] = [each for each in declared if each.name == name]
    return found


def pod_of(declared: list[Declared], pool: Pool) -> dict[str, Any]:
    """The template of a pool's pods."""
    return dict(named(declared, f"erp-{pool}").inputs["spec"]["template"])


def container_of(declared: list[Declared], pool: Pool) -> dict[str, Any]:
    """The container of a pool's pods."""
    [container] = pod_of(declared, pool)["spec"]["containers"]
    return dict(container)
