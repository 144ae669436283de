"""ClusterBaseline: the first objects in a cluster, which hold every workload of Odoo to its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes import core, meta, networking, scheduling

from components.base import Component, Placement

POD_SECURITY_LEVEL = "restricted"
WORKLOAD_IDENTITY_ANNOTATION = "azure.workload.identity/client-id"

WEB_PRIORITY = 100_000
"""Users wait for web pods: they may push jobs off a full node."""
JOBS_PRIORITY = 10_000
"""Jobs are tried again later, so they wait for room."""


@dataclass(frozen=True, kw_only=True)
class NamespaceLimits:
    """What a namespace may take, in Kubernetes quantities.

    Args:
        requests: most that all its pods request, e.g. `{"cpu": "24", "memory": "96Gi"}`.
        limits: most that all its pods may use.
        pods: most pods.
        default_request: request of a container that names none.
        default_limit: limit of a container that names none.
        container_max: most that one container may use.
    """

    requests: Mapping[str, str]
    limits: Mapping[str, str]
    pods: int
    default_request: Mapping[str, str]
    default_limit: Mapping[str, str]
    container_max: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class ClusterBaselineArgs:
    """Arguments of `ClusterBaseline`.

    Args:
        placement: of the environment that the cluster belongs to.
        provider: Kubernetes provider of the cluster.
        namespace: name of Odoo's namespace: a DNS label of 1 to 63 characters.
        labels: labels of all objects, e.g. owner and cost centre: values of up to 63 letters, digits, `-`, `_` and `.`.
        limits: what the namespace may take.
        service_account: name of the service account that Odoo's pods run as.
        identity_client_id: client id of the managed identity that this service account stands for.
    """

    placement: Placement
    provider: kubernetes.Provider
    namespace: str
    labels: Mapping[str, str]
    limits: NamespaceLimits
    service_account: str
    identity_client_id: pulumi.Input[str]


class ClusterBaseline(Component):
    """Odoo's namespace and its rules.

    Makes the namespace with the restricted Pod Security Standard enforced, network policies that allow nothing but DNS,
    a resource quota and default limits, priority classes for web and jobs, and the service account of Odoo.

    Args:
        name: prefix of the Pulumi names.
        args: what it is made from.
        opts: options of the component.

    Attributes:
        namespace_name: name of the namespace, once its network policies hold.
        service_account_name: name of the service account.
        web_priority_class: name of the priority class of what users wait for.
        jobs_priority_class: name of the priority class of what can wait.
    """

    namespace_name: pulumi.Output[str]
    service_account_name: pulumi.Output[str]
    web_priority_class: pulumi.Output[str]
    jobs_priority_class: pulumi.Output[str]

    def __init__(self, name: str, args: ClusterBaselineArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.placement, opts)
        self.__args = args
        namespace = core.v1.Namespace(
            f"{name}-namespace",
            metadata=meta.v1.ObjectMetaArgs(
                name=args.namespace, labels={**args.labels, **_pod_security_labels(POD_SECURITY_LEVEL)}
            ),
            opts=self.child(provider=args.provider),
        )
        policies = self.__restrict_network(name, namespace)
        self.__limit_resources(name, namespace)
        web, jobs = self.__rank(name)
        account = core.v1.ServiceAccount(
            f"{name}-account",
            metadata=self.__metadata(
                args.service_account,
                namespace=namespace,
                annotations={WORKLOAD_IDENTITY_ANNOTATION: args.identity_client_id},
            ),
            # Odoo does not talk to the Kubernetes API; workload identity brings its own token.
            automount_service_account_token=False,
            opts=self.child(provider=args.provider),
        )

        self.namespace_name = pulumi.Output.all(namespace.metadata.name, *[policy.id for policy in policies]).apply(
            lambda values: str(values[0])
        )
        self.service_account_name = account.metadata.name.apply(lambda value: value or "")
        self.web_priority_class = web.metadata.name.apply(lambda value: value or "")
        self.jobs_priority_class = jobs.metadata.name.apply(lambda value: value or "")
        self.finish({"namespace_name": self.namespace_name})

    def __metadata(
        self,
        object_name: str,
        *,
        namespace: core.v1.Namespace | None = None,
        annotations: Mapping[str, pulumi.Input[str]] | None = None,
    ) -> meta.v1.ObjectMetaArgs:
        return meta.v1.ObjectMetaArgs(
            name=object_name,
            namespace=namespace.metadata.name if namespace else None,
            labels=dict(self.__args.labels),
            annotations=annotations,
        )

    def __restrict_network(self, name: str, namespace: core.v1.Namespace) -> list[networking.v1.NetworkPolicy]:
        """Nothing in, nothing out, but questions to the cluster's DNS; workloads bring their own flows."""
        everything = meta.v1.LabelSelectorArgs()
        specs = {
            "default-deny": networking.v1.NetworkPolicySpecArgs(
                pod_selector=everything, policy_types=["Ingress", "Egress"]
            ),
            "allow-dns": networking.v1.NetworkPolicySpecArgs(
                pod_selector=everything,
                policy_types=["Egress"],
                egress=[
                    networking.v1.NetworkPolicyEgressRuleArgs(
                        to=[
                            networking.v1.NetworkPolicyPeerArgs(
                                namespace_selector=meta.v1.LabelSelectorArgs(
                                    match_labels={"kubernetes.io/metadata.name": "kube-system"}
                                ),
                                pod_selector=meta.v1.LabelSelectorArgs(match_labels={"k8s-app": "kube-dns"}),
                            )
                        ],
                        ports=[
                            networking.v1.NetworkPolicyPortArgs(port=53, protocol=protocol)
                            for protocol in ("UDP", "TCP")
                        ],
                    )
                ],
            ),
        }
        return [
            networking.v1.NetworkPolicy(
                f"{name}-{policy_name}",
                metadata=self.__metadata(policy_name, namespace=namespace),
                spec=spec,
                opts=self.child(provider=self.__args.provider),
            )
            for policy_name, spec in specs.items()
        ]

    def __limit_resources(self, name: str, namespace: core.v1.Namespace) -> None:
        limits = self.__args.limits
        core.v1.ResourceQuota(
            f"{name}-quota",
            metadata=self.__metadata("quota", namespace=namespace),
            spec=core.v1.ResourceQuotaSpecArgs(
                hard={
                    **{f"requests.{resource}": quantity for resource, quantity in limits.requests.items()},
                    **{f"limits.{resource}": quantity for resource, quantity in limits.limits.items()},
                    "pods": str(limits.pods),
                    # Users come in through the ingress of the cluster, never past it.
                    "services.nodeports": "0",
                    "services.loadbalancers": "0",
                }
            ),
            opts=self.child(provider=self.__args.provider),
        )
        core.v1.LimitRange(
            f"{name}-limits",
            metadata=self.__metadata("limits", namespace=namespace),
            spec=core.v1.LimitRangeSpecArgs(
                limits=[
                    core.v1.LimitRangeItemArgs(
                        type="Container",
                        default_request=dict(limits.default_request),
                        default=dict(limits.default_limit),
                        max=dict(limits.container_max),
                    )
                ]
            ),
            opts=self.child(provider=self.__args.provider),
        )

    def __rank(self, name: str) -> tuple[scheduling.v1.PriorityClass, scheduling.v1.PriorityClass]:
        """Priority classes belong to the whole cluster, so the namespace's name is part of theirs."""
        web = scheduling.v1.PriorityClass(
            f"{name}-priority-web",
            metadata=self.__metadata(f"{self.__args.namespace}-web"),
            value=WEB_PRIORITY,
            preemption_policy="PreemptLowerPriority",
            description="Users wait for these pods",
            opts=self.child(provider=self.__args.provider),
        )
        jobs = scheduling.v1.PriorityClass(
            f"{name}-priority-jobs",
            metadata=self.__metadata(f"{self.__args.namespace}-jobs"),
            value=JOBS_PRIORITY,
            preemption_policy="Never",
            description="These pods can wait for room",
            opts=self.child(provider=self.__args.provider),
        )
        return web, jobs


def _pod_security_labels(level: str) -> dict[str, str]:
    """kubernetes.io/docs/concepts/security/pod-security-admission: refuse, log and warn, by the current rules."""
    return {
        f"pod-security.kubernetes.io/{mode}{suffix}": value
        for mode in ("enforce", "audit", "warn")
        for suffix, value in (("", level), ("-version", "latest"))
    }
