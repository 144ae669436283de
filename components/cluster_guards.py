"""ClusterGuards: what the API server refuses from whoever asks, and who goes first when nodes are full."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes import admissionregistration, meta, scheduling

from components.admission_rules import (
    TENANT_LABEL,
    Guard,
    doors_guard,
    hosts_guard,
    images_guard,
    labels_guard,
    message_of,
    privileges_guard,
    services_guard,
)
from components.base import Component, Placement
from components.namespace_guard import namespaces_guard

WEB_PRIORITY = 100_000
"""Users wait for web pods: they may push jobs off a full node."""
FIRST_PRIORITY = 200_000
"""Users of tenants that pay for more go before other users."""
JOBS_PRIORITY = 10_000
"""Jobs are tried again later, so they wait for room."""

MANAGED_NAMESPACES = (
    "kube-system",
    "kube-public",
    "kube-node-lease",
    "gatekeeper-system",
    "azure-arc",
    "azure-extensions-usage-system",
    "flux-system",
)
"""Namespaces whose pods Kubernetes and AKS's own add-ons bring, from Microsoft's registry
(learn.microsoft.com azure/aks/policy-reference: the namespaces that its policies leave out; flux-system: the GitOps
extension)."""
# kubernetes.io/docs/reference/labels-annotations-taints: the API server sets it itself, so nobody can move a namespace
# out of reach.
_NAMESPACE_NAME_LABEL = "kubernetes.io/metadata.name"


@dataclass(frozen=True, kw_only=True)
class ClusterGuardsArgs:
    """Arguments of `ClusterGuards`.

    Args:
        placement: of the environment that the cluster belongs to.
        provider: Kubernetes provider of the cluster.
        prefix: first part of the names of all objects: a DNS label of up to 40 characters.
        labels: labels of all objects.
        registry_login_server: the only registry that images come from, e.g. `acr.azurecr.io`.
        required_labels: labels that the pods of every tenant carry, beside `app.kubernetes.io/part-of`.
        excluded_namespaces: namespaces that the guards leave alone.
        break_glass_groups: object ids of the Entra groups whose members may open a shell in a pod or forward a port to
            it; None: everybody whom RBAC lets.
    """

    placement: Placement
    provider: kubernetes.Provider
    prefix: str
    labels: Mapping[str, str]
    registry_login_server: pulumi.Input[str]
    required_labels: tuple[str, ...] = ("owner",)
    excluded_namespaces: tuple[str, ...] = MANAGED_NAMESPACES
    break_glass_groups: tuple[pulumi.Input[str], ...] | None = None


class ClusterGuards(Component):
    """Admission policies and priority classes of a cluster.

    Each policy fails closed: what cannot be judged is refused. They take effect about a second after they are made, so
    workloads depend on this component.

    Attributes:
        web_priority_class: name of the priority class of what users wait for.
        first_priority_class: name of that of what goes before other users' too.
        jobs_priority_class: name of the priority class of what can wait.
    """

    web_priority_class: pulumi.Output[str]
    first_priority_class: pulumi.Output[str]
    jobs_priority_class: pulumi.Output[str]

    def __init__(self, name: str, args: ClusterGuardsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.placement, opts)
        self.__args = args
        for guard in _guards(args):
            self.__declare(name, guard)
        push, wait = "PreemptLowerPriority", "Never"
        self.first_priority_class = self.__rank(name, "first", FIRST_PRIORITY, push, "Users wait, and pay to go first")
        self.web_priority_class = self.__rank(name, "web", WEB_PRIORITY, push, "Users wait for these pods")
        self.jobs_priority_class = self.__rank(name, "jobs", JOBS_PRIORITY, wait, "These pods can wait for room")
        self.finish({"web_priority_class": self.web_priority_class, "jobs_priority_class": self.jobs_priority_class})

    def __metadata(self, object_name: str) -> meta.v1.ObjectMetaArgs:
        return meta.v1.ObjectMetaArgs(name=f"{self.__args.prefix}-{object_name}", labels=dict(self.__args.labels))

    def __declare(self, name: str, guard: Guard) -> None:
        policy = admissionregistration.v1.ValidatingAdmissionPolicy(
            f"{name}-{guard.name}",
            metadata=self.__metadata(guard.name),
            spec=self.__spec(guard),
            opts=self.child(provider=self.__args.provider),
        )
        admissionregistration.v1.ValidatingAdmissionPolicyBinding(
            f"{name}-{guard.name}-binding",
            metadata=self.__metadata(guard.name),
            spec=admissionregistration.v1.ValidatingAdmissionPolicyBindingSpecArgs(
                policy_name=policy.metadata.name, validation_actions=["Deny", "Audit"]
            ),
            opts=self.child(provider=self.__args.provider),
        )

    def __spec(self, guard: Guard) -> admissionregistration.v1.ValidatingAdmissionPolicySpecArgs:
        v1 = admissionregistration.v1
        condition = v1.MatchConditionArgs(name="changed", expression=guard.condition) if guard.condition else None
        return v1.ValidatingAdmissionPolicySpecArgs(
            failure_policy="Fail",
            match_constraints=v1.MatchResourcesArgs(
                namespace_selector=self.__selector(guard),
                resource_rules=[
                    v1.NamedRuleWithOperationsArgs(
                        api_groups=[group],
                        api_versions=["*"],
                        operations=list(guard.operations),
                        resources=list(resources),
                    )
                    for group, resources in guard.resources.items()
                ],
            ),
            match_conditions=[condition] if condition else None,
            variables=[
                v1.VariableArgs(name=variable, expression=expression)
                for variable, expression in guard.variables.items()
            ],
            validations=[
                v1.ValidationArgs(
                    expression=check.expression, message_expression=message_of(guard, check), reason="Forbidden"
                )
                for check in guard.checks
            ],
        )

    def __selector(self, guard: Guard) -> meta.v1.LabelSelectorArgs:
        expressions = [
            meta.v1.LabelSelectorRequirementArgs(
                key=_NAMESPACE_NAME_LABEL, operator="NotIn", values=list(self.__args.excluded_namespaces)
            )
        ]
        if guard.tenants_only:
            expressions.append(meta.v1.LabelSelectorRequirementArgs(key=TENANT_LABEL, operator="Exists"))
        return meta.v1.LabelSelectorArgs(match_expressions=expressions)

    def __rank(self, name: str, kind: str, value: int, preemption: str, description: str) -> pulumi.Output[str]:
        """A priority class; its name."""
        priority = scheduling.v1.PriorityClass(
            f"{name}-priority-{kind}",
            metadata=self.__metadata(kind),
            value=value,
            preemption_policy=preemption,
            description=description,
            opts=self.child(provider=self.__args.provider),
        )
        return priority.metadata.name.apply(lambda given: given or "")


def _guards(args: ClusterGuardsArgs) -> list[Guard]:
    always = [
        images_guard(args.registry_login_server),
        privileges_guard(),
        labels_guard(args.required_labels),
        services_guard(),
        namespaces_guard(args.excluded_namespaces),
        hosts_guard(),
    ]
    return always if args.break_glass_groups is None else [*always, doors_guard(args.break_glass_groups)]
