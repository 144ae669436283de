"""What speaks for and against each topology: one table, every threshold in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from stacks.planning.assessment.case import Case
from stacks.scalars import Topology

VM, AKS, PLATFORM = Topology.DEDICATED_VM, Topology.DEDICATED_AKS, Topology.MULTI_TENANT_AKS
SUBSIDIARIES_FOR_A_PLATFORM = 5
"""Our own judgement: below it, an environment each costs less than a platform's shared servers and nodes."""


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """A measure, and the value from which it speaks for another topology than the simpler one.

    Args:
        subject: a setting's path, or a computed figure.
        measure: its value.
        threshold: where it turns; that value itself speaks for `beyond` already.
        beyond: topology that it speaks for from there on.
        binding: whether it decides alone.
        because: one sentence, where it has turned.
        otherwise: one sentence, where it has not; empty where an earlier criterion of the subject says it.
        source: page or rule it comes from; empty where it is our own judgement.
        unit: of the value, for people.
        downward: whether smaller values are the stricter ones.
        names: what to call a value instead of by its number.
        words: what to call the threshold then.
    """

    subject: str
    measure: Callable[[Case], float]
    threshold: float
    beyond: Topology
    because: str
    otherwise: str = ""
    binding: bool = False
    source: str = ""
    unit: str = ""
    downward: bool = False
    names: Callable[[Case], str] | None = None
    words: str = ""

    def holds(self, case: Case) -> bool:
        """Whether it has turned."""
        found = self.measure(case)
        return found <= self.threshold if self.downward else found >= self.threshold

    def found(self, case: Case) -> str:
        """Its value, for people."""
        return self.names(case) if self.names else f"{self.measure(case):g}{self.unit}"

    @property
    def turns_at(self) -> str:
        """Its threshold, for people."""
        return self.words or f"{self.threshold:g}{self.unit} or {'less' if self.downward else 'more'}"


CRITERIA: tuple[Criterion, ...] = (
    Criterion(
        subject="workload.isolated_subsidiaries",
        measure=lambda case: case.profile.workload.isolated_subsidiaries,
        threshold=SUBSIDIARIES_FOR_A_PLATFORM,
        beyond=PLATFORM,
        binding=True,
        because="Companies in one database are parted by record rules alone: each of these needs a database, a "
        "namespace and secrets of its own, and so many are cheaper on one platform than each in an environment.",
        otherwise="So few companies to keep apart do not pay for a platform; the first ones get an environment each.",
        source="docs/decisions/0018-nothing-shared-knows-a-tenant.md",
    ),
    Criterion(
        subject="people at work on the busiest day",
        measure=lambda case: case.load.peak_users,
        threshold=600,
        beyond=AKS,
        binding=True,
        because="Every machine carries all pools: beyond a hundred HTTP workers the background processes that each "
        "machine has for nothing cost more than a cluster.",
        otherwise="A handful of machines carries them.",
        source="odoo.com documentation: administration/on_premise/deploy (6 users a worker)",
    ),
    Criterion(
        subject="processes of scheduled actions and jobs",
        measure=lambda case: case.leading_processes,
        threshold=18,
        beyond=AKS,
        binding=True,
        because="One machine at a time leads scheduled actions and jobs: with so many, the largest has no processors "
        "left for people. In a cluster they have nodes of their own.",
        otherwise="One machine holds all of them; another takes over when it is gone.",
        source="learn.microsoft.com azure/virtual-machines/sizes/overview",
    ),
    Criterion(
        subject="processes of scheduled actions and jobs",
        measure=lambda case: case.leading_processes,
        threshold=10,
        beyond=AKS,
        because="More than half of every machine stands idle, but of the one that leads.",
    ),
    Criterion(
        subject="people at work on the busiest day",
        measure=lambda case: case.load.peak_users,
        threshold=400,
        beyond=AKS,
        because="More than half a dozen machines: each release replaces all of them, one batch after the other.",
    ),
    Criterion(
        subject="load of the busiest day, as a multiple of a normal day's",
        measure=lambda case: case.peak_factor,
        threshold=2.5,
        beyond=AKS,
        because="Pods come in a minute and are paid for while they run; machines take many, and come whole.",
        otherwise="The machines that stand for the loss of a zone are most of what the close needs.",
        source="keda.sh docs/2.17/concepts/scaling-deployments",
    ),
    Criterion(
        subject="workload.legal_entities",
        measure=lambda case: case.profile.workload.legal_entities,
        threshold=10,
        beyond=AKS,
        because="So many companies close, consolidate and run their scheduled actions at the same time: that wants "
        "pools that grow by themselves.",
        otherwise="Few companies close at the same time.",
    ),
    Criterion(
        subject="workload.integrations",
        measure=lambda case: case.profile.workload.integrations,
        threshold=12,
        beyond=AKS,
        because="What so many systems send arrives in bursts, whose workers take the place of people's on one machine.",
        otherwise="A few systems add a worker or two.",
    ),
    Criterion(
        subject="calendar.batches",
        measure=lambda case: len(case.profile.calendar.batches),
        threshold=1,
        beyond=AKS,
        because="Work at fixed hours wants one pool large for some hours; machines grow in all pools at once.",
        otherwise="No work at fixed hours wants a pool larger than the others.",
        source="keda.sh docs/2.17/scalers/cron",
    ),
    Criterion(
        subject="workload.releases_per_month",
        measure=lambda case: case.profile.workload.releases_per_month,
        threshold=4,
        beyond=AKS,
        because="A release every week replaces every machine every week; in a cluster it replaces pods, in minutes.",
        otherwise="Machines are replaced rarely enough.",
    ),
    Criterion(
        subject="workload.customisation",
        measure=lambda case: case.profile.workload.customisation == "heavy",
        threshold=True,
        names=lambda case: case.profile.workload.customisation,
        words="heavy",
        beyond=AKS,
        because="Modules that change what people do all day bring faults of their own: a cluster holds each pool to "
        "its memory on nodes of its own, and rolls one pool back without the others.",
        otherwise="Odoo runs nearly as it comes.",
    ),
    Criterion(
        subject="recovery.rto_minutes",
        measure=lambda case: case.profile.recovery.rto_minutes,
        threshold=30,
        beyond=AKS,
        downward=True,
        unit=" minutes",
        because="A machine that leads is gone for as long as another takes to notice, and a new one takes ten to "
        "twenty minutes from its image to its first request; pods start on nodes that stand already.",
        otherwise="Time enough to start a machine from nothing.",
    ),
    Criterion(
        subject="frameworks that ask for separation",
        measure=lambda case: len(case.separating),
        threshold=1,
        names=lambda case: ", ".join(case.separating) or "none",
        beyond=AKS,
        because="What people reach and what works in the background must be parted: a cluster has nodes, network "
        "policies and admission rules for it, on a machine they are neighbours.",
        otherwise="No framework asks that what people reach and what works in the background be on separate machines.",
        source="PCI DSS 4.0.1, 1.4; DORA (2022/2554), article 9",
    ),
)
"""In the order of their weight; of the same subject the stronger first."""

WEIGHING_ENOUGH = 3
"""Weighing arguments for a cluster that together outweigh its own cost."""
