"""Pipelines: an identity without a password each, which only tokens of the named subjects may act as."""

from __future__ import annotations

import pulumi
from pulumi_azure_native import managedidentity

from components.access_model.args import AccessModelArgs, Pipeline
from components.base import Component
from components.workload_identity import WorkloadIdentity, WorkloadIdentityArgs

# learn.microsoft.com entra/workload-id/workload-identity-federation-considerations
_MOST_SUBJECTS = 20
_AUDIENCE = "api://AzureADTokenExchange"


def declare_pipeline(
    component: Component, name: str, pipeline_name: str, pipeline: Pipeline, args: AccessModelArgs
) -> WorkloadIdentity:
    """Declares the identity of a pipeline, and whom it trusts.

    Args:
        component: the component that owns it.
        name: prefix of the Pulumi names.
        pipeline_name: short name of the pipeline.
        pipeline: the pipeline.
        args: of the access model.

    Raises:
        ValueError: for a subject that is not exact, or too many of them.
    """
    _check(pipeline_name, pipeline)
    identity = WorkloadIdentity(
        f"{name}-{pipeline_name}",
        WorkloadIdentityArgs(placement=component.placement, identity_name=f"id-{args.prefix}-{pipeline_name}"),
        pulumi.ResourceOptions(parent=component),
    )
    previous: list[pulumi.Resource] = []
    for short_name, subject in pipeline.subjects.items():
        credential = managedidentity.FederatedIdentityCredential(
            f"{name}-{pipeline_name}-{short_name}",
            federated_identity_credential_resource_name=f"{pipeline_name}-{short_name}",
            resource_group_name=component.placement.resource_group_name,
            resource_name_=identity.identity_name,
            issuer=pipeline.issuer,
            subject=subject,
            audiences=[_AUDIENCE],
            # Azure refuses two at a time for one identity.
            opts=component.child(depends_on=previous),
        )
        previous = [credential]
    return identity


def _check(pipeline_name: str, pipeline: Pipeline) -> None:
    if not 1 <= len(pipeline.subjects) <= _MOST_SUBJECTS:
        raise ValueError(f"pipeline {pipeline_name}: an identity trusts 1 to {_MOST_SUBJECTS} subjects")
    for subject in pipeline.subjects.values():
        if "*" in subject or not subject.strip():
            raise ValueError(f'pipeline {pipeline_name}: "{subject}" is not the exact subject of a token')
