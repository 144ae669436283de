"""A tenant's namespace and its rules: what holds for every pod before there is one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes import core, networking, rbac

from components.admission_rules import HOSTS_ANNOTATION, TENANT_LABEL
from components.base import Component
from components.pod_security import pod_security_labels
from components.tenant.args import NamespaceLimits, OdooTenantArgs
from components.tenant.network_policies import network_policies
from components.tenant.objects import ODOO_ACCOUNT, metadata
from components.tenant.services import OPERATIONS_ACCOUNT

WORKLOAD_IDENTITY_ANNOTATION = "azure.workload.identity/client-id"


@dataclass(frozen=True, kw_only=True)
class TenantNamespace:
    """A namespace, and what holds in it.

    Args:
        namespace: the namespace.
        rules: its quota, limits, network policies, service accounts and roles: every pod waits for them.
    """

    namespace: core.v1.Namespace
    rules: tuple[pulumi.Resource, ...]


def declare_namespace(component: Component, name: str, args: OdooTenantArgs) -> TenantNamespace:
    """Declares the tenant's namespace with its rules.

    Args:
        component: the component that owns the objects.
        name: prefix of the Pulumi names.
        args: the tenant.

    Raises:
        ValueError: the limits name the processor.
    """
    _refuse_processor_limits(args.limits)
    namespace = core.v1.Namespace(
        f"{name}-namespace",
        metadata=metadata(
            args,
            args.tenant,
            labels={TENANT_LABEL: args.tenant, **pod_security_labels()},
            annotations={HOSTS_ANNOTATION: args.application.hostname},
        ),
        opts=component.child(provider=args.provider),
    )
    return TenantNamespace(
        namespace=namespace,
        rules=(
            *_limit_network(component, name, args, namespace),
            *_limit_resources(component, name, args, namespace),
            *_accounts(component, name, args, namespace),
        ),
    )


def _refuse_processor_limits(limits: NamespaceLimits) -> None:
    """Odoo's containers have no processor limit: one would slow requests down while the node is idle.

    A quota of it would refuse them, and a default or a maximum would give them one
    (kubernetes.io/docs/concepts/policy/limit-range, resource-quotas).
    """
    found = [field for field in ("limits", "default_limit", "container_max") if "cpu" in getattr(limits, field)]
    if found:
        raise ValueError(f"NamespaceLimits.{', '.join(found)}: leave `cpu` out; `requests` bounds the processor")


def _limit_network(
    component: Component, name: str, args: OdooTenantArgs, namespace: core.v1.Namespace
) -> list[pulumi.Resource]:
    return [
        networking.v1.NetworkPolicy(
            f"{name}-{policy_name}",
            metadata=metadata(args, policy_name, namespace),
            spec=spec,
            opts=component.child(provider=args.provider),
        )
        for policy_name, spec in network_policies(args).items()
    ]


def _limit_resources(
    component: Component, name: str, args: OdooTenantArgs, namespace: core.v1.Namespace
) -> list[pulumi.Resource]:
    return [
        core.v1.ResourceQuota(
            f"{name}-quota",
            metadata=metadata(args, "quota", namespace),
            spec=resource_quota(args.limits),
            opts=component.child(provider=args.provider),
        ),
        core.v1.LimitRange(
            f"{name}-limits",
            metadata=metadata(args, "limits", namespace),
            spec=limit_range(args.limits),
            opts=component.child(provider=args.provider),
        ),
    ]


def resource_quota(limits: NamespaceLimits) -> core.v1.ResourceQuotaSpecArgs:
    """What all pods of a namespace may take together."""
    return core.v1.ResourceQuotaSpecArgs(
        hard={
            **{f"requests.{resource}": quantity for resource, quantity in limits.requests.items()},
            **{f"limits.{resource}": quantity for resource, quantity in limits.limits.items()},
            "pods": str(limits.pods),
            # Users come in through the ingress of the cluster, never past it.
            "services.nodeports": "0",
            "services.loadbalancers": "0",
            # Secrets come from Key Vault; Traefik, which wants to list them, then finds none.
            "count/secrets": "0",
        }
    )


def limit_range(limits: NamespaceLimits) -> core.v1.LimitRangeSpecArgs:
    """What one container of a namespace may take, and what one takes that says nothing."""
    return core.v1.LimitRangeSpecArgs(
        limits=[
            core.v1.LimitRangeItemArgs(
                type="Container",
                default_request=dict(limits.default_request),
                default=dict(limits.default_limit),
                max=dict(limits.container_max),
            )
        ]
    )


def _accounts(
    component: Component, name: str, args: OdooTenantArgs, namespace: core.v1.Namespace
) -> list[pulumi.Resource]:
    identities: Mapping[str, pulumi.Input[str]] = {
        ODOO_ACCOUNT: args.services.identities.odoo_client_id,
        OPERATIONS_ACCOUNT: args.services.identities.operations_client_id,
    }
    accounts = [
        core.v1.ServiceAccount(
            f"{name}-account-{account_name}",
            metadata=metadata(args, account_name, namespace, annotations={WORKLOAD_IDENTITY_ANNOTATION: client_id}),
            # Odoo does not talk to the Kubernetes API, and a job that does mounts its token itself; workload identity
            # brings a token of its own.
            automount_service_account_token=False,
            opts=component.child(provider=args.provider),
        )
        for account_name, client_id in identities.items()
    ]
    role = rbac.v1.Role(
        f"{name}-role",
        metadata=metadata(args, OPERATIONS_ACCOUNT, namespace),
        rules=_operations_rules(args),
        opts=component.child(provider=args.provider),
    )
    return [*accounts, role, _binding(component, name, args, namespace, role)]


def _binding(
    component: Component, name: str, args: OdooTenantArgs, namespace: core.v1.Namespace, role: rbac.v1.Role
) -> rbac.v1.RoleBinding:
    """The tenant's own jobs pause its pools; the platform's do while a backup is restored."""
    accounts = [(OPERATIONS_ACCOUNT, namespace.metadata.name.apply(str))]
    if args.application.rollback is not None:
        place = args.services.administration
        accounts.append((place.service_account, pulumi.Output.from_input(place.namespace)))
    return rbac.v1.RoleBinding(
        f"{name}-role-binding",
        metadata=metadata(args, OPERATIONS_ACCOUNT, namespace),
        role_ref=rbac.v1.RoleRefArgs(api_group="rbac.authorization.k8s.io", kind="Role", name=OPERATIONS_ACCOUNT),
        subjects=[
            rbac.v1.SubjectArgs(kind="ServiceAccount", name=account_name, namespace=namespace_name)
            for account_name, namespace_name in accounts
        ],
        opts=component.child(provider=args.provider, depends_on=[role]),
    )


def _operations_rules(args: OdooTenantArgs) -> list[rbac.v1.PolicyRuleArgs]:
    """An upgrade pauses the pools that work in the background, waits until their pods are gone, and wakes them.

    The last backup of a tenant pauses all pools.
    """
    pools = sorted(pool.value for pool in args.pools.sizes)
    look, change = ["get", "list"], ["get", "patch"]
    return [
        rbac.v1.PolicyRuleArgs(api_groups=[""], resources=["pods"], verbs=look),
        rbac.v1.PolicyRuleArgs(api_groups=["batch"], resources=["jobs"], verbs=look),
        rbac.v1.PolicyRuleArgs(api_groups=["apps"], resources=["deployments"], resource_names=pools, verbs=["get"]),
        rbac.v1.PolicyRuleArgs(
            api_groups=["apps"], resources=["deployments/scale"], resource_names=pools, verbs=change
        ),
        rbac.v1.PolicyRuleArgs(api_groups=["keda.sh"], resources=["scaledobjects"], resource_names=pools, verbs=change),
    ]
