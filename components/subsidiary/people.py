"""Who acts for a tenant in Azure: one identity for each kind of pod, and the one service account that each trusts."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.base import Component
from components.ingress.objects import NAME as TRAEFIK_ACCOUNT
from components.subsidiary.args import SubsidiaryArgs
from components.tenant.objects import ODOO_ACCOUNT
from components.tenant.services import OPERATIONS_ACCOUNT
from components.workload_identity import (
    ServiceAccountTrust,
    ServiceAccountTrustArgs,
    WorkloadIdentity,
    WorkloadIdentityArgs,
)

ODOO, OPERATIONS, SCALER = "odoo", "operations", "scaler"
"""What grants call them."""


@dataclass(frozen=True, kw_only=True)
class People:
    """The tenant's identities.

    Args:
        odoo: of Odoo's pods.
        operations: of its jobs.
        ingress: of its Traefik.
        trusts: what lets their service accounts act as them.
    """

    odoo: WorkloadIdentity
    operations: WorkloadIdentity
    ingress: WorkloadIdentity
    trusts: tuple[pulumi.Resource, ...]


def ingress_namespace(tenant: str) -> str:
    """Namespace of a tenant's Traefik."""
    return f"{tenant}-ingress"


def declare_people(component: Component, name: str, args: SubsidiaryArgs) -> People:
    """Declares the identities in the component's resource group, and whom they trust.

    Args:
        component: the component that owns them.
        name: prefix of the Pulumi names.
        args: the tenant.
    """
    own = pulumi.ResourceOptions(parent=component)

    def identity(account: str, identity_name: str) -> WorkloadIdentity:
        wanted = WorkloadIdentityArgs(placement=component.placement, identity_name=identity_name)
        return WorkloadIdentity(f"{name}-{account}", wanted, own)

    odoo = identity(ODOO_ACCOUNT, args.names.odoo_identity)
    operations = identity(OPERATIONS_ACCOUNT, args.names.operations_identity)
    ingress = identity(TRAEFIK_ACCOUNT, args.names.ingress_identity)
    accounts = {
        (args.tenant, ODOO_ACCOUNT): odoo,
        (args.tenant, OPERATIONS_ACCOUNT): operations,
        (ingress_namespace(args.tenant), TRAEFIK_ACCOUNT): ingress,
    }
    trusts = [
        ServiceAccountTrust(
            f"{name}-{account}-trust",
            ServiceAccountTrustArgs(
                placement=component.placement,
                identity_name=trusting.identity_name,
                issuer_url=args.platform.cluster.oidc_issuer_url,
                namespace=namespace,
                service_account=account,
            ),
            own,
        )
        for (namespace, account), trusting in accounts.items()
    ]
    return People(odoo=odoo, operations=operations, ingress=ingress, trusts=tuple(trusts))
