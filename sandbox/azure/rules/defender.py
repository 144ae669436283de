"""Plans of Microsoft Defender for Cloud, and whom it writes to."""

from collections.abc import Iterator
from typing import Final

from sandbox.azure import paths
from sandbox.azure.rulebook import deletion, keeps_busy, static
from sandbox.azure.rules.scope import refuse
from sandbox.azure.world import World
from sandbox.provider.errors import Failure, ProviderError
from sandbox.provider.values import Object

# Plans by name, each with its sub-plans (learn.microsoft.com rest/api/defenderforcloud-composite/pricings; names as
# `az security pricing list` shows them). PerTransaction and PerApiCall are of the past.
PLANS: Final[dict[str, tuple[str, ...]]] = {
    "AI": (),
    "Api": ("P1", "P2", "P3", "P4", "P5"),
    "AppServices": (),
    "Arm": ("PerSubscription", "PerApiCall"),
    "CloudPosture": (),
    "ContainerRegistry": (),
    "Containers": (),
    "CosmosDbs": (),
    "Discovery": (),
    "Dns": (),
    "FoundationalCspm": (),
    "KeyVaults": ("PerKeyVault", "PerTransaction"),
    "KubernetesService": (),
    "OpenSourceRelationalDatabases": (),
    "SqlServerVirtualMachines": (),
    "SqlServers": (),
    "StorageAccounts": ("DefenderForStorageV2", "PerStorageAccount"),
    "VirtualMachines": ("P1", "P2"),
}
ALWAYS_STANDARD: Final = ("Discovery", "FoundationalCspm")
# A subscription has them from its first day: a request for one changes it.
ALWAYS_THERE: Final = frozenset({"azure-native:security:Pricing", "azure-native:security:SecurityContact"})
# Long enough that two requests the engine starts together do meet.
BUSY_SECONDS: Final = 0.02


@static("security:Pricing")
def plan(inputs: Object) -> Iterator[Failure]:
    """The plan and its sub-plan exist."""
    name, sub_plan = inputs.get("pricingName"), inputs.get("subPlan")
    if not isinstance(name, str):
        return
    if name not in PLANS:
        yield refuse("pricingName", name, ", ".join(PLANS))
    elif isinstance(sub_plan, str) and sub_plan not in PLANS[name]:
        yield refuse("subPlan", sub_plan, ", ".join(PLANS[name]) or f"none: {name} has no sub-plans")
    if name in ALWAYS_STANDARD and inputs.get("pricingTier") == "Free":
        yield refuse("pricingTier", "Free", "Standard")


@static("security:SecurityContact")
def contact(inputs: Object) -> Iterator[Failure]:
    """There is one, named default, and its addresses are some."""
    name, emails = inputs.get("securityContactName"), inputs.get("emails")
    if isinstance(name, str) and name != "default":
        yield refuse("securityContactName", name, "default")
    if isinstance(emails, str) and not all("@" in each for each in emails.split(";")):
        yield refuse("emails", emails, "addresses, separated by semicolons")


@keeps_busy("security:Pricing", code="Conflict")
def plans_change_one_after_another(_: Object, identifier: str) -> tuple[str, float]:
    """`Another update operation is in progress` (github.com/Azure/CanadaPubSecALZ issue 305)."""
    return f"{paths.subscription_of(identifier)}/providers/Microsoft.Security/pricings", BUSY_SECONDS


@deletion("security:Pricing")
def plans_stay(_: World, identifier: str) -> None:
    """A subscription's plan is turned off, never deleted (github.com/Azure/terraform-provider-azapi issue 818)."""
    if paths.group_of(identifier) is None:
        raise ProviderError(
            "InvalidUrlConfiguration",
            "delete operation is supported only for single resources scope (not subscriptions): use PUT to enable or"
            " disable specific pricing bundles on a subscription",
        )
