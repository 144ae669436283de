"""How resources live and die: one table, each row with its reason. Components choose no life-cycle option."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi


@dataclass(frozen=True, kw_only=True)
class Lifecycle:
    """Life-cycle options of one resource type.

    Args:
        reason: why the type needs them.
        holds_data: deleting or replacing it loses data: protected unless the environment gives up its protection.
        ignore_changes: properties that Azure or an operator rightly changes behind the program's back.
        delete_before_replace: its name is fixed, so that the new one cannot be made beside the old one.
        stays: Azure deletes none, so that the program only forgets it.
    """

    reason: str
    holds_data: bool = False
    ignore_changes: tuple[str, ...] = ()
    delete_before_replace: bool = False
    stays: bool = False


LIFECYCLES: dict[str, Lifecycle] = {
    "azure-native:resources:ResourceGroup": Lifecycle(
        reason="Deleting a group deletes all that is in it.", holds_data=True
    ),
    "azure-native:dbforpostgresql:Server": Lifecycle(
        reason="Holds the books. A failover swaps the zones of primary and standby, and must not be swapped back.",
        holds_data=True,
        ignore_changes=("availabilityZone", "highAvailability.standbyAvailabilityZone"),
    ),
    "azure-native:dbforpostgresql:Database": Lifecycle(reason="Holds the books.", holds_data=True),
    "azure-native:storage:StorageAccount": Lifecycle(
        reason="Holds the file store, attachments, backups or flow logs.", holds_data=True
    ),
    "azure-native:storage:FileShare": Lifecycle(reason="Holds the file store.", holds_data=True),
    "azure-native:storage:BlobContainer": Lifecycle(reason="Holds backups or attachments.", holds_data=True),
    "azure-native:keyvault:Vault": Lifecycle(
        reason="Without its keys every encrypted store is lost; its name stays reserved for 90 days.", holds_data=True
    ),
    "azure-native:keyvault:Key": Lifecycle(reason="What it encrypts cannot be read without it.", holds_data=True),
    "azure-native:containerregistry:Registry": Lifecycle(
        reason="Holds the images that a rollback needs.", holds_data=True
    ),
    "azure-native:operationalinsights:Workspace": Lifecycle(
        reason="Holds the audit trail for its retention.", holds_data=True
    ),
    "azure-native:monitor:AzureMonitorWorkspace": Lifecycle(
        reason="Holds 18 months of metrics that sizing and service levels are judged by.", holds_data=True
    ),
    "azure-native:containerservice:ManagedCluster": Lifecycle(
        reason=(
            "The autoscaler moves the system pool's size. Versions are minor ones, which patch upgrades leave as they "
            "are, so a new one in the settings reaches the cluster."
        ),
        ignore_changes=("agentPoolProfiles[0].count",),
    ),
    "azure-native:containerservice:AgentPool": Lifecycle(
        reason="The autoscaler moves the size.",
        ignore_changes=("count",),
    ),
    "azure-native:compute:VirtualMachineScaleSet": Lifecycle(
        reason="Autoscale moves the number of machines.",
        ignore_changes=("sku.capacity",),
    ),
    "azure-native:consumption:Budget": Lifecycle(
        reason="ARM refuses a change of the first month, and the calendar that it comes from moves on every year.",
        ignore_changes=("timePeriod.startDate",),
    ),
    "azure-native:compute:DiskEncryptionSet": Lifecycle(
        reason="Azure moves it to each new version of its key; the program must not move it back.",
        ignore_changes=("activeKey.keyUrl",),
    ),
    "azure-native:authorization:RoleAssignment": Lifecycle(
        reason="ARM refuses a second assignment of the same role to the same principal at the same scope.",
        delete_before_replace=True,
    ),
    "azure-native:authorization:PimRoleEligibilitySchedule": Lifecycle(
        reason="Azure knows one a principal, role and scope; every change of it is a new one.",
        delete_before_replace=True,
    ),
    "azure-native:security:Pricing": Lifecycle(
        reason="Every subscription has every plan of Defender: ARM refuses to delete one (InvalidUrlConfiguration).",
        stays=True,
    ),
}


def apply_lifecycle(type_token: str, opts: pulumi.ResourceOptions, *, data_protected: bool) -> pulumi.ResourceOptions:
    """Adds the type's life-cycle options to a resource's options.

    Args:
        type_token: the resource's Pulumi type.
        opts: its options; changed in place and returned.
        data_protected: False takes the protection off resources that hold data.
    """
    # Written out even when False: a resource without a value inherits its parent's, and protect must never leak.
    row = LIFECYCLES.get(type_token)
    opts.protect = data_protected and row is not None and row.holds_data
    if row is not None:
        opts.ignore_changes = [*(opts.ignore_changes or []), *row.ignore_changes] or None
        opts.delete_before_replace = row.delete_before_replace or opts.delete_before_replace
        opts.retain_on_delete = row.stays or opts.retain_on_delete
    return opts
