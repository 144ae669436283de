"""Rules of Prometheus as plain data, and the two ways to write them: for Azure Monitor and for promtool."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pulumi
from pulumi_azure_native import alertsmanagement

MOST_RULES: Final = 20
"""Rules that a group may have (learn.microsoft.com azure/azure-monitor/fundamentals/service-limits, Prometheus)."""
MINUTES_BETWEEN_EVALUATIONS: Final = 1
"""As short as Azure Monitor takes."""


@dataclass(frozen=True, kw_only=True)
class RecordingRule:
    """A series that is computed from others.

    Args:
        record: its name.
        expression: PromQL.
        labels: labels that its samples get.
    """

    record: str
    expression: str
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class AlertRule:
    """Something that people are told about.

    Args:
        alert: its name.
        expression: PromQL; each series in the result is an alert, with its labels.
        severity: 0 (critical) to 4 (verbose), as Azure Monitor counts.
        annotations: what people read; `{{ $labels.x }}` and `{{ $value }}` are filled in.
        hold_minutes: how long the expression must hold; 0 for at once.
        resolve_minutes: how long it must no longer hold until the alert is resolved.
    """

    alert: str
    expression: str
    severity: int
    annotations: Mapping[str, str]
    hold_minutes: int = 0
    resolve_minutes: int = 10


@dataclass(frozen=True, kw_only=True)
class RuleGroup:
    """Rules that are evaluated one after the other, every minute.

    Args:
        name: its name; letters, digits and hyphens.
        description: what it is for.
        rules: its rules, at most `MOST_RULES`.

    Raises:
        ValueError: there are more.
    """

    name: str
    description: str
    rules: tuple[RecordingRule | AlertRule, ...]

    def __post_init__(self) -> None:
        if len(self.rules) > MOST_RULES:
            raise ValueError(f"rule group {self.name} has {len(self.rules)} rules; Azure Monitor takes {MOST_RULES}")


def promtool_rules(groups: Sequence[RuleGroup]) -> dict[str, Any]:
    """The groups as a rule file of Prometheus.

    (prometheus.io/docs/prometheus/latest/configuration/recording_rules)

    Args:
        groups: the groups.
    """
    return {
        "groups": [
            {
                "name": group.name,
                "interval": f"{MINUTES_BETWEEN_EVALUATIONS}m",
                "rules": [_promtool_rule(rule) for rule in group.rules],
            }
            for group in groups
        ]
    }


def _promtool_rule(rule: RecordingRule | AlertRule) -> dict[str, Any]:
    if isinstance(rule, RecordingRule):
        return {"record": rule.record, "expr": rule.expression, "labels": dict(rule.labels)}
    return {
        "alert": rule.alert,
        "expr": rule.expression,
        "for": f"{rule.hold_minutes}m",
        "annotations": dict(rule.annotations),
    }


def azure_rules(group: RuleGroup, action_group_id: pulumi.Input[str]) -> list[alertsmanagement.PrometheusRuleArgs]:
    """The rules of a group as Azure Monitor takes them.

    (learn.microsoft.com azure/azure-monitor/essentials/prometheus-rule-groups)

    Args:
        group: the group.
        action_group_id: ARM id of the action group that alerts go to.
    """
    return [_azure_rule(rule, action_group_id) for rule in group.rules]


def _azure_rule(
    rule: RecordingRule | AlertRule, action_group_id: pulumi.Input[str]
) -> alertsmanagement.PrometheusRuleArgs:
    if isinstance(rule, RecordingRule):
        return alertsmanagement.PrometheusRuleArgs(
            record=rule.record, expression=rule.expression, labels=dict(rule.labels) or None, enabled=True
        )
    return alertsmanagement.PrometheusRuleArgs(
        alert=rule.alert,
        expression=rule.expression,
        severity=rule.severity,
        for_=f"PT{rule.hold_minutes}M" if rule.hold_minutes else None,
        annotations=dict(rule.annotations),
        enabled=True,
        actions=[alertsmanagement.PrometheusRuleGroupActionArgs(action_group_id=action_group_id)],
        resolve_configuration=alertsmanagement.PrometheusRuleResolveConfigurationArgs(
            auto_resolved=True, time_to_resolve=f"PT{rule.resolve_minutes}M"
        ),
    )
