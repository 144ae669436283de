"""A real Redis, an identity that it lets in, and a session store over it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis

from session_redis.credentials import EntraCredentials, connect
from session_redis.sealing import KeyFile
from session_redis.store import RedisSessionStore
from tests.data.redis_server import Identity, RedisServer, redis_place
from tests.data.redis_sessions.stand_ins import KEY, OID, OdooSession

NewStore = Callable[..., RedisSessionStore]


@pytest.fixture(scope="package")
def server_place(tmp_path_factory: pytest.TempPathFactory) -> RedisServer:
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not on this machine: `make servers` installs it")
    return redis_place(tmp_path_factory.mktemp("redis"))


@pytest.fixture(scope="package")
def running(server_place: RedisServer) -> Iterator[Redis]:
    with server_place.running() as client:
        yield client


@pytest.fixture
def administrator(running: Redis) -> Redis:
    """A client that may do everything, of a Redis that is empty."""
    running.flushall()
    return running


@pytest.fixture
def identity(administrator: Redis) -> Identity:
    return Identity(administrator, OID)


@pytest.fixture
def client(server_place: RedisServer, identity: Identity) -> Iterator[Redis]:
    """Asks for the token at every command."""
    with connect(server_place.url, EntraCredentials(lambda: identity, look_seconds=0)) as made:
        yield made
        made.connection_pool.disconnect()


@pytest.fixture
def key_path(tmp_path: Path) -> Path:
    """The file of a tenant's keys, with one."""
    path = tmp_path / "session_key"
    path.write_text(f"{KEY}\n")
    return path


@pytest.fixture
def sessions(client: Redis, key_path: Path) -> RedisSessionStore:
    """Sessions of the tenant acme."""
    return RedisSessionStore(client, "acme", OdooSession, KeyFile(key_path))


@pytest.fixture
def new_store(client: Redis, tmp_path: Path) -> NewStore:
    """Makes stores with keys of their own."""

    def make(*keys: str, prefix: str = "acme") -> RedisSessionStore:
        path = tmp_path / "-".join([prefix, *keys])
        path.write_text("\n".join(keys))
        return RedisSessionStore(client, prefix, OdooSession, KeyFile(path))

    return make
