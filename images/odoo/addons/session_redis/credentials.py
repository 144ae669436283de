"""Logs in to Azure Managed Redis with Entra tokens, and again before they end.

The package redis-entraid does the same with a thread, which Odoo's workers, being forks, would not have, and which
stops for good when Entra does not answer some tries that are milliseconds apart.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Final

from azure.core.credentials import TokenCredential
from redis import Redis
from redis.auth.token import JWToken
from redis.backoff import ExponentialWithJitterBackoff
from redis.connection import ConnectionPool, SSLConnection
from redis.credentials import CredentialProvider
from redis.retry import Retry

SCOPE: Final = "https://redis.azure.com/.default"
"""learn.microsoft.com azure/redis/entra-for-authentication."""

# azure-identity renews a token 5 minutes before its end; the page above asks for a new login 3 minutes before.
_LOOK_SECONDS: Final = 60.0
_TIMEOUT_SECONDS: Final = 5.0
# Azure ends connections that were idle for 10 minutes (learn.microsoft.com azure/redis/best-practices-connection).
_HEALTH_SECONDS: Final = 60
_RETRIES: Final = 3


class EntraCredentials(CredentialProvider):
    """User and password of the moment: object id and token of an identity.

    Args:
        make: makes the credential, once in each process: what it holds open is not for sharing with forks.
        look_seconds: how often the credential is asked; it keeps tokens, and renews them, by itself.
    """

    def __init__(self, make: Callable[[], TokenCredential], look_seconds: float = _LOOK_SECONDS) -> None:
        self.__make = make
        self.__look_seconds = look_seconds
        self.__process = 0

    def get_credentials(self) -> tuple[str, str]:
        """Object id and token.

        Raises:
            azure.core.exceptions.AzureError: Entra gives no token, and the last one has ended.
            ValueError: the token names no object id.
        """
        if self.__process != os.getpid():
            self.__credential = self.__make()
            self.__next_look = 0.0
            self.__process = os.getpid()
        if time.monotonic() >= self.__next_look:
            self.__login = _login(self.__credential.get_token(SCOPE).token)
            self.__next_look = time.monotonic() + self.__look_seconds
        return self.__login


class TokenConnection(SSLConnection):
    """A connection that logs in again when there is a new token, before the next command."""

    credential_provider: CredentialProvider

    def on_connect_check_health(self, check_health: bool = True) -> None:
        """Logs in, on a new connection."""
        self.__login = self.credential_provider.get_credentials()
        super().on_connect_check_health(check_health)

    def check_health(self) -> None:
        """What redis-py does before each command: whether the connection still stands."""
        if self.credential_provider.get_credentials() == self.__login:
            super().check_health()  # type: ignore[no-untyped-call]
        else:
            self.retry.call_with_retry(self.__log_in, lambda _: self.disconnect())  # type: ignore[no-untyped-call]

    def __log_in(self) -> None:
        login = self.credential_provider.get_credentials()
        self.send_command("AUTH", *login, check_health=False)  # type: ignore[no-untyped-call]
        self.read_response()
        self.__login = login


def connect(url: str, credentials: CredentialProvider) -> Redis:
    """A client, which connects when it is first used, and waits for 5 s at most for an answer.

    Args:
        url: `rediss://host:port`; the certificate is verified.
        credentials: user and password.

    Raises:
        ValueError: the URL is not one of TLS: a token in clear would be anybody's.
    """
    if not url.startswith("rediss://"):
        raise ValueError(f"{url!r} must begin with rediss://")
    pool = ConnectionPool.from_url(
        url,
        connection_class=TokenConnection,
        credential_provider=credentials,
        decode_responses=True,
        # Of RESP 3 there is only one thing that a client without subscriptions sees: orders to go to other addresses.
        protocol=2,
        retry=Retry(ExponentialWithJitterBackoff(base=0.1, cap=1.0), _RETRIES),
        socket_timeout=_TIMEOUT_SECONDS,
        socket_connect_timeout=_TIMEOUT_SECONDS,
        health_check_interval=_HEALTH_SECONDS,
    )
    return Redis(connection_pool=pool)


def _login(token: str) -> tuple[str, str]:
    identity = JWToken(token).try_get("oid")
    if not identity:
        raise ValueError("the token has no claim `oid`, which is the user's name in Redis")
    return identity, token
