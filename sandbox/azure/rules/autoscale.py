"""Autoscale settings.

The SDK's descriptions of the arguments (rest/api/monitor/autoscalesettings/createorupdate), and learn.microsoft.com
azure/azure-monitor/autoscale: autoscale-best-practices, autoscale-multiprofile
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from sandbox.azure.rulebook import Change, stateful, static
from sandbox.azure.rules.scope import refuse
from sandbox.azure.rules.time_spans import minutes_of
from sandbox.provider.errors import Failure, ProviderError
from sandbox.provider.values import UNKNOWN, Object, dig, has_unknown, known_items

MOST_PROFILES: Final = 20
MOST_RULES: Final = 10
NUMBER: Final = re.compile(r"\d+")
DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# Of a rule: shortest and longest, in minutes, and how these are written.
SPANS: Final = {
    ("metricTrigger", "timeGrain"): (1, 720, "PT1M to PT12H"),
    ("metricTrigger", "timeWindow"): (5, 720, "PT5M to PT12H"),
    ("scaleAction", "cooldown"): (1, 10080, "PT1M to P7D"),
}


@static("monitor:AutoscaleSetting")
def profiles(inputs: Object) -> Iterator[Failure]:
    """So many, and one for when no other applies."""
    given = inputs.get("profiles")
    if not isinstance(given, list):
        return
    if not 1 <= len(given) <= MOST_PROFILES:
        yield refuse("profiles", len(given), f"1 to {MOST_PROFILES} profiles")
    known = known_items(given)
    always = [index for index, profile in enumerate(known) if not {"fixedDate", "recurrence"} & set(profile)]
    for index in always[1:]:
        yield Failure(f"profiles[{index}]", "a second profile without fixedDate and recurrence: there is one default")
    if known and len(known) == len(given) and all("fixedDate" in profile for profile in known):
        yield Failure("profiles", "one profile must hold outside of the others' dates: without fixedDate")
    for index, profile in enumerate(known):
        where = f"profiles[{index}]"
        yield from _capacity(dig(profile, "capacity") or {}, f"{where}.capacity")
        yield from _schedule(profile, where)
        rules = known_items(profile.get("rules"))
        if len(rules) > MOST_RULES:
            yield refuse(f"{where}.rules", len(rules), f"at most {MOST_RULES} rules")
        for number, rule in enumerate(rules):
            yield from _rule(rule, f"{where}.rules[{number}]")


def _capacity(capacity: Object, where: str) -> Iterator[Failure]:
    """Numbers, written as texts: minimum, default, maximum in this order."""
    if has_unknown(capacity):
        return
    for key in ("minimum", "default", "maximum"):
        if not NUMBER.fullmatch(str(capacity.get(key))):
            yield refuse(f"{where}.{key}", capacity.get(key), "a number of instances, as a text")
            return
    least, usual, most = (int(capacity[key]) for key in ("minimum", "default", "maximum"))
    if least > most:
        yield refuse(f"{where}.minimum", least, f"at most the maximum ({most})")
    elif not least <= usual <= most:
        yield refuse(f"{where}.default", usual, f"{least} to {most}")


def _schedule(profile: Object, where: str) -> Iterator[Failure]:
    if "fixedDate" in profile and "recurrence" in profile:
        yield Failure(f"{where}.fixedDate", "give either fixedDate or recurrence")
    start, end = (_moment(dig(profile, "fixedDate", key)) for key in ("start", "end"))
    if start and end and start.replace(tzinfo=None) >= end.replace(tzinfo=None):
        yield refuse(f"{where}.fixedDate.end", str(end), f"after {start}")
    frequency = dig(profile, "recurrence", "frequency")
    if frequency not in (None, "Week"):
        yield refuse(f"{where}.recurrence.frequency", frequency, "Week")
    schedule = dig(profile, "recurrence", "schedule") or {}
    for day in known_items(schedule.get("days")):
        if str(day).lower() not in DAYS:
            yield refuse(f"{where}.recurrence.schedule.days", day, "Monday to Sunday")
    for key, most in (("hours", 23), ("minutes", 59)):
        for value in known_items(schedule.get(key)):
            if value not in range(most + 1):
                yield refuse(f"{where}.recurrence.schedule.{key}", value, f"0 to {most}")


def _moment(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _rule(rule: Object, where: str) -> Iterator[Failure]:
    for path, (least, most, allowed) in SPANS.items():
        value = dig(rule, *path)
        minutes = minutes_of(value)
        if value is not None and (minutes is None or not least <= minutes <= most):
            yield refuse(f"{where}.{'.'.join(path)}", value, allowed)
    count = dig(rule, "scaleAction", "value")
    if count is not None and (not NUMBER.fullmatch(str(count)) or int(count) < 1):
        yield refuse(f"{where}.scaleAction.value", count, "1 or more, as a text")


@static("monitor:AutoscaleSetting")
def target(inputs: Object) -> Iterator[Failure]:
    if "targetResourceUri" not in inputs and inputs.get("targetResourceUri") is not UNKNOWN:
        yield Failure("targetResourceUri", "required: what is scaled")


@stateful("monitor:AutoscaleSetting")
def one_for_a_target(change: Change) -> None:
    """A resource has one autoscale setting."""
    own = str(change.new.get("targetResourceUri")).lower()
    for other in change.world.store.of_type(change.token):
        if other.id.lower() != change.id.lower() and str(other.inputs.get("targetResourceUri")).lower() == own:
            raise ProviderError("Conflict", f"'{own}' already has autoscale setting '{other.id}'")
