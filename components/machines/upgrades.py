"""How machines change: by new ones, a batch at a time, and never while the new ones are not well."""

from __future__ import annotations

from pulumi_azure_native import compute

_PAUSE_BETWEEN_BATCHES = "PT1M"
_BATCH_PERCENT = 20
"""Azure's default; of five machines or fewer, one at a time."""


def upgrade_policy() -> compute.UpgradePolicyArgs:
    """What happens to machines when the set's model changes.

    New machines are made from the new model, and old ones go when the new ones are well: a machine keeps its custom
    data until it is replaced (learn.microsoft.com azure/virtual-machines/custom-data). Flexible sets cannot have surge
    and automatic image upgrades together (azure/virtual-machine-scale-sets/
    virtual-machine-scale-sets-maxsurge#considerations).
    """
    return compute.UpgradePolicyArgs(
        mode=compute.UpgradeMode.ROLLING,
        rolling_upgrade_policy=compute.RollingUpgradePolicyArgs(
            max_surge=True,
            max_batch_instance_percent=_BATCH_PERCENT,
            # An upgrade is also how a set that is ill is made well: old machines that are ill must not stop it, and a
            # new one that is ill always does.
            max_unhealthy_instance_percent=100,
            max_unhealthy_upgraded_instance_percent=0,
            prioritize_unhealthy_instances=True,
            pause_time_between_batches=_PAUSE_BETWEEN_BATCHES,
            enable_cross_zone_upgrade=False,
        ),
        automatic_os_upgrade_policy=compute.AutomaticOSUpgradePolicyArgs(
            enable_automatic_os_upgrade=False, use_rolling_upgrade_policy=True, disable_automatic_rollback=False
        ),
    )


def repairs(start_minutes: int) -> compute.AutomaticRepairsPolicyArgs:
    """A machine that is ill is replaced, one at a time.

    Args:
        start_minutes: time that a new one has to become well.
    """
    return compute.AutomaticRepairsPolicyArgs(
        enabled=True, grace_period=f"PT{start_minutes}M", repair_action=compute.RepairAction.REPLACE
    )
