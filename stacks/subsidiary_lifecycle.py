"""Rules on a tenant's way out: closed first, and deleted only after the retention, in so many words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from stacks.errors import Problem
from stacks.explain import show
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
    years = _archive_years(candidate)
    end = _years_after(lifecycle.suspended_on, years)
    if candidate.today < end:
        yield Problem(
            path="lifecycle.state",
            found=f'"{lifecycle.state}" on {candidate.today}, suspended on {lifecycle.suspended_on}',
            allowed=f"suspended until {end}: its books are kept for {years} years; from that day on released",
            remedy=f"Set it to suspended until {end}.",
        )


def _archive_years(candidate: Candidate) -> int:
    promised = candidate.platform.platform.recovery_classes.get(candidate.tenant.recovery_class)
    return (promised or candidate.platform.recovery).archive_years


def _years_after(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return date(day.year + years, 3, 1)


LIFECYCLE_RULES: tuple[Callable[[Candidate], Iterator[Problem]], ...] = (
    _lifecycle_is_in_order,
    _data_goes_with_consent,
    _data_goes_after_the_retention,
)
