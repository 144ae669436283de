"""What a tenant finds on its platform: names and ids of what all tenants share. Plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.odoo.pool import Pool


@dataclass(frozen=True, kw_only=True)
class SharedServer:
    """A PostgreSQL server of the platform.

    Args:
        server_name: its Azure name.
        host: name of its writer.
        reader_host: name of its replica; None where there is none.
        administrator_login: login of its administrator.
        administrator_secret: name of the secret with the administrator's password, in the platform's vault.
    """

    server_name: pulumi.Input[str]
    host: pulumi.Input[str]
    reader_host: pulumi.Input[str] | None
    administrator_login: str
    administrator_secret: str


@dataclass(frozen=True, kw_only=True)
class SharedStores:
    """Storage accounts, cache and the servers of databases; all in one resource group.

    Args:
        resource_group_name: their resource group.
        files_account: account of the file shares.
        attachments_account: account of the attachments.
        attachments_url: its blob endpoint, without a closing slash.
        backups_account: account of the backups.
        backups_url: its blob endpoint.
        cache_name: Azure Managed Redis.
        cache_host: its host name.
    """

    resource_group_name: pulumi.Input[str]
    files_account: pulumi.Input[str]
    attachments_account: pulumi.Input[str]
    attachments_url: pulumi.Input[str]
    backups_account: pulumi.Input[str]
    backups_url: pulumi.Input[str]
    cache_name: pulumi.Input[str]
    cache_host: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class SharedVaults:
    """Key vaults; all in one resource group.

    Args:
        resource_group_name: their resource group.
        secrets_name: vault of the passwords.
        secrets_uri: its URI.
        certificates_name: vault of the certificates.
        certificates_id: its ARM id.
        keys_name: vault of the encryption keys.
        keys_uri: its URI.
        keys_id: its ARM id.
        azure_tenant_id: Entra tenant.
    """

    resource_group_name: pulumi.Input[str]
    secrets_name: pulumi.Input[str]
    secrets_uri: pulumi.Input[str]
    certificates_name: pulumi.Input[str]
    certificates_id: pulumi.Input[str]
    keys_name: pulumi.Input[str]
    keys_uri: pulumi.Input[str]
    keys_id: pulumi.Input[str]
    azure_tenant_id: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class SharedNetwork:
    """Ranges and names of the platform's network.

    Args:
        resource_group_name: its resource group.
        database_range: subnet of PostgreSQL.
        database_subnet_id: its ARM id, for a server of a tenant's own.
        database_zone_id: ARM id of the private DNS zone of the servers.
        private_endpoints_range: subnet of the private endpoints.
        api_server_range: subnet of the API server.
        ingress_subnet_name: subnet of the load balancers.
        domain_zone_name: private DNS zone of the tenants' names.
    """

    resource_group_name: pulumi.Input[str]
    database_range: str
    database_subnet_id: pulumi.Input[str]
    database_zone_id: pulumi.Input[str]
    private_endpoints_range: str
    api_server_range: str
    ingress_subnet_name: str
    domain_zone_name: str


@dataclass(frozen=True, kw_only=True)
class SharedCluster:
    """The cluster.

    Args:
        resource_group_name: its resource group.
        cluster_name: its Azure name.
        oidc_issuer_url: issuer of its service accounts' tokens.
        registry_login_server: the registry that all images come from.
        nodes_subnet_id: subnet of the nodes of tenants' own pools.
        kubernetes_version: minor version of the nodes.
        priority_classes: name of the priority class by pool.
        prometheus_query_url: query endpoint of managed Prometheus.
        scaler_client_id: client id of KEDA's identity.
        scaler_principal_id: its object id.
        operations_client_id: client id of the identity that makes roles and databases.
        operations_namespace: namespace of the jobs that run as it.
    """

    resource_group_name: pulumi.Input[str]
    cluster_name: pulumi.Input[str]
    oidc_issuer_url: pulumi.Input[str]
    registry_login_server: pulumi.Input[str]
    nodes_subnet_id: pulumi.Input[str]
    kubernetes_version: str
    priority_classes: Mapping[Pool, pulumi.Input[str]]
    prometheus_query_url: pulumi.Input[str]
    scaler_client_id: pulumi.Input[str]
    scaler_principal_id: pulumi.Input[str]
    operations_client_id: pulumi.Input[str]
    operations_namespace: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class SharedPlatform:
    """What a tenant finds on its platform.

    Args:
        servers: shared PostgreSQL servers, by index.
        stores: storage accounts and cache.
        vaults: key vaults.
        network: the network.
        cluster: the cluster.
        action_group_id: ARM id of the action group that is told when something is wrong.
    """

    servers: Mapping[int, SharedServer]
    stores: SharedStores
    vaults: SharedVaults
    network: SharedNetwork
    cluster: SharedCluster
    action_group_id: pulumi.Input[str]
