"""Who acts in Azure for a platform: its own operations, KEDA, and the exporter of the servers' figures."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.base import Placement
from components.monitoring.metered_servers import NAME as EXPORTER
from components.tenant.services import OPERATIONS_ACCOUNT, OPERATIONS_NAMESPACE
from components.workload_identity import WorkloadIdentity, WorkloadIdentityArgs
from stacks.identities import SCALER_ACCOUNT, trust
from stacks.planning.plan_tenant import PlatformPlan

METRICS_NAMESPACE = "platform-metrics"


@dataclass(frozen=True, kw_only=True)
class PlatformIdentities:
    """The identities of a platform.

    Args:
        administration: of the jobs that have the database administrators' passwords.
        scaler: of KEDA.
        metrics: of the exporter.
    """

    administration: WorkloadIdentity
    scaler: WorkloadIdentity
    metrics: WorkloadIdentity


def platform_identities(name: str, plan: PlatformPlan, placement: Placement) -> PlatformIdentities:
    """Makes the identities.

    Args:
        name: prefix of the Pulumi names.
        plan: the platform's plan.
        placement: where they go.
    """

    def identity(what: str, identity_name: str) -> WorkloadIdentity:
        return WorkloadIdentity(
            f"{name}-{what}", WorkloadIdentityArgs(placement=placement, identity_name=identity_name)
        )

    return PlatformIdentities(
        administration=identity("administration", plan.names.administration_identity),
        scaler=identity("scaler", plan.names.scaler_identity),
        metrics=identity("metrics", plan.names.metrics_identity),
    )


def trust_accounts(name: str, placement: Placement, issuer_url: pulumi.Input[str], people: PlatformIdentities) -> None:
    """Lets the platform's service accounts act as its identities.

    Args:
        name: prefix of the Pulumi names.
        placement: resource group of the identities.
        issuer_url: OIDC issuer of the cluster.
        people: the identities.
    """
    trust(
        name,
        placement,
        issuer_url,
        {
            (OPERATIONS_NAMESPACE, OPERATIONS_ACCOUNT): people.administration,
            SCALER_ACCOUNT: people.scaler,
            (METRICS_NAMESPACE, EXPORTER): people.metrics,
        },
    )
