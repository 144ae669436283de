"""Lengths of time as ARM takes them: ISO 8601, such as PT30M, PT1H30M or P7D."""

import re
from typing import Any, Final

SPAN: Final = re.compile(r"P(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?")
MINUTES: Final = {"days": 1440.0, "hours": 60.0, "minutes": 1.0, "seconds": 1 / 60}


def minutes_of(text: Any) -> float | None:
    """The minutes of a length of time; None if it is none, or not known."""
    match = SPAN.fullmatch(text) if isinstance(text, str) else None
    if match is None or not any(match.groups()):
        return None
    return sum(int(number) * MINUTES[unit] for unit, number in match.groupdict(default="0").items())
