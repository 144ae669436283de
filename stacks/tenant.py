"""The arguments of a tenant, from the settings and the plan."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pulumi
import pulumi_kubernetes as kubernetes

from components.base import Placement
from components.ingress.objects import NAMESPACE as INGRESS
from components.odoo.pool import Pool
from components.tenant.args import (
    Application,
    Attachments,
    OdooTenantArgs,
    Rollback,
    Sessions,
    TenantNetwork,
)
from components.tenant.services import (
    AdministrationPlace,
    TenantDatabase,
    TenantFiles,
    TenantIdentities,
    TenantSecrets,
    TenantServices,
    TenantStores,
)
from components.workload_identity import WorkloadIdentity
from stacks.data_services import ARCHIVE, DATABASE_ADMINISTRATOR, ODOO, DataServices
from stacks.environment_base import EnvironmentBase
from stacks.odoo_sections import Odoo
from stacks.planning.plan import Plan
from stacks.running import namespace_limits, tenant_pools
from stacks.scalars import DestinationSource
from stacks.settings import Settings
from stacks.vaults import (
    ADMINISTRATOR_PASSWORD,
    BLUE_PASSWORD,
    GREEN_PASSWORD,
    MONITOR_PASSWORD,
    SESSION_KEY,
)


def in_registry(services: DataServices, image: str) -> pulumi.Output[str]:
    """An image of the settings, `name@sha256:...`, with the environment's registry."""
    return pulumi.Output.concat(services.registry.login_server, "/", image)


def tenant_args(
    settings: Settings,
    plan: Plan,
    placement: Placement,
    provider: kubernetes.Provider,
    foundation: EnvironmentBase,
    scaler: WorkloadIdentity,
    priority_classes: Mapping[Pool, pulumi.Input[str]],
    administration: AdministrationPlace,
) -> OdooTenantArgs:
    """The one tenant of a dedicated environment.

    Args:
        settings: the settings.
        plan: the plan.
        placement: of the cluster.
        provider: of the cluster.
        foundation: what it stands on.
        scaler: identity of KEDA.
        priority_classes: names of priority classes by pool.
        administration: where its database is bootstrapped and restored.
    """
    return OdooTenantArgs(
        placement=placement,
        provider=provider,
        tenant=ODOO,
        labels=plan.cluster.labels,
        limits=namespace_limits(plan.odoo.namespace),
        application=_application(settings, foundation.services),
        services=TenantServices(
            database=_database(plan, foundation.services),
            secrets=_secrets(settings, plan, foundation),
            identities=TenantIdentities(
                odoo_client_id=foundation.identities.odoo.client_id,
                odoo_principal_id=foundation.identities.odoo.principal_id,
                operations_client_id=foundation.identities.operations.client_id,
                operations_principal_id=foundation.identities.operations.principal_id,
                scaler_client_id=scaler.client_id,
            ),
            stores=_stores(plan, foundation.services),
            administration=administration,
        ),
        pools=tenant_pools(plan.odoo, foundation.monitoring.metrics_query_url, priority_classes),
        network=_network(settings, plan),
    )


def _application(settings: Settings, services: DataServices) -> Application:
    odoo = settings.odoo
    image = odoo.rollback.image if odoo.rollback else odoo.image
    return Application(
        version=odoo.version,
        image=in_registry(services, image),
        image_digest=image.partition("@")[2],
        ops_image=in_registry(services, odoo.ops_image),
        hostname=odoo.hostname,
        sessions=Sessions(odoo.sessions.value),
        attachments=Attachments(odoo.attachments.value),
        queue_jobs=odoo.queue_jobs,
        rollback=_rollback(odoo),
    )


def _rollback(odoo: Odoo) -> Rollback | None:
    if odoo.copy_of:
        return Rollback(backup=odoo.copy_of.backup, neutralize=True)
    return Rollback(backup=odoo.rollback.backup) if odoo.rollback else None


def _database(plan: Plan, services: DataServices) -> TenantDatabase:
    return TenantDatabase(
        host=services.database.writer_host,
        reader_host=services.database.reader_host if plan.odoo.reads_from_replica else None,
        name=ODOO,
        owner=ODOO,
        administrator_login=DATABASE_ADMINISTRATOR,
        connection_limit=plan.odoo.role_limit,
        database_connection_limit=plan.odoo.database_limit,
    )


def _secrets(settings: Settings, plan: Plan, foundation: EnvironmentBase) -> TenantSecrets:
    secrets = foundation.vaults.secrets
    return TenantSecrets(
        vault_name=secrets.vault_name,
        vault_resource_group_name=plan.names.resource_groups.security,
        vault_uri=secrets.vault_uri,
        azure_tenant_id=foundation.azure_tenant_id,
        administrator_password=ADMINISTRATOR_PASSWORD,
        blue_password=BLUE_PASSWORD,
        green_password=GREEN_PASSWORD,
        monitor_password=MONITOR_PASSWORD,
        blue_value=secrets.values[BLUE_PASSWORD],
        green_value=secrets.values[GREEN_PASSWORD],
        generation=settings.odoo.password_generation,
        expires_on=datetime.fromisoformat(plan.password_expires_on).replace(tzinfo=UTC),
        session_key=SESSION_KEY,
    )


def _stores(plan: Plan, services: DataServices) -> TenantStores:
    return TenantStores(
        files=TenantFiles(
            account_name=services.files.account_name,
            share_name=services.files.share_name,
            resource_group_name=plan.names.resource_groups.data,
            capacity_gib=plan.storage.file_share_gib,
        ),
        cache_host=services.cache.host_name,
        cache_port=services.cache.port,
        blob_account_url=services.attachments.account_url if services.attachments else None,
        backup_account_url=services.backups.blob_endpoint,
        backup_container=ARCHIVE,
    )


def _network(settings: Settings, plan: Plan) -> TenantNetwork:
    subnets = plan.network.subnets
    return TenantNetwork(
        database_range=subnets["database"],
        private_endpoints_range=subnets["private-endpoints"],
        api_server_range=subnets["api-server"],
        ingress_namespace=INGRESS,
        client_ranges=plan.ingress.allowed_ranges,
        internet_ports=tuple(
            sorted(
                {
                    destination.port
                    for destination in settings.network.destinations
                    if destination.source is DestinationSource.ODOO
                }
            )
        ),
    )
