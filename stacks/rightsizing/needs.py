"""How many users' worth of capacity a measurement asks for, by the planner's own rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import ceil

from stacks.planning.database_sizing import database_load, plan_hardware
from stacks.planning.ledger import Ledger
from stacks.planning.odoo_load import INVOICE_JOB_SECONDS, SECONDS_PER_HOUR, OdooLoad, odoo_load
from stacks.profile import Profile
from stacks.rightsizing.days import Season
from stacks.rightsizing.figures import NORMAL_PERCENT, PEAK_PERCENT, Figures
from stacks.rightsizing.measurement import Metric
from stacks.sections import Workload

TARGET_BUSY = 0.7
"""Share of workers that are busy where a pool is large enough: what the scaler keeps (components/tenant/running.py)."""
TARGET_CPU = 0.7
"""Share of the database's processors that are busy at the peak, our own judgement: a failover empties its memory."""
_ROUNDING = 1e-9
MOST = 2**24
"""Where a search ends: more than any setting may say, which is then refused by its own limit."""


@dataclass(frozen=True, kw_only=True)
class Need:
    """What one measurement asks for.

    Args:
        amount: in the unit of the setting that it is for.
        because: how it follows, in words.
    """

    amount: float
    because: str


@dataclass(frozen=True)
class Needs:
    """What measurements ask for.

    Args:
        profile: what is planned for now.
        figures: what was measured.
    """

    profile: Profile
    figures: Mapping[Metric, Figures]

    @property
    def people_measured(self) -> bool:
        """Whether anything tells how many people worked."""
        return Metric.CONCURRENT_USERS in self.figures or Metric.WEB_WORKERS_BUSY in self.figures

    def normal_users(self) -> list[Need]:
        """Users of a normal day, by each measurement that tells."""
        return [
            self._users(metric, figures.normal, f"{NORMAL_PERCENT} % of ordinary business hours")
            for metric, figures in self._people()
        ]

    def peak_users(self, season: Season) -> list[Need]:
        """Users of a season's close, by each measurement that has a whole one of it."""
        when = f"{PEAK_PERCENT} % of the {season} close"
        needs = [
            self._users(metric, figures.peaks[season], when)
            for metric, figures in self._people()
            if season in figures.peaks
        ]
        cpu = self.figures.get(Metric.DATABASE_CPU_PERCENT)
        return [*needs, self._database(cpu.peaks[season], when)] if cpu and season in cpu.peaks else needs

    def invoices(self) -> list[Need]:
        """Invoices of a month, by each measurement that asks for processes in the background."""
        return [*self._posting(), *self._running()]

    def _people(self) -> Iterator[tuple[Metric, Figures]]:
        for metric in (Metric.CONCURRENT_USERS, Metric.WEB_WORKERS_BUSY):
            if metric in self.figures:
                yield metric, self.figures[metric]

    def _users(self, metric: Metric, value: float, when: str) -> Need:
        if metric is Metric.CONCURRENT_USERS:
            return Need(amount=ceil(value), because=f"In {when} at most {value:g} people worked at once.")
        workers = ceil(value / TARGET_BUSY - _ROUNDING)
        users = least(lambda users: self._load(concurrent_users=users).normal_web_workers >= workers)
        because = f"In {when} at most {value:.1f} HTTP workers were busy; {workers} keep that below {TARGET_BUSY:.0%}"
        return Need(amount=users, because=f"{because}, what the rules give to {users} users.")

    def _database(self, percent: float, when: str) -> Need:
        standing = self._vcores(self.profile.workload)
        needed = standing * percent / 100 / TARGET_CPU
        users = least(lambda users: self._vcores(self._workload(concurrent_users=users)) >= needed)
        because = f"In {when} the database's {standing} processors were {percent:.0f} % busy; below {TARGET_CPU:.0%}"
        return Need(amount=users, because=f"{because} are {ceil(needed)}, what the rules give to {users} users.")

    def _posting(self) -> Iterator[Need]:
        figures = self.figures.get(Metric.INVOICES_POSTED)
        if figures is None:
            return
        amount = ceil(figures.a_month)
        yield Need(amount=amount, because=f"{amount:,} were posted in the busiest 31 days.")
        if figures.hours <= 1:
            an_hour = max(figures.peaks.values(), default=0) / figures.hours
            busy = an_hour * INVOICE_JOB_SECONDS / SECONDS_PER_HOUR
            because = f"In {PEAK_PERCENT} % of a close at most {an_hour:,.0f} were posted an hour: work for {busy:.1f}"
            yield self._background(ceil(busy), because, integrations=0)

    def _running(self) -> Iterator[Need]:
        figures = self.figures.get(Metric.QUEUE_JOBS_RUNNING)
        if figures and self.profile.odoo.queue_jobs:
            running = max(figures.normal, *figures.peaks.values())
            because = f"In {PEAK_PERCENT} % of a close at most {running:g} jobs ran at once"
            yield self._background(ceil(running), because)

    def _background(self, processes: int, because: str, **changes: int) -> Need:
        invoices = least(
            lambda invoices: self._load(invoices_per_month=invoices, **changes).queue_processes >= processes, lowest=0
        )
        return Need(amount=invoices, because=f"{because}; so many the rules give to {invoices:,} invoices.")

    def _load(self, **changes: int) -> OdooLoad:
        return odoo_load(self._workload(**changes), queue_jobs=True)

    def _vcores(self, workload: Workload) -> int:
        load = odoo_load(workload, queue_jobs=self.profile.odoo.queue_jobs)
        return plan_hardware(database_load(workload, load), Ledger(), production=self.profile.production).size.vcores

    def _workload(self, **changes: int) -> Workload:
        """The workload of a day without a peak."""
        level = {"peak_factor": 1.0, "year_end_factor": 1.0}
        return self.profile.workload.model_copy(update={**level, **changes})


def least(enough: Callable[[int], bool], *, lowest: int = 1) -> int:
    """The smallest number that is enough, where more never is less; `MOST` where none is."""
    high = max(lowest, 1)
    while not enough(high):
        if high >= MOST:
            return MOST
        high *= 2
    low = lowest
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return low
