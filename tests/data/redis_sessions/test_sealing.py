"""Two tenants on one real Redis that lets each do everything: sealed sessions stay the tenant's own."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from redis import Redis

from session_redis.sealing import SealingKey
from session_redis.store import RedisSessionStore
from tests.data.redis_sessions.conftest import NewStore
from tests.data.redis_sessions.stand_ins import KEY, OdooSession, place, saved

OTHER_KEY = "a-key-that-another-tenant-has-made-up"
Attack = Callable[[Redis, RedisSessionStore, OdooSession, OdooSession], object]


@pytest.fixture
def theirs(new_store: NewStore) -> RedisSessionStore:
    """The store of somebody who knows everything of the tenant acme but its key."""
    return new_store(OTHER_KEY)


def test_nothing_of_a_session_can_be_read_in_redis(sessions: RedisSessionStore, client: Redis) -> None:
    session = saved(sessions, uid=2, session_token="token-of-the-user", login="controller@acme.example")

    key, field = place(session.sid)
    assert (list(client.scan_iter()), client.hkeys(key)) == ([key], [field])
    everything = f"{key} {field} {client.hget(key, field)!r}"
    for secret in (session.sid, session.sid[:42], session.sid[42:], "token-of-the-user", "controller", "uid"):
        assert secret not in everything


def test_who_has_another_key_finds_no_session(sessions: RedisSessionStore, theirs: RedisSessionStore) -> None:
    session = saved(sessions, uid=2)

    assert theirs.get(session.sid).uid is None
    assert theirs.list() == []
    assert theirs.get_missing_session_identifiers([session.sid[:42]]) == {session.sid[:42]}
    assert sessions.list() == [session.sid]


def test_who_has_another_key_signs_nobody_out_by_odoos_own_means(
    sessions: RedisSessionStore, theirs: RedisSessionStore
) -> None:
    session = saved(sessions, uid=2)

    theirs.delete(session)
    theirs.delete_from_identifiers([session.sid[:42]])
    theirs.rotate(OdooSession({"uid": 3}, session.sid), None)
    theirs.save(OdooSession({"uid": 3}, session.sid))

    assert sessions.get(session.sid).uid == 2


def _saves_with_a_key_of_its_own(_: Redis, theirs: RedisSessionStore, mine: OdooSession, __: OdooSession) -> None:
    theirs.save(OdooSession({"uid": 2}, mine.sid))


def _writes_in_clear(client: Redis, _: RedisSessionStore, mine: OdooSession, __: OdooSession) -> None:
    client.hset(*place(mine.sid), '{"uid": 2}')


def _seals_for_the_place_with_a_key_of_its_own(
    client: Redis, _: RedisSessionStore, mine: OdooSession, __: OdooSession
) -> None:
    key, field = place(mine.sid)
    client.hset(key, field, SealingKey(OTHER_KEY).seal(f"{key}/{field}", f'["{mine.sid}", {{"uid": 2}}]'))


def _copies_the_value(client: Redis, _: RedisSessionStore, mine: OdooSession, victim: OdooSession) -> None:
    client.hset(*place(mine.sid), str(client.hget(*place(victim.sid))))


def _moves_the_hash(client: Redis, _: RedisSessionStore, mine: OdooSession, victim: OdooSession) -> None:
    client.rename(place(victim.sid)[0], place(mine.sid)[0])


def _moves_the_hash_and_the_value(client: Redis, _: RedisSessionStore, mine: OdooSession, victim: OdooSession) -> None:
    value = str(client.hget(*place(victim.sid)))
    client.rename(place(victim.sid)[0], place(mine.sid)[0])
    client.hset(*place(mine.sid), value)


def _copies_within_the_device(client: Redis, _: RedisSessionStore, mine: OdooSession, victim: OdooSession) -> None:
    client.hset(place(victim.sid)[0], place(mine.sid)[1], str(client.hget(*place(victim.sid))))


def _changes_a_bit(client: Redis, _: RedisSessionStore, mine: OdooSession, __: OdooSession) -> None:
    value = str(client.hget(*place(mine.sid)))
    client.hset(*place(mine.sid), value[:40] + ("A" if value[40] != "A" else "B") + value[41:])


@pytest.mark.parametrize(
    "attack",
    [
        _saves_with_a_key_of_its_own,
        _writes_in_clear,
        _seals_for_the_place_with_a_key_of_its_own,
        _copies_the_value,
        _moves_the_hash,
        _moves_the_hash_and_the_value,
        _copies_within_the_device,
        _changes_a_bit,
    ],
)
def test_nobody_becomes_another_user_by_writing_into_redis(
    attack: Attack, sessions: RedisSessionStore, theirs: RedisSessionStore, client: Redis
) -> None:
    """The attacker is a user of acme too, who knows an id of theirs, `mine`, and where everything stands."""
    mine, victim = saved(sessions, uid=7), saved(sessions, uid=2)

    attack(client, theirs, mine, victim)

    assert sessions.get(mine.sid).uid in {None, 7}


def test_a_value_opens_under_its_own_prefix_only(
    sessions: RedisSessionStore, new_store: NewStore, client: Redis
) -> None:
    """A copy of an environment that has the same key is still another one."""
    session = saved(sessions, uid=2)
    client.hset(*place(session.sid, tenant="staging"), str(client.hget(*place(session.sid))))

    assert new_store(KEY, prefix="staging").get(session.sid).uid is None


def test_tenants_on_one_redis_do_not_meet(sessions: RedisSessionStore, new_store: NewStore) -> None:
    other = new_store(OTHER_KEY, prefix="acme-2")
    session, theirs = saved(sessions, uid=2), saved(other, uid=3)

    other.delete_from_identifiers([session.sid[:42]])
    other.delete(session)
    other.vacuum(60)

    assert other.get(session.sid).uid is None
    assert other.get_missing_session_identifiers([session.sid[:42], theirs.sid[:42]]) == {session.sid[:42]}
    assert (sessions.list(), other.list()) == ([session.sid], [theirs.sid])
    assert sessions.get(session.sid).uid == 2


def test_a_value_is_sealed_anew_each_time(sessions: RedisSessionStore, client: Redis) -> None:
    session = saved(sessions, uid=2)
    first = client.hget(*place(session.sid))

    sessions.save(session)

    assert client.hget(*place(session.sid)) != first
