"""A platform with its tenants: their files read, their plans made, and whether they fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from stacks.errors import SettingsError
from stacks.planning.capacity import check_capacity, plan_capacity
from stacks.planning.plan_tenant import CapacityPlan, PlatformPlan, TenantPlan
from stacks.planning.platform import make_platform_plan
from stacks.planning.tenants import plan_tenants
from stacks.settings import PlatformSettings
from stacks.subsidiaries import read_subsidiaries, subsidiaries_folder, tenant_files
from stacks.subsidiary import Subsidiary
from stacks.tenant_scalars import TenantState


@dataclass(frozen=True, kw_only=True)
class Tenancy:
    """A platform and its tenants.

    Args:
        settings: the platform's settings.
        plan: the platform's plan.
        tenants: files of the tenants that can be used, by name; those that were removed are not among them.
        plans: plans, of those that were removed too: they keep their slots.
        capacity: what still fits.
        files: names of all tenants that have a file, whatever is in it.
        problems: what is wrong with the other files.
    """

    settings: PlatformSettings
    plan: PlatformPlan
    tenants: Mapping[str, Subsidiary]
    plans: Mapping[str, TenantPlan]
    capacity: CapacityPlan
    files: frozenset[str]
    problems: tuple[SettingsError, ...]


def read_tenancy(settings: PlatformSettings, folder: Path, file: str, today: date | None = None) -> Tenancy:
    """Reads a platform's tenants and plans them.

    Args:
        settings: the platform's settings.
        folder: folder of `subsidiaries/`.
        file: file of the platform's settings, for errors.
        today: the day that retentions are counted to; today unless given.

    Raises:
        SettingsError: the platform cannot be planned, or has no room for its tenants.
    """
    plan = make_platform_plan(settings, file=file)
    found = read_subsidiaries(folder, settings, today or datetime.now(UTC).date())
    plans, unplanned = plan_tenants(found.tenants, settings, plan)
    if overfilled := check_capacity(plan, settings, plans):
        raise SettingsError(overfilled, file)
    return Tenancy(
        settings=settings,
        plan=plan,
        tenants={name: found.tenants[name] for name, each in plans.items() if each.state != TenantState.REMOVED},
        plans=plans,
        capacity=plan_capacity(plan, settings, plans),
        files=frozenset(path.stem for path in tenant_files(subsidiaries_folder(folder, settings))),
        problems=(*found.problems, *unplanned),
    )
