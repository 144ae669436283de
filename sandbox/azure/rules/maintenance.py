"""Maintenance configurations and what they are assigned to.

learn.microsoft.com azure/virtual-machines/maintenance-configurations; the SDK's description of recurEvery
"""

import re
from collections.abc import Iterator
from typing import Final

from sandbox.azure import paths
from sandbox.azure.regions import normal
from sandbox.azure.rulebook import Change, stateful, static
from sandbox.azure.rules.compute import upgrades_automatically
from sandbox.azure.rules.machine_profile import PLATFORM
from sandbox.azure.rules.scope import refuse
from sandbox.provider.errors import Failure, ProviderError
from sandbox.provider.values import Object, dig

WEEK: Final = r"(monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
DAILY: Final = re.compile(r"(?P<number>\d*) ?days?", re.IGNORECASE)
WEEKLY: Final = re.compile(rf"(?P<number>\d*) ?weeks?( {WEEK}(, ?{WEEK})*)?", re.IGNORECASE)
MONTHLY: Final = re.compile(
    r"(?P<number>\d*) ?months?"
    rf"( (day\d+(, ?day\d+)*|(first|second|third|fourth|last) {WEEK}( offset-?[0-6])?))?",
    re.IGNORECASE,
)
DURATION: Final = re.compile(r"(?P<hours>[01]\d|2[0-3]):(?P<minutes>[0-5]\d)")
LONGEST_MINUTES: Final = 24 * 60 - 1
MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}(:\d{2})?")
# Shortest and longest window of a scope, in minutes.
WINDOWS: Final = {"OSImage": (300, LONGEST_MINUTES), "Host": (120, LONGEST_MINUTES), "InGuestPatch": (90, 235)}
SET: Final = "microsoft.compute/virtualmachinescalesets"
# What a scope may be assigned to.
TARGETS: Final = {"OSImage": (SET,), "InGuestPatch": ("microsoft.compute/virtualmachines",)}


@static("maintenance:MaintenanceConfiguration")
def window(inputs: Object) -> Iterator[Failure]:
    """A window as long as its scope asks, in the forms that the service reads."""
    scope, duration = str(dig(inputs, "maintenanceScope")), dig(inputs, "duration")
    match = DURATION.fullmatch(duration) if isinstance(duration, str) else None
    least, most = WINDOWS.get(scope, (0, LONGEST_MINUTES))
    if duration is not None:
        minutes = int(match["hours"]) * 60 + int(match["minutes"]) if match else -1
        if not least <= minutes <= most:
            allowed = f"{_clock(least)} to {_clock(most)}" + (f" for scope {scope}" if scope in WINDOWS else "")
            yield refuse("duration", duration, allowed)
    for key in ("startDateTime", "expirationDateTime"):
        moment = dig(inputs, key)
        if isinstance(moment, str) and not MOMENT.fullmatch(moment):
            yield refuse(key, moment, "a moment such as 2026-12-01 02:00")
    start, end = (dig(inputs, key) for key in ("startDateTime", "expirationDateTime"))
    if isinstance(start, str) and isinstance(end, str) and start >= end:
        yield refuse("expirationDateTime", end, f"after {start}")
    if scope == "InGuestPatch" and "InGuestPatchMode" not in (inputs.get("extensionProperties") or {}):
        yield Failure("extensionProperties.InGuestPatchMode", "required with scope InGuestPatch")


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


@static("maintenance:MaintenanceConfiguration")
def recurrence(inputs: Object) -> Iterator[Failure]:
    """Images of systems come once a week or more often."""
    text, image = dig(inputs, "recurEvery"), dig(inputs, "maintenanceScope") == "OSImage"
    if not isinstance(text, str):
        return
    forms = {1: DAILY, 7: WEEKLY, 31: MONTHLY}
    found = {length: match for length, form in forms.items() if (match := form.fullmatch(text))}
    days = next((int(match["number"] or 1) * length for length, match in found.items()), 0)
    if days == 0:
        yield refuse("recurEvery", text, "such as 'Day', '3Days', 'Week Saturday,Sunday', 'Month Last Sunday'")
    elif image and days > 7:  # noqa: PLR2004 - a week
        yield refuse("recurEvery", text, "a week at most for scope OSImage")


@stateful("maintenance:ConfigurationAssignment")
def assignment(change: Change) -> None:
    """A scope is for machines of some kind, in the same region, that let the platform do what the window is for."""
    machine_id = paths.parent_of(change.id) or ""
    machine = change.world.body(machine_id) or {}
    configuration = change.world.body(str(change.new.get("maintenanceConfigurationId"))) or {}
    scope, kind = str(configuration.get("maintenanceScope")), paths.arm_type(machine_id).lower()
    if scope in TARGETS and kind not in TARGETS[scope]:
        raise ProviderError("BadRequest", f"a maintenance configuration of scope {scope} is not for {kind}")
    if normal(configuration.get("location")) != normal(machine.get("location")):
        places = f"{configuration.get('location')} and {machine.get('location')}"
        raise ProviderError("BadRequest", f"configuration and machine must be in one region, found {places}")
    if scope == "OSImage" and not upgrades_automatically(machine):
        message = (
            f"scope OSImage needs upgradePolicy.automaticOSUpgradePolicy.enableAutomaticOSUpgrade on '{machine_id}'"
        )
        raise ProviderError("BadRequest", message)
    linux = dig(machine, "osProfile", "linuxConfiguration", "patchSettings", "patchMode")
    windows = dig(machine, "osProfile", "windowsConfiguration", "patchSettings", "patchMode")
    if scope == "InGuestPatch" and PLATFORM not in (linux, windows):
        raise ProviderError("BadRequest", f"scope InGuestPatch needs patchMode {PLATFORM} on '{machine_id}'")


@stateful("maintenance:ConfigurationAssignmentsForResourceGroup")
def dynamic_scope(change: Change) -> None:
    """Machines that are found when a window begins get patches, and nothing else."""
    configuration = change.world.body(str(change.new.get("maintenanceConfigurationId"))) or {}
    scope = configuration.get("maintenanceScope")
    if scope != "InGuestPatch":
        raise ProviderError("BadRequest", f"a dynamic scope is for configurations of scope InGuestPatch, found {scope}")
