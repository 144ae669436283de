"""What Traefik may read in the cluster: routes and endpoints of its tenant, and nothing of anybody else."""

from __future__ import annotations

from typing import Final

import pulumi
from pulumi_kubernetes import core, rbac

from components.base import Component
from components.ingress.args import TraefikIngressArgs
from components.ingress.objects import NAME, metadata

_WATCH = ("list", "watch")
_READABLE: Final = (
    ("networking.k8s.io", "ingresses"),
    ("discovery.k8s.io", "endpointslices"),
    ("", "services"),
    # Traefik serves no route before it has listed the Secrets of the namespace (traefik 3.6,
    # pkg/provider/kubernetes/ingress/client.go, WatchAll). So never of the cluster: tenants keep none in Kubernetes.
    ("", "secrets"),
)


def declare_rights(
    component: Component, name: str, args: TraefikIngressArgs, account: core.v1.ServiceAccount
) -> pulumi.Resource:
    """Declares a role in the tenant's namespace.

    Args:
        component: the component that owns it.
        name: prefix of the Pulumi names.
        args: what Traefik is made from.
        account: its service account.

    Returns:
        The binding: without it Traefik serves nobody.
    """
    tenant = args.tenant
    role = rbac.v1.Role(
        f"{name}-role-{tenant.name}",
        metadata=metadata(args.labels, NAME, tenant.namespace),
        rules=[
            rbac.v1.PolicyRuleArgs(api_groups=[group], resources=[resource], verbs=list(_WATCH))
            for group, resource in _READABLE
        ],
        opts=component.child(provider=args.provider),
    )
    return rbac.v1.RoleBinding(
        f"{name}-binding-{tenant.name}",
        metadata=metadata(args.labels, NAME, tenant.namespace),
        role_ref=rbac.v1.RoleRefArgs(
            api_group="rbac.authorization.k8s.io",
            kind="Role",
            name=role.metadata.name.apply(lambda value: value or ""),
        ),
        subjects=[rbac.v1.SubjectArgs(kind="ServiceAccount", name=NAME, namespace=account.metadata.namespace)],
        opts=component.child(provider=args.provider),
    )
