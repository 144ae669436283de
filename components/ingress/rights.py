"""What Traefik may read in the cluster: routes and endpoints of its tenants, and nothing of anybody else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi
from pulumi_kubernetes import core, rbac

from components.base import Component
from components.ingress.args import TraefikIngressArgs
from components.ingress.objects import NAME, metadata

_WATCH = ("list", "watch")

_CLUSTER_RULES: Final = (
    # Traefik watches nodes together with the classes, or neither.
    ("networking.k8s.io", ("ingressclasses",)),
    ("", ("nodes",)),
)
_TENANT_RULES: Final = (
    ("networking.k8s.io", ("ingresses",)),
    ("discovery.k8s.io", ("endpointslices",)),
    ("", ("services",)),
    # Traefik serves no route before it has listed the Secrets of each namespace (traefik 3.6,
    # pkg/provider/kubernetes/ingress/client.go, WatchAll). So never of the cluster: tenants keep none in Kubernetes.
    ("", ("secrets",)),
)


def declare_rights(
    component: Component, name: str, args: TraefikIngressArgs, account: core.v1.ServiceAccount
) -> list[pulumi.Resource]:
    """Declares a cluster role for what has no namespace, and a role in each tenant's namespace.

    Args:
        component: the component that owns them.
        name: prefix of the Pulumi names.
        args: what Traefik is made from.
        account: its service account.

    Returns:
        The bindings: without all of them Traefik serves nobody.
    """
    options = component.child(provider=args.provider)
    subject = rbac.v1.SubjectArgs(kind="ServiceAccount", name=NAME, namespace=account.metadata.namespace)
    role = rbac.v1.ClusterRole(
        f"{name}-role", metadata=metadata(args.labels, NAME), rules=_rules(_CLUSTER_RULES), opts=options
    )
    bindings: list[pulumi.Resource] = [
        rbac.v1.ClusterRoleBinding(
            f"{name}-binding",
            metadata=metadata(args.labels, NAME),
            role_ref=_reference("ClusterRole", role.metadata.name),
            subjects=[subject],
            opts=options,
        )
    ]
    for tenant, served in args.tenants.items():
        tenant_role = rbac.v1.Role(
            f"{name}-role-{tenant}",
            metadata=metadata(args.labels, NAME, served.namespace),
            rules=_rules(_TENANT_RULES),
            opts=options,
        )
        bindings.append(
            rbac.v1.RoleBinding(
                f"{name}-binding-{tenant}",
                metadata=metadata(args.labels, NAME, served.namespace),
                role_ref=_reference("Role", tenant_role.metadata.name),
                subjects=[subject],
                opts=options,
            )
        )
    return bindings


def _rules(rules: Sequence[tuple[str, Sequence[str]]]) -> list[rbac.v1.PolicyRuleArgs]:
    return [
        rbac.v1.PolicyRuleArgs(api_groups=[group], resources=list(resources), verbs=list(_WATCH))
        for group, resources in rules
    ]


def _reference(kind: str, role_name: pulumi.Output[str | None]) -> rbac.v1.RoleRefArgs:
    return rbac.v1.RoleRefArgs(
        api_group="rbac.authorization.k8s.io", kind=kind, name=role_name.apply(lambda value: value or "")
    )
