"""Ways to make resources in Azure that no rule can look into."""

from __future__ import annotations

from pulumi_policy import Severity

from policies.kit.rule import ResourceRule, types
from policies.kit.values import Finding
from policies.rules.catalog import LEARN, SUPPLY_CHAIN

_TEMPLATES = types(
    "resources:Deployment",
    "resources:DeploymentAtManagementGroupScope",
    "resources:DeploymentAtScope",
    "resources:DeploymentAtSubscriptionScope",
    "resources:DeploymentAtTenantScope",
    "resources:DeploymentStackAtManagementGroup",
    "resources:DeploymentStackAtResourceGroup",
    "resources:DeploymentStackAtSubscription",
)
_SCRIPTS = types("resources:AzureCliScript", "resources:AzurePowerShellScript")

RULES = (
    ResourceRule(
        id="azure-templates-refused",
        title="Azure's resources are declared by their own types, not in templates or scripts",
        family=SUPPLY_CHAIN,
        severity=Severity.HIGH,
        types=_TEMPLATES | _SCRIPTS | types("resources:Resource"),
        why="A template, a script or an untyped resource hides what it makes from every other rule here.",
        remedy="Declare each resource by its own type.",
        url=f"{LEARN}/azure-resource-manager/templates/overview",
        references=("MCSB PV-2", "ISO 27001 8.32"),
        check=lambda _: (Finding(message="declare what it makes by resources of their own types"),),
    ),
)
