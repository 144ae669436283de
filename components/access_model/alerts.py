"""Who hears at once when somebody takes, or gives, more rights than usual: plain data, and the rules made from it."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_azure_native import monitor

from components.access_model.args import AccessModelArgs
from components.access_model.roles import OWNER
from components.base import Component
from components.monitoring.activity_alert import make_activity_alert


@dataclass(frozen=True, kw_only=True)
class LogAlert:
    """A query over the directory's or the subscription's logs: each row is an alert.

    Args:
        name: its name in Pulumi and Azure.
        query: in Kusto.
        why: description of the rule.
    """

    name: str
    query: str
    why: str


# The columns: learn.microsoft.com azure/azure-monitor/reference/tables/auditlogs, azureactivity, signinlogs.
OWNER_ACTIVATED = LogAlert(
    name="owner-activated",
    query=f"""AuditLogs
| where LoggedByService == "PIM" and OperationName has "PIM activation"
| where tostring(TargetResources[0].displayName) == "{OWNER.title}"
| project TimeGenerated, OperationName, Identity, Result, ResultReason, TargetResources""",
    why="Somebody asked for the role Owner, or has it: break-glass is in use, here or elsewhere in the tenant.",
)
OWNER_GRANTED = LogAlert(
    name="owner-granted",
    query=f"""AzureActivity
| where OperationNameValue =~ "Microsoft.Authorization/roleAssignments/write"
| where tostring(Properties_d) has "{OWNER.role.value}"
| project TimeGenerated, Caller, CallerIpAddress, ActivityStatusValue, ResourceId""",
    why="The role Owner was given to somebody, by an activation or past Privileged Identity Management.",
)


def log_alerts(accounts: tuple[str, ...]) -> tuple[LogAlert, ...]:
    """The alerts over logs.

    Args:
        accounts: object ids of the break-glass accounts; their sign-ins are watched where there are some.
    """
    if not accounts:
        return OWNER_ACTIVATED, OWNER_GRANTED
    ids = ", ".join(f'"{account}"' for account in accounts)
    signed_in = LogAlert(
        name="break-glass-sign-in",
        query=f"""SigninLogs
| where UserId in~ ({ids})
| project TimeGenerated, UserPrincipalName, IPAddress, ResultType, AppDisplayName""",
        why="An emergency account signed in, or somebody tried to.",
    )
    return OWNER_ACTIVATED, OWNER_GRANTED, signed_in


# By name: an operation on what restrains people and pipelines (learn.microsoft.com azure/role-based-access-control/
# permissions/management-and-governance).
WATCHED_OPERATIONS = {
    "role-assigned": "Microsoft.Authorization/roleAssignments/write",
    "role-changed": "Microsoft.Authorization/roleDefinitions/write",
    "policy-unassigned": "Microsoft.Authorization/policyAssignments/delete",
    "policy-exempted": "Microsoft.Authorization/policyExemptions/write",
    "alert-removed": "Microsoft.Insights/activityLogAlerts/delete",
    # The activity log's own way into the workspace is one.
    "logs-cut-off": "Microsoft.Insights/diagnosticSettings/delete",
}


def declare_alerts(component: Component, name: str, args: AccessModelArgs, subscription: pulumi.Input[str]) -> None:
    """Declares the rules.

    Args:
        component: the component that owns them.
        name: prefix of the Pulumi names.
        args: of the access model.
        subscription: ARM id of the subscription that is watched.
    """
    for alert in log_alerts(args.groups.break_glass_accounts):
        _log_alert(component, name, alert, args)
    for alert_name, operation in WATCHED_OPERATIONS.items():
        make_activity_alert(
            component,
            f"{name}-{alert_name}",
            f"{args.prefix}-{alert_name}",
            f"Tells of every {operation} in the subscription.",
            [subscription],
            {"category": ["Administrative"], "operationName": [operation]},
            args.action_group_id,
        )


def _log_alert(component: Component, name: str, alert: LogAlert, args: AccessModelArgs) -> monitor.ScheduledQueryRule:
    condition = monitor.ConditionArgs(
        query=alert.query,
        time_aggregation=monitor.TimeAggregation.COUNT,
        operator="GreaterThan",  # the SDK's enum is that of another type of the module
        threshold=0,
        failing_periods=monitor.ConditionFailingPeriodsArgs(
            number_of_evaluation_periods=1, min_failing_periods_to_alert=1
        ),
    )
    return monitor.ScheduledQueryRule(
        f"{name}-{alert.name}",
        rule_name=f"{args.prefix}-{alert.name}",
        resource_group_name=args.placement.resource_group_name,
        location=args.placement.location,
        tags=args.placement.tags,
        kind=monitor.Kind.LOG_ALERT,
        display_name=f"{args.prefix}: {alert.name}",
        description=alert.why,
        severity=0,
        enabled=True,
        scopes=[args.log_workspace_id],
        # Records arrive minutes late: the hour is looked at again and again, and one use is one alert.
        evaluation_frequency="PT5M",
        window_size="PT1H",
        auto_mitigate=True,
        criteria=monitor.ScheduledQueryRuleCriteriaArgs(all_of=[condition]),
        actions=monitor.ActionsArgs(action_groups=[args.action_group_id]),
        # The tables of the directory's logs come with their first record.
        skip_query_validation=True,
        opts=component.child(),
    )
