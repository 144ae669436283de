"""Rules on a tenant's way out: closed first, and deleted only after the retention, in so many words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from stacks.errors import Problem
from stacks.explain import show
from stacks.planning.storage import archive_days_of, platform_archive_years
from stacks.subsidiary_consistency import Candidate
from stacks.tenant_scalars import TenantState

_GIVEN_UP = (TenantState.RELEASED, TenantState.REMOVED)


def _lifecycle_is_in_order(candidate: Candidate) -> Iterator[Problem]:
    state, lifecycle = candidate.tenant.lifecycle.state, candidate.tenant.lifecycle
    if state is TenantState.ACTIVE and lifecycle.suspended_on:
        yield _out_of_order("suspended_on", str(lifecycle.suspended_on), state, "Remove it, or set state to suspended.")
    if state is not TenantState.ACTIVE and not lifecycle.suspended_on:
        yield Problem(
            path="lifecycle.suspended_on",
            found=f"nothing, while lifecycle.state is {state}",
            allowed='a date in quotes, such as "2026-12-01"',
            remedy="Write the day that it was suspended: the retention counts from there.",
        )
    if state not in _GIVEN_UP and lifecycle.consent:
        yield _out_of_order("consent", show(lifecycle.consent), state, "Remove it: only releasing the data needs it.")


def _out_of_order(key: str, found: str, state: TenantState, remedy: str) -> Problem:
    return Problem(
        path=f"lifecycle.{key}", found=f"{found}, while lifecycle.state is {state}", allowed="nothing", remedy=remedy
    )


def _data_goes_with_consent(candidate: Candidate) -> Iterator[Problem]:
    lifecycle, consent = candidate.tenant.lifecycle, f"delete {candidate.tenant.legal_name}"
    if lifecycle.state in _GIVEN_UP and lifecycle.consent != consent:
        yield Problem(
            path="lifecycle.consent",
            found=f"{show(lifecycle.consent)}, while lifecycle.state is {lifecycle.state}",
            allowed=f'"{consent}"',
            remedy="Write exactly that, if all its data may be deleted for ever.",
        )


def _data_goes_after_the_retention(candidate: Candidate) -> Iterator[Problem]:
    lifecycle = candidate.tenant.lifecycle
    if lifecycle.state not in _GIVEN_UP or not lifecycle.suspended_on:
        return
    # Azure deletes no container before the immutability of the last backup in it ends.
    years = platform_archive_years(candidate.platform)
    days = archive_days_of(years)
    end = _days_after(lifecycle.suspended_on, days)
    if candidate.today < end:
        yield Problem(
            path="lifecycle.state",
            found=f'"{lifecycle.state}" on {candidate.today}, suspended on {lifecycle.suspended_on}',
            allowed=f"suspended until {end}: each backup is immutable for {days} days, whatever its class (the "
            f"platform's longest archive_years, {years}, and the year that it is from)",
            remedy=f"Set it to suspended until {end}.",
        )


def _days_after(day: date, days: int) -> date:
    """The day so many days later; the last that there is, where the calendar ends before."""
    return date.fromordinal(min(day.toordinal() + days, date.max.toordinal()))


LIFECYCLE_RULES: tuple[Callable[[Candidate], Iterator[Problem]], ...] = (
    _lifecycle_is_in_order,
    _data_goes_with_consent,
    _data_goes_after_the_retention,
)
