"""Topology `dedicated-aks`: an environment with an AKS cluster and data services of its own.

A bill of materials: which components, wired how. Numbers and names come from the plan.
"""

from __future__ import annotations

from dataclasses import replace

from pulumi_azure_native import authorization

from stacks.data_services import data_services
from stacks.exports import Exports, exported_plan
from stacks.foundation import budget, flow_logs, monitoring_base, private_cluster, resource_groups
from stacks.identities import identities
from stacks.network import private_network
from stacks.odoo import odoo_workload
from stacks.planning.plan import Plan
from stacks.settings import Settings
from stacks.stack_config import Secrets
from stacks.tenant import Foundation
from stacks.vaults import vaults


def dedicated_aks(name: str, settings: Settings, plan: Plan, secrets: Secrets) -> Exports:
    """Builds the topology.

    Args:
        name: prefix of the Pulumi names.
        settings: the settings.
        plan: what follows from them.
        secrets: what is secret in them.
    """
    client = authorization.get_client_config_output()
    groups = resource_groups(name, settings, plan, client.subscription_id)
    people = identities(name, plan, groups["runtime"])
    monitoring = monitoring_base(name, settings, plan, secrets, groups["monitoring"], people.scaler)
    placements = {
        purpose: replace(placement, log_workspace_id=monitoring.log_workspace_id)
        for purpose, placement in groups.items()
    }
    network = private_network(name, settings.network, plan, placements["network"], monitoring)
    opened = vaults(name, plan, placements, network, client.tenant_id, people, settings.odoo.password_generation)
    flow_logs(name, plan, placements["network"], network, opened.keys["flow-logs"], monitoring)
    services = data_services(name, settings, plan, placements, network, opened, client.tenant_id, people)
    cluster = private_cluster(
        name, settings, plan, placements["runtime"], network, opened.keys, services.registry, monitoring
    )
    foundation = Foundation(
        services=services,
        vaults=opened,
        identities=people,
        monitoring=monitoring,
        azure_tenant_id=client.tenant_id,
    )
    workload = odoo_workload(name, settings, plan, placements["runtime"], cluster, foundation)
    budget(name, settings, plan, placements, monitoring)
    return Exports(
        url=workload.url,
        ingress_address=workload.ingress_address,
        cluster_id=cluster.cluster_id,
        cluster_name=cluster.cluster_name,
        cluster_resource_group=plan.names.resource_groups.runtime,
        oidc_issuer_url=cluster.oidc_issuer_url,
        registry_login_server=services.registry.login_server,
        database_host=services.database.writer_host,
        database_reader_host=services.database.reader_host,
        cache_host=services.cache.host_name,
        secret_vault_uri=opened.secrets.vault_uri,
        certificate_vault_name=opened.certificates.vault_name,
        network_id=network.spoke.network_id,
        egress_addresses=network.spoke.egress_addresses,
        log_workspace_id=monitoring.log_workspace_id,
        plan=exported_plan(plan),
        reasons={reason.subject: f"{reason.value}: {reason.because}" for reason in plan.reasons},
        warnings=plan.warnings,
    )
