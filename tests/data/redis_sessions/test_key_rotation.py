"""Keys that seal sessions change, and nobody is signed out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from session_redis.sealing import KeyFile
from session_redis.store import RedisSessionStore
from tests.data.redis_sessions.conftest import NewStore
from tests.data.redis_sessions.stand_ins import KEY, OdooEnvironment, place, saved

NEW_KEY = "the-key-that-sessions-are-sealed-with-next"


def _change(path: Path, *keys: str) -> None:
    """As the driver that mounts secrets: another file takes the name."""
    fresh = path.with_suffix(".new")
    fresh.write_text("\n".join(keys))
    fresh.replace(path)


def test_a_session_opens_after_the_change_and_is_then_sealed_with_the_new_key(
    sessions: RedisSessionStore, key_path: Path, client: Redis
) -> None:
    session = saved(sessions, uid=2, basket=["before"])

    _change(key_path, NEW_KEY, KEY)
    found = sessions.get(session.sid)
    assert dict(found) == dict(session)
    found["basket"] = ["after"]
    sessions.save(found)

    assert client.hget(*place(session.sid, NEW_KEY)) is not None
    assert client.hget(*place(session.sid, KEY)) is None
    assert 604_790 <= client.ttl(place(session.sid, NEW_KEY)[0]) <= 604_800
    _change(key_path, NEW_KEY)
    assert sessions.get(session.sid)["basket"] == ["after"]


def test_what_only_a_dropped_key_opens_is_gone(sessions: RedisSessionStore, key_path: Path) -> None:
    session = saved(sessions, uid=2)

    _change(key_path, NEW_KEY)

    assert sessions.get(session.sid).uid is None
    assert sessions.list() == []


def test_pods_that_have_the_new_file_and_pods_that_have_not_yet_share_sessions(new_store: NewStore) -> None:
    """What is first in one has been second in all."""
    late, early = new_store(KEY, NEW_KEY), new_store(NEW_KEY, KEY)

    for one, other in ((late, early), (early, late)):
        session = saved(one, uid=2)
        found = other.get(session.sid)
        found["seen"] = True
        other.save(found)
        assert one.get(session.sid)["seen"] is True
        assert one.list() == other.list() == [session.sid]
        one.delete(session)
        assert other.get(session.sid).uid is None


@pytest.mark.parametrize("end", ["delete", "delete_from_identifiers"])
def test_signing_out_reaches_what_an_older_key_has_sealed(
    end: str, sessions: RedisSessionStore, key_path: Path, administrator: Redis
) -> None:
    session = saved(sessions, uid=2)
    _change(key_path, NEW_KEY, KEY)
    assert sessions.get_missing_session_identifiers([session.sid[:42]]) == set()

    getattr(sessions, end)(session if end == "delete" else [session.sid[:42]])

    assert sessions.get_missing_session_identifiers([session.sid[:42]]) == {session.sid[:42]}
    assert administrator.dbsize() == 0


def test_a_new_login_leaves_nothing_under_an_older_key(
    sessions: RedisSessionStore, key_path: Path, administrator: Redis
) -> None:
    session = saved(sessions, uid=2)
    _change(key_path, NEW_KEY, KEY)

    sessions.rotate(session, OdooEnvironment())

    assert sessions.list() == [session.sid]
    assert administrator.keys() == [place(session.sid, NEW_KEY)[0]]


def test_an_id_that_is_renewed_after_the_change_goes_on_and_its_device_stays_one(
    sessions: RedisSessionStore, key_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = saved(sessions, uid=2)
    before = session.sid
    _change(key_path, NEW_KEY, KEY)
    late = sessions.get(before)

    sessions.rotate(session, OdooEnvironment(), soft=True)
    sessions.rotate(late, OdooEnvironment(), soft=True)

    assert late.sid == session.sid
    assert sessions.get(before)["next_sid"] == session.sid
    assert set(sessions.list()) == {before, session.sid}
    session["create_time"] = 0
    sessions.delete_old_sessions(session)
    assert sessions.list() == [session.sid]


def test_an_id_on_its_way_survives_that_its_successor_is_sealed_anew(
    sessions: RedisSessionStore, key_path: Path
) -> None:
    session = saved(sessions, uid=2)
    before = session.sid
    sessions.rotate(session, OdooEnvironment(), soft=True)

    _change(key_path, NEW_KEY, KEY)
    sessions.save(session)

    assert sessions.get(before)["next_sid"] == session.sid
    session["create_time"] = 0
    sessions.delete_old_sessions(session)
    assert sessions.list() == [session.sid]


class _Interrupted:
    """A pipeline that sends one command after the other, and lets something happen in between."""

    def __init__(self, client: Redis, happens: Callable[[], object]) -> None:
        self.__client, self.__happens = client, happens
        self.__found: list[Any] = []

    def __enter__(self) -> _Interrupted:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def hget(self, key: str, field: str) -> None:
        if self.__found:
            self.__happens()
        self.__found.append(self.__client.hget(key, field))

    def execute(self) -> list[Any]:
        return self.__found


def test_a_session_that_moves_while_it_is_looked_for_is_found(
    sessions: RedisSessionStore, new_store: NewStore, client: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = saved(sessions, uid=2)
    store = new_store(NEW_KEY, KEY)
    pipeline = client.pipeline

    def move() -> None:
        monkeypatch.setattr(client, "pipeline", pipeline)
        store.save(session)

    monkeypatch.setattr(client, "pipeline", lambda **_: _Interrupted(client, move))

    assert store.get(session.sid).uid == 2
    assert client.hget(*place(session.sid, KEY)) is None


@pytest.mark.parametrize("text", [None, "", "short", f"{KEY}\nshort", "\x80"])
def test_a_file_that_gets_lost_or_damaged_signs_nobody_out(
    text: str | None, sessions: RedisSessionStore, key_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    session = saved(sessions, uid=2)

    key_path.unlink()
    if text is not None:
        key_path.write_text(text, encoding="latin-1")

    assert sessions.get(session.sid).uid == 2
    assert sessions.get(session.sid).uid == 2
    assert [record.message for record in caplog.records] == ["session keys go on as they were"]
    assert KEY not in caplog.text


@pytest.mark.parametrize(
    ("text", "message"), [("", "one a line, of 32 characters or more"), ("a" * 31, "32 characters")]
)
def test_a_file_without_a_good_key_is_refused(text: str, message: str, key_path: Path) -> None:
    key_path.write_text(text)

    with pytest.raises(ValueError, match=message):
        KeyFile(key_path)


def test_a_file_that_is_not_there_is_refused(key_path: Path) -> None:
    key_path.unlink()

    with pytest.raises(ValueError, match="there is no file"):
        KeyFile(key_path)
