"""Topology `dedicated-vm`: an environment with virtual machines and data services of its own.

A bill of materials: which components, wired how. Numbers and names come from the plan.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pulumi

from components.machines.agents import MachineAgents
from components.machines.args import (
    LoadBalancing,
    Machine,
    MachineAccess,
    MachineAgentsArgs,
    MachineMonitoring,
    OdooVirtualMachinesArgs,
)
from components.machines.patches import MachinePatches, MachinePatchesArgs
from components.machines.scale_set import OdooVirtualMachines
from components.network.flows import Runtime
from components.network.subnets import SubnetKind
from components.workload_identity import WorkloadIdentity
from stacks.alerting import alerting
from stacks.environment_base import EnvironmentBase, environment_base, environment_exports, ground
from stacks.exports import EnvironmentExports, MachineExports
from stacks.foundation import encrypted_disks
from stacks.machine_scaling import machine_scaling
from stacks.machines import MachinesSource, app_data, machine_settings, operations_data
from stacks.planning.plan_machines import MachinePlan
from stacks.settings import Settings
from stacks.stack_config import Secrets

APP, OPERATIONS = "app", "operations"
"""What the machines of each set do."""
START_MINUTES = 90
"""A new machine waits for the release of its image, which may take a backup and an update of a large database: as long
as automatic repairs can wait (learn.microsoft.com azure/virtual-machine-scale-sets/
virtual-machine-scale-sets-automatic-instance-repairs)."""


def dedicated_vm(
    name: str, settings: Settings, plan: MachinePlan, secrets: Secrets
) -> tuple[EnvironmentExports, MachineExports]:
    """Builds the topology.

    Args:
        name: prefix of the Pulumi names.
        settings: the settings.
        plan: what follows from them.
        secrets: what is secret in them.
    """
    base = environment_base(
        name,
        settings,
        plan,
        secrets,
        ground(name, settings, plan),
        runtime=Runtime.MACHINES,
    )
    source = MachinesSource(settings=settings, plan=plan, base=base)
    rights = _rights(name, plan, base)
    operations = OdooVirtualMachines(
        f"{name}-operations-machines",
        _operations(source, rights),
        pulumi.ResourceOptions(depends_on=list(rights.ready)),
    )
    app = OdooVirtualMachines(
        f"{name}-app-machines",
        _app(source, rights),
        # They wait for the database to fit their image: what makes it fit comes first.
        pulumi.ResourceOptions(depends_on=[*rights.ready, operations]),
    )
    MachinePatches(f"{name}-patches", _patches(plan, base))
    alerting(name, settings, plan, base.placements, base.monitoring)
    return (
        environment_exports(
            base,
            plan,
            url=pulumi.Output.from_input(f"https://{settings.odoo.hostname}"),
            ingress_address=app.address,
        ),
        MachineExports(
            scale_set_ids={APP: app.scale_set_id, OPERATIONS: operations.scale_set_id},
            machine_resource_group=plan.names.resource_groups.runtime,
        ),
    )


@dataclass(frozen=True, kw_only=True)
class _Rights:
    """What machines may do, and what their disks are encrypted with.

    Args:
        monitoring: how their logs are collected.
        disk_encryption_set_id: of their disks.
        ready: what must be there before the first of them starts.
    """

    monitoring: MachineMonitoring
    disk_encryption_set_id: pulumi.Output[str]
    ready: tuple[pulumi.Resource, ...]


def _rights(name: str, plan: MachinePlan, base: EnvironmentBase) -> _Rights:
    placement, people = base.placements["runtime"], base.identities
    agents = MachineAgents(
        f"{name}-machine-agents",
        MachineAgentsArgs(
            placement=base.placements["monitoring"],
            rule_name=f"dcr-{plan.names.app_machines}",
            log_workspace_id=base.monitoring.log_workspace_id,
            endpoint_id=base.monitoring.endpoint_id,
            metrics_rule_id=base.monitoring.metrics_rule_id,
            publishers={APP: people.odoo.principal_id, OPERATIONS: people.operations.principal_id},
        ),
    )
    return _Rights(
        monitoring=MachineMonitoring(logs_rule_id=agents.logs_rule_id, endpoint_id=base.monitoring.endpoint_id),
        disk_encryption_set_id=encrypted_disks(name, plan, placement, base.vaults.keys["disks"]),
        ready=(agents, base.image_pull),
    )


def _patches(plan: MachinePlan, base: EnvironmentBase) -> MachinePatchesArgs:
    """When the machines of both sets get security patches."""
    machines = plan.machines
    return MachinePatchesArgs(
        placement=base.placements["runtime"],
        configuration_name=plan.names.machine_patches,
        recurrence=machines.patch_day,
        start=f"{machines.patch_start} {machines.patch_time}",
        time_zone=machines.windows_timezone,
    )


def _operations(source: MachinesSource, rights: _Rights) -> OdooVirtualMachinesArgs:
    """The one machine that prepares the database and looks after it; it answers nobody."""
    plan, people = source.plan, source.base.identities
    return _set(
        source,
        rights,
        scale_set_name=plan.names.operations_machines,
        subnet=SubnetKind.JOBS,
        vm_size=plan.machines.operations_vm_size,
        computer_name_prefix=plan.machines.operations_name_prefix,
        custom_data=operations_data(source),
        identities=(people.operations, people.administration),
    )


def _app(source: MachinesSource, rights: _Rights) -> OdooVirtualMachinesArgs:
    """The machines that answer people."""
    plan, people = source.plan, source.base.identities
    args = _set(
        source,
        rights,
        scale_set_name=plan.names.app_machines,
        subnet=SubnetKind.WEB,
        vm_size=plan.machines.vm_size,
        computer_name_prefix=plan.machines.computer_name_prefix,
        custom_data=app_data(source),
        identities=(people.odoo, people.ingress),
    )
    return replace(
        args,
        answers=LoadBalancing(
            load_balancer_name=plan.names.load_balancer,
            subnet_id=source.base.network.spoke.subnet_ids[SubnetKind.INGRESS],
            zones=plan.zones,
        ),
        scaling=machine_scaling(plan, source.settings.calendar),
    )


def _set(
    source: MachinesSource,
    rights: _Rights,
    *,
    scale_set_name: str,
    subnet: SubnetKind,
    vm_size: str,
    computer_name_prefix: str,
    custom_data: pulumi.Output[str],
    identities: tuple[WorkloadIdentity, ...],
) -> OdooVirtualMachinesArgs:
    """A set of machines; the first of its identities is the one that Azure's agents use."""
    plan, settings, base = source.plan, source.settings, source.base
    return OdooVirtualMachinesArgs(
        placement=base.placements["runtime"],
        scale_set_name=scale_set_name,
        machine=Machine(
            vm_size=vm_size,
            os_disk_gib=plan.machines.os_disk_gib,
            computer_name_prefix=computer_name_prefix,
            custom_data=custom_data,
            start_minutes=START_MINUTES,
        ),
        zones=plan.zones,
        subnet_id=base.network.spoke.subnet_ids[subnet],
        access=MachineAccess(
            identity_ids=tuple(identity.identity_id for identity in identities),
            agent_identity_id=identities[0].identity_id,
            ssh_public_key=machine_settings(settings).ssh_public_key,
            disk_encryption_set_id=rights.disk_encryption_set_id,
        ),
        monitoring=rights.monitoring,
    )
