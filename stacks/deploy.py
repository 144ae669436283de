"""From settings to resources: the plan, the topology it names, the exports."""

from __future__ import annotations

import gc
from pathlib import Path

import pulumi

from stacks.dedicated_aks import dedicated_aks
from stacks.dedicated_vm import dedicated_vm
from stacks.errors import SeveralFilesError
from stacks.exports import export
from stacks.multi_tenant_aks import multi_tenant_aks
from stacks.planning.governance import make_governance_plan
from stacks.planning.plan_machines import MachinePlan
from stacks.planning.topologies import plan_environment
from stacks.sdk_aliases import drop_sdk_type_aliases
from stacks.settings import AnySettings, GovernanceSettings, PlatformSettings, Settings, TenantSettings
from stacks.stack_config import Secrets
from stacks.tenancy import read_tenancy
from stacks.tenant_stack import tenant_stack

# A declaration makes hundreds of thousands of small objects that live as long as the program. Python's collector, at
# its default of every 700 new ones, walks over all of them again and again: a third of a preview, and frees nothing.
GC_THRESHOLDS = (50_000, 20, 100)


def deploy(settings: AnySettings, secrets: Secrets, folder: Path = Path(), name: str = "odoo") -> None:
    """Declares an environment.

    Args:
        settings: the validated settings.
        secrets: what is secret in them.
        folder: the project's: it has the stacks' files and `subsidiaries/`.
        name: prefix of the Pulumi names; a change of it would replace everything.

    Raises:
        SettingsError: the settings ask for what cannot be planned.
        SeveralFilesError: some tenants' files cannot be used. All other tenants have been declared then, and the engine
            deletes nothing of what a program that fails has not declared.
    """
    gc.set_threshold(*GC_THRESHOLDS)
    if not settings.environment.sdk_type_aliases:
        pulumi.runtime.register_stack_transformation(drop_sdk_type_aliases)
    if isinstance(settings, TenantSettings):
        export(tenant_stack(name, settings, folder))
    elif isinstance(settings, PlatformSettings):
        _deploy_platform(name, settings, secrets, folder)
    elif isinstance(settings, GovernanceSettings):
        _deploy_governance(name, settings, secrets)
    else:
        _deploy_dedicated(name, settings, secrets)


def _file() -> str:
    return f"Pulumi.{pulumi.get_stack()}.yaml"


def _deploy_dedicated(name: str, settings: Settings, secrets: Secrets) -> None:
    plan = plan_environment(settings, file=_file())
    _warn(plan.warnings)
    if isinstance(plan, MachinePlan):
        export(*dedicated_vm(name, settings, plan, secrets))
    else:
        export(*dedicated_aks(name, settings, plan, secrets))


def _deploy_platform(name: str, settings: PlatformSettings, secrets: Secrets, folder: Path) -> None:
    tenancy = read_tenancy(settings, folder, _file())
    _warn(tenancy.plan.warnings)
    export(multi_tenant_aks(name, tenancy, secrets))
    if tenancy.problems:
        raise SeveralFilesError(tenancy.problems)


def _deploy_governance(name: str, settings: GovernanceSettings, secrets: Secrets) -> None:
    from stacks.governance import governance  # noqa: PLC0415 - environments do not pay for reading all policies

    plan = make_governance_plan(settings, file=_file())
    _warn(plan.warnings)
    export(governance(name, settings, plan, secrets))


def _warn(warnings: tuple[str, ...]) -> None:
    for warning in warnings:
        pulumi.log.warn(warning)
