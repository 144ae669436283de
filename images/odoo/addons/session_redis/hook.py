"""From the environment of a container to the session store of Odoo's HTTP server."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from azure.core.credentials import TokenCredential
from azure.identity import ManagedIdentityCredential, WorkloadIdentityCredential

from .credentials import EntraCredentials, connect
from .sealing import KeyFile
from .store import RedisSessionStore

KEY_FILE: Final = "/run/secrets/odoo/session_key"
"""Where the keys that seal sessions are, unless the environment says otherwise."""
_VARIABLE: Final = "ODOO_SESSION_REDIS_"


def install(environment: Mapping[str, str]) -> None:
    """Makes a store, tries it, and gives it to Odoo.

    Args:
        environment: with ODOO_SESSION_REDIS_URL (`rediss://host:port`), ODOO_SESSION_REDIS_PREFIX (the tenant) and
            ODOO_SESSION_REDIS_LOGIN (`workload-identity` in a pod, `managed-identity` on a machine), and with what
            azure-identity needs for that; ODOO_SESSION_REDIS_KEY_FILE if the keys are elsewhere.

    Raises:
        ValueError: a setting is missing or wrong, or there is no key.
        redis.RedisError: Redis does not answer, or refuses the login or a command.
        azure.core.exceptions.AzureError: Entra gives no token.
    """
    url, prefix = (_required(environment, _VARIABLE + name) for name in ("URL", "PREFIX"))
    make_credential = _credential(environment)
    key_file = KeyFile(Path(environment.get(f"{_VARIABLE}KEY_FILE") or KEY_FILE))
    client = connect(url, EntraCredentials(make_credential))
    http = importlib.import_module("odoo.http")
    store = RedisSessionStore(client, prefix, http.Session, key_file)
    probe = store.new()
    store.save(probe)
    store.delete(probe)
    # This process only makes workers, which connect for themselves.
    client.connection_pool.disconnect()
    # `session_store` is a property that keeps its value in the instance, in Odoo 17 to 19; this is that value.
    http.root.session_store = store


def _credential(environment: Mapping[str, str]) -> Callable[[], TokenCredential]:
    login = _required(environment, f"{_VARIABLE}LOGIN")
    if login == "workload-identity":
        return WorkloadIdentityCredential
    if login == "managed-identity":
        # A machine has several, and azure-identity reads this variable in its default chain only.
        return partial(ManagedIdentityCredential, client_id=_required(environment, "AZURE_CLIENT_ID"))
    raise ValueError(f"{_VARIABLE}LOGIN is {login!r}; only 'workload-identity' and 'managed-identity' are known")


def _required(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "")
    if not value:
        raise ValueError(f"{name} is not set")
    return value
