"""Built-in policies over registries and clusters.

GUIDs, versions, effects, parameters: github.com/Azure/azure-policy, built-in-policies/policyDefinitions (2026-04-29).
"""

from __future__ import annotations

from policies.controls.model import AzurePolicy
from policies.controls.shorthand import AUDIT, built_in

REGISTRIES: tuple[AzurePolicy, ...] = (
    built_in(
        "registry-public-access",
        "0fdf0491-d080-4575-b627-ad0e843cba0f",
        1,
        "Public network access should be disabled for Container registries",
        "acr-public-access-off",
    ),
    built_in(
        "registry-network-rules",
        "d0793b48-0edc-4296-a390-4c75d1bdfd71",
        2,
        "Container registries should not allow unrestricted network access",
        "acr-public-access-off",
        "acr-default-deny",
    ),
    built_in(
        "registry-private-link",
        "e8eef0a8-67cf-4eb4-9386-14b0e78733d4",
        1,
        "Container registries should use private link",
        "data-services-have-private-endpoints",
        effects=AUDIT,
    ),
    built_in(
        "registry-export",
        "524b0254-c285-4903-bee6-bb8126cde579",
        1,
        "Container registries should have exports disabled",
        "acr-export-off",
    ),
    built_in(
        "registry-cmk",
        "5b9159ae-1701-4a6f-9a7a-aa9c8ddd0580",
        1,
        "Container registries should be encrypted with a customer-managed key",
        "acr-cmk",
    ),
    built_in(
        "registry-zones",
        "9d2b0a20-57d6-474c-9d12-44a4a20999c6",
        1,
        "[Preview]: Container Registry should be Zone Redundant",
        "acr-zones",
        effects=AUDIT,
        preview=True,
    ),
    built_in(
        "registry-admin-account",
        "dc921057-6b28-4fbe-9b83-f7bec05db6c2",
        1,
        "Container registries should have local admin account disabled.",
        "acr-admin-off",
    ),
    built_in(
        "registry-anonymous-pull",
        "9f2dea28-e834-476c-99c5-3507b4728395",
        1,
        "Container registries should have anonymous authentication disabled.",
        "acr-admin-off",
        "acr-anonymous-pull-off",
    ),
)

CLUSTERS: tuple[AzurePolicy, ...] = (
    built_in(
        "cluster-private",
        "040732e8-d947-40b8-95d6-854c95024bf8",
        1,
        "Azure Kubernetes Service Private Clusters should be enabled",
        "aks-private-api",
        "aks-public-access-off",
    ),
    built_in(
        "cluster-local-accounts",
        "993c2fcd-2b29-49d2-9eb0-df2c3a730c32",
        1,
        "Azure Kubernetes Service Clusters should have local authentication methods disabled",
        "aks-local-accounts-off",
    ),
    built_in(
        "cluster-entra",
        "450d2877-ebea-41e8-b00c-e286317d21bf",
        1,
        "Azure Kubernetes Service Clusters should enable Microsoft Entra ID integration",
        "aks-entra-azure-rbac",
        effects=AUDIT,
    ),
    built_in(
        "cluster-workload-identity",
        "2cc2e023-0dac-4046-875b-178f683929d5",
        1,
        "Azure Kubernetes Service Clusters should enable workload identity",
        "aks-workload-identity",
        effects=AUDIT,
    ),
    built_in(
        "cluster-command-invoke",
        "89f2d532-c53c-4f8f-9afa-4927b1114a0d",
        1,
        "Azure Kubernetes Service Clusters should disable Command Invoke",
        "aks-run-command-off",
        effects=AUDIT,
    ),
    built_in(
        "cluster-managed-identity",
        "da6e2401-19da-4532-9141-fb8fbde08431",
        1,
        "Azure Kubernetes Service Clusters should use managed identities",
        "aks-managed-identity",
        effects=AUDIT,
    ),
    built_in(
        "cluster-policy-addon",
        "0a15ec92-a229-4763-bb14-0ea34a568f8d",
        1,
        "Azure Policy Add-on for Kubernetes service (AKS) should be installed and enabled on your clusters",
        "aks-policy-addon",
        effects=AUDIT,
    ),
    built_in(
        "cluster-upgrades",
        "5c345cdf-2049-47e0-b8fe-b0e96bc2df35",
        1,
        "Azure Kubernetes Service Clusters should enable cluster auto-upgrade",
        "aks-upgrades-itself",
        effects=AUDIT,
        allowedClusterAutoUpgradeChannels=["rapid", "stable", "patch"],
    ),
    built_in(
        "cluster-node-upgrades",
        "04408ca5-aa10-42ce-8536-98955cdddd4c",
        1,
        "Azure Kubernetes Service Clusters should enable node os auto-upgrade",
        "aks-upgrades-itself",
        effects=AUDIT,
        allowedNodeOsUpgradeChannels=["NodeImage", "SecurityPatch"],
    ),
    built_in(
        "cluster-image-cleaner",
        "af3c26b2-6fad-493e-9236-9c68928516ab",
        1,
        "Azure Kubernetes Service Clusters should enable Image Cleaner",
        "aks-images-cleaned",
        effects=AUDIT,
    ),
    built_in(
        "cluster-defender",
        "a1840de2-8088-4ea8-b153-b4c723e9cb01",
        2,
        "Azure Kubernetes Service clusters should have Defender profile enabled",
        "aks-defender",
        effects=AUDIT,
    ),
    built_in(
        "cluster-zones",
        "2dec5f47-bc40-40d1-8c7d-a39d9d6808d1",
        1,
        "[Preview]: Azure Kubernetes Service Managed Clusters should be Zone Redundant",
        "pool-zones",
        effects=AUDIT,
        preview=True,
    ),
    built_in(
        "cluster-kms",
        "dbbdc317-9734-4dd8-9074-993b29c69008",
        1,
        "Azure Kubernetes Clusters should enable Key Management Service (KMS)",
        "aks-secrets-encrypted",
        effects=AUDIT,
    ),
    built_in(
        "cluster-disks-cmk",
        "7d7be79c-23ba-4033-84dd-45e2a5ccdd67",
        1,
        "Both operating systems and data disks in Azure Kubernetes Service clusters should be encrypted by "
        "customer-managed keys",
        "aks-disks-cmk",
        "disk-cmk",
    ),
    built_in(
        "cluster-host-encryption",
        "41425d9f-d1a5-499a-9932-f8ed8453932c",
        1,
        "Temp disks and cache for agent node pools in Azure Kubernetes Service clusters should be encrypted at host",
        "pool-host-encryption",
    ),
)

POLICIES = (*REGISTRIES, *CLUSTERS)
