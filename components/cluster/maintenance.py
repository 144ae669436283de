"""When AKS may change the cluster: one window, closed during the closes."""

from __future__ import annotations

from pulumi_azure_native import containerservice

from components.cluster.args import ClusterUpgrades

# learn.microsoft.com azure/aks/planned-maintenance: the service knows these three names and no others.
MAINTENANCE_CONFIGURATIONS: dict[str, str] = {
    "releases": "default",
    "versions": "aksManagedAutoUpgradeSchedule",
    "nodes": "aksManagedNodeOSUpgradeSchedule",
}
"""What each configuration schedules, and its fixed name: AKS's own releases, Kubernetes versions, node images."""


def maintenance_window(upgrades: ClusterUpgrades) -> containerservice.MaintenanceWindowArgs:
    """The weekly window, but on frozen dates."""
    return containerservice.MaintenanceWindowArgs(
        schedule=containerservice.ScheduleArgs(
            weekly=containerservice.WeeklyScheduleArgs(day_of_week=upgrades.day, interval_weeks=1)
        ),
        start_time=upgrades.start_time,
        utc_offset=upgrades.utc_offset,
        duration_hours=upgrades.duration_hours,
        start_date=upgrades.start_date,
        not_allowed_dates=[
            containerservice.DateSpanArgs(start=first, end=last) for first, last in upgrades.frozen_dates
        ],
    )
