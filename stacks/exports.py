"""What an environment shows to people and to other stacks: one typed model, exported whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import pulumi

from stacks.planning.governance import GovernancePlan
from stacks.planning.plan import FoundationPlan
from stacks.planning.plan_tenant import TenantPlan


@dataclass(frozen=True, kw_only=True)
class EnvironmentExports:
    """Outputs of every environment of its own, whatever Odoo runs on.

    Args:
        topology: what the environment is made of; of `auto` what was chosen.
        url: where users open Odoo.
        ingress_address: address that the host name must resolve to.
        registry_login_server: host name of the image registry.
        database_host: name of PostgreSQL's writer; it follows a switch-over to the replica.
        database_reader_host: name of its reader; the writer's own where there is no replica.
        cache_host: name of the session cache.
        secret_vault_uri: vault of the application's secrets.
        certificate_vault_name: vault that the ingress's certificate belongs into.
        network_id: ARM id of the virtual network.
        egress_addresses: public addresses that banks and tax authorities see; empty behind a hub's firewall.
        log_workspace_id: ARM id of the Log Analytics workspace.
        plan: sizes, addresses and names in use.
        reasons: why each size is what it is.
        warnings: what to look at soon.
    """

    topology: str
    url: pulumi.Output[str]
    ingress_address: pulumi.Output[str]
    registry_login_server: pulumi.Output[str]
    database_host: pulumi.Output[str]
    database_reader_host: pulumi.Output[str]
    cache_host: pulumi.Output[str]
    secret_vault_uri: pulumi.Output[str]
    certificate_vault_name: pulumi.Output[str]
    network_id: pulumi.Output[str]
    egress_addresses: pulumi.Output[list[str]]
    log_workspace_id: pulumi.Output[str]
    plan: Mapping[str, Any]
    reasons: Mapping[str, str]
    warnings: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ClusterExports:
    """Outputs of an environment on AKS, beside those of every environment.

    Args:
        cluster_id: ARM id of the AKS cluster.
        cluster_name: its name.
        cluster_resource_group: its resource group.
        oidc_issuer_url: issuer of its service accounts' tokens, for federated credentials.
    """

    cluster_id: pulumi.Output[str]
    cluster_name: pulumi.Output[str]
    cluster_resource_group: str
    oidc_issuer_url: pulumi.Output[str]


@dataclass(frozen=True, kw_only=True)
class MachineExports:
    """Outputs of an environment on virtual machines, beside those of every environment.

    Args:
        scale_set_ids: ARM ids of the scale sets, by what their machines do: `app`, `operations`.
        machine_resource_group: their resource group.
    """

    scale_set_ids: Mapping[str, pulumi.Output[str]]
    machine_resource_group: str


@dataclass(frozen=True, kw_only=True)
class PlatformExports:
    """What people and tenants' stacks read of a platform.

    Args:
        urls: address that users type, by tenant declared here.
        ingress_addresses: address that its name must resolve to, by tenant declared here.
        cluster_id: ARM id of the cluster.
        cluster_name: its Azure name.
        cluster_resource_group: its resource group.
        registry_login_server: host name of the image registry.
        certificate_vault_name: vault that tenants' certificates belong into.
        egress_addresses: public addresses that banks and tax authorities see; empty behind a hub's firewall.
        platform: what tenants' own stacks need.
        kubeconfig: how they reach the cluster's API (secret).
        plan: sizes, addresses and names in use.
        tenants: plans of the tenants declared here.
        tenant_files: names of all tenants that have a file.
        capacity: what still fits.
        reasons: why each size is what it is.
        warnings: what to look at soon.
    """

    urls: Mapping[str, pulumi.Output[str]]
    ingress_addresses: Mapping[str, pulumi.Output[str]]
    cluster_id: pulumi.Output[str]
    cluster_name: pulumi.Output[str]
    cluster_resource_group: str
    registry_login_server: pulumi.Output[str]
    certificate_vault_name: pulumi.Output[str]
    egress_addresses: pulumi.Output[list[str]]
    platform: Mapping[str, Any]
    kubeconfig: pulumi.Output[str]
    plan: Mapping[str, Any]
    tenants: Mapping[str, Any]
    tenant_files: pulumi.Output[list[str]]
    capacity: Mapping[str, Any]
    reasons: Mapping[str, str]
    warnings: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class TenantExports:
    """What people read of a tenant in a stack of its own.

    Args:
        url: address that users type.
        ingress_address: address that its name must resolve to.
        namespace: its namespace.
        plan: sizes, addresses and names in use.
    """

    url: pulumi.Output[str]
    ingress_address: pulumi.Output[str]
    namespace: pulumi.Output[str]
    plan: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class GovernanceExports:
    """What people read of a stack that guards a subscription.

    Args:
        log_workspace_id: ARM id of the workspace with the audit trail.
        assignment_ids: ARM ids of the policies' assignments, by what they are about.
        role_ids: ARM ids of the custom roles, by name.
        pipeline_client_ids: client ids of the pipelines' identities, by name: what their logins name.
        plan: what holds.
        reasons: why.
        warnings: what to look at soon.
    """

    log_workspace_id: pulumi.Output[str]
    assignment_ids: Mapping[str, pulumi.Output[str]]
    role_ids: Mapping[str, pulumi.Output[str]]
    pipeline_client_ids: Mapping[str, pulumi.Output[str]]
    plan: Mapping[str, Any]
    reasons: Mapping[str, str]
    warnings: tuple[str, ...]


AnyExports = EnvironmentExports | ClusterExports | MachineExports | PlatformExports | TenantExports | GovernanceExports


def export(*models: AnyExports) -> None:
    """Exports every field of all models under its own name."""
    for model in models:
        for field in fields(model):
            value = getattr(model, field.name)
            pulumi.export(field.name, list(value) if isinstance(value, tuple) else value)


def exported_plan(plan: FoundationPlan | TenantPlan | GovernancePlan) -> Mapping[str, Any]:
    """The plan as plain data, without what is exported beside it."""
    return {key: value for key, value in asdict(plan).items() if key not in {"reasons", "warnings"}}
