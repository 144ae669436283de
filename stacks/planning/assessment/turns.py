"""Where the answer changes: for each number of a profile the nearest one that another topology is recommended for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from annotated_types import Ge, Le

from stacks.planning.assessment.case import case_of
from stacks.planning.assessment.model import Turn
from stacks.planning.assessment.topology import recommended
from stacks.profile import Profile
from stacks.scalars import Topology
from stacks.sections import Recovery, Section, Workload

FACTOR_STEPS = 20
"""Factors are looked at in steps of a twentieth."""


@dataclass(frozen=True, kw_only=True)
class Driver:
    """A number of a profile.

    Args:
        section: its section.
        key: its key.
        least: smallest value that it may have.
        most: largest.
        steps: values between two whole numbers, one of them included.
    """

    section: str
    key: str
    least: int
    most: int
    steps: int

    @property
    def path(self) -> str:
        """Path of the setting."""
        return f"{self.section}.{self.key}"

    def value(self, profile: Profile) -> float:
        """Its value."""
        value: float = getattr(getattr(profile, self.section), self.key)
        return value

    def scaled(self, step: int) -> float:
        """The value that so many steps are."""
        return step / self.steps if self.steps > 1 else step

    def moved(self, profile: Profile, step: int) -> Profile:
        """The profile with another value, as so many steps."""
        section = getattr(profile, self.section).model_copy(update={self.key: self.scaled(step)})
        return profile.model_copy(update={self.section: section})


def _drivers(section: str, model: type[Section], *keys: str) -> Iterator[Driver]:
    """Numbers of a section; those of `keys`, where there are any."""
    for key, field in model.model_fields.items():
        if field.annotation not in (int, float) or (keys and key not in keys):
            continue
        least, most = (
            next(int(getattr(limit, name)) for limit in field.metadata if isinstance(limit, kind))
            for kind, name in ((Ge, "ge"), (Le, "le"))
        )
        steps = FACTOR_STEPS if field.annotation is float else 1
        yield Driver(section=section, key=key, least=least, most=most, steps=steps)


DRIVERS = (*_drivers("workload", Workload), *_drivers("recovery", Recovery, "rto_minutes"))


def turns_of(profile: Profile) -> tuple[Turn, ...]:
    """Where the answer changes, by setting; settings that change nothing are left out."""
    return tuple(turn for driver in DRIVERS if (turn := _turn(driver, profile)))


def _turn(driver: Driver, profile: Profile) -> Turn | None:
    def answer(step: int) -> Topology:
        return recommended(case_of(driver.moved(profile, step)))

    now = driver.value(profile)
    here = round(now * driver.steps)
    up = _nearest(answer, here, driver.most * driver.steps)
    down = _nearest(answer, here, driver.least * driver.steps)
    step = min((step for step in (up, down) if step is not None), key=lambda step: abs(step - here), default=None)
    if step is None:
        return None
    return Turn(
        setting=driver.path,
        found=_shown(now),
        at=_shown(driver.scaled(step)),
        topology=answer(step).value,
    )


def _shown(value: float) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _nearest(answer: Callable[[int], Topology], here: int, end: int) -> int | None:
    """The step nearest to `here`, towards `end`, whose answer is another; None where there is none.

    Steps grow twofold, so few are looked at; between the last two the answer is taken to change once.
    """
    first, sign = answer(here), 1 if end > here else -1
    same, distance = 0, 1
    while same < abs(end - here):
        distance = min(distance, abs(end - here))
        if answer(here + sign * distance) != first:
            return here + sign * _bisected(lambda step: answer(here + sign * step) != first, same, distance)
        same, distance = distance, 2 * distance
    return None


def _bisected(changed: Callable[[int], bool], same: int, other: int) -> int:
    while other - same > 1:
        middle = (same + other) // 2
        same, other = (same, middle) if changed(middle) else (middle, other)
    return other
