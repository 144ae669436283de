"""The pools of a cluster: hardened alike, as they are asked for, and upgraded within the window."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.components.cluster_example import ARGS, NETWORK_ID, declare_with, declared_cluster, inputs_of, node_pool
from tests.unit.components.harness import Declared, of_type, one


@pytest.fixture(scope="module")
def declared() -> list[Declared]:
    return declared_cluster()


def test_all_pools_are_hardened_alike(declared: list[Declared]) -> None:
    pools = [
        *inputs_of(declared)["agentPoolProfiles"],
        *(pool.inputs for pool in of_type(declared, "containerservice:AgentPool")),
    ]
    assert len(pools) == 3
    for pool in pools:
        assert pool["enableEncryptionAtHost"] is True
        assert pool["enableNodePublicIP"] is False
        assert pool["osDiskType"] == "Ephemeral"
        assert pool["osSKU"] == "Ubuntu"
        assert pool["securityProfile"] == {"enableSecureBoot": True, "enableVTPM": True}
        assert pool["enableAutoScaling"] is True
        assert pool["upgradeSettings"] == {"maxSurge": "33%", "drainTimeoutInMinutes": 60}
        assert pool["tags"] == dict(ARGS.placement.tags)


def test_each_pool_is_as_asked(declared: list[Declared]) -> None:
    [system] = inputs_of(declared)["agentPoolProfiles"]
    assert (system["name"], system["mode"], system["minCount"]) == ("system", "System", 3)
    assert system["nodeTaints"] == ["CriticalAddonsOnly=true:NoSchedule", "team=platform:NoSchedule"]
    assert system["vnetSubnetID"] == f"{NETWORK_ID}/subnets/snet-system"
    web = one(declared, "containerservice:AgentPool", "erp-pool-web").inputs
    assert (web["agentPoolName"], web["mode"], web["minCount"], web["maxCount"]) == ("web", "User", 2, 6)
    assert (web["nodeLabels"], web["nodeTaints"]) == ({"workload": "web"}, [])
    assert web["resourceName"] == "aks-erp-test-weu"
    jobs = one(declared, "containerservice:AgentPool", "erp-pool-jobs").inputs
    assert jobs["nodeTaints"] == ["workload=jobs:NoSchedule"]
    assert jobs["availabilityZones"] == ["1"]
    assert jobs["vnetSubnetID"] == f"{NETWORK_ID}/subnets/snet-jobs"


def test_a_pool_in_an_unknown_subnet_is_an_error() -> None:
    with pytest.raises(KeyError, match="dmz"):
        declare_with(pools={"web": node_pool("dmz")})


def test_what_azure_moves_is_not_moved_back(declared: list[Declared]) -> None:
    cluster = one(declared, "containerservice:ManagedCluster")
    assert cluster.ignore_changes == ("agentPoolProfiles[0].count",)
    for pool in of_type(declared, "containerservice:AgentPool"):
        assert pool.ignore_changes == ("count",)


def test_a_new_version_reaches_the_control_plane_and_every_pool() -> None:
    declared = declare_with(upgrades=replace(ARGS.upgrades, kubernetes_version="1.36"))
    cluster = one(declared, "containerservice:ManagedCluster").inputs
    assert cluster["kubernetesVersion"] == "1.36"
    assert cluster["agentPoolProfiles"][0]["orchestratorVersion"] == "1.36"
    assert {pool.inputs["orchestratorVersion"] for pool in of_type(declared, "containerservice:AgentPool")} == {"1.36"}


def test_upgrades_keep_to_the_window_and_off_the_close(declared: list[Declared]) -> None:
    configurations = of_type(declared, "containerservice:MaintenanceConfiguration")
    assert {configuration.inputs["configName"] for configuration in configurations} == {
        "default",
        "aksManagedAutoUpgradeSchedule",
        "aksManagedNodeOSUpgradeSchedule",
    }
    for configuration in configurations:
        assert configuration.inputs["maintenanceWindow"] == {
            "schedule": {"weekly": {"dayOfWeek": "Sunday", "intervalWeeks": 1}},
            "startTime": "03:00",
            "startDate": "2026-12-01",
            "utcOffset": "+01:00",
            "durationHours": 4,
            "notAllowedDates": [
                {"start": "2026-12-29", "end": "2027-01-08"},
                {"start": "2027-01-28", "end": "2027-02-05"},
            ],
        }
    assert inputs_of(declared)["autoUpgradeProfile"] == {
        "upgradeChannel": "patch",
        "nodeOSUpgradeChannel": "NodeImage",
    }
