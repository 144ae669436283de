"""Built-in policies over networks and machines.

GUIDs, versions, effects, parameters: github.com/Azure/azure-policy, built-in-policies/policyDefinitions (2026-04-29).
"""

from __future__ import annotations

from policies.controls.model import AzurePolicy
from policies.controls.shorthand import AUDIT, EXISTS, built_in

NETWORKS: tuple[AzurePolicy, ...] = (
    built_in(
        "interface-public-address",
        "83a86a26-fd1f-447c-b59d-e51f44264114",
        1,
        "Network interfaces should not have public IPs",
        "nic-no-public-ip",
        "pip-allowed-purpose",
        effects=("deny",),
        effect_parameter="",
    ),
    built_in(
        "interface-forwarding",
        "88c0b9da-ce96-4b03-9635-f29a937e2900",
        1,
        "Network interfaces should disable IP forwarding",
        "vm-no-ip-forwarding",
        effects=("deny",),
        effect_parameter="",
    ),
    built_in(
        "subnet-private",
        "7bca8353-aa3b-429b-904a-9229c4385837",
        1,
        "Subnets should be private",
        "subnet-private-outbound",
    ),
    built_in(
        "subnet-security-group",
        "e71308d3-144b-4262-b144-efdc3cc90517",
        3,
        "Subnets should be associated with a Network Security Group",
        "subnet-has-nsg",
        effects=EXISTS,
    ),
    built_in(
        "public-address-zones",
        "682e4ab9-59fe-4871-9839-265b54c568c4",
        1,
        "[Preview]: Public IP addresses should be Zone Resilient",
        "network-zones",
        effects=AUDIT,
        preview=True,
    ),
    built_in(
        "firewall-zones",
        "3e1f521a-d037-4709-bdd6-1f532f271a75",
        1,
        "Azure Firewall should be deployed to span multiple Availability Zones",
        "network-zones",
        effects=AUDIT,
    ),
    built_in(
        "firewall-dns-proxy",
        "3f84c9b0-8b64-4208-98d4-6ada96bb49c3",
        1,
        "Azure Firewall Policy should have DNS Proxy Enabled",
        "firewall-resolves-names",
        effects=AUDIT,
    ),
    built_in(
        "firewall-intrusions",
        "6484db87-a62d-4327-9f07-80a2cbdf333a",
        1,
        "Firewall Policy Premium should enable the Intrusion Detection and Prevention System (IDPS)",
        "firewall-intrusions-denied",
        effects=AUDIT,
    ),
    built_in(
        "flow-log-analytics",
        "2f080164-9f4d-497e-9db6-416dc9f7b48a",
        1,
        "Network Watcher flow logs should have traffic analytics enabled",
        "flow-log-analysed",
        effects=AUDIT,
    ),
    built_in(
        "flow-logs",
        "27960feb-a23c-4577-8d36-ef8b5f35e0be",
        1,
        "All flow log resources should be in enabled state",
        "flow-log-kept",
        effects=AUDIT,
    ),
)

MACHINES: tuple[AzurePolicy, ...] = (
    built_in(
        "machine-host-encryption",
        "fc4d8e41-e223-45ea-9bf5-eada37891d87",
        1,
        "Virtual machines and virtual machine scale sets should have encryption at host enabled",
        "vm-host-encryption",
    ),
    # The next two look at disks that clusters make by themselves, too: Deny would refuse volumes of pods.
    built_in(
        "machine-disks-cmk",
        "702dd420-7fcc-42c5-afe8-4026edd20fe0",
        3,
        "OS and data disks should be encrypted with a customer-managed key",
        "vm-disks-cmk",
        "disk-cmk",
        effects=AUDIT,
    ),
    built_in(
        "disk-public-access",
        "8405fdab-1faf-48aa-b702-999c9c172094",
        2,
        "Managed disks should disable public network access",
        "disk-network-closed",
        effects=AUDIT,
    ),
    built_in(
        "disk-double-encryption",
        "ca91455f-eace-4f96-be59-e6e2c35b4816",
        1,
        "Managed disks should be double encrypted with both platform-managed and customer-managed keys",
        "disk-set-double",
        effects=AUDIT,
    ),
    built_in(
        "machine-trusted-launch",
        "c95b54ad-0614-4633-ab29-104b01235cbf",
        1,
        "Virtual Machine should have TrustedLaunch enabled",
        "vm-trusted-launch",
        effects=AUDIT,
    ),
    built_in(
        "machine-zones",
        "42f4f3a2-7d20-4c13-a05d-01857a626c22",
        1,
        "[Preview]: Virtual Machines should be Zone Aligned",
        "vm-zones",
        effects=AUDIT,
        preview=True,
    ),
    built_in(
        "scale-set-zones",
        "d3903bdf-ab85-4cce-85d3-2934d77629d4",
        1,
        "[Preview]: Virtual Machine Scale Sets should be Zone Resilient",
        "vm-zones",
        effects=AUDIT,
        preview=True,
    ),
)

POLICIES = (*NETWORKS, *MACHINES)
