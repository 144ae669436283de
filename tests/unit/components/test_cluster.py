"""OdooCluster: what it declares, and what must hold for a cluster that keeps books."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks

from components.access import Role
from components.cluster import (
    ClusterAccess,
    ClusterEncryption,
    ClusterMonitoring,
    ClusterNames,
    ClusterNetwork,
    ClusterUpgrades,
    NodePool,
    OdooCluster,
    OdooClusterArgs,
)
from tests.unit.components.harness import (
    KUBECONFIG,
    Declared,
    arm_findings,
    arm_id,
    customer_key,
    declare,
    names,
    of_type,
    one,
    placement,
    resolve,
)

ADMINISTRATORS = "33333333-3333-4333-8333-333333333333"
AUDITORS = "44444444-4444-4444-8444-444444444444"
NETWORK_ID = arm_id("Microsoft.Network/virtualNetworks", "vnet-erp-test-weu")
ZONE_ID = arm_id("Microsoft.Network/privateDnsZones", "private.westeurope.azmk8s.io")
REGISTRY_ID = arm_id("Microsoft.ContainerRegistry/registries", "crerptest")
DISKS_ID = arm_id("Microsoft.Compute/diskEncryptionSets", "des-erp-test-weu")
KEY = customer_key("cluster")


def _pool(subnet: str, **changes: Any) -> NodePool:
    pool = NodePool(vm_size="Standard_D8ads_v5", min_nodes=2, max_nodes=6, os_disk_gib=128, max_pods=50, subnet=subnet)
    return replace(pool, **changes)


ARGS = OdooClusterArgs(
    placement=placement(),
    names=ClusterNames(cluster="aks-erp-test-weu", node_resource_group="rg-erp-test-nodes-weu"),
    sku_tier="Standard",
    network=ClusterNetwork(
        virtual_network_id=NETWORK_ID,
        api_server_subnet_id=f"{NETWORK_ID}/subnets/snet-api-server",
        subnet_ids={pool: f"{NETWORK_ID}/subnets/snet-{pool}" for pool in ("system", "web", "jobs", "ingress")},
        private_dns_zone_id=ZONE_ID,
        pod_cidr="172.20.0.0/14",
        service_cidr="172.24.0.0/20",
        dns_service_ip="172.24.0.10",
        routed_egress=True,
    ),
    system_pool=_pool("system", min_nodes=3, taints=("team=platform:NoSchedule",)),
    pools={
        "web": _pool("web", labels={"workload": "web"}),
        "jobs": _pool("jobs", zones=("1",), taints=("workload=jobs:NoSchedule",)),
    },
    upgrades=ClusterUpgrades(
        kubernetes_version="1.35",
        day="Sunday",
        start_time="03:00",
        utc_offset="+01:00",
        duration_hours=4,
        start_date="2026-12-01",
        frozen_dates=(("2026-12-29", "2027-01-08"), ("2027-01-28", "2027-02-05")),
    ),
    encryption=ClusterEncryption(secrets_key=KEY, disk_encryption_set_id=DISKS_ID),
    monitoring=ClusterMonitoring(
        workspace_id=arm_id("Microsoft.OperationalInsights/workspaces", "log-erp-test-weu"),
        endpoint_id=arm_id("Microsoft.Insights/dataCollectionEndpoints", "dce-erp-test-weu"),
        metrics_rule_id=arm_id("Microsoft.Insights/dataCollectionRules", "dcr-metrics"),
        logs_rule_id=arm_id("Microsoft.Insights/dataCollectionRules", "dcr-logs"),
    ),
    access=ClusterAccess(administrators=(ADMINISTRATORS,), readers=(AUDITORS, ADMINISTRATORS), registry_id=REGISTRY_ID),
)


@pytest.fixture(scope="module")
def declared() -> list[Declared]:
    return declare(lambda: OdooCluster("erp", ARGS))


def _declare_with(**changes: Any) -> list[Declared]:
    return declare(lambda: OdooCluster("erp", replace(ARGS, **changes)))


def _cluster(declared: list[Declared]) -> dict[str, Any]:
    return dict(one(declared, "containerservice:ManagedCluster").inputs)


def test_declares_exactly_these(declared: list[Declared]) -> None:
    roles = {"api-subnet", "zone", "network", "kubelet", "key", "vault", "disks", "pull"}
    roles |= {f"subnet-{subnet}" for subnet in ARGS.network.subnet_ids}
    roles |= {f"admin-{ADMINISTRATORS}", f"read-{AUDITORS}", f"read-{ADMINISTRATORS}"}
    roles |= {f"user-{AUDITORS}", f"user-{ADMINISTRATORS}"}
    assert names(declared) == {
        ("managedidentity:UserAssignedIdentity", "erp-kubelet"),
        ("containerservice:ManagedCluster", "erp-cluster"),
        ("containerservice:AgentPool", "erp-pool-web"),
        ("containerservice:AgentPool", "erp-pool-jobs"),
        ("containerservice:MaintenanceConfiguration", "erp-maintenance-releases"),
        ("containerservice:MaintenanceConfiguration", "erp-maintenance-versions"),
        ("containerservice:MaintenanceConfiguration", "erp-maintenance-nodes"),
        ("monitor:DataCollectionRuleAssociation", "erp-metrics"),
        ("monitor:DataCollectionRuleAssociation", "erp-logs"),
        ("monitor:DataCollectionRuleAssociation", "erp-endpoint"),
        ("monitor:DiagnosticSetting", "erp-cluster-logs"),
        *(("authorization:RoleAssignment", f"erp-{role}") for role in roles),
    }


@pytest.mark.parametrize("routed_egress", [True, False])
def test_azure_resource_manager_takes_it(routed_egress: bool) -> None:
    network = replace(ARGS.network, routed_egress=routed_egress)
    assert arm_findings(_declare_with(network=network, sku_tier="Free")) == []


def test_the_api_is_reachable_from_the_network_alone(declared: list[Declared]) -> None:
    cluster = _cluster(declared)
    assert cluster["apiServerAccessProfile"] == {
        "enablePrivateCluster": True,
        "enablePrivateClusterPublicFQDN": False,
        "privateDNSZone": ZONE_ID,
        "enableVnetIntegration": True,
        "subnetId": f"{NETWORK_ID}/subnets/snet-api-server",
        "disableRunCommand": True,
    }
    assert cluster["publicNetworkAccess"] == "Disabled"


def test_only_entra_identities_get_in(declared: list[Declared]) -> None:
    cluster = _cluster(declared)
    assert cluster["disableLocalAccounts"] is True
    assert cluster["aadProfile"] == {"managed": True, "enableAzureRBAC": True}
    assert cluster["oidcIssuerProfile"] == {"enabled": True}
    assert cluster["securityProfile"]["workloadIdentity"] == {"enabled": True}


def test_secrets_in_etcd_are_under_the_customers_key(declared: list[Declared]) -> None:
    cluster = _cluster(declared)
    assert cluster["securityProfile"]["azureKeyVaultKms"] == {
        "enabled": True,
        "keyId": KEY.versioned_key_uri,
        "keyVaultNetworkAccess": "Private",
        "keyVaultResourceId": KEY.vault_id,
    }
    assert cluster["identity"] == {"type": "UserAssigned", "userAssignedIdentities": [KEY.identity_id]}
    assert cluster["diskEncryptionSetID"] == DISKS_ID


@pytest.mark.parametrize(("routed", "outbound"), [(True, "userDefinedRouting"), (False, "userAssignedNATGateway")])
def test_pods_have_addresses_of_their_own_and_policies_hold(routed: bool, outbound: str) -> None:
    cluster = _cluster(_declare_with(network=replace(ARGS.network, routed_egress=routed)))
    profile = cluster["networkProfile"]
    assert profile["networkPlugin"] == "azure"
    assert profile["networkPluginMode"] == "overlay"
    assert profile["networkDataplane"] == profile["networkPolicy"] == "cilium"
    assert profile["advancedNetworking"] == {
        "enabled": True,
        "observability": {"enabled": True},
        "security": {"enabled": True, "advancedNetworkPolicies": "FQDN"},
    }
    assert (profile["podCidr"], profile["serviceCidr"]) == ("172.20.0.0/14", "172.24.0.0/20")
    assert profile["dnsServiceIP"] == "172.24.0.10"
    assert profile["outboundType"] == outbound


def test_all_pools_are_hardened_alike(declared: list[Declared]) -> None:
    pools = [
        *_cluster(declared)["agentPoolProfiles"],
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
    [system] = _cluster(declared)["agentPoolProfiles"]
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
        _declare_with(pools={"web": _pool("dmz")})


def test_what_azure_moves_is_not_moved_back(declared: list[Declared]) -> None:
    cluster = one(declared, "containerservice:ManagedCluster")
    assert cluster.ignore_changes == ("agentPoolProfiles[0].count",)
    for pool in of_type(declared, "containerservice:AgentPool"):
        assert pool.ignore_changes == ("count",)


def test_a_new_version_reaches_the_control_plane_and_every_pool() -> None:
    declared = _declare_with(upgrades=replace(ARGS.upgrades, kubernetes_version="1.36"))
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
    assert _cluster(declared)["autoUpgradeProfile"] == {"upgradeChannel": "patch", "nodeOSUpgradeChannel": "NodeImage"}


def test_add_ons_are_on(declared: list[Declared]) -> None:
    cluster = _cluster(declared)
    workspace_id = ARGS.monitoring.workspace_id
    assert cluster["addonProfiles"] == {
        "azurepolicy": {"enabled": True, "config": {"version": "v2"}},
        "azureKeyvaultSecretsProvider": {
            "enabled": True,
            "config": {"enableSecretRotation": "true", "rotationPollInterval": "2m"},
        },
        "omsagent": {
            "enabled": True,
            "config": {"logAnalyticsWorkspaceResourceID": workspace_id, "useAADAuth": "true"},
        },
    }
    security = cluster["securityProfile"]
    assert security["defender"] == {
        "logAnalyticsWorkspaceResourceId": workspace_id,
        "securityMonitoring": {"enabled": True},
    }
    assert security["imageCleaner"]["enabled"] is True
    assert 24 <= security["imageCleaner"]["intervalHours"] <= 90 * 24
    assert cluster["workloadAutoScalerProfile"] == {"keda": {"enabled": True}}
    assert cluster["azureMonitorProfile"] == {"metrics": {"enabled": True}}
    assert cluster["nodeResourceGroupProfile"] == {"restrictionLevel": "ReadOnly"}


@pytest.mark.parametrize(("tier", "analysed"), [("Standard", True), ("Free", False)])
def test_costs_are_analysed_where_the_tier_has_it(tier: str, analysed: bool) -> None:
    cluster = _cluster(_declare_with(sku_tier=tier))
    assert cluster["sku"] == {"name": "Base", "tier": tier}
    assert cluster["metricsProfile"] == {"costAnalysis": {"enabled": analysed}}


def _grants(declared: list[Declared], principal_id: str) -> set[tuple[str, str]]:
    """Role id and scope of what a principal was granted."""
    return {
        (each.inputs["roleDefinitionId"].rpartition("/")[2], each.inputs["scope"])
        for each in of_type(declared, "authorization:RoleAssignment")
        if each.inputs["principalId"] == principal_id
    }


def test_the_control_plane_has_the_roles_it_needs_and_no_others(declared: list[Declared]) -> None:
    kubelet_id = arm_id("Microsoft.managedidentity/UserAssignedIdentity", "id-aks-erp-test-weu-kubelet")
    subnets = [*ARGS.network.subnet_ids.values(), ARGS.network.api_server_subnet_id]
    assert _grants(declared, str(KEY.identity_principal_id)) == {
        *((Role.NETWORK_CONTRIBUTOR.value, subnet) for subnet in subnets),
        (Role.PRIVATE_DNS_ZONE_CONTRIBUTOR.value, ZONE_ID),
        (Role.PRIVATE_DNS_ZONE_CONTRIBUTOR.value, NETWORK_ID),
        (Role.MANAGED_IDENTITY_OPERATOR.value, kubelet_id),
        (Role.KEY_VAULT_CRYPTO_USER.value, f"{KEY.vault_id}/keys/cluster"),
        (Role.KEY_VAULT_CONTRIBUTOR.value, KEY.vault_id),
        (Role.READER.value, DISKS_ID),
    }


def test_the_cluster_waits_for_its_grants(declared: list[Declared]) -> None:
    cluster = one(declared, "containerservice:ManagedCluster")
    made_before = {
        each.name
        for each in of_type(declared, "authorization:RoleAssignment")
        if each.inputs["principalType"] == "ServicePrincipal"
    }
    assert made_before <= cluster.depends_on
    assert "erp-pull" in made_before


def test_nodes_only_pull(declared: list[Declared]) -> None:
    profile = _cluster(declared)["identityProfile"]["kubeletidentity"]
    assert _grants(declared, profile["objectId"]) == {(Role.ACR_PULL.value, REGISTRY_ID)}


def test_platform_keys_need_no_role_on_disks() -> None:
    declared = _declare_with(encryption=ClusterEncryption(secrets_key=KEY))
    assert "diskEncryptionSetID" not in _cluster(declared)
    assert not [each for each in declared if each.name == "erp-disks"]


def test_people_come_in_as_groups(declared: list[Declared]) -> None:
    cluster_id = arm_id("Microsoft.containerservice/ManagedCluster", "aks-erp-test-weu")
    assert _grants(declared, AUDITORS) == {
        (Role.AKS_RBAC_READER.value, cluster_id),
        (Role.AKS_CLUSTER_USER.value, cluster_id),
    }
    assert (Role.AKS_RBAC_CLUSTER_ADMIN.value, cluster_id) in _grants(declared, ADMINISTRATORS)
    people = [each for each in of_type(declared, "authorization:RoleAssignment") if each.name.startswith("erp-user-")]
    assert {each.inputs["principalType"] for each in people} == {"Group"}


def test_metrics_and_logs_are_collected_through_the_endpoint(declared: list[Declared]) -> None:
    tied = {
        each.inputs["associationName"]: each.inputs.get("dataCollectionRuleId")
        or each.inputs["dataCollectionEndpointId"]
        for each in of_type(declared, "monitor:DataCollectionRuleAssociation")
    }
    assert tied == {
        "ContainerInsightsMetricsExtension": ARGS.monitoring.metrics_rule_id,
        "ContainerInsightsExtension": ARGS.monitoring.logs_rule_id,
        "configurationAccessEndpoint": ARGS.monitoring.endpoint_id,
    }
    setting = one(declared, "monitor:DiagnosticSetting")
    assert "kube-audit-admin" in {log["category"] for log in setting.inputs["logs"]}


def test_what_it_passes_on() -> None:
    def make() -> dict[str, pulumi.Output[str]]:
        cluster = OdooCluster("erp", ARGS)
        return {
            "id": cluster.cluster_id,
            "name": cluster.cluster_name,
            "issuer": cluster.oidc_issuer_url,
            "nodes": cluster.node_resource_group_name,
            "kubeconfig": cluster.kubeconfig,
        }

    assert resolve(make) == {
        "id": arm_id("Microsoft.containerservice/ManagedCluster", "aks-erp-test-weu"),
        "name": "aks-erp-test-weu",
        "issuer": "https://oidc.example/aks-erp-test-weu/",
        "nodes": "rg-erp-test-nodes-weu",
        "kubeconfig": KUBECONFIG,
    }


class _NothingThere(mocks.Mocks):
    """A preview of an environment that does not exist yet."""

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        raise AssertionError(f"{args.token} cannot be answered before there is a cluster")

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        return None, {}


def test_a_first_preview_asks_nobody_for_the_kubeconfig() -> None:
    def known() -> dict[str, pulumi.Output[bool]]:
        return {"known": pulumi.Output.from_input(OdooCluster("erp", ARGS).kubeconfig.is_known())}

    assert resolve(known, _NothingThere(), preview=True) == {"known": False}


def test_the_kubeconfig_is_a_secret() -> None:
    assert resolve(lambda: {"secret": pulumi.Output.from_input(OdooCluster("erp", ARGS).kubeconfig.is_secret())}) == {
        "secret": True
    }
