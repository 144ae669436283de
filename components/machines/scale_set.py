"""OdooVirtualMachines: a set of machines that are alike, replaced when they are ill or when their model changes."""

from __future__ import annotations

import pulumi
from pulumi_azure_native import compute, monitor

from components.base import Component
from components.machines.args import OdooVirtualMachinesArgs
from components.machines.autoscale import autoscale
from components.machines.load_balancer import FrontEnd, load_balancer
from components.machines.profile import vm_profile
from components.machines.upgrades import repairs, upgrade_policy


class OdooVirtualMachines(Component):
    """A virtual machine scale set with Flexible orchestration, over zones, with what stands in front of it.

    Machines have no public address, no password and no key of Azure's on their disks. Whatever changes in their model
    makes new ones, a batch at a time, and the old ones go when the new ones are well; one that is ill is replaced. Each
    new machine has the newest image of Ubuntu: every release brings it, and so does the calendar where more machines
    are wanted by day than by night, as it is always the oldest that go, and none in a close. Machines that stay get
    security patches by the schedule of `MachinePatches`.

    Machines start after whatever the component depends on by its options.

    Attributes:
        scale_set_id: ARM id of the set.
        scale_set_name: its Azure name.
        address: private address at which the machines answer; empty where they answer nobody.

    Raises:
        ValueError: more profiles of scaling, or custom data, than Azure takes.
    """

    scale_set_id: pulumi.Output[str]
    scale_set_name: pulumi.Output[str]
    address: pulumi.Output[str]

    def __init__(self, name: str, args: OdooVirtualMachinesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.placement, opts)
        front_end = load_balancer(self, name, args.answers) if args.answers else None
        scale_set = self.__make_scale_set(name, args, front_end, opts)
        self.__collect(name, args, scale_set)
        if args.scaling:
            autoscale(self, name, args.scaling, scale_set, front_end)
        self.scale_set_id = scale_set.id
        self.scale_set_name = scale_set.name
        self.address = front_end.address if front_end else pulumi.Output.from_input("")
        self.finish({"scale_set_id": self.scale_set_id, "address": self.address})

    def __make_scale_set(
        self,
        name: str,
        args: OdooVirtualMachinesArgs,
        front_end: FrontEnd | None,
        opts: pulumi.ResourceOptions | None,
    ) -> compute.VirtualMachineScaleSet:
        instances = args.scaling.min_instances if args.scaling else 1
        # Pulumi does not pass a component's dependencies on to what is in it.
        after = pulumi.ResourceOptions(depends_on=opts.depends_on if opts else None)
        return compute.VirtualMachineScaleSet(
            f"{name}-machines",
            vm_scale_set_name=args.scale_set_name,
            resource_group_name=args.placement.resource_group_name,
            location=args.placement.location,
            tags=args.placement.tags,
            sku=compute.SkuArgs(name=args.machine.vm_size, tier="Standard", capacity=instances),
            identity=compute.VirtualMachineScaleSetIdentityArgs(
                type=compute.ResourceIdentityType.USER_ASSIGNED,
                user_assigned_identities=list(args.access.identity_ids),
            ),
            zones=list(args.zones) or None,
            orchestration_mode=compute.OrchestrationMode.FLEXIBLE,
            # Spread as far as Azure can: the one count that sets over zones may have (learn.microsoft.com azure/
            # virtual-machine-scale-sets/virtual-machine-scale-sets-orchestration-modes).
            platform_fault_domain_count=1,
            single_placement_group=False,
            upgrade_policy=upgrade_policy(),
            automatic_repairs_policy=repairs(args.machine.start_minutes),
            # The oldest go first, so that the calendar renews all of them.
            scale_in_policy=compute.ScaleInPolicyArgs(
                rules=[compute.VirtualMachineScaleSetScaleInRules.OLDEST_VM], force_deletion=False
            ),
            virtual_machine_profile=vm_profile(args, front_end.backend_pool_id if front_end else None),
            opts=pulumi.ResourceOptions.merge(self.child(), after),
        )

    def __collect(self, name: str, args: OdooVirtualMachinesArgs, scale_set: compute.VirtualMachineScaleSet) -> None:
        monitor.DataCollectionRuleAssociation(
            f"{name}-logs",
            association_name="machine-logs",
            resource_uri=scale_set.id,
            data_collection_rule_id=args.monitoring.logs_rule_id,
            opts=self.child(),
        )
        # Agents fetch their configuration through the private link only from an endpoint tied under this name.
        monitor.DataCollectionRuleAssociation(
            f"{name}-endpoint",
            association_name="configurationAccessEndpoint",
            resource_uri=scale_set.id,
            data_collection_endpoint_id=args.monitoring.endpoint_id,
            opts=self.child(),
        )
