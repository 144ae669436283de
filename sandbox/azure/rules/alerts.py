"""Alerts on the activity log: what they are about, what they watch, and how many a subscription takes."""

from collections.abc import Iterator
from typing import Final

from sandbox.azure import paths
from sandbox.azure.rulebook import Change, stateful, static
from sandbox.azure.rules.audit import ACTIVITY
from sandbox.azure.rules.scope import refuse
from sandbox.provider.errors import Failure, ProviderError
from sandbox.provider.values import Object, known_items

ALERT: Final = "azure-native:monitor:ActivityLogAlert"
# learn.microsoft.com azure/azure-monitor/service-limits#alerts: it cannot be raised
MOST_ALERTS: Final = 100
# learn.microsoft.com rest/api/monitor/activitylogalerts/createorupdate
LOCATIONS: Final = ("global", "westeurope", "northeurope")
# learn.microsoft.com azure/service-health/resource-health-alert-arm-template-guide
STATES: Final = ("Available", "Degraded", "Unavailable", "Unknown")
CAUSES: Final = ("PlatformInitiated", "UserInitiated", "Unknown")
VALUES: Final = {
    "category": ACTIVITY,
    "properties.currentHealthStatus": STATES,
    "properties.previousHealthStatus": STATES,
    "properties.cause": CAUSES,
}


@static("monitor:ActivityLogAlert")
def activity_log_alert(inputs: Object) -> Iterator[Failure]:
    """A category of the log, one subscription, a place that Azure evaluates such alerts in."""
    parts = known_items((inputs.get("condition") or {}).get("allOf"))
    leaves = [(f"condition.allOf[{index}]", leaf) for index, part in enumerate(parts) for leaf in _leaves(part)]
    if parts and not any(leaf.get("field") == "category" for _, leaf in leaves):
        yield Failure("condition.allOf", "give one whose field is category")
    for path, leaf in leaves:
        allowed = VALUES.get(str(leaf.get("field")))
        if allowed and isinstance(leaf.get("equals"), str) and leaf["equals"] not in allowed:
            yield refuse(f"{path}.equals", leaf["equals"], ", ".join(allowed))
    place = inputs.get("location")
    if isinstance(place, str) and place.replace(" ", "").lower() not in LOCATIONS:
        yield refuse("location", place, ", ".join(LOCATIONS))
    scopes = [scope for scope in known_items(inputs.get("scopes")) if isinstance(scope, str)]
    if len({paths.subscription_of(scope).lower() for scope in scopes}) > 1:
        yield Failure("scopes", "all must be in one subscription")


def _leaves(part: Object) -> list[Object]:
    return known_items(part.get("anyOf")) or [part]


@stateful("monitor:ActivityLogAlert")
def subscription_has_room_for_alerts(change: Change) -> None:
    """A fixed limit of a subscription."""
    subscription = paths.subscription_of(change.id)
    if change.old is None and change.world.store.count_below(subscription, ALERT) >= MOST_ALERTS:
        message = f"the subscription has {MOST_ALERTS} alerts on its activity log, the most there are"
        raise ProviderError("AlertRuleLimitExceeded", message)
