"""Monitoring and cost: diagnostic settings, collection rules, flow logs, alerts, budgets."""

import functools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml

from sandbox.azure import paths
from sandbox.azure.regions import normal
from sandbox.azure.rulebook import Change, stateful, static
from sandbox.azure.rules.scope import refuse
from sandbox.provider.errors import Failure, ProviderError
from sandbox.provider.values import Object, dig, has_unknown, known_items

SETTINGS_LIMIT: Final = 5
SINKS: Final = ("workspaceId", "storageAccountId", "eventHubAuthorizationRuleId", "marketplacePartnerId")
WORKSPACE_DAYS: Final = range(30, 731)
SHORT_NAME_CHARACTERS: Final = 12
RULES_IN_GROUP: Final = 20
GROUP_INTERVAL: Final = re.compile(r"PT([1-9]|1[0-5])M")
ENDPOINT_ASSOCIATION: Final = "configurationAccessEndpoint"
ANALYTICS_MINUTES: Final = (10, 60)
FLOW_LOG_DAYS: Final = range(366)
FIRST_OF_MONTH: Final = re.compile(r"\d{4}-\d{2}-01(T00:00:00Z?)?")
DESTINATIONS: Final = (
    "eventHubs", "eventHubsDirect", "logAnalytics", "monitoringAccounts", "storageAccounts", "storageBlobsDirect",
    "storageTablesDirect",
)  # fmt: skip


@functools.cache
def categories() -> dict[str, list[str]]:
    table: dict[str, list[str]] = yaml.safe_load(
        Path(__file__).with_name("log_categories.yaml").read_text(encoding="utf-8")
    )
    return {kind.lower(): names for kind, names in table.items()}


@static("monitor:DiagnosticSetting")
def has_sink(inputs: Object) -> Iterator[Failure]:
    """Something to send, somewhere to send it."""
    if not any(key in inputs for key in SINKS):
        yield Failure("workspaceId", f"give at least one of {', '.join(SINKS)}")
    if not inputs.get("logs") and not inputs.get("metrics"):
        yield Failure("logs", "give logs or metrics")
    for index, log in enumerate(known_items(inputs.get("logs"))):
        if ("category" in log) == ("categoryGroup" in log):
            yield Failure(f"logs[{index}]", "give one of category and categoryGroup")


@stateful("monitor:DiagnosticSetting")
def setting(change: Change) -> None:
    """The resource has these categories, and none goes to the same place twice."""
    target = "/" + str(change.new.get("resourceUri")).strip("/")
    allowed = categories().get(paths.arm_type(target).lower())
    logs = _logs(change.new)
    for name in sorted(logs):
        if allowed is not None and name not in allowed:
            listed = ", ".join(allowed) or "none: it has metrics only"
            raise ProviderError(
                "BadRequest", f"category '{name}' is not supported by {paths.arm_type(target)}; allowed: {listed}"
            )
    # Settings lie below what they are of.
    beside = change.world.store.below(change.id.rpartition("/")[0])
    others = [entry for entry in beside if entry.id.lower() != change.id.lower()]
    if len(others) >= SETTINGS_LIMIT:
        raise ProviderError("Conflict", f"'{target}' already has {SETTINGS_LIMIT} diagnostic settings")
    for other in others:
        for sink in SINKS:
            same = sink in change.new and str(change.new[sink]).lower() == str(other.inputs.get(sink)).lower()
            shared = sorted((logs | _metrics(change.new)) & (_logs(other.inputs) | _metrics(other.inputs)))
            if same and shared:
                raise ProviderError(
                    "Conflict", f"{sink} is already used by setting '{paths.name_of(other.id)}' for {', '.join(shared)}"
                )


def _logs(inputs: Object) -> set[str]:
    return {str(log.get("category") or log.get("categoryGroup")) for log in known_items(inputs.get("logs"))}


def _metrics(inputs: Object) -> set[str]:
    return {str(metric.get("category")) for metric in known_items(inputs.get("metrics"))}


@static("monitor:DataCollectionRule")
def flows(inputs: Object) -> Iterator[Failure]:
    """Data flows name destinations that the rule declares, each once."""
    destinations = inputs.get("destinations") or {}
    names = [str(dig(item, "name")) for key in DESTINATIONS for item in known_items(destinations.get(key))]
    metrics = dig(destinations, "azureMonitorMetrics", "name")
    names += [str(metrics)] if metrics else []
    if has_unknown(destinations):
        return
    for name in {name for name in names if names.count(name) > 1}:
        yield Failure("destinations", f"two destinations named {name!r}")
    for index, flow in enumerate(known_items(inputs.get("dataFlows"))):
        for name in known_items(flow.get("destinations")):
            if name not in names:
                yield refuse(f"dataFlows[{index}].destinations", name, ", ".join(names))
        if not known_items(flow.get("streams")):
            yield Failure(f"dataFlows[{index}].streams", "a flow needs a stream")


@static("monitor:DataCollectionRuleAssociation")
def association(inputs: Object) -> Iterator[Failure]:
    """A rule or an endpoint; an endpoint's association has a fixed name."""
    if ("dataCollectionRuleId" in inputs) == ("dataCollectionEndpointId" in inputs):
        yield Failure("dataCollectionRuleId", "give one of dataCollectionRuleId and dataCollectionEndpointId")
    name = inputs.get("associationName")
    if "dataCollectionEndpointId" in inputs and isinstance(name, str) and name != ENDPOINT_ASSOCIATION:
        yield refuse("associationName", name, f"{ENDPOINT_ASSOCIATION!r} with an endpoint")


@static("operationalinsights:Workspace")
def workspace(inputs: Object) -> Iterator[Failure]:
    days = inputs.get("retentionInDays")
    if isinstance(days, int) and days not in WORKSPACE_DAYS:
        yield refuse("retentionInDays", days, "30 to 730")


@static("monitor:ActionGroup")
def action_group(inputs: Object) -> Iterator[Failure]:
    name = inputs.get("groupShortName")
    if isinstance(name, str) and len(name) > SHORT_NAME_CHARACTERS:
        yield refuse("groupShortName", name, f"at most {SHORT_NAME_CHARACTERS} characters")


@static("alertsmanagement:PrometheusRuleGroup")
def rule_group(inputs: Object) -> Iterator[Failure]:
    rules, interval = known_items(inputs.get("rules")), inputs.get("interval")
    if len(rules) > RULES_IN_GROUP:
        yield refuse("rules", len(rules), f"at most {RULES_IN_GROUP} rules a group")
    if isinstance(interval, str) and not GROUP_INTERVAL.fullmatch(interval):
        yield refuse("interval", interval, "PT1M to PT15M")
    for index, rule in enumerate(rules):
        if ("alert" in rule) == ("record" in rule):
            yield Failure(f"rules[{index}]", "give one of alert and record")


@static("consumption:Budget", "costmanagement:Budget")
def budget(inputs: Object) -> Iterator[Failure]:
    """A budget starts on the first of a month (rest/api/consumption/budgets)."""
    start: Any = dig(inputs, "timePeriod", "startDate")
    if isinstance(start, str) and not FIRST_OF_MONTH.fullmatch(start):
        yield refuse("timePeriod.startDate", start, "the first of a month, e.g. 2026-12-01")


@static("network:FlowLog")
def flow_log_settings(inputs: Object) -> Iterator[Failure]:
    days = dig(inputs, "retentionPolicy", "days")
    if isinstance(days, int) and days not in FLOW_LOG_DAYS:
        yield refuse("retentionPolicy.days", days, "0 to 365")
    analytics = "flowAnalyticsConfiguration.networkWatcherFlowAnalyticsConfiguration"
    minutes = dig(inputs, *analytics.split("."), "trafficAnalyticsInterval")
    if isinstance(minutes, int) and minutes not in ANALYTICS_MINUTES:
        yield refuse(f"{analytics}.trafficAnalyticsInterval", minutes, "10 or 60")


@stateful("network:FlowLog")
def flow_log(change: Change) -> None:
    """Network flow logs of groups are over; watcher, network and storage are in one region."""
    target, storage = str(change.new.get("targetResourceId")), str(change.new.get("storageId"))
    if paths.arm_type(target).lower() == "microsoft.network/networksecuritygroups":
        raise ProviderError("NsgFlowLogsRetired", "no new NSG flow logs since 2025-06-30: log the virtual network")
    network = target.partition("/subnets/")[0]
    watcher = change.world.body(paths.parent_of(change.id) or "") or {}
    places = {
        "targetResourceId": normal((change.world.body(network) or {}).get("location")),
        "storageId": normal((change.world.body(storage) or {}).get("location")),
        "networkWatcherName": normal(watcher.get("location")),
    }
    if len(set(places.values())) > 1:
        raise ProviderError("ResourceRegionMismatch", f"all in one region, found {places}")
