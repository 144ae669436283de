"""`python -m stacks.planning <stack> [--json]`: prints the plan of a stack with its reasons."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from json import dumps
from pathlib import Path

from rich.console import Console

from stacks.errors import Problem, SettingsError
from stacks.planning.capacity import check_capacity, plan_capacity
from stacks.planning.governance import make_governance_plan
from stacks.planning.platform import make_platform_plan
from stacks.planning.render import as_json, show, show_governance
from stacks.planning.render_platform import platform_json, show_platform, tenant_tables
from stacks.planning.tenants import make_tenant_plan, plan_tenants
from stacks.planning.topologies import plan_environment
from stacks.settings import GovernanceSettings, PlatformSettings, TenantSettings, load_settings_file, load_settings_of
from stacks.subsidiaries import read_subsidiaries

PROJECT_DIRECTORY = Path(__file__).resolve().parents[2]
EXIT_SETTINGS_WRONG = 2


def main(arguments: Sequence[str] | None = None, directory: Path = PROJECT_DIRECTORY) -> int:
    """Prints the plan of a stack.

    Args:
        arguments: of the command line; None for the process's own.
        directory: where the `Pulumi.<stack>.yaml` files are.

    Returns:
        0, or 2 where the settings, or a tenant's file, cannot be used; the rest is printed all the same.
    """
    parser = argparse.ArgumentParser(
        prog="python -m stacks.planning", description="The plan of a stack, with its reasons."
    )
    parser.add_argument("stack", help="its name: prod for Pulumi.prod.yaml")
    parser.add_argument("--json", action="store_true", help="print the plan as JSON")
    options = parser.parse_args(arguments)
    path = directory / f"Pulumi.{options.stack}.yaml"
    try:
        problems = _print(path, as_text=not options.json)
    except SettingsError as error:
        problems = [error]
    for problem in problems:
        print(problem, file=sys.stderr)
    return EXIT_SETTINGS_WRONG if problems else 0


def _print(path: Path, *, as_text: bool) -> list[SettingsError]:
    """Prints the plan of a file, and hands back what is wrong with the files of its tenants."""
    settings = load_settings_file(path)
    if isinstance(settings, TenantSettings):
        return _print_tenant(settings, path, as_text=as_text)
    if isinstance(settings, PlatformSettings):
        return _print_platform(settings, path, as_text=as_text)
    if isinstance(settings, GovernanceSettings):
        return _print_governance(settings, path, as_text=as_text)
    plan = plan_environment(settings, file=path.name)
    if as_text:
        show(plan, Console())
    else:
        print(as_json(plan))
    return []


def _print_governance(settings: GovernanceSettings, path: Path, *, as_text: bool) -> list[SettingsError]:
    plan = make_governance_plan(settings, file=path.name)
    if as_text:
        show_governance(plan, Console())
    else:
        print(as_json(plan))
    return []


def _print_platform(settings: PlatformSettings, path: Path, *, as_text: bool) -> list[SettingsError]:
    plan = make_platform_plan(settings, file=path.name)
    found = read_subsidiaries(path.parent, settings, datetime.now(UTC).date())
    tenants, problems = plan_tenants(found.tenants, settings, plan)
    capacity = plan_capacity(plan, settings, tenants)
    if as_text:
        show_platform(plan, tenants, capacity, Console())
    else:
        print(platform_json(plan, tenants, capacity))
    overfilled = check_capacity(plan, settings, tenants)
    refusal = [SettingsError(overfilled, path.name)] if overfilled else []
    return [*found.problems, *problems, *refusal]


def _print_tenant(settings: TenantSettings, own: Path, *, as_text: bool) -> list[SettingsError]:
    path = own.with_name(f"Pulumi.{settings.tenant.platform}.yaml")
    platform = load_settings_of(PlatformSettings, path)
    found = read_subsidiaries(own.parent, platform, datetime.now(UTC).date())
    name = settings.tenant.name
    if name not in found.tenants:
        return [*found.problems, SettingsError([_no_tenant(name, found.tenants)], own.name)]
    plan = make_tenant_plan(name, found.tenants[name], platform, make_platform_plan(platform, file=path.name))
    if as_text:
        for table in tenant_tables(plan):
            Console().print(table, "")
    else:
        print(dumps(asdict(plan), indent=2))
    return []


def _no_tenant(name: str, others: Collection[str]) -> Problem:
    return Problem(
        path="odoo-azure:tenant.name",
        found=f'"{name}", which has no file that can be used',
        allowed=", ".join(others) or "the name of a tenant's file",
        remedy="Correct the name, or the file.",
    )


if __name__ == "__main__":
    sys.exit(main())
