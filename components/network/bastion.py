"""The administrative way in."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_azure_native import network

from components.base import Component, Placement
from components.network.egress import ZONES


@dataclass(frozen=True, kw_only=True)
class AdministrationBastionArgs:
    """Arguments of `AdministrationBastion`.

    Args:
        placement: where it goes.
        bastion_name: Azure name; the public address is `pip-<bastion_name>`.
        subnet_id: ARM id of the AzureBastionSubnet.
        scale_units: instances, 2 to 50; each bears about 20 RDP or 40 SSH sessions
            (learn.microsoft.com azure/bastion/configuration-settings#instance).
    """

    placement: Placement
    bastion_name: str
    subnet_id: pulumi.Input[str]
    scale_units: int = 2


class AdministrationBastion(Component):
    """Azure Bastion, by which administrators reach the machines with their SSH client (`az network bastion tunnel`).

    Entra signs them in, every session is logged, and nothing else in the network takes connections from it. Files,
    clipboard and links to share are off: what must be brought in goes through the repository and its pipeline.

    Attributes:
        bastion_id: ARM id.
    """

    bastion_id: pulumi.Output[str]

    def __init__(self, name: str, args: AdministrationBastionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.placement, opts)
        address = network.PublicIPAddress(
            f"{name}-address",
            public_ip_address_name=f"pip-{args.bastion_name}",
            resource_group_name=args.placement.resource_group_name,
            location=args.placement.location,
            tags=args.placement.tags,
            sku=network.PublicIPAddressSkuArgs(name=network.PublicIPAddressSkuName.STANDARD),
            public_ip_allocation_method=network.IPAllocationMethod.STATIC,
            public_ip_address_version=network.IPVersion.I_PV4,
            zones=list(ZONES),
            opts=self.child(),
        )
        bastion = network.BastionHost(
            f"{name}-bastion",
            bastion_host_name=args.bastion_name,
            resource_group_name=args.placement.resource_group_name,
            location=args.placement.location,
            tags=args.placement.tags,
            # Basic has no tunnels, and a native client needs one.
            sku=network.SkuArgs(name=network.BastionHostSkuName.STANDARD),
            scale_units=args.scale_units,
            zones=list(ZONES),
            enable_tunneling=True,
            enable_file_copy=False,
            enable_shareable_link=False,
            enable_ip_connect=False,
            disable_copy_paste=True,
            ip_configurations=[
                network.BastionHostIPConfigurationArgs(
                    name="bastion",
                    subnet=network.SubResourceArgs(id=args.subnet_id),
                    public_ip_address=network.SubResourceArgs(id=address.id),
                    private_ip_allocation_method=network.IPAllocationMethod.DYNAMIC,
                )
            ],
            opts=self.child(),
        )
        self.bastion_id = bastion.id
        self.finish({"bastionId": self.bastion_id})
