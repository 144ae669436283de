"""What the rules over machines say: the types and the paths that they say it of."""

from __future__ import annotations

from tests.unit.sandbox import machine_bodies as bodies
from tests.unit.sandbox.harness import Azure, Object

SET, VM, LB = "compute:VirtualMachineScaleSet", "compute:VirtualMachine", "network:LoadBalancer"
AUTOSCALE, WINDOW = "monitor:AutoscaleSetting", "maintenance:MaintenanceConfiguration"
P = "virtualMachineProfile"
DISK, IMAGE, LINUX = (
    f"{P}.storageProfile.osDisk",
    f"{P}.storageProfile.imageReference",
    f"{P}.osProfile.linuxConfiguration",
)
EVENTS, NETWORK, EXTENSIONS = f"{P}.scheduledEventsProfile", f"{P}.networkProfile", bodies.EXTENSION_LIST
JAMMY = {"publisher": "Canonical", "offer": "0001-com-ubuntu-server-jammy", "sku": "22_04-lts", "version": "latest"}
GALLERY = "/subscriptions/x/resourceGroups/g/providers/Microsoft.Compute/galleries/g/images/erp"


def found(azure: Azure, kind: str, inputs: Object) -> set[str]:
    """The paths of what is said against the inputs."""
    return {failure.path for failure in azure.check(kind, inputs)}
