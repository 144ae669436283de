"""What a tenant's Odoo and Traefik are made from, out of what it has and what it finds on its platform."""

from __future__ import annotations

import pulumi

from components.base import Placement
from components.ingress.args import (
    IngressCertificates,
    IngressNetwork,
    TenantIngress,
    TraefikIngressArgs,
    TraefikPods,
)
from components.odoo.pool import Pool
from components.session_cache import PORT as CACHE_PORT
from components.subsidiary.args import SubsidiaryArgs
from components.subsidiary.database import DatabaseHost
from components.subsidiary.people import People, ingress_namespace
from components.subsidiary.secrets import Secrets
from components.subsidiary.stores import Stores
from components.tenant.args import Application, Attachments, OdooTenantArgs, Sessions, TenantNetwork
from components.tenant.services import (
    AdministrationPlace,
    TenantDatabase,
    TenantFiles,
    TenantIdentities,
    TenantSecrets,
    TenantServices,
    TenantStores,
)
from components.tenant.tenant import OdooTenant


def odoo_args(
    placement: Placement,
    args: SubsidiaryArgs,
    people: People,
    secrets: Secrets,
    database: DatabaseHost,
    stores: Stores,
) -> OdooTenantArgs:
    """Arguments of its Odoo.

    Args:
        placement: its own.
        args: the tenant.
        people: its identities.
        secrets: its secrets.
        database: where its database is.
        stores: what it keeps elsewhere.
    """
    return OdooTenantArgs(
        placement=placement,
        provider=args.provider,
        tenant=args.tenant,
        labels=args.running.labels,
        limits=args.running.limits,
        application=_application(args),
        services=TenantServices(
            database=_database(args, database),
            secrets=_secrets(args, secrets, database),
            identities=TenantIdentities(
                odoo_client_id=people.odoo.client_id,
                odoo_principal_id=people.odoo.principal_id,
                operations_client_id=people.operations.client_id,
                operations_principal_id=people.operations.principal_id,
                scaler_client_id=args.platform.cluster.scaler_client_id,
            ),
            stores=_stores(args, stores),
            administration=_administration(args),
        ),
        pools=args.running.pools,
        network=_network(args),
        suspended=args.running.suspended,
    )


def ingress_args(placement: Placement, args: SubsidiaryArgs, people: People, tenant: OdooTenant) -> TraefikIngressArgs:
    """Arguments of its Traefik, which runs where its web pool does.

    Args:
        placement: its own.
        args: the tenant.
        people: its identities.
        tenant: its Odoo.
    """
    ingress, platform, pools = args.ingress, args.platform, args.running.pools
    return TraefikIngressArgs(
        placement=placement,
        provider=args.provider,
        labels=args.running.labels,
        namespace=ingress_namespace(args.tenant),
        image=_in_registry(args, ingress.image),
        pods=TraefikPods(
            nodes=pools.nodes[Pool.WEB],
            replicas=ingress.replicas,
            cpu_millicores=ingress.cpu_millicores,
            memory_mib=ingress.memory_mib,
            priority_class=pools.priority_classes.get(Pool.WEB),
        ),
        certificates=IngressCertificates(
            vault_name=platform.vaults.certificates_name,
            azure_tenant_id=platform.vaults.azure_tenant_id,
            client_id=people.ingress.client_id,
        ),
        network=IngressNetwork(
            subnet_name=platform.network.ingress_subnet_name,
            api_server_range=platform.network.api_server_range,
            address=ingress.address,
            plain_http=False,
        ),
        tenant=TenantIngress(
            name=args.tenant,
            namespace=tenant.namespace_name,
            hostname=args.application.hostname,
            certificate=ingress.certificate,
            client_ranges=ingress.client_ranges,
            limits=ingress.limits,
        ),
    )


def _in_registry(args: SubsidiaryArgs, image: str) -> pulumi.Output[str]:
    return pulumi.Output.concat(args.platform.cluster.registry_login_server, "/", image)


def _application(args: SubsidiaryArgs) -> Application:
    application = args.application
    return Application(
        version=application.version,
        image=_in_registry(args, application.image),
        image_digest=application.image.partition("@")[2],
        ops_image=_in_registry(args, application.ops_image),
        hostname=application.hostname,
        sessions=Sessions.REDIS,
        attachments=Attachments.BLOB,
        queue_jobs=application.queue_jobs,
        modules=application.modules,
        rollback=application.rollback,
    )


def _database(args: SubsidiaryArgs, database: DatabaseHost) -> TenantDatabase:
    return TenantDatabase(
        host=database.host,
        reader_host=database.reader_host if args.database.reads_from_replica else None,
        name=args.tenant,
        owner=args.tenant,
        administrator_login=database.administrator_login,
        connection_limit=args.database.role_limit,
        database_connection_limit=args.database.database_limit,
    )


def _secrets(args: SubsidiaryArgs, secrets: Secrets, database: DatabaseHost) -> TenantSecrets:
    vaults = args.platform.vaults
    return TenantSecrets(
        vault_name=vaults.secrets_name,
        vault_resource_group_name=vaults.resource_group_name,
        vault_uri=vaults.secrets_uri,
        azure_tenant_id=vaults.azure_tenant_id,
        administrator_password=database.administrator_password,
        blue_password=secrets.blue,
        green_password=secrets.green,
        monitor_password=secrets.monitor,
        blue_value=secrets.values[secrets.blue],
        green_value=secrets.values[secrets.green],
        generation=args.database.generation,
        expires_on=args.database.expires_on,
        session_key=secrets.session_key,
    )


def _administration(args: SubsidiaryArgs) -> AdministrationPlace:
    """In the platform's namespace, as its identity, on the nodes of the tenant's own jobs."""
    cluster, pools = args.platform.cluster, args.running.pools
    return AdministrationPlace(
        client_id=cluster.operations_client_id,
        nodes=pools.nodes[Pool.CRON],
        priority_class=pools.priority_classes.get(Pool.CRON),
        namespace=cluster.operations_namespace,
    )


def _stores(args: SubsidiaryArgs, stores: Stores) -> TenantStores:
    shared = args.platform.stores
    return TenantStores(
        files=TenantFiles(
            account_name=shared.files_account,
            share_name=stores.share.name,
            resource_group_name=shared.resource_group_name,
            capacity_gib=args.allowance.share_gib,
        ),
        cache_host=shared.cache_host,
        cache_port=CACHE_PORT,
        blob_account_url=shared.attachments_url,
        blob_container=args.names.attachments,
        backup_account_url=shared.backups_url,
        backup_container=args.names.archive,
    )


def _network(args: SubsidiaryArgs) -> TenantNetwork:
    network = args.platform.network
    return TenantNetwork(
        database_range=network.database_range,
        private_endpoints_range=network.private_endpoints_range,
        api_server_range=network.api_server_range,
        ingress_namespace=ingress_namespace(args.tenant),
        client_ranges=args.ingress.client_ranges,
        internet_ports=args.running.internet_ports,
    )
