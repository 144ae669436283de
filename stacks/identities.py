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
from stacks.planning.plan import Plan

SCALER_ACCOUNT = ("kube-system", "keda-operator")
"""Namespace and service account of KEDA, as the AKS add-on installs it (learn.microsoft.com azure/aks/keda-about)."""


@dataclass(frozen=True, kw_only=True)
class Identities:
    """The identities of an environment.

    Args:
        odoo: of Odoo's pods.
        operations: of the jobs that upgrade and back up.
        administration: of the jobs that have the database administrator's password.
        scaler: of KEDA.
        ingress: of Traefik.
    """

    odoo: WorkloadIdentity
    operations: WorkloadIdentity
    administration: WorkloadIdentity
    scaler: WorkloadIdentity
    ingress: WorkloadIdentity


def identities(name: str, plan: Plan, placement: Placement) -> Identities:
    """Makes the identities.

    Args:
        name: prefix of the Pulumi names.
        plan: the plan.
        placement: where they go.
    """

    def identity(what: str, identity_name: str) -> WorkloadIdentity:
        return WorkloadIdentity(
            f"{name}-{what}", WorkloadIdentityArgs(placement=placement, identity_name=identity_name)
        )

    return Identities(
        odoo=identity("app", plan.names.odoo_identity),
        operations=identity("operations", plan.names.operations_identity),
        administration=identity("administration", plan.names.administration_identity),
        scaler=identity("scaler", plan.names.scaler_identity),
        ingress=identity("ingress-identity", plan.names.ingress_identity),
    )


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
