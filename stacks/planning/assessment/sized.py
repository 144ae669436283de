"""The sizes of a topology, whichever it is."""

from __future__ import annotations

from dataclasses import dataclass

from stacks.planning.assessment.model import Season, Unmet
from stacks.planning.plan import Reason


@dataclass(frozen=True, kw_only=True)
class Sized:
    """What a topology is made of.

    Args:
        reasons: every size with its reason; none where nothing can be planned.
        warnings: what to look at.
        unmet: what cannot be had.
        seasons: a normal day, a month-end and a year-end.
        standing: HTTP workers that stand at all hours, with a zone (or one machine) lost.
        surviving: HTTP workers at the highest scale, with the same loss.
    """

    reasons: tuple[Reason, ...] = ()
    warnings: tuple[str, ...] = ()
    unmet: tuple[Unmet, ...] = ()
    seasons: tuple[Season, ...] = ()
    standing: int = 0
    surviving: int = 0
