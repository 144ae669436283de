"""Virtual machines, and clusters made of them."""

from __future__ import annotations

import base64

import pulumi
import pulumi_random as random
from pulumi_azure_native import compute, hdinsight, monitor, network, storage

from tests.policies.strangers.shared import first_id, group, password

_START = base64.b64encode(b"#!/bin/bash\npython3 -m http.server 80 &").decode()


def web_server() -> None:
    """A machine with a password and an address of its own (azure-py-webserver, azure-py-minecraft-server)."""
    inside = group("server")
    net = network.VirtualNetwork(
        "server-network",
        resource_group_name=inside.name,
        address_space={"address_prefixes": ["10.0.0.0/16"]},
        subnets=[{"name": "default", "address_prefix": "10.0.1.0/24"}],
    )
    address = network.PublicIPAddress(
        "server-address",
        resource_group_name=inside.name,
        sku={"name": "Standard"},
        public_ip_allocation_method="Static",
    )
    card = network.NetworkInterface(
        "server-card",
        resource_group_name=inside.name,
        ip_configurations=[
            {
                "name": "web",
                "subnet": {"id": net.subnets.apply(first_id)},
                "private_ip_allocation_method": "Dynamic",
                "public_ip_address": {"id": address.id},
            }
        ],
    )
    guard = network.NetworkSecurityGroup(
        "server-guard",
        resource_group_name=inside.name,
        security_rules=[
            {
                "name": "ssh",
                "priority": 1000,
                "direction": "Inbound",
                "access": "Allow",
                "protocol": "Tcp",
                "source_address_prefix": "*",
                "source_port_range": "*",
                "destination_address_prefix": "*",
                "destination_port_range": "22",
            }
        ],
    )
    pulumi.export("guard", guard.id)
    compute.VirtualMachine(
        "server-machine",
        resource_group_name=inside.name,
        network_profile={"network_interfaces": [{"id": card.id}]},
        hardware_profile={"vm_size": "Standard_D2s_v5"},
        os_profile={
            "computer_name": "hostname",
            "admin_username": "operator",
            "admin_password": password(),
            "custom_data": _START,
            "linux_configuration": {"disable_password_authentication": False},
        },
        storage_profile={
            "os_disk": {"create_option": "FromImage", "name": "disk"},
            "image_reference": {
                "publisher": "canonical",
                "offer": "UbuntuServer",
                "sku": "16.04-LTS",
                "version": "latest",
            },
        },
    )


def scale_set() -> None:
    """Machines behind a public load balancer, as many as the processor needs (azure-ts-vm-scaleset)."""
    inside = group("fleet")
    label = random.RandomString("fleet-label", length=10, special=False, upper=False, numeric=False)
    address = network.PublicIPAddress(
        "fleet-address",
        resource_group_name=inside.name,
        public_ip_allocation_method="Static",
        sku={"name": "Standard"},
        dns_settings={"domain_name_label": label.result},
    )
    balancer = network.LoadBalancer(
        "fleet-balancer",
        resource_group_name=inside.name,
        sku={"name": "Standard"},
        frontend_ip_configurations=[{"name": "public", "public_ip_address": {"id": address.id}}],
        backend_address_pools=[{"name": "machines"}],
    )
    net = network.VirtualNetwork(
        "fleet-network", resource_group_name=inside.name, address_space={"address_prefixes": ["10.0.0.0/16"]}
    )
    subnet = network.Subnet(
        "fleet-subnet", resource_group_name=inside.name, virtual_network_name=net.name, address_prefix="10.0.2.0/24"
    )
    machines = compute.VirtualMachineScaleSet(
        "fleet-machines",
        resource_group_name=inside.name,
        sku={"capacity": 1, "name": "Standard_D2s_v5", "tier": "Standard"},
        upgrade_policy={"mode": compute.UpgradeMode.MANUAL},
        virtual_machine_profile={
            "os_profile": {
                "computer_name_prefix": "fleet",
                "admin_username": "operator",
                "admin_password": password(),
                "custom_data": base64.b64encode(b"#cloud-config\npackages:\n  - nginx\n").decode(),
                "linux_configuration": {"disable_password_authentication": False},
            },
            "storage_profile": {
                "image_reference": {
                    "publisher": "Canonical",
                    "offer": "UbuntuServer",
                    "sku": "16.04-LTS",
                    "version": "latest",
                },
                "os_disk": {"create_option": "FromImage", "managed_disk": {"storage_account_type": "Standard_LRS"}},
            },
            "network_profile": {
                "network_interface_configurations": [
                    {
                        "name": "card",
                        "primary": True,
                        "ip_configurations": [
                            {
                                "name": "address",
                                "primary": True,
                                "subnet": {"id": subnet.id},
                                "load_balancer_backend_address_pools": [
                                    {"id": balancer.backend_address_pools.apply(first_id)}
                                ],
                            }
                        ],
                    }
                ]
            },
        },
    )
    monitor.AutoscaleSetting(
        "fleet-scale",
        resource_group_name=inside.name,
        target_resource_uri=machines.id,
        profiles=[
            monitor.AutoscaleProfileArgs(
                name="default",
                capacity=monitor.ScaleCapacityArgs(default="1", minimum="1", maximum="10"),
                rules=[_scaling(machines.id)],
            )
        ],
    )


def _scaling(machines: pulumi.Output[str]) -> monitor.ScaleRuleArgs:
    return monitor.ScaleRuleArgs(
        metric_trigger=monitor.MetricTriggerArgs(
            metric_name="Percentage CPU",
            metric_resource_uri=machines,
            operator=monitor.ComparisonOperationType.GREATER_THAN,
            statistic=monitor.MetricStatisticType.AVERAGE,
            threshold=75,
            time_aggregation=monitor.TimeAggregationType.AVERAGE,
            time_grain="PT1M",
            time_window="PT5M",
        ),
        scale_action=monitor.ScaleActionArgs(
            cooldown="PT1M", direction=monitor.ScaleDirection.INCREASE, type=monitor.ScaleType.CHANGE_COUNT, value="1"
        ),
    )


def spark() -> None:
    """A Spark cluster with passwords in three places (azure-py-hdinsight-spark)."""
    inside = group("spark")
    account = storage.StorageAccount(
        "sparksa",
        resource_group_name=inside.name,
        kind=storage.Kind.STORAGE_V2,
        sku={"name": storage.SkuName.STANDARD_LRS},
    )
    container = storage.BlobContainer("spark-container", resource_group_name=inside.name, account_name=account.name)
    keys = storage.list_storage_account_keys_output(resource_group_name=inside.name, account_name=account.name)
    roles = [("headnode", 2), ("workernode", 3), ("zookeepernode", 3)]
    hdinsight.Cluster(
        "spark-cluster",
        resource_group_name=inside.name,
        properties={
            "cluster_version": "3.6",
            "os_type": hdinsight.OSType.LINUX,
            "tier": hdinsight.Tier.STANDARD,
            "cluster_definition": {
                "kind": "spark",
                "configurations": {
                    "gateway": {"restAuthCredential.isEnabled": True, "restAuthCredential.password": password()}
                },
            },
            "storage_profile": {
                "storageaccounts": [
                    {
                        "container": container.name,
                        "is_default": True,
                        "key": keys.keys[0].value,
                        "name": pulumi.Output.concat(account.name, ".blob.core.windows.net"),
                    }
                ]
            },
            "compute_profile": {
                "roles": [
                    {
                        "name": role,
                        "target_instance_count": count,
                        "hardware_profile": {"vm_size": "Standard_D12_v2"},
                        "os_profile": {
                            "linux_operating_system_profile": {"username": "operator", "password": password()}
                        },
                    }
                    for role, count in roles
                ]
            },
        },
    )
