"""What whole environments declare: each variant is run once in a process, and only if a test asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pulumi

from stacks.deploy import deploy
from stacks.planning.assemble import make_plan
from stacks.planning.assemble_machines import make_machine_plan
from stacks.planning.plan import EnvironmentPlan, Plan
from stacks.planning.plan_machines import MachinePlan
from stacks.settings import ON_CALL_WEBHOOK_KEY, Settings, load_settings_of
from stacks.stack_config import Secrets
from stacks.stack_file import read_stack_file
from tests.unit.components.harness import Declared, DeclaredStack, declare_stack

ROOT = Path(__file__).parents[2]
WEBHOOK = "https://on-call.example/secret-token"
HUB_FIREWALL = "10.200.0.4"
HUB_RESOLVERS = ["10.200.0.132", "10.200.0.133"]
HUB_ZONES_GROUP = "/subscriptions/7c1d9a52-3f60-4f0e-9b7e-52d1c0a4e8f1/resourceGroups/rg-hub-dns"

# By variant: the file it starts from, and what is changed in it. `hub`: everything that a hub can give, given.
_VARIANTS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "prod": ("prod", {}),
    "staging": ("staging", {}),
    "hub": (
        "prod",
        {
            "network.bastion": False,
            "network.hub.firewall_private_ip": HUB_FIREWALL,
            "network.hub.dns_servers": HUB_RESOLVERS,
            "network.hub.private_dns_resource_group_id": HUB_ZONES_GROUP,
            "network.hub.manage_peering": True,
            "alerts.on_call_webhook": True,
        },
    ),
    "released": (
        "prod",
        {"environment.data_protection": "released", "cost.log_retention_days": 730, "network.destinations": []},
    ),
    "midmarket": ("midmarket", {}),
}
ENVIRONMENTS = tuple(_VARIANTS)
MACHINES = "midmarket"
"""The variant on virtual machines."""
VARIANTS = tuple(variant for variant in _VARIANTS if variant != MACHINES)
"""Those on a cluster."""


@cache
def settings_of(variant: str) -> Settings:
    """Settings of a variant."""
    file, changes = _VARIANTS[variant]
    path = ROOT / f"Pulumi.{file}.yaml"
    if not changes:
        return load_settings_of(Settings, path)
    config = read_stack_file(path).config
    for place, value in changes.items():
        section, *keys, last = place.split(".")
        target = config[f"odoo-azure:{section}"]
        for key in keys:
            target = target[key]
        target[last] = value
    return Settings.from_config(config | {ON_CALL_WEBHOOK_KEY: {"secure": "v1:abc"}})


@cache
def plan_of(variant: str) -> Plan:
    """Plan of a variant on a cluster."""
    return make_plan(settings_of(variant))


@cache
def machine_plan() -> MachinePlan:
    """Plan of the variant on virtual machines."""
    return make_machine_plan(settings_of(MACHINES))


def environment_plan(variant: str) -> EnvironmentPlan:
    """Plan of a variant, whatever it runs on."""
    return machine_plan() if variant == MACHINES else plan_of(variant)


@cache
def declared_stack(variant: str) -> DeclaredStack:
    """Everything that a variant declares and exports."""
    settings = settings_of(variant)

    def program() -> None:
        url = pulumi.Output.secret(WEBHOOK) if settings.alerts.on_call_webhook else None
        deploy(settings, Secrets(on_call_webhook_url=url))

    return declare_stack(program, stack=settings.environment.name)


def resources(variant: str) -> list[Declared]:
    """What a variant declares."""
    return declared_stack(variant).resources


def azure(variant: str) -> list[Declared]:
    """Of that, what is Azure's."""
    return [each for each in resources(variant) if each.type.startswith("azure-native:")]
