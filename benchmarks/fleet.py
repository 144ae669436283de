"""A made-up group of companies: a platform for 200 tenants, with as many of them as a benchmark wants.

Everything follows from a tenant's number, so that any two runs measure the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from benchmarks.recording import Recorded
from stacks.tenant_scalars import TenantPlacement

PLATFORM = "fleet"
MOST_TENANTS = 200
"""Tenants that a platform is built for: its own resources are the same with one of them as with all."""
MODEL = "Pulumi.subsidiaries.yaml"
"""The settings that the platform's are made from."""
CAPACITY = {"standard": 140, "priority": 40, "isolated": 20}
LARGE_NETWORK = {"address_space": "10.32.0.0/20", "pod_range": "10.128.0.0/12"}
# A tenant of each tier by the last figure of its number: 7 standard, 2 priority, 1 isolated of ten.
SHAPES: tuple[dict[str, Any], ...] = (
    {"tier": "isolated", "country": "DE", "concurrent_users": 90, "database_gib": 150, "extensions": ["germany"]},
    {"country": "ES", "concurrent_users": 35, "integrations": 2, "extensions": ["spain", "sepa-payments"]},
    {"country": "IT", "concurrent_users": 12, "extensions": ["italy"]},
    {"country": "NL", "concurrent_users": 8},
    {"tier": "priority", "country": "FR", "concurrent_users": 95, "legal_entities": 2, "database_gib": 80},
    {"country": "BE", "concurrent_users": 20, "calendar": {"timezone": "Europe/Brussels"}},
    {"country": "PT", "concurrent_users": 15, "odoo": "19.0"},
    {"country": "AT", "concurrent_users": 30, "extensions": ["sepa-payments"]},
    {"tier": "priority", "country": "PL", "concurrent_users": 60, "integrations": 3},
    {"country": "IE", "concurrent_users": 5},
)


def tenant_name(number: int) -> str:
    """Name of a tenant, of the same length for all: texts that hold it are as long, too."""
    return f"company-{number:03d}"


def write_fleet(project: Path, checkout: Path, tenants: int, placement: TenantPlacement) -> None:
    """Writes the project of a platform: its stack's file, and a file for each tenant.

    Args:
        project: folder to make.
        checkout: folder of this project, whose example the platform is made from.
        tenants: how many, from number 1.
        placement: which stacks declare them.
    """
    folder = project / "subsidiaries" / PLATFORM
    folder.mkdir(parents=True)
    (project / "Pulumi.yaml").write_text("name: odoo-azure\nruntime: python\n", encoding="utf-8")
    (project / "__main__.py").write_text((checkout / "__main__.py").read_text(encoding="utf-8"), encoding="utf-8")
    model = yaml.safe_load((checkout / MODEL).read_text(encoding="utf-8"))
    _write(project / f"Pulumi.{PLATFORM}.yaml", {"config": _settings(model["config"], placement)})
    for number in range(1, tenants + 1):
        _write(folder / f"{tenant_name(number)}.yaml", _tenant(number))


def write_tenant_stack(project: Path, number: int) -> str:
    """Writes the file of a tenant's own stack, and gives the stack's name.

    Args:
        project: folder that `write_fleet` made.
        number: the tenant's.
    """
    name = tenant_name(number)
    tenant = {"platform": PLATFORM, "name": name}
    config = {"odoo-azure:environment": {"topology": "tenant"}, "odoo-azure:tenant": tenant}
    _write(project / f"Pulumi.{name}.yaml", {"config": config})
    return name


def grown(recorded: list[Recorded], tenants: Iterable[int]) -> list[Recorded]:
    """The resources of a platform with other tenants, from those of one with a tenant of each shape.

    Args:
        recorded: resources of a platform with tenants 1 to `len(SHAPES)`.
        tenants: numbers of the tenants there are to be.
    """
    models = {tenant_name(number): number for number in range(1, len(SHAPES) + 1)}
    shared = [resource for resource in recorded if resource.name[: len(tenant_name(1))] not in models]
    own = [resource for resource in recorded if resource.name[: len(tenant_name(1))] in models]
    return [*shared, *(each for number in tenants for each in _tenant_resources(own, number))]


def _tenant_resources(own: list[Recorded], number: int) -> Iterator[Recorded]:
    model, name = tenant_name((number - 1) % len(SHAPES) + 1), tenant_name(number)
    for resource in own:
        if resource.name.startswith(model):
            yield replace(
                resource,
                name=resource.name.replace(model, name),
                resource_id=resource.resource_id.replace(model, name),
                inputs=json.loads(json.dumps(resource.inputs).replace(model, name)),
                outputs=json.loads(json.dumps(resource.outputs).replace(model, name)),
            )


def _settings(config: dict[str, Any], placement: TenantPlacement) -> dict[str, Any]:
    changes: dict[str, dict[str, Any]] = {
        "environment": {"name": PLATFORM},
        "platform": {
            "subsidiaries": PLATFORM,
            "capacity": CAPACITY,
            "tenants_per_server": 20,
            "tiers": {"isolated": {"max_users": 120, "max_database_gib": 200}},
            "placement": placement.value,
        },
        "network": LARGE_NETWORK,
    }
    changed = {f"odoo-azure:{section}": values for section, values in changes.items()}
    return {key: {**value, **changed[key]} if key in changed else value for key, value in config.items()}


def _tenant(number: int) -> dict[str, Any]:
    return {"legal_name": f"Company {number:03d} Ltd", "slot": number, **SHAPES[number % len(SHAPES)]}


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
