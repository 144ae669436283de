"""How the module logs in to a real Redis with the tokens of an identity."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import redis
from redis import Redis

from session_redis.credentials import SCOPE, EntraCredentials, connect
from session_redis.sealing import KeyFile
from session_redis.store import RedisSessionStore
from tests.data.redis_server import Identity, RedisServer, redis_place
from tests.data.redis_sessions.stand_ins import OID, OdooSession, saved


def test_live_and_new_connections_go_on_with_a_new_token(
    server_place: RedisServer, identity: Identity, client: Redis
) -> None:
    live = client.client_id()
    stale = identity.token

    identity.renew()

    assert client.client_id() == live
    assert client.acl_whoami() == OID
    client.connection_pool.disconnect()
    assert client.client_id() != live
    with (
        Redis.from_url(server_place.url, username=OID, password=stale) as late,
        pytest.raises(redis.AuthenticationError),
    ):
        late.ping()
    assert set(identity.asked) == {SCOPE}


def test_a_live_connection_logs_in_once_for_each_token(identity: Identity, client: Redis, administrator: Redis) -> None:
    client.ping()
    administrator.config_resetstat()

    identity.renew()
    for _ in range(5):
        client.ping()

    assert administrator.info("commandstats")["cmdstat_auth"]["calls"] == 1


def test_a_new_token_finds_its_way_over_a_connection_that_redis_has_ended(
    identity: Identity, client: Redis, administrator: Redis, sessions: RedisSessionStore
) -> None:
    session = saved(sessions, uid=2)
    administrator.client_kill_filter(_id=str(client.client_id()))

    identity.renew()

    assert sessions.get(session.sid).uid == 2


def test_the_credential_is_asked_once_a_minute(server_place: RedisServer, identity: Identity) -> None:
    with connect(server_place.url, EntraCredentials(lambda: identity)) as client:
        for _ in range(5):
            client.ping()
        client.connection_pool.disconnect()

    assert identity.asked == [SCOPE]


def test_a_forked_worker_has_a_credential_and_a_connection_of_its_own(
    server_place: RedisServer, identity: Identity
) -> None:
    made: list[int] = []

    def make() -> Identity:
        made.append(os.getpid())
        return identity

    with connect(server_place.url, EntraCredentials(make)) as client:
        master = client.client_id()
        worker = os.fork()
        if not worker:
            os._exit(0 if client.client_id() != master and made == [os.getppid(), os.getpid()] else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1]) == 0
        assert client.client_id() == master
        client.connection_pool.disconnect()


def test_without_redis_requests_fail_and_go_on_when_it_is_back(tmp_path: Path, key_path: Path) -> None:
    own = redis_place(tmp_path)
    with own.running() as administrator:
        identity = Identity(administrator, OID)
        client = connect(own.url, EntraCredentials(lambda: identity, look_seconds=0))
        sessions = RedisSessionStore(client, "acme", OdooSession, KeyFile(key_path))
        session = saved(sessions, uid=2)

    with pytest.raises(redis.ConnectionError):
        sessions.get(session.sid)

    with own.running() as administrator:
        # Its token is the one that the first had, too.
        Identity(administrator, OID)
        assert sessions.get(session.sid).uid is None
        sessions.save(session)
        assert sessions.get(session.sid).uid == 2
        client.connection_pool.disconnect()


@pytest.mark.parametrize("url", ["redis://localhost:6379", "localhost:6379", "unix:///run/redis"])
def test_a_token_never_travels_in_clear(url: str) -> None:
    with pytest.raises(ValueError, match="rediss://"):
        connect(url, EntraCredentials(lambda: pytest.fail("a token was asked for")))
