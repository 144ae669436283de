"""From the environment of a pod to the session store of Odoo's HTTP server."""

from __future__ import annotations

import importlib
from collections.abc import Mapping

from azure.identity import WorkloadIdentityCredential

from .credentials import EntraCredentials, connect
from .store import RedisSessionStore

_VARIABLE = "ODOO_SESSION_REDIS_"


def install(environment: Mapping[str, str]) -> None:
    """Makes a store, tries it, and gives it to Odoo.

    Args:
        environment: with ODOO_SESSION_REDIS_URL (`rediss://host:port`), ODOO_SESSION_REDIS_PREFIX (the tenant) and
            ODOO_SESSION_REDIS_LOGIN (`workload-identity`), and with what azure-identity needs for that.

    Raises:
        ValueError: a setting is missing or wrong.
        redis.RedisError: Redis does not answer, or refuses the login or a command.
        azure.core.exceptions.AzureError: Entra gives no token.
    """
    url, prefix, login = (_required(environment, name) for name in ("URL", "PREFIX", "LOGIN"))
    if login != "workload-identity":
        raise ValueError(f"{_VARIABLE}LOGIN is {login!r}; only 'workload-identity' is known")
    client = connect(url, EntraCredentials(WorkloadIdentityCredential))
    http = importlib.import_module("odoo.http")
    store = RedisSessionStore(client, prefix, http.Session)
    probe = store.new()
    store.save(probe)
    store.delete(probe)
    # This process only makes workers, which connect for themselves.
    client.connection_pool.disconnect()
    # `session_store` is a property that keeps its value in the instance, in Odoo 17 to 19; this is that value.
    http.root.session_store = store


def _required(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(_VARIABLE + name, "")
    if not value:
        raise ValueError(f"{_VARIABLE}{name} is not set")
    return value
