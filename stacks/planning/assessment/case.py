"""A profile as criteria look at it: what is asked, and what follows at once."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from stacks.planning.foundation import ZONES
from stacks.planning.odoo_load import OdooLoad, odoo_load
from stacks.planning.regions import REGIONS, Region
from stacks.profile import Profile
from stacks.sections import Framework

# PCI DSS 4.0.1, 1.4.1 to 1.4.4: trusted zones are kept from others. DORA (2022/2554), article 9: networks that can be
# segmented, so that one part does not infect another.
STRICT_SEPARATION: frozenset[Framework] = frozenset({"dora", "pci-dss"})
"""Frameworks by which what people reach and what works in the background may not share a machine."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A profile, and the load that follows from it.

    Args:
        profile: the profile.
        load: Odoo's processes.
    """

    profile: Profile
    load: OdooLoad

    @property
    def location(self) -> Region:
        """The region that it would be in."""
        return REGIONS[self.profile.location]

    @property
    def zones(self) -> tuple[str, ...]:
        """Availability zones of that region."""
        return ZONES if self.location.has_zones else ()

    @property
    def users_each(self) -> int:
        """People of each isolated subsidiary working at the same moment."""
        workload = self.profile.workload
        return ceil(workload.concurrent_users / max(workload.isolated_subsidiaries, 1))

    @property
    def database_gib_each(self) -> int:
        """Size of the database of each isolated subsidiary, in GiB."""
        workload = self.profile.workload
        return ceil(workload.database_gib / max(workload.isolated_subsidiaries, 1))

    @property
    def peak_factor(self) -> float:
        """Load on the busiest day of the year, as a multiple of a normal day's."""
        return self.profile.workload.peak_factor * self.profile.workload.year_end_factor

    @property
    def leading_processes(self) -> int:
        """Processes of scheduled actions and of the queue: one machine at a time has them all."""
        return self.load.cron_processes + self.load.queue_processes

    @property
    def separating(self) -> tuple[Framework, ...]:
        """Frameworks that ask for separation, in the order of their names."""
        return tuple(sorted(STRICT_SEPARATION.intersection(self.profile.workload.compliance)))


def case_of(profile: Profile) -> Case:
    """A profile with its load."""
    return Case(profile=profile, load=odoo_load(profile.workload, queue_jobs=profile.odoo.queue_jobs))
