"""A platform as its tenants see it."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from components.base import Placement
from components.cluster import OdooCluster
from components.cluster_guards import ClusterGuards
from components.network.subnets import SubnetKind, subnet_name
from components.platform_operations import PlatformOperations
from components.subsidiary.shared import (
    SharedCluster,
    SharedNetwork,
    SharedPlatform,
    SharedServer,
    SharedStores,
    SharedVaults,
)
from stacks.data_services import DATABASE_ADMINISTRATOR
from stacks.network import PrivateNetwork
from stacks.platform_cluster import PlatformFoundation
from stacks.shared_platform import PlatformHandle, Rank, settings_digest
from stacks.tenancy import Tenancy
from stacks.vaults import administrator_secret


def hand_over(
    tenancy: Tenancy,
    placements: Mapping[str, Placement],
    foundation: PlatformFoundation,
    network: PrivateNetwork,
    cluster: OdooCluster,
    guards: ClusterGuards,
    operations: PlatformOperations,
) -> PlatformHandle:
    """What the platform hands to its tenants.

    Args:
        tenancy: the platform.
        placements: placement by purpose.
        foundation: what tenants share, and where it is measured.
        network: its network.
        cluster: the cluster.
        guards: priority classes of pods.
        operations: where databases are made.
    """
    services, vaults, people = foundation.services, foundation.vaults, foundation.people
    plan, domain = tenancy.plan, tenancy.settings.platform.domain
    groups = {purpose: placement.resource_group_name for purpose, placement in placements.items()}
    subnets, subnet_ids = plan.network.subnets, network.spoke.subnet_ids
    return PlatformHandle(
        shared=SharedPlatform(
            servers={
                index: SharedServer(
                    server_name=server.server_name,
                    host=server.writer_host,
                    reader_host=server.reader_host,
                    administrator_login=DATABASE_ADMINISTRATOR,
                    administrator_secret=administrator_secret(index),
                )
                for index, server in services.servers.items()
            },
            stores=SharedStores(
                resource_group_name=groups["data"],
                files_account=services.files.account_name,
                attachments_account=services.attachments.account_name,
                attachments_url=services.attachments.account_url,
                backups_account=services.backups.account_name,
                backups_url=services.backups.blob_endpoint,
                cache_name=services.cache.cache_name,
                cache_host=services.cache.host_name,
            ),
            vaults=SharedVaults(
                resource_group_name=groups["security"],
                secrets_name=vaults.secrets.vault_name,
                secrets_uri=vaults.secrets.vault_uri,
                certificates_name=vaults.certificates.vault_name,
                certificates_id=vaults.certificates.vault_id,
                keys_name=vaults.key_vault_name,
                keys_uri=vaults.keys["database"].vault_uri,
                keys_id=vaults.keys["database"].vault_id,
                azure_tenant_id=foundation.azure_tenant_id,
            ),
            network=SharedNetwork(
                # A record waits for its zone.
                resource_group_name=pulumi.Output.all(groups["network"], network.zones.zone_ids[domain]).apply(
                    lambda known: str(known[0])
                ),
                database_range=subnets[SubnetKind.DATABASE],
                database_subnet_id=subnet_ids[SubnetKind.DATABASE],
                database_zone_id=network.zones.zone_ids[plan.names.database_zone],
                private_endpoints_range=subnets[SubnetKind.PRIVATE_ENDPOINTS],
                api_server_range=subnets[SubnetKind.API_SERVER],
                ingress_subnet_name=subnet_name(SubnetKind.INGRESS),
                domain_zone_name=domain,
            ),
            cluster=SharedCluster(
                resource_group_name=groups["runtime"],
                cluster_name=cluster.cluster_name,
                oidc_issuer_url=cluster.oidc_issuer_url,
                registry_login_server=services.registry.login_server,
                nodes_subnet_id=subnet_ids[SubnetKind.WEB],
                kubernetes_version=plan.cluster.kubernetes_version,
                priority_classes={},
                prometheus_query_url=foundation.monitoring.metrics_query_url,
                scaler_client_id=people.scaler.client_id,
                scaler_principal_id=people.scaler.principal_id,
                operations_client_id=people.administration.client_id,
                operations_namespace=operations.namespace_name,
            ),
            action_group_id=foundation.monitoring.action_group_id,
        ),
        recovery_key=vaults.recovery_keys["database"],
        kubeconfig=cluster.kubeconfig,
        log_workspace_id=foundation.monitoring.log_workspace_id,
        priority_classes={
            Rank.FIRST: guards.first_priority_class,
            Rank.WEB: guards.web_priority_class,
            Rank.JOBS: guards.jobs_priority_class,
        },
        settings_digest=settings_digest(tenancy.settings),
    )
