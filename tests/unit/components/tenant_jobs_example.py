"""The operations jobs of a tenant without the tenant, and the parts of what they declare."""

from __future__ import annotations

from functools import cache
from typing import Any

from pulumi_kubernetes import core

from components.base import Component
from components.tenant import jobs
from components.tenant.args import OdooTenantArgs, Rollback
from components.tenant.copy_jobs import declare_copy
from components.tenant.objects import metadata
from tests.unit.components.harness import Declared, declare
from tests.unit.components.tenant_example import tenant_args

OPERATIONS = ("bootstrap", "upgrade", "restore", "farewell-backup")
COPIES = ("copy", "neutralize", "promote")
BACKUP = "acme/0123456789ab-ababababab/20261122T063000Z.dump"


class Jobs(Component):
    """The jobs alone."""

    def __init__(self, args: OdooTenantArgs, *, into_empty: bool = False) -> None:
        super().__init__("erp", args.placement, None)
        rollback = Rollback(backup=BACKUP, into_empty=into_empty)
        namespace = core.v1.Namespace(
            "erp-namespace", metadata=metadata(args, args.tenant), opts=self.child(provider=args.provider)
        )
        before = [core.v1.ConfigMap("erp-before", opts=self.child(provider=args.provider))]
        jobs.declare_bootstrap(self, "erp", args, before)
        jobs.declare_restore(self, "erp", args, rollback, before)
        jobs.declare_upgrade(self, "erp", args, namespace, before)
        jobs.declare_farewell(self, "erp", args, namespace, before)
        declare_copy(self, "erp", args, namespace, BACKUP, before)
        self.finish({})


def declare_jobs(*, into_empty: bool = False, **changes: Any) -> list[Declared]:
    """What the jobs declare; `changes` are as `tenant_args` takes them."""
    return declare(lambda: Jobs(tenant_args(**changes), into_empty=into_empty))


@cache
def declared_jobs() -> list[Declared]:
    """What the jobs of the example's tenant declare."""
    return declare_jobs()


def job_of(declared: list[Declared], operation: str) -> Declared:
    """The job of an operation."""
    [found] = [each for each in declared if each.name == f"erp-{operation}" and each.type.endswith(":Job")]
    return found


def name_of(declared: list[Declared], operation: str) -> str:
    """The job's name in the cluster."""
    return str(job_of(declared, operation).inputs["metadata"]["name"])


def spec_of(declared: list[Declared], operation: str) -> dict[str, Any]:
    """The job's specification."""
    return dict(job_of(declared, operation).inputs["spec"])


def pod_of(declared: list[Declared], operation: str) -> dict[str, Any]:
    """The specification of the job's pods."""
    return dict(spec_of(declared, operation)["template"]["spec"])


def containers_of(declared: list[Declared], operation: str) -> dict[str, dict[str, Any]]:
    """The containers of the job's pods by name, those that run first included."""
    pod = pod_of(declared, operation)
    return {each["name"]: each for each in [*pod.get("initContainers", []), *pod["containers"]]}
