"""Machines that Azure accepts, and what they need, as starting points for ones that it refuses."""

import base64
from typing import Any

from tests.unit.sandbox import bodies
from tests.unit.sandbox.harness import GROUP, Azure

Object = dict[str, Any]
BALANCER = f"{GROUP}/providers/Microsoft.Network/loadBalancers/lb"
POOL = f"{BALANCER}/backendAddressPools/machines"
SET_ID = f"{GROUP}/providers/Microsoft.Compute/virtualMachineScaleSets/vmss"
EXTENSION_LIST = "virtualMachineProfile.extensionProfile.extensions"
UBUNTU: Object = {"publisher": "Canonical", "offer": "ubuntu-24_04-lts", "sku": "server", "version": "latest"}
KEY: Object = {"path": "/home/operator/.ssh/authorized_keys", "keyData": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 operator"}
HEALTH: Object = {
    "name": "health",
    "publisher": "Microsoft.ManagedServices",
    "type": "ApplicationHealthLinux",
    "typeHandlerVersion": "2.0",
    "settings": {
        "protocol": "http",
        "port": 8081,
        "requestPath": "/health",
        "intervalInSeconds": 5,
        "numberOfProbes": 2,
    },
}
AGENT: Object = {
    "name": "agent",
    "publisher": "Microsoft.Azure.Monitor",
    "type": "AzureMonitorLinuxAgent",
    "typeHandlerVersion": "1.33",
    "provisionAfterExtensions": ["health"],
}
LINUX: Object = {
    "disablePasswordAuthentication": True,
    "provisionVMAgent": True,
    "patchSettings": {"patchMode": "ImageDefault", "assessmentMode": "ImageDefault"},
    "ssh": {"publicKeys": [KEY]},
}
PROFILE: Object = {
    "osProfile": {
        "computerNamePrefix": "web",
        "adminUsername": "operator",
        "customData": base64.b64encode(b"#cloud-config\n").decode(),
        "linuxConfiguration": LINUX,
    },
    "storageProfile": {
        "imageReference": UBUNTU,
        "osDisk": {
            "createOption": "FromImage",
            "caching": "ReadOnly",
            "diskSizeGB": 64,
            "managedDisk": {"storageAccountType": "Premium_LRS"},
        },
        "dataDisks": [{"createOption": "Empty", "lun": 0}, {"createOption": "Empty", "lun": 1}],
    },
    "securityProfile": {
        "encryptionAtHost": True,
        "securityType": "TrustedLaunch",
        "uefiSettings": {"secureBootEnabled": True, "vTpmEnabled": True},
    },
    "networkProfile": {
        "networkApiVersion": "2022-11-01",
        "networkInterfaceConfigurations": [
            {
                "name": "nic",
                "primary": True,
                "ipConfigurations": [
                    {
                        "name": "ip",
                        "subnet": {"id": f"{bodies.SUBNETS}/nodes"},
                        "loadBalancerBackendAddressPools": [{"id": POOL}],
                    }
                ],
            }
        ],
    },
    "extensionProfile": {"extensions": [HEALTH, AGENT]},
    "scheduledEventsProfile": {
        "terminateNotificationProfile": {"enable": True, "notBeforeTimeout": "PT10M"},
        "osImageNotificationProfile": {"enable": True, "notBeforeTimeout": "PT15M"},
    },
}
SCALE_SET: Object = {
    "vmScaleSetName": "vmss",
    "orchestrationMode": "Flexible",
    "platformFaultDomainCount": 1,
    "singlePlacementGroup": False,
    "zones": ["1", "2", "3"],
    "sku": {"name": "Standard_D4ads_v5", "tier": "Standard", "capacity": 2},
    "upgradePolicy": {
        "mode": "Rolling",
        "automaticOSUpgradePolicy": {"enableAutomaticOSUpgrade": True},
        "rollingUpgradePolicy": {
            "maxBatchInstancePercent": 50,
            "maxUnhealthyInstancePercent": 50,
            "maxUnhealthyUpgradedInstancePercent": 20,
            "pauseTimeBetweenBatches": "PT2M",
        },
    },
    "automaticRepairsPolicy": {"enabled": True, "gracePeriod": "PT30M", "repairAction": "Replace"},
    "virtualMachineProfile": PROFILE,
}
MACHINE: Object = {
    "vmName": "vm",
    "hardwareProfile": {"vmSize": "Standard_D4ads_v5"},
    "osProfile": {key: value for key, value in PROFILE["osProfile"].items() if key != "computerNamePrefix"},
    "storageProfile": PROFILE["storageProfile"],
    "securityProfile": PROFILE["securityProfile"],
}
LOAD_BALANCER: Object = {
    "loadBalancerName": "lb",
    "sku": {"name": "Standard"},
    "frontendIPConfigurations": [
        {
            "name": "front",
            "subnet": {"id": f"{bodies.SUBNETS}/endpoints"},
            "privateIPAllocationMethod": "Static",
            "privateIPAddress": "10.1.1.10",
        }
    ],
    "backendAddressPools": [{"name": "machines"}],
    "probes": [
        {"name": "health", "protocol": "Http", "port": 8081, "requestPath": "/health", "intervalInSeconds": 5},
        {"name": "open", "protocol": "Tcp", "port": 443},
    ],
    "loadBalancingRules": [
        {
            "name": name,
            "protocol": "Tcp",
            "frontendPort": port,
            "backendPort": port,
            "idleTimeoutInMinutes": 30,
            "frontendIPConfiguration": {"id": f"{BALANCER}/frontendIPConfigurations/front"},
            "backendAddressPools": [{"id": POOL}],
            "backendAddressPool": {"id": POOL},
            "probe": {"id": f"{BALANCER}/probes/health"},
        }
        for name, port in (("https", 443), ("http", 80))
    ],
}
SCALE_RULE: Object = {
    "metricTrigger": {
        "metricName": "Percentage CPU",
        "metricResourceUri": SET_ID,
        "operator": "GreaterThan",
        "statistic": "Average",
        "threshold": 70,
        "timeAggregation": "Average",
        "timeGrain": "PT1M",
        "timeWindow": "PT10M",
    },
    "scaleAction": {"cooldown": "PT10M", "direction": "Increase", "type": "ChangeCount", "value": "1"},
}
AUTOSCALE: Object = {
    "autoscaleSettingName": "autoscale",
    "enabled": True,
    "targetResourceUri": SET_ID,
    "profiles": [
        {"name": "always", "capacity": {"minimum": "2", "default": "2", "maximum": "4"}, "rules": [SCALE_RULE]},
        {
            "name": "close",
            "capacity": {"minimum": "4", "default": "4", "maximum": "6"},
            "rules": [],
            "fixedDate": {"start": "2026-12-28T00:00:00", "end": "2027-01-08T00:00:00", "timeZone": "UTC"},
        },
        {
            "name": "mornings",
            "capacity": {"minimum": "3", "default": "3", "maximum": "6"},
            "rules": [],
            "recurrence": {
                "frequency": "Week",
                "schedule": {"timeZone": "UTC", "days": ["Monday"], "hours": [7], "minutes": [0]},
            },
        },
    ],
}
WINDOW: Object = {
    "resourceName": "window",
    "maintenanceScope": "OSImage",
    "duration": "05:00",
    "recurEvery": "Week Sunday",
    "startDateTime": "2026-12-06 02:00",
    "expirationDateTime": "2027-12-05 02:00",
    "timeZone": "UTC",
}
ASSIGNMENT: Object = {
    "providerName": "Microsoft.Compute",
    "resourceType": "virtualMachineScaleSets",
    "resourceName": "vmss",
    "configurationAssignmentName": "window",
    "maintenanceConfigurationId": f"{GROUP}/providers/Microsoft.Maintenance/maintenanceConfigurations/window",
}
PATCHES: Object = WINDOW | {
    "maintenanceScope": "InGuestPatch",
    "duration": "02:00",
    "recurEvery": "1Month Third Sunday",
    "extensionProperties": {"InGuestPatchMode": "User"},
}
DYNAMIC_SCOPE: Object = {
    "configurationAssignmentName": "patches",
    "location": "westeurope",
    "maintenanceConfigurationId": ASSIGNMENT["maintenanceConfigurationId"],
    "filter": {"resourceTypes": ["Microsoft.Compute/virtualMachines"], "osTypes": ["Linux"]},
}


def with_network(azure: Azure) -> None:
    """The network and the load balancer that the scale set is in."""
    azure.make("network:VirtualNetwork", bodies.VNET)
    azure.make("network:LoadBalancer", LOAD_BALANCER)
