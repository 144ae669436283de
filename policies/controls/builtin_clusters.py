"""Built-in policies over objects in clusters, which AKS's policy add-on evaluates.

GUIDs, versions, effects, parameters: github.com/Azure/azure-policy, built-in-policies/policyDefinitions (2026-04-29).
The system's own namespaces are left out by each policy's default for `excludedNamespaces`.
"""

from __future__ import annotations

from policies.controls.model import AzurePolicy, FromSettings
from policies.controls.shorthand import AUDIT, in_cluster

WORKLOADS: tuple[AzurePolicy, ...] = (
    in_cluster(
        "pods-privileged",
        "95edb821-ddaf-4404-9732-666045e056b4",
        9,
        "Kubernetes cluster should not allow privileged containers",
        "pod-not-privileged",
    ),
    in_cluster(
        "pods-escalation",
        "1c6e92c9-99f0-4e55-9cf2-0c234dc48f99",
        8,
        "Kubernetes clusters should not allow container privilege escalation",
        "pod-no-escalation",
    ),
    in_cluster(
        "pods-host-namespaces",
        "47a1ee2f-2a2a-4576-bf2a-e0e36709c2b8",
        6,
        "Kubernetes cluster containers should not share host namespaces",
        "pod-no-host-namespaces",
    ),
    in_cluster(
        "pods-host-network",
        "82985f06-dc18-4a48-bc1c-b9f4f0098cfe",
        7,
        "Kubernetes cluster pods should only use approved host network and port list",
        "pod-no-host-namespaces",
        allowHostNetwork=False,
    ),
    in_cluster(
        "pods-host-paths",
        "098fc59e-46c7-4d99-9b16-64990e543d75",
        6,
        "Kubernetes cluster pod hostPath volumes should only use allowed host paths",
        "pod-no-hostpath",
    ),
    in_cluster(
        "pods-users",
        "f06ddb64-5fa3-4b77-b166-acb36f7f6042",
        6,
        "Kubernetes cluster pods and containers should only run with approved user and group IDs",
        "pod-non-root",
    ),
    in_cluster(
        "pods-capabilities",
        "c26596ff-4d70-4e6a-9a30-c2506bd2f80c",
        6,
        "Kubernetes cluster containers should only use allowed capabilities",
        "pod-caps-drop-all",
        requiredDropCapabilities=["ALL"],
    ),
    in_cluster(
        "pods-images",
        "febd0533-8e55-448f-b837-bd0e06f16469",
        9,
        "Kubernetes cluster containers should only use allowed images",
        "pod-image-digest",
        "pod-image-registry",
        allowedContainerImagesRegex=FromSettings.IMAGE_PATTERN,
    ),
    in_cluster(
        "pods-latest-tag",
        "021f8078-41a0-40e6-81b6-c6597da9f3ee",
        2,
        "Kubernetes cluster container images should not include latest image tag",
        "pod-image-digest",
    ),
    # What follows is advice of the pack as well: Deny would refuse what the pack lets through.
    in_cluster(
        "pods-read-only-root",
        "df49d893-a74c-421d-bc95-c663042e5b80",
        6,
        "Kubernetes cluster containers should run with a read only root file system",
        "pod-readonly-root",
        effects=AUDIT,
    ),
    in_cluster(
        "pods-requests",
        "03a4ecdb-0684-4039-be91-2762979e1bc8",
        1,
        "[Preview]: Kubernetes cluster containers CPU and memory resource requests must be defined",
        "pod-resources",
        effects=AUDIT,
        preview=True,
    ),
    in_cluster(
        "pods-token",
        "423dd1ba-798e-40e4-9c4d-b6902674b423",
        4,
        "Kubernetes clusters should disable automounting API credentials",
        "pod-token-automount-off",
        "sa-automount-off",
        effects=AUDIT,
    ),
    in_cluster(
        "pods-default-namespace",
        "9f061a12-e40d-4183-a00e-171812443373",
        4,
        "Kubernetes clusters should not use the default namespace",
        "ns-default-unused",
        effects=AUDIT,
    ),
    in_cluster(
        "pods-probes",
        "b1a9997f-2883-4f12-bdff-2280f99b5915",
        3,
        "Ensure cluster containers have readiness or liveness probes configured",
        "pod-probes",
        effects=AUDIT,
    ),
    in_cluster(
        "pods-spread",
        "34c88cd4-5d72-4dbb-bf77-12c3cafe8791",
        1,
        "Must Have Anti Affinity Rules or Topology Spread Constraints Set",
        "deploy-spread",
        effects=AUDIT,
    ),
    in_cluster(
        "pods-disruption-budgets",
        "d9e8f2c1-4c5a-4f5c-8b5a-2abf1e9f7b4d",
        1,
        "[Preview]: Kubernetes clusters should implement accurate Pod Disruption Budgets",
        "pdb-allows-drain",
        "replicas-have-budget",
        effects=AUDIT,
        preview=True,
    ),
)

ACCESS: tuple[AzurePolicy, ...] = (
    in_cluster(
        "services-internal",
        "3fc4dc25-5baf-40d8-9b05-7fe74c1bc64e",
        8,
        "Kubernetes clusters should use internal load balancers",
        "svc-internal-only",
    ),
    in_cluster(
        "services-external-addresses",
        "d46c275d-1680-448d-b2ec-e495a3b6cc89",
        5,
        "Kubernetes cluster services should only use allowed external IPs",
        "svc-internal-only",
    ),
    in_cluster(
        "ingress-hosts",
        "d8c942c6-16a3-400b-8f2e-785f44030036",
        1,
        "[Preview]: Kubernetes cluster should specify host in ingress resource rules",
        "ingress-no-catch-all",
        "ingress-host-exact",
        effects=AUDIT,
        preview=True,
    ),
    in_cluster(
        "cluster-admin",
        "a3dc4946-dba6-43e6-950d-f96532848c9f",
        1,
        "Kubernetes clusters should ensure that the cluster-admin role is only used where required",
        "binding-no-cluster-admin",
        effects=AUDIT,
    ),
    in_cluster(
        "wildcard-roles",
        "ca8d5704-aa2b-40cf-b110-dc19052825ad",
        1,
        "Kubernetes clusters should minimize wildcard use in role and cluster role",
        "role-no-wildcard",
        effects=AUDIT,
    ),
)

POLICIES = (*WORKLOADS, *ACCESS)
