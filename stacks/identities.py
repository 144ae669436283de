"""Who acts in Azure without a password: one managed identity for each kind of pod."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.base import Placement
from components.workload_identity import (
    ServiceAccountTrust,
    ServiceAccountTrustArgs,
    WorkloadIdentity,
    WorkloadIdentityArgs,
)
from stacks.planning.plan import FoundationPlan

SCALER_ACCOUNT = ("kube-system", "keda-operator")
"""Namespace and service account of KEDA, as the AKS add-on installs it (learn.microsoft.com azure/aks/keda-about)."""


@dataclass(frozen=True, kw_only=True)
class Identities:
    """The identities of an environment.

    Args:
        odoo: of Odoo's processes.
        operations: of what upgrades and backs up.
        administration: of what has the database administrator's password.
        ingress: of Traefik.
    """

    odoo: WorkloadIdentity
    operations: WorkloadIdentity
    administration: WorkloadIdentity
    ingress: WorkloadIdentity


def identities(name: str, plan: FoundationPlan, placement: Placement) -> Identities:
    """Makes the identities.

    Args:
        name: prefix of the Pulumi names.
        plan: the plan.
        placement: where they go.
    """
    return Identities(
        odoo=_identity(f"{name}-app", plan.names.odoo_identity, placement),
        operations=_identity(f"{name}-operations", plan.names.operations_identity, placement),
        administration=_identity(f"{name}-administration", plan.names.administration_identity, placement),
        ingress=_identity(f"{name}-ingress-identity", plan.names.ingress_identity, placement),
    )


def scaler_identity(name: str, plan: FoundationPlan, placement: Placement) -> WorkloadIdentity:
    """Makes the identity of KEDA, which scales the pools of a cluster.

    Args:
        name: prefix of the Pulumi names.
        plan: the plan.
        placement: where it goes.
    """
    return _identity(f"{name}-scaler", plan.names.scaler_identity, placement)


def _identity(name: str, identity_name: str, placement: Placement) -> WorkloadIdentity:
    return WorkloadIdentity(name, WorkloadIdentityArgs(placement=placement, identity_name=identity_name))


def trust(
    name: str,
    placement: Placement,
    issuer_url: pulumi.Input[str],
    accounts: Mapping[tuple[str, str], WorkloadIdentity],
) -> None:
    """Lets service accounts of a cluster act as identities.

    Args:
        name: prefix of the Pulumi names.
        placement: resource group of the identities.
        issuer_url: OIDC issuer of the cluster.
        accounts: identity by namespace and service account.
    """
    for (namespace, service_account), identity in accounts.items():
        ServiceAccountTrust(
            f"{name}-{namespace}-{service_account}-trust",
            ServiceAccountTrustArgs(
                placement=placement,
                identity_name=identity.identity_name,
                issuer_url=issuer_url,
                namespace=namespace,
                service_account=service_account,
            ),
        )
