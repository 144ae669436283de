"""Sessions in a real Redis, by the module of images/odoo. Odoo and Entra are not here: stand-ins are named as such."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import redis
from redis import Redis

import session_redis
from session_redis import hook, store
from session_redis.credentials import SCOPE, EntraCredentials, connect
from session_redis.store import RedisSessionStore
from tests.data.redis_server import Identity, RedisServer, redis_place

pytestmark = pytest.mark.skipif(
    shutil.which("redis-server") is None, reason="redis-server is not on this machine: `make servers` installs it"
)

OID = "0b2d9c3e-5b5e-4d5e-9d0e-6f0a6f1c9a11"


class OdooSession(MutableMapping[str, Any]):
    """Stands in for odoo.http.Session, whose values too go through JSON."""

    def __init__(self, data: dict[str, Any], sid: str, new: bool = False) -> None:
        self.__data: dict[str, Any] = {}
        self.update(data)
        self.sid, self.is_new, self.is_dirty, self.should_rotate = sid, new, False, False

    @property
    def uid(self) -> int | None:
        user: int | None = self.get("uid")
        return user

    def __getitem__(self, name: str) -> Any:
        return self.__data[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self.__data[name] = json.loads(json.dumps(value))
        self.is_dirty = True

    def __delitem__(self, name: str) -> None:
        del self.__data[name]
        self.is_dirty = True

    def __iter__(self) -> Iterator[str]:
        return iter(self.__data)

    def __len__(self) -> int:
        return len(self.__data)


class OdooEnvironment:
    """Stands in for Odoo's environment: a user's token depends on the session id."""

    def __getitem__(self, model: str) -> OdooEnvironment:
        assert model == "res.users"
        return self

    def browse(self, uid: int) -> SimpleNamespace:
        return SimpleNamespace(_compute_session_token=lambda sid: f"{uid}:{sid}")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> RedisServer:
    return redis_place(tmp_path_factory.mktemp("redis"))


@pytest.fixture(scope="module")
def administrator(place: RedisServer) -> Iterator[Redis]:
    with place.running() as client:
        yield client


@pytest.fixture
def identity(administrator: Redis) -> Identity:
    administrator.flushall()
    return Identity(administrator, OID)


@pytest.fixture
def client(place: RedisServer, identity: Identity) -> Iterator[Redis]:
    """Asks for the token at every command."""
    with connect(place.url, EntraCredentials(lambda: identity, look_seconds=0)) as made:
        yield made
        made.connection_pool.disconnect()


@pytest.fixture
def sessions(client: Redis) -> RedisSessionStore:
    return RedisSessionStore(client, "acme", OdooSession)


def _saved(sessions: RedisSessionStore, **data: Any) -> OdooSession:
    session = OdooSession(data, sessions.generate_key())
    sessions.save(session)
    return session


def _later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    now = time.time()
    monkeypatch.setattr(store, "time", SimpleNamespace(time=lambda: now + seconds))


def test_a_session_comes_back_as_it_was_saved(sessions: RedisSessionStore) -> None:
    session = _saved(sessions, uid=2, context={"lang": "de_DE"}, text="ä\u0000€")

    found = sessions.get(session.sid)

    assert (dict(found), found.sid, found.is_new) == (dict(session), session.sid, False)  # type: ignore[attr-defined]


def test_users_are_remembered_for_a_week_and_others_for_three_hours(
    sessions: RedisSessionStore, administrator: Redis
) -> None:
    user, anonymous = _saved(sessions, uid=2), _saved(sessions)

    assert administrator.ttl(f"acme:session:{user.sid[:42]}") in range(604_790, 604_801)
    assert administrator.ttl(f"acme:session:{anonymous.sid[:42]}") in range(10_790, 10_801)


def test_a_session_that_has_ended_is_replaced_by_an_empty_one(
    sessions: RedisSessionStore, administrator: Redis
) -> None:
    session = _saved(sessions, uid=2)
    administrator.expire(f"acme:session:{session.sid[:42]}", 0)

    found = sessions.get(session.sid)

    assert dict(found) == {}
    assert found.sid != session.sid


@pytest.mark.parametrize("sid", ["", "x", "*" * 84, "a" * 83, "a" * 85, "a" * 83 + "\n", "a" * 84 + "\n", "../" * 28])
def test_what_is_no_id_is_neither_looked_up_nor_kept(
    sid: str, sessions: RedisSessionStore, administrator: Redis
) -> None:
    assert sessions.get(sid).is_new  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="not the id of a session"):
        sessions.save(OdooSession({}, sid))
    assert administrator.dbsize() == 0


@pytest.mark.parametrize("text", ["", "garbage", "[1]", "null", "\x80\x04}."])
def test_what_is_no_session_in_redis_logs_nobody_in(
    text: str, sessions: RedisSessionStore, administrator: Redis
) -> None:
    session = _saved(sessions, uid=2)
    administrator.hset(f"acme:session:{session.sid[:42]}", session.sid[42:], text)

    assert sessions.get(session.sid).uid is None


def test_half_an_id_logs_nobody_in(sessions: RedisSessionStore) -> None:
    session = _saved(sessions, uid=2)

    assert sessions.get(session.sid[:42] + sessions.generate_key()[42:]).uid is None


def test_tenants_do_not_see_each_other(sessions: RedisSessionStore, client: Redis) -> None:
    other = RedisSessionStore(client, "acme-2", OdooSession)
    session, theirs = _saved(sessions, uid=2), _saved(other, uid=3)

    other.delete_from_identifiers([session.sid[:42]])
    other.delete(session)
    other.vacuum(60)

    assert other.get(session.sid).uid is None
    assert other.get_missing_session_identifiers([session.sid[:42], theirs.sid[:42]]) == {session.sid[:42]}
    assert (sessions.list(), other.list()) == ([session.sid], [theirs.sid])
    assert sessions.get(session.sid).uid == 2


@pytest.mark.parametrize("prefix", ["", "*", "acme:session", "a b"])
def test_a_prefix_that_could_mean_another_tenant_is_refused(prefix: str, client: Redis) -> None:
    with pytest.raises(ValueError, match="prefix"):
        RedisSessionStore(client, prefix, OdooSession)


def test_a_session_is_saved_again_only_if_something_changed(sessions: RedisSessionStore) -> None:
    session = sessions.new()
    sessions.save_if_modified(session)
    assert sessions.list() == []

    session["uid"] = 2
    sessions.save_if_modified(session)
    assert sessions.list() == [session.sid]


def test_a_megabyte_is_a_session_too(sessions: RedisSessionStore) -> None:
    session = _saved(sessions, uid=2, basket="x" * 5_000_000)

    assert sessions.get(session.sid)["basket"] == session["basket"]


def test_a_new_login_has_a_new_id_and_the_old_one_is_worth_nothing(sessions: RedisSessionStore) -> None:
    session = _saved(sessions, uid=2)
    before = session.sid

    sessions.rotate(session, OdooEnvironment())

    assert session.sid[:42] != before[:42]
    assert sessions.list() == [session.sid]
    assert sessions.get(session.sid)["session_token"] == f"2:{session.sid}"


def test_an_id_that_was_renewed_goes_on_for_two_minutes(
    sessions: RedisSessionStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = _saved(sessions, uid=2, session_token="old")
    before = session.sid

    sessions.rotate(session, OdooEnvironment(), soft=True)

    assert session.sid[:42] == before[:42]
    assert (sessions.get(before)["next_sid"], sessions.get(before)["session_token"]) == (session.sid, "old")
    assert sessions.get(session.sid)["session_token"] == f"2:{session.sid}"
    _later(monkeypatch, 121)
    assert sessions.get(before).uid is None
    sessions.delete_old_sessions(session)
    assert sessions.list() == [session.sid]
    assert "gc_previous_sessions" not in sessions.get(session.sid)


def test_requests_at_once_agree_on_one_new_id(sessions: RedisSessionStore) -> None:
    sid = _saved(sessions, uid=2).sid

    def request(_: int) -> str:
        session = sessions.get(sid)
        sessions.rotate(session, OdooEnvironment(), soft=True)
        return session.sid

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(request, range(8)))

    assert len(found) == 1
    assert set(sessions.list()) == {sid} | found
    assert sessions.get(*found)["session_token"] == f"2:{next(iter(found))}"


def test_logging_out_ends_the_ids_before_too(sessions: RedisSessionStore) -> None:
    session = _saved(sessions, uid=2)
    sessions.rotate(session, OdooEnvironment(), soft=True)

    sessions.delete(session)

    assert sessions.list() == []


def test_a_device_that_is_signed_out_is_signed_out(sessions: RedisSessionStore) -> None:
    session, other = _saved(sessions, uid=2), _saved(sessions, uid=2)
    sessions.rotate(session, OdooEnvironment(), soft=True)

    sessions.delete_from_identifiers([session.sid[:42], "*", other.sid[:41] + "?", other.sid[:2]])

    assert sessions.list() == [other.sid]
    assert sessions.get_missing_session_identifiers([session.sid[:42], other.sid[:42]]) == {session.sid[:42]}


def test_a_shorter_inactivity_shortens_users_sessions_only(sessions: RedisSessionStore, administrator: Redis) -> None:
    user, anonymous = _saved(sessions, uid=2), _saved(sessions)

    sessions.vacuum()
    assert administrator.ttl(f"acme:session:{user.sid[:42]}") > 604_790
    sessions.vacuum(max_lifetime=86_400)

    assert administrator.ttl(f"acme:session:{user.sid[:42]}") in range(86_390, 86_401)
    assert administrator.ttl(f"acme:session:{anonymous.sid[:42]}") in range(10_780, 10_801)


def test_live_and_new_connections_go_on_with_a_new_token(place: RedisServer, identity: Identity, client: Redis) -> None:
    live = client.client_id()
    stale = identity.token

    identity.renew()

    assert client.client_id() == live
    assert client.acl_whoami() == OID
    client.connection_pool.disconnect()
    assert client.client_id() != live
    with Redis.from_url(place.url, username=OID, password=stale) as late, pytest.raises(redis.AuthenticationError):
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
    session = _saved(sessions, uid=2)
    administrator.client_kill_filter(_id=str(client.client_id()))

    identity.renew()

    assert sessions.get(session.sid).uid == 2


def test_the_credential_is_asked_once_a_minute(place: RedisServer, identity: Identity) -> None:
    with connect(place.url, EntraCredentials(lambda: identity)) as client:
        for _ in range(5):
            client.ping()
        client.connection_pool.disconnect()

    assert identity.asked == [SCOPE]


def test_a_forked_worker_has_a_credential_and_a_connection_of_its_own(place: RedisServer, identity: Identity) -> None:
    made: list[int] = []

    def make() -> Identity:
        made.append(os.getpid())
        return identity

    with connect(place.url, EntraCredentials(make)) as client:
        master = client.client_id()
        worker = os.fork()
        if not worker:
            os._exit(0 if client.client_id() != master and made == [os.getppid(), os.getpid()] else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1]) == 0
        assert client.client_id() == master
        client.connection_pool.disconnect()


def test_without_redis_requests_fail_and_go_on_when_it_is_back(tmp_path: Path) -> None:
    place = redis_place(tmp_path)
    with place.running() as administrator:
        identity = Identity(administrator, OID)
        client = connect(place.url, EntraCredentials(lambda: identity, look_seconds=0))
        sessions = RedisSessionStore(client, "acme", OdooSession)
        session = _saved(sessions, uid=2)

    with pytest.raises(redis.ConnectionError):
        sessions.get(session.sid)

    with place.running() as administrator:
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


@pytest.fixture
def odoo_http(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Stands in for the module odoo.http."""
    module = SimpleNamespace(root=SimpleNamespace(session_store="files"), Session=OdooSession)
    monkeypatch.setitem(sys.modules, "odoo.http", module)
    return module


@pytest.fixture
def pod(place: RedisServer, identity: Identity, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The environment of a pod; the workload identity is one of the tests."""
    monkeypatch.setattr(hook, "WorkloadIdentityCredential", lambda: identity)
    monkeypatch.setenv("ODOO_SESSION_REDIS", "1")
    monkeypatch.setenv("ODOO_SESSION_REDIS_URL", place.url)
    monkeypatch.setenv("ODOO_SESSION_REDIS_PREFIX", "acme")
    monkeypatch.setenv("ODOO_SESSION_REDIS_LOGIN", "workload-identity")
    return monkeypatch


def test_a_pod_that_asks_for_it_has_its_sessions_in_redis(
    odoo_http: SimpleNamespace, pod: pytest.MonkeyPatch, administrator: Redis
) -> None:
    session_redis.post_load()

    assert administrator.dbsize() == 0
    session = _saved(odoo_http.root.session_store, uid=2)
    assert administrator.keys() == [f"acme:session:{session.sid[:42]}"]


def test_a_pod_that_does_not_ask_keeps_odoos_own_store(odoo_http: SimpleNamespace, pod: pytest.MonkeyPatch) -> None:
    pod.delenv("ODOO_SESSION_REDIS")

    session_redis.post_load()

    assert odoo_http.root.session_store == "files"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("URL", "", "ODOO_SESSION_REDIS_URL is not set"),
        ("PREFIX", "", "ODOO_SESSION_REDIS_PREFIX is not set"),
        ("LOGIN", "password", "only 'workload-identity' is known"),
        ("URL", "redis://localhost:6379", "must begin with rediss://"),
        ("URL", "rediss://localhost:1", "ConnectionError"),
    ],
)
def test_a_pod_without_a_store_ends_and_says_why(
    name: str, value: str, message: str, odoo_http: SimpleNamespace, pod: pytest.MonkeyPatch
) -> None:
    pod.setenv(f"ODOO_SESSION_REDIS_{name}", value)

    with pytest.raises(SystemExit, match=f"session_redis: sessions cannot be kept in Redis: .*{message}"):
        session_redis.post_load()
    assert odoo_http.root.session_store == "files"


def test_a_pod_whose_identity_is_not_let_in_ends_and_says_why(
    odoo_http: SimpleNamespace, pod: pytest.MonkeyPatch, administrator: Redis
) -> None:
    administrator.acl_deluser(OID)

    with pytest.raises(SystemExit, match="AuthenticationError"):
        session_redis.post_load()


def test_an_image_without_the_library_ends_and_says_why(pod: pytest.MonkeyPatch) -> None:
    pod.setitem(sys.modules, "session_redis.hook", None)

    with pytest.raises(SystemExit, match=r"session_redis\.hook"):
        session_redis.post_load()
