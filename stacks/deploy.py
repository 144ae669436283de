"""From settings to resources: the plan, the topology it names, the exports."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping

import pulumi

from stacks.dedicated_aks import dedicated_aks
from stacks.exports import Exports, export
from stacks.planning.assemble import make_plan
from stacks.planning.plan import Plan
from stacks.scalars import Topology
from stacks.sdk_aliases import drop_sdk_type_aliases
from stacks.settings import Settings
from stacks.stack_config import Secrets

TOPOLOGIES: Mapping[Topology, Callable[[str, Settings, Plan, Secrets], Exports]] = {
    Topology.DEDICATED_AKS: dedicated_aks,
}


# A declaration makes hundreds of thousands of small objects that live as long as the program. Python's collector, at
# its default of every 700 new ones, walks over all of them again and again: a third of a preview, and frees nothing.
GC_THRESHOLDS = (50_000, 20, 100)


def deploy(settings: Settings, secrets: Secrets, name: str = "odoo") -> None:
    """Declares an environment.

    Args:
        settings: the validated settings.
        secrets: what is secret in them.
        name: prefix of the Pulumi names; a change of it would replace everything.

    Raises:
        SettingsError: the settings ask for what cannot be planned.
    """
    gc.set_threshold(*GC_THRESHOLDS)
    if not settings.environment.sdk_type_aliases:
        pulumi.runtime.register_stack_transformation(drop_sdk_type_aliases)
    plan = make_plan(settings, file=f"Pulumi.{pulumi.get_stack()}.yaml")
    for warning in plan.warnings:
        pulumi.log.warn(warning)
    export(TOPOLOGIES[settings.environment.topology](name, settings, plan, secrets))
