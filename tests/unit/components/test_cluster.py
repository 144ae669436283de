"""OdooCluster: what it declares, who reaches its API, what is on in it, and what it passes on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks

from components.cluster import OdooCluster
from tests.unit.components.cluster_example import (
    ADMINISTRATORS,
    ARGS,
    AUDITORS,
    DISKS_ID,
    KEY,
    NETWORK_ID,
    ZONE_ID,
    declare_with,
    declared_cluster,
    inputs_of,
)
from tests.unit.components.harness import Declared, arm_findings, names, of_type, one, resolve
from tests.unit.components.mocked_azure import KUBECONFIG, arm_id


@pytest.fixture(scope="module")
def declared() -> list[Declared]:
    return declared_cluster()


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
    assert arm_findings(declare_with(network=network, sku_tier="Free")) == []


def test_the_api_is_reachable_from_the_network_alone(declared: list[Declared]) -> None:
    cluster = inputs_of(declared)
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
    cluster = inputs_of(declared)
    assert cluster["disableLocalAccounts"] is True
    assert cluster["aadProfile"] == {"managed": True, "enableAzureRBAC": True}
    assert cluster["oidcIssuerProfile"] == {"enabled": True}
    assert cluster["securityProfile"]["workloadIdentity"] == {"enabled": True}


def test_secrets_in_etcd_are_under_the_customers_key(declared: list[Declared]) -> None:
    cluster = inputs_of(declared)
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
    cluster = inputs_of(declare_with(network=replace(ARGS.network, routed_egress=routed)))
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


def test_add_ons_are_on(declared: list[Declared]) -> None:
    cluster = inputs_of(declared)
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
    cluster = inputs_of(declare_with(sku_tier=tier))
    assert cluster["sku"] == {"name": "Base", "tier": tier}
    assert cluster["metricsProfile"] == {"costAnalysis": {"enabled": analysed}}


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
