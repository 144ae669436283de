"""How Odoo runs in a tenant's pools: what follows from settings is plain data, what Azure names comes as outputs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.odoo.configuration import odoo_conf
from components.odoo.pool import Pool
from components.odoo.process import PodProcess, process
from components.odoo.settings import OdooSettings
from components.tenant.args import Attachments, OdooTenantArgs, Sessions

_UNKNOWN = "unknown.invalid"
"""Stands for a name that Azure has not given yet (RFC 2606: nobody can have it)."""
_STAND_INS = {"blob_account_url": f"https://account.blob.{_UNKNOWN}"}


@dataclass(frozen=True, kw_only=True)
class PoolRuntime:
    """How Odoo runs in a pool.

    Args:
        process: its process. Of the environment take only `environment` below.
        environment: environment variables.
        config: text of its odoo.conf.
        config_hash: SHA-256 of the text, in hexadecimal.
    """

    process: PodProcess
    environment: Mapping[str, pulumi.Input[str]]
    config: pulumi.Output[str]
    config_hash: pulumi.Output[str]


def odoo_settings(args: OdooTenantArgs) -> pulumi.Output[OdooSettings]:
    """The settings of Odoo's configuration, once Azure has named the servers.

    Args:
        args: the tenant.
    """
    return pulumi.Output.all(**_addresses(args)).apply(lambda addresses: _settings(args, addresses))


def pool_runtime(args: OdooTenantArgs, pool: Pool) -> PoolRuntime:
    """How Odoo runs in a pool of the tenant.

    Args:
        args: the tenant.
        pool: one of its pools.

    Raises:
        SettingsError: the settings do not fit each other, or the version.
    """
    settings = odoo_settings(args)
    stand_ins = {field: _STAND_INS.get(field, _UNKNOWN) for field in _addresses(args)}
    planned = process(pool, _settings(args, stand_ins))
    config = settings.apply(lambda known: odoo_conf(pool, known))

    def value(variable: str) -> pulumi.Output[str]:
        return settings.apply(lambda known: process(pool, known).environment[variable])

    return PoolRuntime(
        process=planned,
        environment={
            variable: value(variable) if _UNKNOWN in text else text for variable, text in planned.environment.items()
        },
        config=config,
        config_hash=config.apply(lambda text: hashlib.sha256(text.encode()).hexdigest()),
    )


def _addresses(args: OdooTenantArgs) -> dict[str, pulumi.Input[str]]:
    """What Azure names, by field of OdooSettings."""
    named = {
        "database_host": args.services.database.host,
        "reader_host": args.services.database.reader_host,
        "cache_host": args.services.stores.cache_host,
        "blob_account_url": args.services.stores.blob_account_url,
    }
    return {field: address for field, address in named.items() if address is not None}


def _settings(args: OdooTenantArgs, addresses: Mapping[str, str]) -> OdooSettings:
    application, database = args.application, args.services.database
    return OdooSettings(
        version=application.version,
        tenant=args.tenant,
        pools=args.pools.sizes,
        database_host=addresses["database_host"],
        database_name=database.name,
        reader_host=addresses.get("reader_host"),
        direct_port=database.direct_port,
        pooled_port=database.pooled_port,
        queue_jobs=application.queue_jobs,
        sessions="redis" if application.sessions is Sessions.REDIS else "shared-files",
        cache_host=addresses.get("cache_host"),
        cache_port=args.services.stores.cache_port,
        attachments="blob" if application.attachments is Attachments.BLOB else "shared-files",
        blob_account_url=addresses.get("blob_account_url"),
        blob_container=args.services.stores.blob_container,
    )
