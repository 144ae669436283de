"""A real Redis with TLS only, and users as Azure has them: named by an object id, with a token for a password."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import jwt
from azure.core.credentials import AccessToken
from redis import Redis

from tests.data.certificates import write_certificates
from tests.data.servers import free_port, serving, wait_until

_ADMINISTRATOR_PASSWORD = "administrator-of-the-tests"
_LIFETIME_SECONDS = 3600


@dataclass(frozen=True, kw_only=True)
class RedisServer:
    """A place for a Redis.

    Args:
        folder: for its certificates and its log.
        port: where it listens, on `localhost`.
    """

    folder: Path
    port: int

    @property
    def url(self) -> str:
        """As Odoo gets it, and with the authority of the tests, which is in no trust store."""
        return f"rediss://localhost:{self.port}?ssl_ca_certs={self.folder / 'ca.crt'}"

    @contextmanager
    def running(self) -> Iterator[Redis]:
        """Runs it, empty, and yields a client that may do everything."""
        options = {
            "bind": "127.0.0.1",
            "port": "0",
            "tls-port": str(self.port),
            "tls-cert-file": str(self.folder / "server.crt"),
            "tls-key-file": str(self.folder / "server.key"),
            "tls-ca-cert-file": str(self.folder / "ca.crt"),
            "tls-auth-clients": "no",
            "requirepass": _ADMINISTRATOR_PASSWORD,
            "save": "",
            "dir": str(self.folder),
        }
        command = ["redis-server", *(part for name, value in options.items() for part in (f"--{name}", value))]
        log = self.folder / "redis.log"
        with serving(command, log):
            wait_until(lambda: socket.create_connection(("127.0.0.1", self.port), timeout=1).close(), log)
            with Redis.from_url(self.url, password=_ADMINISTRATOR_PASSWORD, decode_responses=True) as client:
                yield client


def redis_place(folder: Path) -> RedisServer:
    """A place with certificates, on a free port."""
    write_certificates(folder)
    return RedisServer(folder=folder, port=free_port())


class Identity:
    """Stands in for Entra: an identity whose token is, at every moment, the only password that Redis takes.

    Args:
        client: may set passwords.
        name: the object id.
    """

    def __init__(self, client: Redis, name: str) -> None:
        self.name = name
        self.asked: list[str] = []
        self.__client = client
        self.__serial = 0
        self.renew()

    def renew(self) -> None:
        """A new token; the one before is worth nothing any more."""
        self.__serial += 1
        claims = {"oid": self.name, "exp": 2**31, "serial": self.__serial}
        self.token = jwt.encode(claims, "k" * 32, algorithm="HS256")
        self.__client.acl_setuser(
            self.name, enabled=True, reset=True, passwords=[f"+{self.token}"], keys=["*"], commands=["+@all", "-keys"]
        )

    def get_token(self, *scopes: str, **_: object) -> AccessToken:
        """As azure.core.credentials.TokenCredential."""
        self.asked.extend(scopes)
        return AccessToken(self.token, _LIFETIME_SECONDS)
