"""MachinePatches: when machines get security patches."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_azure_native import maintenance

from components.base import Component, Placement

DURATION = "03:55"
"""Longest there is (learn.microsoft.com azure/virtual-machines/maintenance-configurations#guest)."""
_CLASSIFICATIONS = ("Critical", "Security")


@dataclass(frozen=True, kw_only=True)
class MachinePatchesArgs:
    """Arguments of `MachinePatches`.

    Args:
        placement: resource group and region of the machines, all of which are patched.
        configuration_name: Azure name of the schedule.
        recurrence: when, as Azure writes it: `1Month Third Sunday`.
        start: first moment of the schedule, `2026-12-01 02:00`; its time is when each window begins.
        time_zone: of `start`, by the name that Windows has for it (`W. Europe Standard Time`).
    """

    placement: Placement
    configuration_name: str
    recurrence: str
    start: str
    time_zone: str


class MachinePatches(Component):
    """A schedule by which critical and security patches are installed on the Linux machines of a resource group.

    Machines are found when a window begins: those of a Flexible scale set are virtual machines of their own, and one
    that is new needs no assignment. None is restarted; what needs a restart comes with the machine that replaces it.

    Attributes:
        configuration_id: ARM id of the schedule.
    """

    configuration_id: pulumi.Output[str]

    def __init__(self, name: str, args: MachinePatchesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.placement, opts)
        self.configuration_id = maintenance.MaintenanceConfiguration(
            f"{name}-schedule",
            resource_name_=args.configuration_name,
            resource_group_name=args.placement.resource_group_name,
            location=args.placement.location,
            tags=args.placement.tags,
            maintenance_scope=maintenance.MaintenanceScope.IN_GUEST_PATCH,
            visibility=maintenance.Visibility.CUSTOM,
            extension_properties={"InGuestPatchMode": "User"},
            install_patches=maintenance.InputPatchConfigurationArgs(
                reboot_setting=maintenance.RebootOptions.NEVER,
                linux_parameters=maintenance.InputLinuxParametersArgs(
                    classifications_to_include=list(_CLASSIFICATIONS)
                ),
            ),
            start_date_time=args.start,
            duration=DURATION,
            recur_every=args.recurrence,
            time_zone=args.time_zone,
            opts=self.child(),
        ).id
        # A dynamic scope (learn.microsoft.com azure/update-manager/dynamic-scope-overview).
        maintenance.ConfigurationAssignmentsForResourceGroup(
            f"{name}-machines",
            configuration_assignment_name=args.configuration_name,
            resource_group_name=args.placement.resource_group_name,
            location=args.placement.location,
            maintenance_configuration_id=self.configuration_id,
            filter=maintenance.ConfigurationAssignmentFilterPropertiesArgs(
                resource_types=["Microsoft.Compute/virtualMachines"],
                locations=[args.placement.location],
                os_types=["Linux"],
            ),
            opts=self.child(),
        )
        self.finish({"configuration_id": self.configuration_id})
