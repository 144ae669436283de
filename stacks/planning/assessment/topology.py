"""Which topology: a rule that anybody can follow by hand (docs/decisions/0019-topology-by-criteria.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.planning.assessment.case import Case, case_of
from stacks.planning.assessment.criteria import CRITERIA, WEIGHING_ENOUGH
from stacks.profile import profile_of
from stacks.scalars import Topology

if TYPE_CHECKING:
    from stacks.settings import Settings


def choose(settings: Settings) -> Topology:
    """The topology of an environment of its own whose settings leave it open.

    A platform for many tenants has settings of its own: where one is wanted, the answer is the cluster, and
    `contradictions` says so.

    Args:
        settings: the settings.
    """
    chosen = recommended(case_of(profile_of(settings)))
    return Topology.DEDICATED_AKS if chosen is Topology.MULTI_TENANT_AKS else chosen


def recommended(case: Case) -> Topology:
    """The topology that a business should have.

    What rules the simpler ones out decides alone; otherwise several weighing arguments together do.

    Args:
        case: what it needs.
    """
    turned = [criterion for criterion in CRITERIA if criterion.holds(case)]
    binding = [criterion.beyond for criterion in turned if criterion.binding]
    if binding:
        return binding[0]
    return Topology.DEDICATED_AKS if len(turned) >= WEIGHING_ENOUGH else Topology.DEDICATED_VM
