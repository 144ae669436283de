"""What the planner makes of a workload, before and after."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from stacks.planning.plan import Reason

MISSING = "none"
"""What a size is where there is no such thing."""


@dataclass(frozen=True, kw_only=True)
class Resized:
    """A size that the proposal changes.

    Args:
        subject: what it is of, such as `database.sku_name`.
        before: as it is planned now.
        after: as it would be.
        because: why it would be that.
    """

    subject: str
    before: str
    after: str
    because: str


def resized(before: Iterable[Reason], after: Iterable[Reason]) -> Sequence[Resized]:
    """Sizes that differ, in the order of the plan.

    Args:
        before: the plan's reasons as it is.
        after: those as it would be.
    """
    was, becomes = ({reason.subject: reason for reason in reasons} for reasons in (before, after))
    return [
        Resized(
            subject=subject,
            before=was[subject].value if subject in was else MISSING,
            after=becomes[subject].value if subject in becomes else MISSING,
            because=becomes[subject].because if subject in becomes else "No longer needed.",
        )
        for subject in (*was, *(each for each in becomes if each not in was))
        if (was[subject].value if subject in was else None) != (becomes[subject].value if subject in becomes else None)
    ]
