"""Topology `multi-tenant-aks`: a platform that many tenants share, and those of them that it declares itself.

A bill of materials: which components, wired how. Nothing that is shared knows of any tenant, so that one more changes
nothing but what is its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace

from pulumi_azure_native import authorization

from components.vault_secret import SecretSpec
from stacks.alerting import alerting
from stacks.cluster_base import kubernetes_provider
from stacks.exports import PlatformExports, exported_plan
from stacks.former_tenants import tenant_files
from stacks.foundation import flow_logs, monitoring_base, private_cluster, resource_groups
from stacks.network import private_network
from stacks.planning.plan_tenant import PlatformPlan
from stacks.platform_cluster import PlatformFoundation, platform_cluster
from stacks.platform_handle import hand_over
from stacks.platform_identities import PlatformIdentities, platform_identities, trust_accounts
from stacks.platform_services import platform_services
from stacks.shared_platform import as_outputs
from stacks.stack_config import Secrets
from stacks.subsidiaries import tenants_here
from stacks.tenancy import Tenancy
from stacks.tenant_scalars import TenantPlacement
from stacks.tenant_stack import declare_tenant
from stacks.vaults import ADMINISTRATION, administrator_secret, metrics_secret, open_vaults


def multi_tenant_aks(name: str, tenancy: Tenancy, secrets: Secrets) -> PlatformExports:
    """Builds the topology.

    Args:
        name: prefix of the Pulumi names.
        tenancy: the platform with its tenants.
        secrets: what is secret in its settings.
    """
    settings, plan = tenancy.settings, tenancy.plan
    files = tenant_files(tenancy)
    client = authorization.get_client_config_output()
    groups = resource_groups(name, settings, plan, client.subscription_id)
    people = platform_identities(name, plan, groups["runtime"])
    monitoring = monitoring_base(name, settings, plan, secrets, groups["monitoring"], people.scaler)
    placements = {
        # A lock on what tenants share would keep them from removing what is theirs in it: each locks its own.
        purpose: replace(
            placement, log_workspace_id=monitoring.log_workspace_id, locked=purpose not in {"data", "security"}
        )
        for purpose, placement in groups.items()
    }
    network = private_network(
        name, settings.network, plan, placements["network"], monitoring, domains=(settings.platform.domain,)
    )
    opened = open_vaults(
        name,
        plan,
        placements,
        network,
        client.tenant_id,
        _secrets(plan, people, settings.platform.metrics_password_generation),
        # It sets the passwords of every tenant's roles; a grant for each would be a list of tenants.
        secret_readers={ADMINISTRATION: people.administration.principal_id},
    )
    flow_logs(name, plan, placements["network"], network, opened.keys["flow-logs"], monitoring)
    services = platform_services(name, settings, plan, placements, network, opened, client.tenant_id, people)
    cluster = private_cluster(
        name, settings, plan, placements["runtime"], network, opened.keys, services.registry, monitoring
    )
    trust_accounts(name, placements["runtime"], cluster.oidc_issuer_url, people)
    provider = kubernetes_provider(name, cluster.kubeconfig)
    foundation = PlatformFoundation(
        services=services,
        vaults=opened,
        people=people,
        monitoring=monitoring,
        azure_tenant_id=client.tenant_id,
        placement=placements["monitoring"],
    )
    guards, operations = platform_cluster(name, settings, plan, placements["runtime"], provider, foundation)
    alerting(name, settings, plan, placements, monitoring, (plan.names.node_resource_group,))
    handle = hand_over(tenancy, placements, foundation, network, cluster, guards, operations)
    here = tenants_here(settings, tenancy.tenants, TenantPlacement.INLINE)
    tenants = {
        tenant: declare_tenant(tenancy, tenant, handle, placements["runtime"], provider, [guards, operations])
        for tenant in sorted(here)
    }
    return PlatformExports(
        urls={tenant: component.url for tenant, component in tenants.items()},
        ingress_addresses={tenant: component.ingress_address for tenant, component in tenants.items()},
        cluster_id=cluster.cluster_id,
        cluster_name=cluster.cluster_name,
        cluster_resource_group=plan.names.resource_groups.runtime,
        registry_login_server=services.registry.login_server,
        certificate_vault_name=opened.certificates.vault_name,
        egress_addresses=network.spoke.egress_addresses,
        platform=as_outputs(handle),
        kubeconfig=cluster.kubeconfig,
        plan=exported_plan(plan),
        tenants={tenant: exported_plan(tenancy.plans[tenant]) for tenant in sorted(here)},
        tenant_files=files,
        capacity=asdict(tenancy.capacity),
        reasons={reason.subject: f"{reason.value}: {reason.because}" for reason in plan.reasons},
        warnings=plan.warnings,
    )


def _secrets(plan: PlatformPlan, people: PlatformIdentities, generation: int) -> Mapping[str, SecretSpec]:
    """Passwords of the shared servers' administrators, and of the role that reads their figures."""
    servers = range(len(plan.servers))
    metrics = SecretSpec(readers={"metrics": people.metrics.principal_id}, renewed_with=f"generation {generation}")
    return {
        **{administrator_secret(server): SecretSpec() for server in servers},
        **{metrics_secret(server): metrics for server in servers},
    }
