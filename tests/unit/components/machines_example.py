"""Machines that answer users and one that answers nobody, for the tests of scale sets."""

from __future__ import annotations

from components.machines.args import (
    BusyDays,
    BusyHours,
    LoadBalancing,
    Machine,
    MachineAccess,
    MachineAgentsArgs,
    MachineMonitoring,
    OdooVirtualMachinesArgs,
    Scaling,
)
from components.machines.patches import MachinePatchesArgs
from tests.unit.components.harness import placement
from tests.unit.components.mocked_azure import arm_id

SUBNETS = arm_id("Microsoft.Network/virtualNetworks", "vnet-erp-test-weu") + "/subnets"
ODOO, INGRESS, OPERATIONS = (
    arm_id("Microsoft.ManagedIdentity/userAssignedIdentities", f"id-{each}")
    for each in ("odoo", "ingress", "operations")
)
DISK_ENCRYPTION_SET = arm_id("Microsoft.Compute/diskEncryptionSets", "des-erp-test-weu")
LOGS_RULE = arm_id("Microsoft.Insights/dataCollectionRules", "dcr-machines")
METRICS_RULE = arm_id("Microsoft.Insights/dataCollectionRules", "dcr-metrics")
ENDPOINT = arm_id("Microsoft.Insights/dataCollectionEndpoints", "dce-erp-test-weu")
WORKSPACE = arm_id("Microsoft.OperationalInsights/workspaces", "log-erp-test-weu")
SSH_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8k0Q0j3x2w1y5v7u9t1s3r5q7p9o1n3m5l7k9j1h3g ops@example.com"
CLOUD_INIT = "#cloud-config\npackage_update: true\n"

BUSINESS_HOURS = BusyHours(
    name="business-hours",
    days=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"),
    start="06:30",
    end="18:00",
    instances=3,
)
CLOSE = BusyDays(name="close-2026-12", first="2026-12-29", last="2027-01-08", instances=4)
SCALING = Scaling(
    name="as-erp-test-weu",
    min_instances=2,
    max_instances=5,
    out_cpu_percent=70,
    in_cpu_percent=30,
    busy_hours=(BUSINESS_HOURS,),
    busy_days=(CLOSE,),
    time_zone="W. Europe Standard Time",
)
ANSWERS = LoadBalancing(load_balancer_name="lbi-erp-test-weu", subnet_id=f"{SUBNETS}/snet-ingress")
APP = OdooVirtualMachinesArgs(
    placement=placement(),
    scale_set_name="vmss-erp-test-weu-app",
    machine=Machine(
        vm_size="Standard_D8ads_v5", os_disk_gib=64, computer_name_prefix="erp-app-", custom_data=CLOUD_INIT
    ),
    zones=("1", "2", "3"),
    subnet_id=f"{SUBNETS}/snet-web",
    access=MachineAccess(
        identity_ids=(ODOO, INGRESS),
        agent_identity_id=ODOO,
        ssh_public_key=SSH_KEY,
        disk_encryption_set_id=DISK_ENCRYPTION_SET,
    ),
    monitoring=MachineMonitoring(logs_rule_id=LOGS_RULE, endpoint_id=ENDPOINT),
    answers=ANSWERS,
    scaling=SCALING,
)
OPERATIONS_MACHINE = OdooVirtualMachinesArgs(
    placement=placement(),
    scale_set_name="vmss-erp-test-weu-ops",
    machine=Machine(
        vm_size="Standard_D4ads_v5",
        os_disk_gib=64,
        computer_name_prefix="erp-ops-",
        custom_data=CLOUD_INIT,
        start_minutes=90,
    ),
    zones=(),
    subnet_id=f"{SUBNETS}/snet-jobs",
    access=MachineAccess(
        identity_ids=(OPERATIONS,),
        agent_identity_id=OPERATIONS,
        ssh_public_key=SSH_KEY,
        disk_encryption_set_id=DISK_ENCRYPTION_SET,
    ),
    monitoring=APP.monitoring,
)
AGENTS = MachineAgentsArgs(
    placement=placement(),
    rule_name="dcr-vmss-erp-test-weu",
    log_workspace_id=WORKSPACE,
    endpoint_id=ENDPOINT,
    metrics_rule_id=METRICS_RULE,
    publishers={"odoo": "33333333-3333-4333-8333-333333333333", "operations": "44444444-4444-4444-8444-444444444444"},
)
PATCHES = MachinePatchesArgs(
    placement=placement(),
    configuration_name="mc-erp-test-weu",
    recurrence="1Month Third Sunday",
    start="2026-12-01 02:00",
    time_zone="W. Europe Standard Time",
)
