"""What Odoo asks of a session store, of one over a real Redis."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest
from redis import Redis

from session_redis import store
from session_redis.sealing import KeyFile
from session_redis.store import RedisSessionStore
from tests.data.redis_sessions.stand_ins import OdooEnvironment, OdooSession, place, saved


def _later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    now = time.time()
    monkeypatch.setattr(store, "time", SimpleNamespace(time=lambda: now + seconds))


def test_a_session_comes_back_as_it_wassaved(sessions: RedisSessionStore) -> None:
    session = saved(sessions, uid=2, context={"lang": "de_DE"}, text="ä\u0000€")

    found = sessions.get(session.sid)

    assert (dict(found), found.sid, found.is_new) == (dict(session), session.sid, False)  # type: ignore[attr-defined]


def test_users_are_remembered_for_a_week_and_others_for_three_hours(
    sessions: RedisSessionStore, administrator: Redis
) -> None:
    user, anonymous = saved(sessions, uid=2), saved(sessions)

    assert administrator.ttl(place(user.sid)[0]) in range(604_790, 604_801)
    assert administrator.ttl(place(anonymous.sid)[0]) in range(10_790, 10_801)


def test_a_session_that_has_ended_is_replaced_by_an_empty_one(
    sessions: RedisSessionStore, administrator: Redis
) -> None:
    session = saved(sessions, uid=2)
    administrator.expire(place(session.sid)[0], 0)

    found = sessions.get(session.sid)

    assert dict(found) == {}
    assert found.sid != session.sid


def test_a_session_ends_even_if_redis_is_told_to_keep_it(
    sessions: RedisSessionStore, administrator: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    user, anonymous = saved(sessions, uid=2), saved(sessions, basket=1)
    for session in (user, anonymous):
        administrator.persist(place(session.sid)[0])

    _later(monkeypatch, 3 * 3600 + 1)
    assert (sessions.get(user.sid).uid, dict(sessions.get(anonymous.sid))) == (2, {})
    _later(monkeypatch, 7 * 24 * 3600 + 1)
    assert sessions.get(user.sid).uid is None


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
    session = saved(sessions, uid=2)
    administrator.hset(*place(session.sid), text)

    assert sessions.get(session.sid).uid is None


def test_half_an_id_logs_nobody_in(sessions: RedisSessionStore) -> None:
    session = saved(sessions, uid=2)

    assert sessions.get(session.sid[:42] + sessions.generate_key()[42:]).uid is None


@pytest.mark.parametrize("prefix", ["", "*", "acme:session", "a b"])
def test_a_prefix_that_could_mean_another_tenant_is_refused(prefix: str, client: Redis, key_path: Path) -> None:
    with pytest.raises(ValueError, match="prefix"):
        RedisSessionStore(client, prefix, OdooSession, KeyFile(key_path))


def test_a_session_is_saved_again_only_if_something_changed(sessions: RedisSessionStore) -> None:
    session = sessions.new()
    sessions.save_if_modified(session)
    assert sessions.list() == []

    session["uid"] = 2
    sessions.save_if_modified(session)
    assert sessions.list() == [session.sid]


def test_a_megabyte_is_a_session_too(sessions: RedisSessionStore) -> None:
    session = saved(sessions, uid=2, basket="x" * 5_000_000)

    assert sessions.get(session.sid)["basket"] == session["basket"]


def test_a_new_login_has_a_new_id_and_the_old_one_is_worth_nothing(sessions: RedisSessionStore) -> None:
    session = saved(sessions, uid=2)
    before = session.sid

    sessions.rotate(session, OdooEnvironment())

    assert session.sid[:42] != before[:42]
    assert sessions.list() == [session.sid]
    assert sessions.get(session.sid)["session_token"] == f"2:{session.sid}"


def test_an_id_that_was_renewed_goes_on_for_two_minutes(
    sessions: RedisSessionStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = saved(sessions, uid=2, session_token="old")
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
    sid = saved(sessions, uid=2).sid

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
    session = saved(sessions, uid=2)
    sessions.rotate(session, OdooEnvironment(), soft=True)

    sessions.delete(session)

    assert sessions.list() == []


def test_a_device_that_is_signed_out_is_signed_out(sessions: RedisSessionStore) -> None:
    session, other = saved(sessions, uid=2), saved(sessions, uid=2)
    sessions.rotate(session, OdooEnvironment(), soft=True)

    sessions.delete_from_identifiers([session.sid[:42], "*", other.sid[:41] + "?", other.sid[:2]])

    assert sessions.list() == [other.sid]
    assert sessions.get_missing_session_identifiers([session.sid[:42], other.sid[:42]]) == {session.sid[:42]}


def test_a_shorter_inactivity_shortens_users_sessions_only(sessions: RedisSessionStore, administrator: Redis) -> None:
    user, anonymous = saved(sessions, uid=2), saved(sessions)

    sessions.vacuum()
    assert administrator.ttl(place(user.sid)[0]) > 604_790
    sessions.vacuum(max_lifetime=86_400)

    assert administrator.ttl(place(user.sid)[0]) in range(86_390, 86_401)
    assert administrator.ttl(place(anonymous.sid)[0]) in range(10_780, 10_801)
