"""Topology `tenant`: one tenant in a stack of its own, on a platform that another stack has deployed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_azure_native import authorization

from components.base import Placement
from components.subsidiary.subsidiary import Subsidiary
from stacks.cluster_base import kubernetes_provider
from stacks.errors import Problem, SettingsError
from stacks.exports import TenantExports, exported_plan
from stacks.scalars import DataProtection
from stacks.settings import PROJECT, PlatformSettings, TenantSettings, load_settings_of
from stacks.shared_platform import PlatformHandle, from_outputs, settings_digest
from stacks.subsidiaries import shown_path, tenants_here
from stacks.subsidiary_args import subsidiary_args
from stacks.tenancy import Tenancy, read_tenancy
from stacks.tenant_scalars import TenantPlacement


def tenant_stack(name: str, settings: TenantSettings, folder: Path) -> TenantExports:
    """Builds the topology.

    Args:
        name: prefix of the Pulumi names of what is not the tenant's own: the same as the platform's.
        settings: the settings.
        folder: the project's: it has the platform's stack file and `subsidiaries/`.

    Raises:
        SettingsError: the platform's settings or the tenant's file cannot be used.
    """
    tenancy = _tenancy(settings, folder)
    plan = tenancy.plans[settings.tenant.name]
    client = authorization.get_client_config_output()
    handle = _platform(settings, tenancy)
    placement = Placement(
        subscription_id=client.subscription_id,
        resource_group_name=plan.names.resource_group,
        location=tenancy.plan.location,
        tags=plan.tags,
        log_workspace_id=handle.log_workspace_id,
        data_protected=tenancy.settings.environment.data_protection is DataProtection.PROTECTED,
    )
    component = declare_tenant(tenancy, plan.name, handle, placement, kubernetes_provider(name, handle.kubeconfig))
    return TenantExports(
        url=component.url,
        ingress_address=component.ingress_address,
        namespace=component.namespace_name,
        plan=exported_plan(plan),
    )


def declare_tenant(
    tenancy: Tenancy,
    tenant: str,
    handle: PlatformHandle,
    placement: Placement,
    provider: kubernetes.Provider,
    depends_on: Sequence[pulumi.Resource] = (),
) -> Subsidiary:
    """Declares a tenant: by the same Pulumi names in whichever stack, so that it can move from one to the other.

    Args:
        tenancy: the platform with its tenants.
        tenant: the tenant's name.
        handle: what it finds on the platform.
        placement: of the platform.
        provider: of the platform's cluster.
        depends_on: what must be there first, where the same stack makes it.
    """
    plan = tenancy.plans[tenant]
    return Subsidiary(
        tenant,
        subsidiary_args(tenancy.tenants[tenant], plan, tenancy.settings, tenancy.plan, handle, placement, provider),
        pulumi.ResourceOptions(depends_on=list(depends_on)),
    )


def _tenancy(settings: TenantSettings, folder: Path) -> Tenancy:
    """The platform with the tenant that this stack is for.

    Raises:
        SettingsError: there is no such platform or tenant, or its file cannot be used, or another stack declares it.
    """
    file = f"Pulumi.{settings.tenant.platform}.yaml"
    platform = load_settings_of(PlatformSettings, folder / file)
    tenancy = read_tenancy(platform, folder, file)
    name = settings.tenant.name
    for error in tenancy.problems:
        if Path(error.file).stem == name:
            raise error
    if name not in tenants_here(platform, tenancy.tenants, TenantPlacement.SHARDED):
        raise SettingsError([_not_here(settings, platform, declared_there=name in tenancy.tenants)], _own_file())
    return tenancy


def _own_file() -> str:
    return f"Pulumi.{pulumi.get_stack()}.yaml"


def _not_here(settings: TenantSettings, platform: PlatformSettings, *, declared_there: bool) -> Problem:
    file = shown_path(platform, f"{settings.tenant.name}.yaml")
    if declared_there:
        return Problem(
            path="odoo-azure:tenant.name",
            found=f'"{settings.tenant.name}", which the stack {settings.tenant.platform} declares itself',
            allowed="a tenant with a stack of its own",
            remedy=f"Write placement: sharded into {file}, and move it first: docs/guides/moving-a-tenant.md.",
        )
    return Problem(
        path="odoo-azure:tenant.name",
        found=f'"{settings.tenant.name}", which has no {file}, or was removed',
        allowed="the name of a tenant's file",
        remedy="Write the file: make subsidiary NAME=...",
    )


def _platform(settings: TenantSettings, tenancy: Tenancy) -> PlatformHandle:
    reference = pulumi.StackReference(f"{settings.tenant.organization}/{PROJECT}/{settings.tenant.platform}")
    digest = settings_digest(tenancy.settings)
    exported = reference.require_output("platform").apply(
        lambda found: _same_settings(found, digest, stack=settings.tenant.platform)
    )
    kubeconfig = reference.require_output("kubeconfig")
    return from_outputs(exported, kubeconfig, tenancy.plan, tenancy.settings.platform.domain)


def _same_settings(exported: dict[str, object], digest: str, *, stack: str) -> dict[str, object]:
    """Names and ranges follow from the platform's file: they are there only if it was deployed as it is now."""
    if exported["settings_digest"] != digest:
        raise pulumi.RunError(
            f"Pulumi.{stack}.yaml has changed since the platform was deployed from it: deploy stack {stack} first."
        )
    return exported
