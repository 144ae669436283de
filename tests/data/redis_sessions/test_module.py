"""From a pod's environment to Odoo's sessions in a real Redis, or to an end that says why."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from redis import Redis

import session_redis
from session_redis import hook
from tests.data.redis_server import Identity, RedisServer
from tests.data.redis_sessions.stand_ins import OID, OdooSession, place, saved


@pytest.fixture
def odoo_http(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Stands in for the module odoo.http."""
    module = SimpleNamespace(root=SimpleNamespace(session_store="files"), Session=OdooSession)
    monkeypatch.setitem(sys.modules, "odoo.http", module)
    return module


@pytest.fixture
def pod(
    server_place: RedisServer, identity: Identity, key_path: Path, monkeypatch: pytest.MonkeyPatch
) -> pytest.MonkeyPatch:
    """The environment of a pod; the workload identity is one of the tests."""
    monkeypatch.setattr(hook, "WorkloadIdentityCredential", lambda: identity)
    monkeypatch.setenv("ODOO_SESSION_REDIS", "1")
    monkeypatch.setenv("ODOO_SESSION_REDIS_URL", server_place.url)
    monkeypatch.setenv("ODOO_SESSION_REDIS_PREFIX", "acme")
    monkeypatch.setenv("ODOO_SESSION_REDIS_LOGIN", "workload-identity")
    monkeypatch.setenv("ODOO_SESSION_REDIS_KEY_FILE", str(key_path))
    return monkeypatch


def test_a_pod_that_asks_for_it_has_its_sessions_in_redis(
    odoo_http: SimpleNamespace, pod: pytest.MonkeyPatch, administrator: Redis
) -> None:
    session_redis.post_load()

    assert administrator.dbsize() == 0
    session = saved(odoo_http.root.session_store, uid=2)
    assert administrator.keys() == [place(session.sid)[0]]


def test_a_machine_logs_in_with_the_one_of_its_identities_that_it_is_told(
    odoo_http: SimpleNamespace, pod: pytest.MonkeyPatch, administrator: Redis, identity: Identity
) -> None:
    asked: list[str] = []

    def managed(*, client_id: str) -> Identity:
        asked.append(client_id)
        return identity

    pod.setattr(hook, "ManagedIdentityCredential", managed)
    pod.setenv("ODOO_SESSION_REDIS_LOGIN", "managed-identity")
    pod.setenv("AZURE_CLIENT_ID", "client-of-odoo")

    session_redis.post_load()

    assert set(asked) == {"client-of-odoo"}
    session = saved(odoo_http.root.session_store, uid=2)
    assert administrator.keys() == [place(session.sid)[0]]


def test_a_pod_that_does_not_ask_keeps_odoos_own_store(odoo_http: SimpleNamespace, pod: pytest.MonkeyPatch) -> None:
    pod.delenv("ODOO_SESSION_REDIS")

    session_redis.post_load()

    assert odoo_http.root.session_store == "files"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("URL", "", "ODOO_SESSION_REDIS_URL is not set"),
        ("PREFIX", "", "ODOO_SESSION_REDIS_PREFIX is not set"),
        ("LOGIN", "password", "only 'workload-identity' and 'managed-identity' are known"),
        ("LOGIN", "managed-identity", "AZURE_CLIENT_ID is not set"),
        ("URL", "redis://localhost:6379", "must begin with rediss://"),
        ("URL", "rediss://localhost:1", "ConnectionError"),
        ("KEY_FILE", "", "there is no file /run/secrets/odoo/session_key with session keys"),
    ],
)
def test_a_pod_without_a_store_ends_and_says_why(
    name: str, value: str, message: str, odoo_http: SimpleNamespace, pod: pytest.MonkeyPatch
) -> None:
    pod.delenv("AZURE_CLIENT_ID", raising=False)
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
