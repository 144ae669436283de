"""The roles of people and pipelines: Azure's own, and custom ones where those are too wide."""

from __future__ import annotations

import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from components.access import Role


class AdministratorRole(Enum):
    """Built-in roles that components never grant: by id (azure/role-based-access-control/built-in-roles)."""

    OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
    ROLE_BASED_ACCESS_CONTROL_ADMINISTRATOR = "f58310d9-a9f6-439a-9e8d-f62e7b41a168"


@dataclass(frozen=True, kw_only=True, eq=False)
class AnyRole(ABC):
    """A role.

    Args:
        title: its name in Azure; of a custom one, what follows the prefix.
        writes: whether it changes anything.
    """

    title: str
    writes: bool

    @abstractmethod
    def guid(self, prefix: str) -> str:
        """Its GUID in a tenant.

        Args:
            prefix: beginning of the names of custom roles there.
        """


@dataclass(frozen=True, kw_only=True, eq=False)
class BuiltInRole(AnyRole):
    """One of Azure's.

    Args:
        title: its name.
        writes: whether it changes anything.
        role: which.
    """

    role: Role | AdministratorRole

    def guid(self, prefix: str) -> str:
        """Its GUID, the same everywhere."""
        return str(self.role.value)


@dataclass(frozen=True, kw_only=True, eq=False)
class CustomRole(AnyRole):
    """One of ours. It names what it allows, without a wildcard over a provider but to read.

    Args:
        title: what its name ends with.
        writes: whether it changes anything.
        key: its name in Pulumi and in outputs.
        purpose: what it is for, shown in the portal.
        actions: what it allows, by what that is for.
        not_actions: what is taken away from these again, by why.
    """

    key: str
    purpose: str
    actions: Mapping[str, tuple[str, ...]]
    not_actions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def guid(self, prefix: str) -> str:
        """Its GUID, known before it is made. Neither part of what it is made of may ever change."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"odoo-azure/roles/{prefix}/{self.key}"))

    def allowed(self) -> list[str]:
        """What it allows, as ARM takes it."""
        return [action for actions in self.actions.values() for action in actions]

    def denied(self) -> list[str]:
        """What is taken away from that, as ARM takes it."""
        return [action for actions in self.not_actions.values() for action in actions]


OWNER = BuiltInRole(title="Owner", role=AdministratorRole.OWNER, writes=True)
ROLE_ADMINISTRATOR = BuiltInRole(
    title="Role Based Access Control Administrator",
    role=AdministratorRole.ROLE_BASED_ACCESS_CONTROL_ADMINISTRATOR,
    writes=True,
)
READER = BuiltInRole(title="Reader", role=Role.READER, writes=False)
CLUSTER_ADMINISTRATOR = BuiltInRole(
    title="Azure Kubernetes Service RBAC Cluster Admin", role=Role.AKS_RBAC_CLUSTER_ADMIN, writes=True
)
CLUSTER_READER = BuiltInRole(title="Azure Kubernetes Service RBAC Reader", role=Role.AKS_RBAC_READER, writes=False)
CLUSTER_USER = BuiltInRole(title="Azure Kubernetes Service Cluster User Role", role=Role.AKS_CLUSTER_USER, writes=False)

# Log Analytics Reader takes it away as well: with the key anybody writes into the workspace.
_NO_WORKSPACE_KEYS = {
    "The key of a workspace is a password": ("Microsoft.OperationalInsights/workspaces/sharedKeys/read",)
}
_LOOK_AROUND = (
    "Microsoft.Resources/subscriptions/read",
    "Microsoft.Resources/subscriptions/resources/read",
    "Microsoft.Resources/subscriptions/resourceGroups/read",
    "Microsoft.Resources/subscriptions/resourceGroups/resources/read",
    "Microsoft.ResourceHealth/availabilityStatuses/read",
)
_RUNNING_PARTS = (
    "Microsoft.Cache/redisEnterprise/read",
    "Microsoft.Compute/virtualMachineScaleSets/read",
    "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/read",
    "Microsoft.ContainerService/managedClusters/read",
    "Microsoft.ContainerService/managedClusters/agentPools/read",
    "Microsoft.DBforPostgreSQL/flexibleServers/read",
    "Microsoft.Network/loadBalancers/read",
    "Microsoft.Storage/storageAccounts/read",
)
_METRICS_AND_ALERTS = (
    "Microsoft.AlertsManagement/alerts/read",
    "Microsoft.AlertsManagement/prometheusRuleGroups/read",
    "Microsoft.Insights/metricDefinitions/read",
    "Microsoft.Insights/metrics/read",
)


def _tables(*names: str) -> tuple[str, ...]:
    """Reads some tables of a workspace, and no other (azure/azure-monitor/logs/manage-access)."""
    workspace = "Microsoft.OperationalInsights/workspaces"
    return (f"{workspace}/read", f"{workspace}/query/read", *(f"{workspace}/query/{name}/read" for name in names))


PLATFORM_OPERATOR = CustomRole(
    key="platform-operator",
    title="Platform Operator",
    purpose="Keeps the platform running: sees all, restarts and scales; changes no access, keys, networks, data.",
    writes=True,
    actions={
        "Sees everything but secrets": ("*/read",),
        "Restarts, replaces and scales the machines that Odoo runs on": (
            "Microsoft.Compute/virtualMachineScaleSets/restart/action",
            "Microsoft.Compute/virtualMachineScaleSets/reimage/action",
            "Microsoft.Compute/virtualMachineScaleSets/manualUpgrade/action",
            "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/restart/action",
            "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/reimage/action",
            "Microsoft.Insights/autoscaleSettings/write",
        ),
        "Scales and upgrades the cluster's nodes; gets its address": (
            "Microsoft.ContainerService/managedClusters/agentPools/write",
            "Microsoft.ContainerService/managedClusters/listClusterUserCredential/action",
        ),
        # A failover is a restart with a parameter.
        "Restarts PostgreSQL, or fails it over": ("Microsoft.DBforPostgreSQL/flexibleServers/restart/action",),
        "Takes alerts, and asks Microsoft for help": (
            "Microsoft.AlertsManagement/alerts/changestate/action",
            "Microsoft.Support/supportTickets/write",
        ),
    },
    not_actions=_NO_WORKSPACE_KEYS,
)
FUNCTIONAL_OPERATOR = CustomRole(
    key="functional-operator",
    title="ERP Functional Operator",
    purpose="Looks after Odoo's work: sees what runs, its metrics and its logs; no data, no other log.",
    writes=False,
    actions={
        "Finds what there is": _LOOK_AROUND,
        "Sees what Odoo runs on": _RUNNING_PARTS,
        "Sees metrics and alerts": _METRICS_AND_ALERTS,
        "Reads Odoo's logs and what became of its pods": _tables("ContainerLogV2", "KubeEvents", "KubePodInventory"),
    },
)
DEVELOPER = CustomRole(
    key="developer",
    title="Developer",
    purpose="Reads what runs; deploys through the pipeline only. No secrets, no audit logs, no database logs.",
    writes=False,
    actions={
        "Finds what there is": _LOOK_AROUND,
        "Sees what Odoo runs on, and from which registry": (
            *_RUNNING_PARTS,
            "Microsoft.ContainerRegistry/registries/read",
            "Microsoft.Insights/autoscaleSettings/read",
        ),
        "Sees metrics and alerts": _METRICS_AND_ALERTS,
        "Reads what was deployed when, and by whom": ("Microsoft.Insights/eventtypes/values/read",),
        "Reads Odoo's logs and what became of its pods": _tables("ContainerLogV2", "KubeEvents", "KubePodInventory"),
    },
)
AUDITOR = CustomRole(
    key="auditor",
    title="Auditor",
    purpose="Asks what Reader alone cannot: compliance of policies, cost. Changes nothing.",
    writes=False,
    actions={
        "Asks which resource breaks which policy": (
            "Microsoft.PolicyInsights/policyEvents/queryResults/action",
            "Microsoft.PolicyInsights/policyStates/queryResults/action",
            "Microsoft.PolicyInsights/policyStates/summarize/action",
        ),
        "Asks what it costs": ("Microsoft.CostManagement/query/action",),
    },
)
