"""What a tenant stands on outside of its namespace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pulumi

from components.tenant.running import NodePlacement

OPERATIONS_NAMESPACE = "platform-operations"
"""Namespace of the jobs that log in as the database administrator."""
OPERATIONS_ACCOUNT = "operations"
"""Service account of jobs: in that namespace, and in each tenant's."""


@dataclass(frozen=True, kw_only=True)
class TenantDatabase:
    """The tenant's database.

    Two login roles, `<owner>_blue` and `<owner>_green`, take turns: while one is in use, the other gets its new
    password, so that a rotation never fails a connection.

    Args:
        host: name of the server that writes.
        reader_host: name of the replica that reports may read from; None where there is none.
        name: name of the database.
        owner: role that owns it; nobody logs in as it.
        administrator_login: login of the bootstrap administrator.
        direct_port: port of PostgreSQL itself.
        pooled_port: port of PgBouncer.
        connection_limit: connections that each login role may have, from all pools at their highest scale.
        database_connection_limit: connections that the database takes, whoever makes them.
    """

    host: pulumi.Input[str]
    name: str
    owner: str
    administrator_login: str
    connection_limit: int
    database_connection_limit: int
    reader_host: pulumi.Input[str] | None = None
    direct_port: int = 5432
    pooled_port: int = 6432


@dataclass(frozen=True, kw_only=True)
class TenantSecrets:
    """Secrets of the tenant in Key Vault, by name; the secrets-store driver mounts them as files.

    Args:
        vault_name: the vault.
        vault_resource_group_name: its resource group.
        vault_uri: its URI.
        azure_tenant_id: Entra tenant of the identity.
        administrator_password: name of the secret with the database administrator's password, which no pod of the
            tenant's namespace sees.
        blue_password: name of the secret with the password of `<owner>_blue`.
        green_password: name of the secret with the password of `<owner>_green`.
        monitor_password: name of the secret with the password of `<owner>_monitor`, which may read queue depths.
        blue_value: the password of `<owner>_blue` itself, a secret output.
        green_value: that of `<owner>_green`.
        generation: how often the password has been changed; odd: blue is in use, even: green.
        expires_on: when the passwords expire, with its time zone; None where they do not.
        session_key: name of the secret with the keys that seal sessions; needed for sessions in Redis.
    """

    vault_name: pulumi.Input[str]
    vault_resource_group_name: pulumi.Input[str]
    vault_uri: pulumi.Input[str]
    azure_tenant_id: pulumi.Input[str]
    administrator_password: str
    blue_password: str
    green_password: str
    monitor_password: str
    blue_value: pulumi.Input[str]
    green_value: pulumi.Input[str]
    generation: int = 1
    expires_on: datetime | None = None
    session_key: str | None = None


@dataclass(frozen=True, kw_only=True)
class TenantIdentities:
    """Managed identities of the tenant's service accounts, by client id (and principal, for grants).

    Args:
        odoo_client_id: of Odoo's pods: its secrets, its cache, its blobs.
        odoo_principal_id: its object id.
        operations_client_id: of the jobs in the tenant's namespace: its login to the database, its backups.
        operations_principal_id: its object id.
        scaler_client_id: of KEDA's operator: it reads metrics and the monitor's password.
    """

    odoo_client_id: pulumi.Input[str]
    odoo_principal_id: pulumi.Input[str]
    operations_client_id: pulumi.Input[str]
    operations_principal_id: pulumi.Input[str]
    scaler_client_id: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class TenantFiles:
    """The NFS share of the file store.

    Args:
        account_name: storage account.
        share_name: its share.
        resource_group_name: its resource group.
        capacity_gib: its size.
    """

    account_name: pulumi.Input[str]
    share_name: pulumi.Input[str]
    resource_group_name: pulumi.Input[str]
    capacity_gib: int


@dataclass(frozen=True, kw_only=True)
class TenantStores:
    """What lies outside the cluster beside the database.

    Args:
        files: the file store; None when neither sessions nor attachments are kept there.
        cache_host: session cache; needed for sessions in Redis.
        cache_port: its port.
        blob_account_url: blob endpoint of the attachments, `https://<account>.blob.core.windows.net`.
        blob_container: its container.
        backup_account_url: blob endpoint of the backups.
        backup_container: its container.
    """

    backup_account_url: pulumi.Input[str]
    backup_container: str
    files: TenantFiles | None = None
    cache_host: pulumi.Input[str] | None = None
    cache_port: int = 10000
    blob_account_url: pulumi.Input[str] | None = None
    blob_container: str = "attachments"


@dataclass(frozen=True, kw_only=True)
class AdministrationPlace:
    """Where the jobs that log in as the database administrator run: outside of every tenant's namespace.

    Args:
        client_id: client id of the identity that may read the administrator's, the login roles' and the monitors'
            passwords, and the backups.
        nodes: nodes to run on.
        priority_class: name of their priority class.
        namespace: its namespace (`components.platform_operations` makes it).
        service_account: the service account there.
    """

    client_id: pulumi.Input[str]
    nodes: NodePlacement
    priority_class: pulumi.Input[str] | None = None
    namespace: pulumi.Input[str] = OPERATIONS_NAMESPACE
    service_account: str = OPERATIONS_ACCOUNT


@dataclass(frozen=True, kw_only=True)
class TenantServices:
    """What a tenant stands on outside of its namespace.

    Args:
        database: its database.
        secrets: its secrets.
        identities: its managed identities.
        stores: its files, cache and backups.
        administration: where its database is bootstrapped and restored.
    """

    database: TenantDatabase
    secrets: TenantSecrets
    identities: TenantIdentities
    stores: TenantStores
    administration: AdministrationPlace
