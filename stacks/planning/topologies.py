"""The plan of an environment of its own, on whatever its topology names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.planning.assemble import make_plan
from stacks.planning.assemble_machines import make_machine_plan
from stacks.planning.assessment.topology import choose
from stacks.scalars import Topology

if TYPE_CHECKING:
    from stacks.planning.plan import Plan
    from stacks.planning.plan_machines import MachinePlan
    from stacks.settings import Settings


def resolved_topology(settings: Settings) -> Topology:
    """The topology that the settings name, or for `auto` the one that is recommended; never `auto`.

    Args:
        settings: the settings.
    """
    named = settings.environment.topology
    return choose(settings) if named is Topology.AUTO else named


def plan_environment(settings: Settings, *, file: str = "Pulumi.<stack>.yaml") -> Plan | MachinePlan:
    """The plan of an environment: a pure function of its settings.

    Args:
        settings: the settings.
        file: where they come from, for errors.

    Raises:
        SettingsError: with everything that the settings ask for and Azure, or this design, cannot give.
    """
    make = make_machine_plan if resolved_topology(settings) is Topology.DEDICATED_VM else make_plan
    return make(settings, file=file)
