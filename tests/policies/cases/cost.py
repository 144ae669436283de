from typing import Any

from tests.policies.cases import Case, StackCase, of

VM, VMSS, POOL, AKS = (
    "compute:VirtualMachine",
    "compute:VirtualMachineScaleSet",
    "containerservice:AgentPool",
    "containerservice:ManagedCluster",
)
PG, MYSQL, REDIS = "dbforpostgresql:Server", "dbformysql:Server", "redisenterprise:RedisEnterprise"
BUDGET = "consumption:Budget"
TRYING = {"tags": {"environment": "dev"}}
SERVING = {"tags": {"environment": "prod"}}


def _notifications(**given: dict[str, Any]) -> dict[str, Any]:
    plain = {"enabled": True, "operator": "GreaterThanOrEqualTo", "contactEmails": ["finance@acme.example"]}
    return {"notifications": {name: {**plain, **values} for name, values in given.items()}}


def _in_time(**changes: dict[str, Any]) -> dict[str, Any]:
    whole: dict[str, dict[str, Any]] = {
        "half": {"threshold": 50, "thresholdType": "Actual"},
        "spent": {"threshold": 100},
        "will": {"threshold": 100, "thresholdType": "Forecasted"},
    }
    return _notifications(**{name: {**values, **changes.get(name, {})} for name, values in whole.items()})


def _pool(**given: Any) -> dict[str, Any]:
    return {"enableAutoScaling": True, "minCount": 2, "maxCount": 5, **given}


CASES = [
    Case(
        "cost-machine-size",
        good=[
            (VM, {"hardwareProfile": {"vmSize": "Standard_D4ads_v5"}}),
            (VM, {"hardwareProfile": {"vmSize": "Standard_B2s"}}),
            (VM, {"hardwareProfile": {"vmSize": "Standard_E32-8ads_v5"}}),
            (VMSS, {"sku": {"name": "Standard_D16ads_v5", "capacity": 3}}),
        ],
        bad=[
            (VM, {}),
            (VM, {"hardwareProfile": {"vmSize": "Standard_M128s"}}),
            (VM, {"hardwareProfile": {"vmSize": "Standard_NC24ads_A100_v4"}}),
            (VM, {"hardwareProfile": {"vmSize": "Standard_D48ads_v5"}}),
            (VMSS, {"sku": {"name": "Standard_E64-16ads_v5"}}),
        ],
    ),
    Case(
        "cost-pool-size",
        good=[
            (POOL, {"vmSize": "Standard_E16ads_v5"}),
            (AKS, {"agentPoolProfiles": [{"vmSize": "Standard_D4ads_v5"}]}),
        ],
        bad=[(POOL, {}), (POOL, {"vmSize": "Standard_D32ads_v5"}), (AKS, {"agentPoolProfiles": [{"name": "system"}]})],
    ),
    Case(
        "cost-pool-bounds",
        good=[(POOL, _pool(minCount=0)), (AKS, {"agentPoolProfiles": [_pool(maxCount=50)]})],
        bad=[
            (POOL, {"count": 3}),
            (POOL, _pool(enableAutoScaling=False)),
            (POOL, _pool(maxCount=51)),
            (AKS, {"agentPoolProfiles": [{"count": 3}]}),
        ],
    ),
    of(
        "cost-database-size",
        PG,
        [
            {"sku": {"tier": "MemoryOptimized", "name": "Standard_E16ads_v5"}},
            {"sku": {"tier": "Burstable", "name": "Standard_B2ms"}},
        ],
        [
            {},
            {"sku": {"tier": "Exotic", "name": "Standard_E16ads_v5"}},
            {"sku": {"tier": "GeneralPurpose", "name": "Standard_D48ads_v5"}},
        ],
    ),
    of(
        "cost-redis-size",
        REDIS,
        [{"sku": {"name": "Balanced_B1"}}, {"sku": {"name": "ComputeOptimized_X20"}}],
        [{}, {"sku": {"name": "Balanced_B50"}}, {"sku": {"name": "FlashOptimized_A250"}}],
    ),
    of("cost-cluster-tier", AKS, [{"sku": {"name": "Base", "tier": "Free"}}], [{}, {"sku": {"tier": "Premium"}}]),
    of(
        "cost-storage-redundancy",
        "storage:StorageAccount",
        [{"sku": {"name": "Standard_ZRS"}}, {"sku": {"name": "PremiumV2_LRS"}}],
        [{}, {"sku": {"name": "Standard_GRS"}}, {"sku": {"name": "Standard_RAGZRS"}}],
    ),
    Case(
        "cost-firewall-tier",
        good=[("network:AzureFirewall", {"sku": {"tier": "Standard"}})],
        bad=[
            ("network:AzureFirewall", {}),
            ("network:AzureFirewall", {"sku": {"tier": "Premium"}}),
            ("network:FirewallPolicy", {"sku": {"tier": "Premium"}}),
        ],
    ),
    of(
        "cost-bastion-tier",
        "network:BastionHost",
        [{"sku": {"name": "Basic"}}],
        [{}, {"sku": {"name": "Premium"}}],
    ),
    of(
        "cost-app-plan-size",
        "web:AppServicePlan",
        [{"sku": {"name": "P1v3", "tier": "PremiumV3"}}],
        [{}, {"sku": {"name": "I3v2"}}],
    ),
    of(
        "budget-alerts",
        BUDGET,
        [
            _in_time(),
            _in_time(will={"contactEmails": [], "contactGroups": ["on-call"]}),
            _in_time(spent={"thresholdType": "Actual"}),
        ],
        [
            {},
            _in_time(half={"enabled": False}, spent={"enabled": False}),
            _in_time(half={"threshold": 90}),
            _in_time(will={"threshold": 110}),
            _in_time(will={"thresholdType": "Actual"}),
            _in_time(will={"contactEmails": []}),
        ],
    ),
    of(
        "budget-period",
        BUDGET,
        [{"timePeriod": {"startDate": "2026-12-01T00:00:00Z"}}],
        [{}, {"timePeriod": {"startDate": "2026-12-02"}}],
    ),
    of(
        "cost-log-cap",
        "operationalinsights:Workspace",
        [{"workspaceCapping": {"dailyQuotaGb": 0.5}}, {"workspaceCapping": {"dailyQuotaGb": 100}}],
        [{}, {"workspaceCapping": {"dailyQuotaGb": -1}}, {"workspaceCapping": {"dailyQuotaGb": 101}}],
    ),
    of(
        "cost-log-retention",
        "operationalinsights:Workspace",
        [{"retentionInDays": 730}],
        [{}, {"retentionInDays": 731}],
    ),
    of("cost-snapshot-incremental", "compute:Snapshot", [{"incremental": True}], [{}, {"incremental": False}]),
    Case("cost-ddos-plan-shared", [("network:VirtualNetwork", {})], [("network:DdosProtectionPlan", {})]),
    Case(
        "cost-no-idle-standby",
        good=[
            (PG, {}),
            (PG, {**TRYING, "highAvailability": {"mode": "Disabled"}}),
            (PG, {**SERVING, "highAvailability": {"mode": "ZoneRedundant"}}),
            (PG, TRYING),
            (REDIS, {**TRYING, "highAvailability": "Disabled"}),
        ],
        bad=[
            (PG, {**TRYING, "highAvailability": {"mode": "SameZone"}}),
            (MYSQL, {"tags": {"environment": "Sandbox"}, "highAvailability": {"mode": "ZoneRedundant"}}),
            (REDIS, TRYING),
            (REDIS, {**TRYING, "highAvailability": "Enabled"}),
        ],
    ),
    Case(
        "cost-no-idle-copies",
        good=[(PG, TRYING), (PG, {**SERVING, "backup": {"geoRedundantBackup": "Enabled"}})],
        bad=[
            (PG, {**TRYING, "backup": {"geoRedundantBackup": "Enabled"}}),
            (MYSQL, {**TRYING, "backup": {"geoRedundantBackup": "Enabled"}}),
        ],
    ),
    of(
        "cost-idle-pools-shrink",
        POOL,
        [
            {**TRYING, "mode": "User", "minCount": 0},
            {**TRYING, "mode": "System", "minCount": 3},
            {**SERVING, "mode": "User", "minCount": 9},
        ],
        [{**TRYING, "mode": "User", "minCount": 2}, {**TRYING, "mode": "User"}],
    ),
]

STACK_CASES: list[StackCase] = []
