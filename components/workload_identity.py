"""The identity that pods act as in Azure, without a password."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_azure_native import managedidentity

from components.base import Component, Placement

# learn.microsoft.com azure/aks/workload-identity-overview
_AUDIENCE = "api://AzureADTokenExchange"


@dataclass(frozen=True, kw_only=True)
class WorkloadIdentityArgs:
    """Arguments of `WorkloadIdentity`.

    Args:
        placement: where it goes.
        identity_name: Azure name, 3 to 128 letters, digits, hyphens and underscores.
    """

    placement: Placement
    identity_name: str


class WorkloadIdentity(Component):
    """A user-assigned identity for one workload.

    Attributes:
        identity_id: ARM id, for machines that have it.
        identity_name: its Azure name.
        client_id: its client id, for the service account's annotation.
        principal_id: its object id, for grants.
    """

    identity_id: pulumi.Output[str]
    identity_name: pulumi.Output[str]
    client_id: pulumi.Output[str]
    principal_id: pulumi.Output[str]

    def __init__(self, name: str, args: WorkloadIdentityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.placement, opts)
        identity = managedidentity.UserAssignedIdentity(
            f"{name}-identity",
            resource_name_=args.identity_name,
            resource_group_name=args.placement.resource_group_name,
            location=args.placement.location,
            tags=args.placement.tags,
            opts=self.child(),
        )
        self.identity_id = identity.id
        self.identity_name = identity.name
        self.client_id = identity.client_id
        self.principal_id = identity.principal_id
        self.finish({"clientId": self.client_id, "principalId": self.principal_id})


@dataclass(frozen=True, kw_only=True)
class ServiceAccountTrustArgs:
    """Arguments of `ServiceAccountTrust`.

    Args:
        placement: resource group of the identity.
        identity_name: the identity's Azure name.
        issuer_url: OIDC issuer of the cluster.
        namespace: namespace of the service account.
        service_account: its name.
    """

    placement: Placement
    identity_name: pulumi.Input[str]
    issuer_url: pulumi.Input[str]
    namespace: str
    service_account: str


class ServiceAccountTrust(Component):
    """Lets one service account of one cluster, and no other, act as an identity.

    An identity takes 20 such trusts at most (learn.microsoft.com azure/aks/workload-identity-overview#limitations).
    """

    def __init__(self, name: str, args: ServiceAccountTrustArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.placement, opts)
        subject = f"system:serviceaccount:{args.namespace}:{args.service_account}"
        managedidentity.FederatedIdentityCredential(
            f"{name}-credential",
            federated_identity_credential_resource_name=f"{args.namespace}-{args.service_account}",
            resource_group_name=args.placement.resource_group_name,
            resource_name_=args.identity_name,
            issuer=args.issuer_url,
            subject=subject,
            audiences=[_AUDIENCE],
            opts=self.child(),
        )
        self.finish({"subject": subject})
