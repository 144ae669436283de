"""Diagnostic settings of a subscription and of the directory: which logs they know, and where these may go."""

from collections.abc import Iterator
from typing import Final

from sandbox.azure.rulebook import static
from sandbox.azure.rules.monitoring import SINKS
from sandbox.azure.rules.scope import refuse
from sandbox.provider.errors import Failure
from sandbox.provider.values import Object, known_items

# learn.microsoft.com azure/azure-monitor/platform/activity-log-schema#categories
ACTIVITY: Final = (
    "Administrative", "Security", "ServiceHealth", "Alert", "Recommendation", "Policy", "Autoscale", "ResourceHealth",
)  # fmt: skip
# learn.microsoft.com entra/identity/monitoring-health/concept-diagnostic-settings-logs-options
DIRECTORY: Final = (
    "AuditLogs", "SignInLogs", "NonInteractiveUserSignInLogs", "ServicePrincipalSignInLogs",
    "ManagedIdentitySignInLogs", "ProvisioningLogs", "ADFSSignInLogs", "RiskyUsers", "UserRiskEvents",
    "NetworkAccessTrafficLogs", "RiskyServicePrincipals", "ServicePrincipalRiskEvents", "EnrichedOffice365AuditLogs",
    "MicrosoftGraphActivityLogs", "RemoteNetworkHealthLogs",
)  # fmt: skip


@static("monitor:SubscriptionDiagnosticSetting")
def activity_log(inputs: Object) -> Iterator[Failure]:
    """Categories of the activity log, somewhere."""
    yield from _setting(inputs, ACTIVITY)


@static("aadiam:DiagnosticSetting")
def directory_logs(inputs: Object) -> Iterator[Failure]:
    """Categories of the directory, somewhere."""
    yield from _setting(inputs, DIRECTORY)


def _setting(inputs: Object, categories: tuple[str, ...]) -> Iterator[Failure]:
    if not any(key in inputs for key in SINKS):
        yield Failure("workspaceId", f"give at least one of {', '.join(SINKS)}")
    if not inputs.get("logs"):
        yield Failure("logs", "give logs")
    for index, log in enumerate(known_items(inputs.get("logs"))):
        if "category" in log and log["category"] not in categories:
            yield refuse(f"logs[{index}].category", log["category"], ", ".join(categories))
