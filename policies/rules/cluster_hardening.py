"""Switches of AKS that harden a cluster and its machines, and tell what happens in it."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.kit.rule import Resource, ResourceRule, all_of, must, must_if_set
from policies.kit.values import IS_FALSE, IS_SET, IS_TRUE, Finding, one_of
from policies.rules.catalog import (
    AKS,
    AKS_POOL,
    ENCRYPTION,
    IDENTITY,
    LEARN,
    LIFECYCLE,
    OBSERVABILITY,
    PRIVATE_NETWORK,
    SUPPLY_CHAIN,
    VIRTUAL_MACHINES,
    pools,
)

_SECRETS = "addonProfiles.azureKeyvaultSecretsProvider"
_UPGRADES = "autoUpgradeProfile"
_WATCH = "securityProfile.defender"


def _machines_start_trusted(resource: Resource) -> Iterator[Finding]:
    for pool in pools(resource):
        yield from pool.at("securityProfile.enableSecureBoot").must(IS_TRUE)
        yield from pool.at("securityProfile.enableVTPM").must(IS_TRUE)


def _secrets_are_renewed(resource: Resource) -> Iterator[Finding]:
    if resource.at(f"{_SECRETS}.enabled").meets(IS_TRUE):
        yield from resource.at(f"{_SECRETS}.config.enableSecretRotation").must(one_of("true"))


def _is_monitored(resource: Resource) -> Iterator[Finding]:
    yield from resource.at("azureMonitorProfile.metrics.enabled").must(IS_TRUE)
    yield from resource.at("addonProfiles.omsagent.enabled").must(IS_TRUE)
    yield from resource.at("addonProfiles.omsagent.config.logAnalyticsWorkspaceResourceID").must(IS_SET)
    yield from resource.at("addonProfiles.omsagent.config.useAADAuth").must(one_of("true"))


def _keys_are_reached_inside(resource: Resource) -> Iterator[Finding]:
    service = resource.at("securityProfile.azureKeyVaultKms")
    if service.at("enabled").meets(IS_TRUE):
        yield from service.at("keyVaultNetworkAccess").must(one_of("Private"))
        yield from service.at("keyVaultResourceId").must(IS_SET)
        yield from service.at("keyId").must(IS_SET)


RULES = (
    ResourceRule(
        id="pool-trusted-launch",
        title="Nodes start with secure boot and a virtual TPM",
        family=VIRTUAL_MACHINES,
        severity=Severity.MEDIUM,
        types=AKS | AKS_POOL,
        why="What changes a machine before its operating system starts is seen by nothing in it.",
        remedy="Set securityProfile.enableSecureBoot and enableVTPM of every pool to true.",
        url=f"{LEARN}/aks/use-trusted-launch",
        references=("MCSB PV-4", "ISO 27001 8.9"),
        check=_machines_start_trusted,
    ),
    ResourceRule(
        id="aks-disks-cmk",
        title="Disks of clusters are encrypted with your own key",
        family=ENCRYPTION,
        severity=Severity.MEDIUM,
        types=AKS,
        why="Only a key of your own can be taken away from the disks.",
        remedy="Set diskEncryptionSetID; it can only be chosen when the cluster is made.",
        url=f"{LEARN}/aks/azure-disk-customer-managed-keys",
        references=("MCSB DP-5", "ISO 27001 8.24"),
        check=must("diskEncryptionSetID", IS_SET),
    ),
    ResourceRule(
        id="aks-kms-private",
        title="Clusters reach the vault of their secrets' key inside the network",
        family=ENCRYPTION,
        severity=Severity.MEDIUM,
        types=AKS,
        why="A vault that a cluster reaches from outside is open to the outside.",
        remedy="Set keyVaultNetworkAccess of azureKeyVaultKms to Private, and keyVaultResourceId and keyId.",
        url=f"{LEARN}/aks/use-kms-etcd-encryption",
        references=("MCSB DP-6", "MCSB NS-2"),
        check=_keys_are_reached_inside,
    ),
    ResourceRule(
        id="aks-secrets-renewed",
        title="Secrets that a cluster mounts from a vault follow it",
        family=ENCRYPTION,
        severity=Severity.MEDIUM,
        types=AKS,
        why="A password that was changed because it leaked stays good in a pod that holds the old one.",
        remedy="Set enableSecretRotation of the add-on azureKeyvaultSecretsProvider to true.",
        url=f"{LEARN}/aks/csi-secrets-store-configuration-options",
        references=("MCSB IM-8", "MCSB DP-6"),
        check=_secrets_are_renewed,
    ),
    ResourceRule(
        id="aks-upgrades-itself",
        title="Clusters and their nodes get security fixes by themselves",
        family=LIFECYCLE,
        severity=Severity.MEDIUM,
        types=AKS,
        why="What is patched by hand is patched late.",
        remedy="Set upgradeChannel to patch or stable and nodeOSUpgradeChannel to NodeImage or SecurityPatch.",
        url=f"{LEARN}/aks/auto-upgrade-cluster",
        references=("MCSB PV-6", "PCI DSS 6.3.3", "ISO 27001 8.8"),
        check=all_of(
            must(f"{_UPGRADES}.upgradeChannel", one_of("patch", "stable", "rapid")),
            must(f"{_UPGRADES}.nodeOSUpgradeChannel", one_of("NodeImage", "SecurityPatch")),
        ),
    ),
    ResourceRule(
        id="aks-images-cleaned",
        title="Images that nothing uses leave the nodes",
        family=SUPPLY_CHAIN,
        severity=Severity.LOW,
        types=AKS,
        why="An old image with a known hole can be started without being pulled.",
        remedy="Set securityProfile.imageCleaner.enabled to true.",
        url=f"{LEARN}/aks/image-cleaner",
        references=("MCSB PV-6",),
        check=must("securityProfile.imageCleaner.enabled", IS_TRUE),
    ),
    ResourceRule(
        id="aks-nodes-untouched",
        title="Nobody changes the machines of a cluster past the cluster",
        family=IDENTITY,
        severity=Severity.MEDIUM,
        types=AKS,
        why="Who may change a node's disk or script there gets what every pod on it has.",
        remedy="Set nodeResourceGroupProfile.restrictionLevel to ReadOnly.",
        url=f"{LEARN}/aks/node-resource-group-lockdown",
        references=("MCSB PA-7", "ISO 27001 8.9"),
        check=must("nodeResourceGroupProfile.restrictionLevel", one_of("ReadOnly")),
    ),
    ResourceRule(
        id="aks-public-access-off",
        title="A cluster's API has no public switch left on",
        family=PRIVATE_NETWORK,
        severity=Severity.MEDIUM,
        types=AKS,
        why="It opens the API as soon as the cluster is not private any more.",
        remedy="Set publicNetworkAccess to Disabled and enablePrivateClusterPublicFQDN to false.",
        url=f"{LEARN}/aks/private-clusters",
        references=("MCSB NS-2",),
        check=all_of(
            must_if_set("publicNetworkAccess", one_of("Disabled")),
            must_if_set("apiServerAccessProfile.enablePrivateClusterPublicFQDN", IS_FALSE),
        ),
    ),
    ResourceRule(
        id="aks-monitored",
        title="Metrics and container logs of clusters are collected",
        family=OBSERVABILITY,
        severity=Severity.MEDIUM,
        types=AKS,
        why="Pods are gone when somebody asks what they did.",
        remedy="Turn on azureMonitorProfile.metrics, and the add-on omsagent with a workspace and useAADAuth.",
        url=f"{LEARN}/azure-monitor/containers/kubernetes-monitoring-enable",
        references=("MCSB LT-3", "MCSB LT-5", "ISO 27001 8.16"),
        check=_is_monitored,
    ),
    ResourceRule(
        id="aks-defender",
        title="Defender watches clusters for attacks",
        family=OBSERVABILITY,
        severity=Severity.MEDIUM,
        types=AKS,
        why="Somebody who breaks out of a pod goes unnoticed.",
        remedy="Set securityProfile.defender.securityMonitoring.enabled to true, and its workspace.",
        url=f"{LEARN}/defender-for-cloud/defender-for-containers-introduction",
        references=("MCSB LT-1", "ISO 27001 8.16", "PCI DSS 11.5.1"),
        check=all_of(
            must(f"{_WATCH}.securityMonitoring.enabled", IS_TRUE),
            must(f"{_WATCH}.logAnalyticsWorkspaceResourceId", IS_SET),
        ),
    ),
    ResourceRule(
        id="aks-flows-observed",
        title="Flows between pods are seen and can be limited by name",
        family=OBSERVABILITY,
        severity=Severity.LOW,
        types=AKS,
        why="Flow logs of a network do not see what pods of one machine say to each other.",
        remedy="Turn on networkProfile.advancedNetworking, with observability and security.",
        url=f"{LEARN}/aks/advanced-container-networking-services-overview",
        references=("MCSB LT-4", "MCSB NS-1"),
        check=all_of(
            must("networkProfile.advancedNetworking.enabled", IS_TRUE),
            must("networkProfile.advancedNetworking.observability.enabled", IS_TRUE),
            must("networkProfile.advancedNetworking.security.enabled", IS_TRUE),
        ),
    ),
)
