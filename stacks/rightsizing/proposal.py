"""What the workload profile should say, given what was measured.

Rules, in the order in which they count:

1. Nothing falls below what was measured: not the normal day, not a close, not what data takes.
2. What was not measured keeps its size: a close that is not in the span keeps its multiple of a normal day, so the
   year's end does not shrink because a quiet May was looked at; what has no series stays as it is.
3. What can never shrink, the database's disk, is never proposed smaller.
4. What is within a tenth above the measured is right: only more than that is taken away.

Recovery is no part of it: only the section `workload` changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil

from stacks.errors import Problem, SettingsError
from stacks.profile import Profile
from stacks.rightsizing.days import Season
from stacks.rightsizing.figures import Figures
from stacks.rightsizing.measurement import Metric
from stacks.rightsizing.needs import Need, Needs
from stacks.sections import Workload
from stacks.validation import plain_data, validated

WORTH_A_CHANGE = 0.9
"""Share of what stands below which the measured must be to lower it."""
_STEP = 20
"""Factors are rounded up to twentieths."""
_ROUNDING = 1e-9
_LARGEST_PEAK, _LARGEST_YEAR_END = 5, 3
"""What `peak_factor` and `year_end_factor` may be; more people are more users."""

Value = int | float


@dataclass(frozen=True, kw_only=True)
class Change:
    """One key that should change, or one that was looked at and should not.

    Args:
        key: key of the section `workload`.
        before: what it says.
        after: what it should say.
        because: why.
    """

    key: str
    before: Value
    after: Value
    because: str


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What should change.

    Args:
        workload: the section as it should be.
        judged: every key that was judged, in the order of the section; with `before` as `after` where it is right.
        unmeasured: metrics that nothing was known of.
    """

    workload: Workload
    judged: tuple[Change, ...]
    unmeasured: tuple[Metric, ...]

    @property
    def changes(self) -> tuple[Change, ...]:
        """Keys that should change."""
        return tuple(each for each in self.judged if each.before != each.after)

    @property
    def kept(self) -> tuple[Change, ...]:
        """Keys that are right."""
        return tuple(each for each in self.judged if each.before == each.after)


def propose(profile: Profile, figures: Mapping[Metric, Figures], file: str) -> Proposal:
    """What the profile should say.

    Args:
        profile: what it says.
        figures: what was measured.
        file: its file, for errors.

    Raises:
        SettingsError: what was measured is more than one environment may have.
    """
    workload, needs = profile.workload, Needs(profile, figures)
    judged = (
        *_people(workload, needs),
        *_invoices(workload, needs),
        *_database(workload, figures.get(Metric.DATABASE_GIB)),
        *_attachments(workload, figures.get(Metric.ATTACHMENTS_GIB)),
    )
    return Proposal(
        workload=_validated(workload, {each.key: each.after for each in judged}, file),
        judged=judged,
        unmeasured=tuple(metric for metric in Metric if metric not in figures),
    )


Peaks = Mapping[Season, Sequence[Need]]


def _people(workload: Workload, needs: Needs) -> Sequence[Change]:
    """Users of a normal day, and the multiples of them at a close."""
    peaks = {season: needs.peak_users(season) for season in Season}
    if not needs.people_measured and not any(peaks.values()):
        return ()
    lower = needs.people_measured
    users = _users(workload, needs.normal_users(), peaks, lower=lower)
    year = _year_end_users(workload, users.after, peaks)
    month = _month_end(workload, users.after, year, peaks[Season.MONTH_END], lower=lower)
    wanted = year.amount / (users.after * month.after)
    lower = lower and bool(peaks[Season.YEAR_END])
    return users, month, _factor("year_end_factor", workload.year_end_factor, wanted, year.because, lower=lower)


def _users(workload: Workload, normal: Sequence[Need], peaks: Peaks, *, lower: bool) -> Change:
    now = workload.concurrent_users
    # A close so much busier than a normal day that no factor may say it makes the normal day larger.
    for season, largest in ((Season.MONTH_END, _LARGEST_PEAK), (Season.YEAR_END, _LARGEST_PEAK * _LARGEST_YEAR_END)):
        normal = [*normal, *(replace(need, amount=ceil(need.amount / largest)) for need in peaks[season])]
    need = _largest(normal)
    return _settled("concurrent_users", now, max(ceil(need.amount), 1), need.because, lower=lower)


def _year_end_users(workload: Workload, users: Value, peaks: Peaks) -> Need:
    """Users at the close of the year: measured, or as large a multiple of a normal day's as before."""
    if peaks[Season.YEAR_END]:
        return _largest(peaks[Season.YEAR_END])
    multiple = workload.peak_factor * workload.year_end_factor
    because = f"No year's end was measured: it keeps {multiple:g} times a normal day at least."
    return Need(amount=users * multiple, because=because)


def _month_end(workload: Workload, users: Value, year: Need, measured: Sequence[Need], *, lower: bool) -> Change:
    kept = Need(
        amount=users * workload.peak_factor,
        because="No month's close but the year's was measured: it keeps its multiple of a normal day.",
    )
    need = _largest(measured or [kept])
    # The year's close is a multiple of a month's, of which there is a largest.
    wanted = max(need.amount, year.amount / _LARGEST_YEAR_END) / users
    return _factor("peak_factor", workload.peak_factor, wanted, need.because, lower=lower and bool(measured))


def _invoices(workload: Workload, needs: Needs) -> Sequence[Change]:
    found = needs.invoices()
    if not found:
        return ()
    need = _largest(found)
    lower = Metric.INVOICES_POSTED in needs.figures
    return (_settled("invoices_per_month", workload.invoices_per_month, ceil(need.amount), need.because, lower=lower),)


def _database(workload: Workload, figures: Figures | None) -> Sequence[Change]:
    if figures is None:
        return ()
    because = f"It takes {figures.highest:.1f} GiB."
    if figures.highest < workload.database_gib:
        because += " A server's disk never shrinks, so neither does what it is planned from."
    growth = f"It grew at {figures.growth_a_year:.0f} GiB a year; from one month less is not concluded."
    return (
        _settled("database_gib", workload.database_gib, ceil(figures.highest), because, lower=False),
        _settled(
            "database_growth_gib_per_year",
            workload.database_growth_gib_per_year,
            ceil(figures.growth_a_year),
            growth,
            lower=False,
        ),
    )


def _attachments(workload: Workload, figures: Figures | None) -> Sequence[Change]:
    if figures is None:
        return ()
    size = max(ceil(figures.highest), 1)
    because = f"They take {figures.highest:.1f} GiB."
    return (_settled("attachments_gib", workload.attachments_gib, size, because),)


def _largest(needs: Sequence[Need]) -> Need:
    return max(needs, key=lambda need: need.amount)


def _factor(key: str, now: float, wanted: float, because: str, *, lower: bool) -> Change:
    """A factor as it should be, rounded up to a twentieth where it changes."""
    settled = _settled(key, now, max(wanted - _ROUNDING, 1.0), because, lower=lower)
    return settled if settled.after == now else replace(settled, after=ceil(settled.after * _STEP) / _STEP)


def _settled(key: str, now: Value, wanted: Value, because: str, *, lower: bool = True) -> Change:
    """A key as it should be: raised to what is wanted, lowered only where that is worth a change."""
    if wanted > now or (lower and wanted < now * WORTH_A_CHANGE):
        return Change(key=key, before=now, after=wanted, because=because)
    return _same(key, now, because)


def _same(key: str, now: Value, because: str) -> Change:
    return Change(key=key, before=now, after=now, because=because)


def _validated(workload: Workload, changes: Mapping[str, Value], file: str) -> Workload:
    document, _ = plain_data({**workload.model_dump(mode="json"), **changes})
    changed, problems = validated(Workload, document)
    if problems:
        raise SettingsError([_too_much(problem) for problem in problems], file)
    return changed


def _too_much(problem: Problem) -> Problem:
    remedy = "So much was measured: check the measurements, or split the business into several environments."
    return replace(problem, path=f"workload.{problem.path}", remedy=remedy)
